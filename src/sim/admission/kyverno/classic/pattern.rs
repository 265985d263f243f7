//! A value against a scalar of a pattern: `nginx:* | !*:latest`, `>=1Gi & <8Gi`, `10-20`.
//!
//! kyverno `pkg/engine/pattern/pattern.go`.

use serde_json::Value;

use super::operator::{Operator, range};
use super::{duration, wildcard};
use crate::model::Quantity;

/// Whether a value is what a pattern says.
pub(super) fn fits(value: &Value, pattern: &Value) -> bool {
    match pattern {
        Value::Bool(pattern) => value.as_bool() == Some(*pattern),
        Value::Number(pattern) => number(value, pattern),
        Value::Null => match value {
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::String(text) => text.is_empty(),
            Value::Bool(b) => !b,
            Value::Null => true,
            Value::Array(_) | Value::Object(_) => false,
        },
        Value::Object(_) => value.is_object(),
        Value::String(pattern) => text(value, pattern),
        Value::Array(_) => false,
    }
}

fn number(value: &Value, pattern: &serde_json::Number) -> bool {
    match value {
        Value::Number(value) => value.as_f64() == pattern.as_f64(),
        Value::String(text) => text.parse::<f64>().ok().is_some_and(|f| Some(f) == pattern.as_f64()),
        _ => false,
    }
}

/// Whether a value is what the text of a pattern says.
pub(super) fn text(value: &Value, pattern: &str) -> bool {
    value.as_str() == Some(pattern)
        || pattern
            .split('|')
            .any(|part| part.trim_matches(' ').split('&').all(|p| one(value, p.trim_matches(' '))))
}

fn one(value: &Value, pattern: &str) -> bool {
    let operator = Operator::of(pattern);
    match operator {
        Operator::InRange => range(pattern, "-").is_some_and(|(from, to)| {
            compared(value, from, Operator::MoreOrEqual) && compared(value, to, Operator::LessOrEqual)
        }),
        Operator::NotInRange => range(pattern, "!-").is_some_and(|(from, to)| {
            compared(value, from, Operator::Less) || compared(value, to, Operator::More)
        }),
        _ => compared(value, pattern[operator.word().len()..].trim(), operator),
    }
}

fn compared(value: &Value, pattern: &str, operator: Operator) -> bool {
    let numeric = numeric(value);
    let order = |read: fn(&str) -> Option<i128>| Some(read(numeric.as_deref()?)?.cmp(&read(pattern)?));
    let as_duration = order(|text| duration::parse(text).map(i128::from));
    if as_duration.is_some_and(|o| operator.holds(o)) {
        return true;
    }
    let as_quantity =
        numeric.as_deref().and_then(|n| Some(Quantity::parse(n)?.cmp(&Quantity::parse(pattern)?)));
    if as_quantity.is_some_and(|o| operator.holds(o)) {
        return true;
    }
    let Some(text) = plain(value) else { return false };
    match operator {
        Operator::Equal => wildcard::fits(pattern, &text),
        Operator::NotEqual => !wildcard::fits(pattern, &text),
        _ => false,
    }
}

/// A value as the text of a number: what is not there counts as zero.
fn numeric(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("0".to_owned()),
        Value::String(text) => Some(text.clone()),
        Value::Number(n) if n.is_f64() => Some(format!("{:.6}", n.as_f64()?)),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// A scalar as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Number(n) if n.is_f64() => {
            // Go's 'E': two digits of exponent and its sign.
            let text = format!("{:E}", n.as_f64()?);
            let (digits, exponent) = text.split_once('E')?;
            let exponent: i32 = exponent.parse().ok()?;
            Some(format!("{digits}E{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()))
        }
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fits;

    #[test]
    fn documented_patterns() {
        for (value, pattern) in [
            (json!("nginx:1.2"), json!("nginx:*")),
            (json!("nginx:1.2"), json!("!*:latest & *:*")),
            (json!("b"), json!("a | b")),
            (json!("2Gi"), json!("<=2048Mi")),
            (json!("250m"), json!("<1")),
            (json!(15), json!("10-20")),
            (json!("15Mi"), json!("10Mi-20Mi")),
            (json!(25), json!("10!-20")),
            (json!("90s"), json!(">1m")),
            (json!("8080"), json!(8080)),
            (json!(true), json!("true")),
            (json!(null), json!(null)),
            (json!(""), json!(null)),
            (json!(null), json!("<5")),
            (json!({"a": 1}), json!({})),
            (json!("my-name"), json!("my-name")),
            (json!("x"), json!("?*")),
            (json!(3), json!(">2")),
        ] {
            assert!(fits(&value, &pattern), "{value} {pattern}");
        }
        for (value, pattern) in [
            (json!("nginx:latest"), json!("!*:latest")),
            (json!(null), json!("!x")),
            (json!(null), json!("?*")),
            (json!("3Gi"), json!("<=2Gi")),
            (json!(15), json!("10!-20")),
            (json!("true"), json!(true)),
            (json!("abc"), json!(">2")),
            (json!([1]), json!([1])),
            (json!("2Gi"), json!(2)),
        ] {
            assert!(!fits(&value, &pattern), "{value} {pattern}");
        }
    }
}
