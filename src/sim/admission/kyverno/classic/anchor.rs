//! Anchors: what stands around a key of a pattern. kyverno `pkg/engine/anchor/anchor.go`.

/// What an anchor asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `(key)`: only where this holds.
    Condition,
    /// `<(key)`: only where this holds, for the whole.
    Global,
    /// `X(key)`: must not be there.
    Negation,
    /// `=(key)`: where it is there.
    Equality,
    /// `^(key)`: one item at least.
    Existence,
    /// `+(key)`: to be added where it is not there.
    Add,
}

/// A key and its anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor<'k> {
    pub(super) kind: Kind,
    pub(super) key: &'k str,
}

/// The anchor of a key, where it has one.
pub(super) fn parse(text: &str) -> Option<Anchor<'_>> {
    let text = text.trim();
    let kind = match text.as_bytes().first()? {
        b'(' => Kind::Condition,
        b'<' => Kind::Global,
        b'X' => Kind::Negation,
        b'=' => Kind::Equality,
        b'^' => Kind::Existence,
        b'+' => Kind::Add,
        _ => return None,
    };
    let inner = if kind == Kind::Condition { text } else { &text[1..] };
    let key = inner.strip_prefix('(')?.strip_suffix(')')?;
    (!key.is_empty()).then_some(Anchor { kind, key })
}

impl Anchor<'_> {
    /// The anchor around another key.
    pub(super) fn around(self, key: &str) -> String {
        let sign = match self.kind {
            Kind::Condition => "",
            Kind::Global => "<",
            Kind::Negation => "X",
            Kind::Equality => "=",
            Kind::Existence => "^",
            Kind::Add => "+",
        };
        format!("{sign}({key})")
    }
}

/// The key without its anchor.
pub(super) fn bare(text: &str) -> &str {
    parse(text).map_or(text, |a| a.key)
}
