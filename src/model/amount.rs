//! Quantities as the API server writes them back: a value and the form in which it came.
//!
//! After apimachinery `pkg/api/resource/quantity.go` (`CanonicalizeBytes`, `Add`) and `pkg/apis/core/v1/defaults.go`
//! (`SetDefaults_ResourceList`: nothing smaller than a thousandth is kept in a list of resources).

use std::fmt;

use super::quantity::{ONE, Quantity};
use crate::parse::{Kind, Node};

/// A thousandth, in the parts of a quantity.
const MILLI: i128 = ONE / 1000;

/// How a quantity is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `128Mi`.
    Binary,
    /// `500m`, `2k`.
    Decimal,
    /// `5e3`.
    Exponent,
}

/// A quantity in a list of resources. Compares by value.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    nano: i128,
    form: Form,
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}

impl Eq for Amount {}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.nano.cmp(&other.nano)
    }
}

impl Amount {
    /// None of it.
    pub const ZERO: Self = Self { nano: 0, form: Form::Decimal };

    /// A whole number.
    pub fn whole(count: u64) -> Self {
        Self { nano: i128::from(count).saturating_mul(ONE), form: Form::Decimal }
    }

    /// What a field of a list of resources holds; `None` for what the API server refuses.
    pub fn of(node: Node<'_>) -> Option<Self> {
        let quantity = Quantity::of(node)?;
        let text = if node.kind() == Kind::Str { node.as_str().unwrap_or("").trim() } else { "" };
        let form = if text.ends_with('i') {
            Form::Binary
        } else if text.ends_with(|c: char| c.is_ascii_digit()) && text.contains(['e', 'E']) {
            Form::Exponent
        } else {
            Form::Decimal
        };
        let nano = quantity.nano();
        // Away from zero, to whole thousandths.
        let rest = nano % MILLI;
        let nano = if rest == 0 { nano } else { (nano - rest).saturating_add(MILLI * rest.signum()) };
        Some(Self { nano, form })
    }

    /// Whether there is none of it.
    pub fn is_zero(self) -> bool {
        self.nano == 0
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.nano < 0
    }

    /// The sum. Nothing at all takes the other's form.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let form = if self.is_zero() { other.form } else { self.form };
        Self { nano: self.nano.saturating_add(other.nano), form }
    }

    /// This much, so many times.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { nano: self.nano.saturating_mul(i128::from(count)), ..self }
    }

    /// How many times `each`, which is more than zero, fits between this and `most`.
    pub fn room(self, each: Self, most: Self) -> u64 {
        let left = most.nano.saturating_sub(self.nano);
        if each.nano <= 0 {
            return u64::MAX;
        }
        u64::try_from((left / each.nano).max(0)).unwrap_or(u64::MAX)
    }

    /// Whether it is more than `each` times `ratio`, without regard to signs.
    pub fn exceeds(self, each: Self, ratio: Self) -> bool {
        // Thousandths times thousandths: what a quantity holds leaves room for the product.
        let thousandths = |a: Self| a.nano.abs() / MILLI;
        let product = thousandths(each).checked_mul(thousandths(ratio));
        product.is_some_and(|p| thousandths(self).saturating_mul(1000) > p)
    }

    /// `self` over `other`, with six digits behind the point.
    pub fn over(self, other: Self) -> String {
        format!("{:.6}", (self.nano as f64 / other.nano as f64).abs())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let small = self.nano.abs() < 1024 * ONE || self.nano % ONE != 0;
        if self.form == Form::Binary && !small {
            let (mut value, mut step) = (self.nano / ONE, 0);
            while value % 1024 == 0 && step + 1 < BINARY.len() {
                (value, step) = (value / 1024, step + 1);
            }
            return write!(f, "{value}{}", BINARY.get(step).unwrap_or(&""));
        }
        let (mut value, mut exponent) = (self.nano, -9);
        if value == 0 {
            return f.write_str("0");
        }
        while value % 1000 == 0 && exponent < 18 {
            (value, exponent) = (value / 1000, exponent + 3);
        }
        if self.form == Form::Exponent {
            return if exponent == 0 { write!(f, "{value}") } else { write!(f, "{value}e{exponent}") };
        }
        let suffix = usize::try_from((exponent + 9) / 3).ok().and_then(|i| DECIMAL.get(i)).unwrap_or(&"");
        write!(f, "{value}{suffix}")
    }
}

const BINARY: &[&str] = &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: &[&str] = &["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn amounts(text: &str) -> Vec<Amount> {
        let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
        tree.root().unwrap().items().filter_map(Amount::of).collect()
    }

    #[test]
    fn they_are_written_in_canonical_form() {
        let said = |text: &str| amounts(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(said("['1000m', '0.5', 1000, 1500, '0.1m', '2']"), ["1", "500m", "1k", "1500", "1m", "2"]);
        assert_eq!(
            said("['1024Mi', '1.5Gi', '512', '1Ki', '0.5Ki', '100M']"),
            ["1Gi", "1536Mi", "512", "1Ki", "512", "100M"]
        );
        assert_eq!(said("['5e3', '5e0', 0, '0Gi']"), ["5e3", "5", "0", "0"]);
    }

    #[test]
    fn sums_keep_the_form_of_what_was_there() {
        let all = amounts("['512Mi', '0.5', '1Gi', 2]");
        assert_eq!(all[0].plus(all[2]).to_string(), "1536Mi");
        assert_eq!(Amount::ZERO.plus(all[0]).to_string(), "512Mi");
        assert_eq!(all[1].times(3).to_string(), "1500m");
        assert_eq!(Amount::ZERO.room(all[1], all[3]), 4);
        assert_eq!(all[3].room(all[1], all[1]), 0);
        assert!(all[3].exceeds(all[1], all[3]) && !all[1].exceeds(all[1], all[3]));
        assert_eq!(all[3].over(all[1]), "4.000000");
    }
}
