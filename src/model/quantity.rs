//! Quantities of resources: `500m`, `0.5`, `1e3`, `128Mi`.
//!
//! After apimachinery `pkg/api/resource/quantity.go` and `suffix.go`: the scanner is more generous than its grammar
//! (`1.`, `.5`, even `Mi` are taken), the suffixes are exact (`1GB`, `1ki` are not). Values are whole billionths, rounded
//! away from zero. Without a digit it depends on the suffix: what the scanner's fast way takes is nothing at all (`Ki` to
//! `Ti`, `k`, `e3`), and the slow way, which reads what stands before the suffix as a number, refuses it (`Pi`, `Ei`).

use crate::parse::{Kind, Node};

/// How many parts make one: nothing smaller is kept.
const DIGITS: i64 = 9;
pub(super) const ONE: i128 = 1_000_000_000;

/// What the API server keeps of a quantity with a binary suffix at most.
const MOST_BINARY: i128 = i64::MAX as i128 * ONE;

/// More digits than this behind the point change nothing that can be kept.
const DENOMINATOR: usize = 18;

/// A quantity; quantities compare by value, so that `1`, `1000m` and `1e0` are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    nano: i128,
}

impl Quantity {
    /// What a field holds: a string or a number, as JSON has it after YAML was read. `None` for what the API server
    /// refuses.
    pub fn of(node: Node<'_>) -> Option<Self> {
        match node.kind() {
            Kind::Str => Self::parse(node.as_str()?.trim()),
            Kind::Int => node.as_int().map_or_else(
                || Self::parse(node.scalar()?),
                |n| Some(Self { nano: i128::from(n).saturating_mul(ONE) }),
            ),
            Kind::Float => Self::parse(&node.as_float().filter(|f| f.is_finite())?.to_string()),
            _ => None,
        }
    }

    /// Reads a text without blanks.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, rest) = digits(rest);
        let (part, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
        let (base, exponent) = if text.is_empty() { None } else { scale(suffix) }?;
        if whole.is_empty() && part.is_empty() && !is_fast(base, exponent) {
            return None;
        }
        let kept = part.get(..DENOMINATOR).unwrap_or(part);
        let number = format!("0{whole}{kept}");
        let mut value: i128 = number.parse().unwrap_or(i128::MAX);
        let mut power = DIGITS - i64::try_from(kept.len()).unwrap_or(0);
        if base == Base::Two {
            value = value.saturating_mul(1 << exponent);
        } else {
            power = power.saturating_add(exponent);
        }
        value = shifted(value, power);
        if base == Base::Two {
            value = value.min(MOST_BINARY);
        }
        Some(Self { nano: if negative { -value } else { value } })
    }

    /// Its billionths.
    pub(super) fn nano(self) -> i128 {
        self.nano
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.nano < 0
    }

    /// Whether it has no fraction, as a number of bytes has none.
    pub fn is_whole(self) -> bool {
        self.nano % ONE == 0
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { nano: self.nano.saturating_add(other.nano) }
    }

    /// A whole number of them.
    pub fn whole(number: i64) -> Self {
        Self { nano: i128::from(number) * ONE }
    }

    /// The same, below zero.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { nano: self.nano.saturating_neg() }
    }

    /// Both together; `None` where that is more than can be kept.
    pub fn checked_plus(self, other: Self) -> Option<Self> {
        self.nano.checked_add(other.nano).map(|nano| Self { nano })
    }

    /// It as a whole number, where it is one that fits.
    pub fn as_i64(self) -> Option<i64> {
        i64::try_from(self.nano / ONE).ok().filter(|_| self.is_whole())
    }

    /// About how much it is.
    pub fn as_f64(self) -> f64 {
        self.nano as f64 / ONE as f64
    }
}

