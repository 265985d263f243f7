//! Quantities as expressions have them: their value, and the form in which the API server keeps it.
//!
//! k8s.io/apiserver `pkg/cel/library/quantity.go`; apimachinery `pkg/api/resource/{quantity,amount}.go`. Whether a
//! quantity is an integer depends on the form: `1000m` and `1.5Gi` are none, whatever they are worth.

use std::cmp::Ordering;

use super::Opaque;
use super::trouble::{Outcome, Trouble};
use super::value::Value;
use crate::model::Quantity;

/// More than a value can be of which all digits are known.
const LARGEST: f64 = 1.7e29;

/// The powers of two of the binary suffixes, from `Ki` on.
const BINARY: &[&str] = &["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// A quantity.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    value: Quantity,
    /// `int64Amount`: digits, and the power of ten that they are multiplied with. None where the API server keeps a
    /// number of any size.
    small: Option<(i64, i32)>,
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Amount {
    /// Reads a quantity.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self { value: Quantity::parse(text)?, small: small(text) })
    }

    fn whole(n: i64) -> Self {
        Self { value: Quantity::whole(n), small: Some((n, 0)) }
    }

    fn integer(self) -> Option<i64> {
        let (digits, scale) = self.small?;
        digits.checked_mul(10i64.checked_pow(u32::try_from(scale).ok()?)?)
    }

    fn known(self) -> Outcome<Self> {
        if self.value.as_f64().abs() < LARGEST {
            Ok(self)
        } else {
            Err(Trouble::Unmodelled("quantities of that size".to_owned()))
        }
    }

    fn plus(self, other: Self) -> Outcome<Self> {
        let (one, two) = (self.known()?, other.known()?);
        let value = one.value.checked_plus(two.value);
        let value = value.ok_or_else(|| Trouble::Unmodelled("quantities of that size".to_owned()))?;
        Self { value, small: one.small.zip(two.small).and_then(|(a, b)| added(a, b)) }.known()
    }

    fn negated(self) -> Self {
        let small = self.small.and_then(|(digits, scale)| Some((digits.checked_neg()?, scale)));
        Self { value: self.value.negated(), small }
    }

    /// How it compares with another one.
    pub fn order(self, other: Self) -> Outcome<Ordering> {
        Ok(self.known()?.value.cmp(&other.known()?.value))
    }

    /// Whether both are one.
    pub fn equal(self, other: Self) -> Outcome<bool> {
        Ok(self.order(other)?.is_eq())
    }

    /// Calls a member function; `None` where it is none, or takes others.
    pub fn call(self, name: &str, rest: &[Value]) -> Outcome<Option<Value>> {
        let other = match rest {
            [Value::Opaque(other)] => match other.as_ref() {
                Opaque::Quantity(other) => Some(*other),
                _ => return Ok(None),
            },
            [Value::Int(n)] => Some(Self::whole(*n)),
            _ => None,
        };
        let quantity = |made: Outcome<Self>| made.map(|q| Value::opaque(Opaque::Quantity(q)));
        let by_number = matches!(rest, [Value::Int(_), ..]);
        Ok(Some(match (name, other) {
            ("sign", None) => Value::Int(self.value.cmp(&Quantity::whole(0)) as i64),
            ("isInteger", None) => Value::Bool(self.integer().is_some()),
            ("asInteger", None) => {
                Value::Int(self.integer().ok_or_else(|| Trouble::error("cannot convert value to integer"))?)
            }
            ("asApproximateFloat", None) => Value::Double(match self.small {
                Some((digits, 0)) => digits as f64,
                Some((digits, scale)) => {
                    digits as f64 * format!("1e{scale}").parse::<f64>().unwrap_or(f64::NAN)
                }
                None => self.known()?.value.as_f64(),
            }),
            ("add", Some(other)) => quantity(self.plus(other))?,
            ("sub", Some(other)) => quantity(self.plus(other.negated()))?,
            // Of a release later than those that are modelled.
            ("mul" | "div" | "divInt", _) if by_number => {
                return Err(Trouble::Unmodelled(format!("{name}() of a quantity")));
            }
            ("isLessThan", Some(other)) if !by_number => Value::Bool(self.order(other)?.is_lt()),
            ("isGreaterThan", Some(other)) if !by_number => Value::Bool(self.order(other)?.is_gt()),
            ("compareTo", Some(other)) if !by_number => Value::Int(self.order(other)? as i64),
            _ => return Ok(None),
        }))
    }
}

/// The fast way of `ParseQuantity`: few digits, and a suffix that keeps them a whole number of 64 bits.
fn small(text: &str) -> Option<(i64, i32)> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = |text: &'_ str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = rest.split_at(digits(rest));
    let (part, suffix) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits(rest)),
        None => ("", rest),
    };
    let whole = Some(whole.trim_start_matches('0')).filter(|w| !w.is_empty()).unwrap_or("0");
    let binary = BINARY.iter().position(|s| *s == suffix).map(|at| 10 * (at as u32 + 1));
    let (scale, factor) = match binary {
        Some(power) => {
            let room = 15 - whole.len() as i64 - i64::from(power) * 3 / 10 - 1;
            if !part.is_empty() || room < 0 {
                return None;
            }
            (0, 1i64.checked_shl(power)?)
        }
        None if whole.len() + part.len() > 18 => return None,
        None => (decimal(suffix)?.checked_sub(part.len() as i32)?, 1),
    };
    if scale < -9 {
        return None;
    }
    let number = format!("{whole}{part}").parse::<i64>().ok()?.checked_mul(factor)?;
    Some((if negative { -number } else { number }, scale))
}

/// The power of ten of a decimal suffix.
fn decimal(suffix: &str) -> Option<i32> {
    const SUFFIXES: &[(&str, i32)] = &[
        ("n", -9),
        ("u", -6),
        ("m", -3),
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("G", 9),
        ("T", 12),
        ("P", 15),
        ("E", 18),
    ];
    let known = SUFFIXES.iter().find(|(s, _)| *s == suffix).map(|(_, power)| *power);
    known.or_else(|| suffix.strip_prefix(['e', 'E'])?.parse().ok())
}

/// The sum of two of `int64Amount`.
fn added(a: (i64, i32), b: (i64, i32)) -> Option<(i64, i32)> {
    match (a, b) {
        (a, (0, _)) => Some(a),
        ((0, _), b) => Some(b),
        (a, b) => {
            let low = a.1.min(b.1);
            let lift =
                |(digits, scale): (i64, i32)| digits.checked_mul(10i64.checked_pow(scale.abs_diff(low))?);
            Some((lift(a)?.checked_add(lift(b)?)?, low))
        }
    }
}
