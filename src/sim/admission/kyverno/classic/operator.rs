//! Operators at the head of a pattern's text, and ranges. kyverno `pkg/engine/operator/operator.go`.

/// How a value is held against the rest of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    More,
    MoreOrEqual,
    Less,
    LessOrEqual,
    InRange,
    NotInRange,
}

impl Operator {
    /// The operator of a text.
    pub(super) fn of(text: &str) -> Self {
        if text.len() < 2 {
            return Self::Equal;
        }
        let signs = [Self::MoreOrEqual, Self::LessOrEqual, Self::More, Self::Less, Self::NotEqual];
        if let Some(found) = signs.into_iter().find(|sign| text.starts_with(sign.word())) {
            return found;
        }
        if range(text, "!-").is_some() {
            return Self::NotInRange;
        }
        if range(text, "-").is_some() { Self::InRange } else { Self::Equal }
    }

    /// How it is written at the head of a text.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::MoreOrEqual => ">=",
            Self::LessOrEqual => "<=",
            Self::More => ">",
            Self::Less => "<",
            Self::NotEqual => "!",
            Self::Equal | Self::InRange | Self::NotInRange => "",
        }
    }

    /// Whether an order is what it asks for.
    pub(super) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::More => order.is_gt(),
            Self::MoreOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::InRange | Self::NotInRange => false,
        }
    }
}

/// The ends of a range: two numbers, each with a unit or none.
pub(super) fn range<'t>(text: &'t str, between: &str) -> Option<(&'t str, &'t str)> {
    text.match_indices(between)
        .map(|(at, _)| (&text[..at], &text[at + between.len()..]))
        .find(|(a, b)| end(a) && end(b))
}

/// `^[-|\+]?\d+(?:\.\d+)?[A-Za-z]*$`.
fn end(text: &str) -> bool {
    let text = text.strip_prefix(['-', '|', '+']).unwrap_or(text);
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == text.len() {
        return false;
    }
    let rest = match rest.strip_prefix('.') {
        None => rest,
        Some(part) => {
            let after = part.trim_start_matches(|c: char| c.is_ascii_digit());
            if after.len() == part.len() {
                return false;
            }
            after
        }
    };
    rest.bytes().all(|b| b.is_ascii_alphabetic())
}