/// `value` times ten to the `power`, away from zero where that is no whole number.
fn shifted(value: i128, power: i64) -> i128 {
    let factor = u32::try_from(power.unsigned_abs()).ok().and_then(|power| 10i128.checked_pow(power));
    match factor {
        _ if value == 0 => 0,
        Some(factor) if power >= 0 => value.saturating_mul(factor),
        Some(factor) => value / factor + i128::from(value % factor != 0),
        None if power >= 0 => i128::MAX,
        None => 1,
    }
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// Whether `ParseQuantity` looks at no more than the digits, where there are none: one digit, `0`, stands for them.
fn is_fast(base: Base, exponent: i64) -> bool {
    match base {
        Base::Two => exponent * 3 / 10 <= 13,
        Base::Ten => exponent >= -DIGITS,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    Two,
    Ten,
}

/// The factor that a suffix stands for: base and exponent.
fn scale(suffix: &str) -> Option<(Base, i64)> {
    Some(match suffix {
        "Ki" => (Base::Two, 10),
        "Mi" => (Base::Two, 20),
        "Gi" => (Base::Two, 30),
        "Ti" => (Base::Two, 40),
        "Pi" => (Base::Two, 50),
        "Ei" => (Base::Two, 60),
        "n" => (Base::Ten, -9),
        "u" => (Base::Ten, -6),
        "m" => (Base::Ten, -3),
        "" => (Base::Ten, 0),
        "k" => (Base::Ten, 3),
        "M" => (Base::Ten, 6),
        "G" => (Base::Ten, 9),
        "T" => (Base::Ten, 12),
        "P" => (Base::Ten, 15),
        "E" => (Base::Ten, 18),
        _ => (Base::Ten, suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn quantity(text: &str) -> Quantity {
        Quantity::parse(text).unwrap()
    }

    #[test]
    fn equal_values_are_equal_however_they_are_written() {
        let same = [
            ("0.5", "500m"),
            ("1e3", "1k"),
            ("1E3", "1000"),
            ("1E", "1e18"),
            ("1.5Gi", "1536Mi"),
            ("1", "1000m"),
            (".5", "0.50"),
            ("+1.", "1"),
            ("0.1n", "1n"),
            ("Ki", "0"),
            ("+", "0"),
            (".", "0"),
            ("-.Mi", "0"),
            ("Ti", "0"),
            ("k", "0"),
            ("e3", "0"),
            ("0Ei", "0"),
            (".0Pi", "0"),
            ("100Ei", "9223372036854775807"),
        ];
        for (a, b) in same {
            assert_eq!(quantity(a), quantity(b), "{a} {b}");
        }
        assert!(quantity("1Gi") > quantity("1G") && quantity("128m") < quantity("1"));
        assert!(quantity("-1").is_negative() && !quantity("-0").is_negative());
        assert!(quantity("128Mi").is_whole() && !quantity("128m").is_whole());
        assert!((quantity("64Mi").as_f64() - 67_108_864.0).abs() < f64::EPSILON);
        assert_eq!(quantity("1e99"), quantity("1e98"), "more than can be kept");
        assert_eq!(quantity("1e-99"), quantity("1n"));
    }

    #[test]
    fn what_has_another_suffix_is_none() {
        for text in [
            "", "1GB", "1ki", "1 Gi", "abc", "1e", "1e1.5", "1i", "1.2.3", "0x10", "--1", "1Mib", "½", "Pi",
            "+Ei", ".Pi", "e-10",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_count_as_json_has_them() {
        let text = "[1, 0.5, 1e3, ' 128Mi ', true, 1_000, 99999999999999999999, .inf]";
        let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
        let found: Vec<_> = tree.root().unwrap().items().map(Quantity::of).collect();
        assert_eq!(found[0], Some(quantity("1")));
        assert_eq!(found[1], Some(quantity("500m")));
        assert_eq!(found[2], Some(quantity("1k")));
        assert_eq!(found[3], Some(quantity("134217728")));
        assert_eq!(found[4], None);
        assert_eq!(found[7], None);
    }
}
