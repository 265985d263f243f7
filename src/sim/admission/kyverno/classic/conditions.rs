//! Preconditions and `deny.conditions`: `any`, `all`, and the operators.
//!
//! kyverno `pkg/engine/variables/evaluate.go`, `operator/*.go`, `pkg/utils/api/json.go` (no fields beside any and all).

use std::cmp::Ordering;

use serde_json::Value;

use super::context::Context;
use super::jmespath::Failure;
use super::jmespath::same;
use super::operator::Operator;
use super::variables::{Here, substitute};
use super::{duration, pattern, semver, wildcard};
use crate::model::Quantity;

/// What a set of conditions comes to.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// Whether they hold.
    pub(super) holds: bool,
    /// The messages of those that decided.
    pub(super) message: String,
}

/// Judges `{any, all}`, or the old list, all of which must hold.
pub(super) fn judge(conditions: &Value, context: &Context<'_>) -> Result<Held, Failure> {
    let wrong = || Failure::Fault("conditions: neither any and all, nor a list".to_owned());
    match conditions {
        Value::Null => Ok(Held { holds: true, message: String::new() }),
        Value::Array(all) => {
            let mut messages = Vec::new();
            for condition in all {
                let (holds, message) = one(condition, context)?;
                if !holds {
                    return Ok(Held { holds, message });
                }
                messages.push(message);
            }
            Ok(Held { holds: true, message: joined(&messages) })
        }
        Value::Object(both) => {
            if let Some(key) = both.keys().find(|key| !["any", "all"].contains(&key.as_str())) {
                return Err(Failure::Fault(format!("conditions: unknown field {key:?}")));
            }
            let list = |key: &str| match both.get(key) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::Array(list)) => Ok(Some(list)),
                Some(_) => Err(wrong()),
            };
            let (mut yes, mut no) = (Vec::new(), Vec::new());
            let mut any = true;
            if let Some(conditions) = list("any")? {
                any = false;
                for condition in conditions {
                    let (holds, message) = one(condition, context)?;
                    if holds {
                        any = true;
                        yes.push(message);
                        break;
                    }
                    no.push(message);
                }
            }
            let mut all = true;
            for condition in list("all")?.into_iter().flatten() {
                let (holds, message) = one(condition, context)?;
                if !holds {
                    all = false;
                    no.push(message);
                    break;
                }
                yes.push(message);
            }
            let holds = any && all;
            Ok(Held { holds, message: joined(if holds { &yes } else { &no }) })
        }
        _ => Err(wrong()),
    }
}

fn joined(messages: &[String]) -> String {
    messages.iter().filter(|m| !m.is_empty()).cloned().collect::<Vec<_>>().join("; ")
}

fn one(condition: &Value, context: &Context<'_>) -> Result<(bool, String), Failure> {
    let part = |key: &str| condition.get(key).unwrap_or(&Value::Null);
    let key = substitute(part("key"), context, Here::Nothing)?;
    let value = substitute(part("value"), context, Here::Nothing)?;
    let word = part("operator").as_str().unwrap_or_default();
    context.fuel().burn(cost(&key, &value))?;
    let holds = compared(word, &key, &value)
        .ok_or_else(|| Failure::Fault(format!("{word:?} is no operator of a condition")))?;
    Ok((holds, part("message").as_str().unwrap_or_default().to_owned()))
}

/// What it costs to hold each item of one value against each of the other.
fn cost(key: &Value, value: &Value) -> usize {
    // How many items, and how long they are together; a text may be a list written out.
    let size = |value: &Value| match value {
        Value::Array(items) => (items.len(), items.iter().map(|i| i.as_str().map_or(8, str::len)).sum()),
        Value::String(text) => (1 + text.matches(',').count(), text.len()),
        _ => (1, 8),
    };
    let ((keys, key), (values, value)): ((usize, usize), (usize, usize)) = (size(key), size(value));
    1 + keys.saturating_mul(values) / 4 + key.saturating_mul(value) / 32 + (key + value) / 8
}

/// Whether `key OPERATOR value` holds; `None` for an operator that is none.
fn compared(word: &str, key: &Value, value: &Value) -> Option<bool> {
    Some(match word {
        "Equal" | "Equals" => equals(key, value) == Some(true),
        "NotEqual" | "NotEquals" => equals(key, value) == Some(false),
        "In" | "AllIn" => set(key, value, word).unwrap_or(false),
        "NotIn" | "AllNotIn" | "AnyIn" | "AnyNotIn" => set(key, value, word).unwrap_or(false),
        "GreaterThanOrEquals" => ordered(key, value).is_some_and(Ordering::is_ge),
        "GreaterThan" => ordered(key, value).is_some_and(Ordering::is_gt),
        "LessThanOrEquals" => ordered(key, value).is_some_and(Ordering::is_le),
        "LessThan" => ordered(key, value).is_some_and(Ordering::is_lt),
        "DurationGreaterThanOrEquals" => spans(key, value).is_some_and(Ordering::is_ge),
        "DurationGreaterThan" => spans(key, value).is_some_and(Ordering::is_gt),
        "DurationLessThanOrEquals" => spans(key, value).is_some_and(Ordering::is_le),
        "DurationLessThan" => spans(key, value).is_some_and(Ordering::is_lt),
        _ => return None,
    })
}

/// Both as durations: at least one is written as one, the other may be a number of seconds.
fn durations(key: &Value, value: &Value) -> Option<(i128, i128)> {
    let read = |v: &Value| match v {
        Value::String(text) if text != "0" => duration::parse(text).map(|d| (i128::from(d), true)),
        Value::Number(n) => Some(((n.as_f64()? as i128).checked_mul(1_000_000_000)?, false)),
        _ => None,
    };
    let ((key, key_is), (value, value_is)) = (read(key)?, read(value)?);
    (key_is || value_is).then_some((key, value))
}

/// Whether they are equal; `None` where neither operator holds. What is of another type is not equal.
fn equals(key: &Value, value: &Value) -> Option<bool> {
    Some(match (key, value) {
        (Value::Null, _) => return None,
        (Value::Bool(key), Value::Bool(value)) => key == value,
        (Value::Number(key), Value::Number(value)) => key.as_f64() == value.as_f64(),
        (Value::Number(key), Value::String(value)) => {
            let number =
                if key.is_f64() { value.parse().ok() } else { value.parse::<i64>().ok().map(|n| n as f64) };
            number.is_some() && key.as_f64() == number
        }
        (Value::String(text), _) => match (durations(key, value), value.as_str(), Quantity::parse(text)) {
            (Some((key, value)), ..) => key == value,
            (None, None, _) | (None, Some(""), Some(_)) => false,
            (None, Some(value), Some(quantity)) => quantity == Quantity::parse(value)?,
            (None, Some(value), None) => wildcard::fits(value, text),
        },
        (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_)) => same(key, value),
        _ => false,
    })
}

fn ordered(key: &Value, value: &Value) -> Option<Ordering> {
    if let Some((key, value)) = durations(key, value) {
        return Some(key.cmp(&value));
    }
    match (key, value) {
        (Value::Number(key), _) => key.as_f64()?.partial_cmp(&float(value)?),
        (Value::String(key), _) => {
            if let Some(value) = value.as_str()
                && let (Some(key), Some(value)) = (Quantity::parse(key), Quantity::parse(value))
            {
                return Some(key.cmp(&value));
            }
            match key.parse::<f64>() {
                Ok(key) => key.partial_cmp(&float(value)?),
                Err(_) => semver::compared(key, value.as_str()?),
            }
        }
        _ => None,
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn spans(key: &Value, value: &Value) -> Option<Ordering> {
    let read = |v: &Value| match v {
        Value::String(text) => duration::parse(text).map(i128::from),
        Value::Number(n) => (n.as_f64()? as i128).checked_mul(1_000_000_000),
        _ => None,
    };
    Some(read(key)?.cmp(&read(value)?))
}

/// A value as Go's `fmt.Sprint` writes it.
fn sprint(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

fn meets(a: &str, b: &str) -> bool {
    wildcard::fits(a, b) || wildcard::fits(b, a)
}

/// The operators of sets; `None` where the types are none that they take.
fn set(key: &Value, value: &Value, word: &str) -> Option<bool> {
    let negated = word.contains("NotIn");
    match key {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Some(single(&sprint(key), value)? != negated),
        Value::Array(keys) => several(&keys.iter().map(sprint).collect::<Vec<_>>(), value, word),
        _ => None,
    }
}

/// Whether a key is among the values.
fn single(key: &str, value: &Value) -> Option<bool> {
    match value {
        Value::Array(items) => Some(items.iter().any(|item| meets(&sprint(item), key))),
        Value::String(text) => {
            if wildcard::fits(text, key) {
                return Some(true);
            }
            if Operator::of(text) == Operator::InRange {
                return Some(pattern::text(&Value::String(key.to_owned()), text));
            }
            Some(listed(text)?.iter().any(|item| item == key))
        }
        _ => None,
    }
}

/// A text that is a JSON list of strings, or one item.
fn listed(text: &str) -> Option<Vec<String>> {
    match serde_json::from_str::<Value>(text) {
        Err(_) => Some(vec![text.to_owned()]),
        Ok(Value::Array(items)) => items.iter().map(|i| i.as_str().map(str::to_owned)).collect(),
        Ok(_) => None,
    }
}

fn several(keys: &[String], value: &Value, word: &str) -> Option<bool> {
    let among = |values: &[String]| {
        let within = |key: &String| values.iter().any(|v| meets(key, v));
        match word {
            "In" | "AllIn" => keys.iter().all(within),
            "AnyIn" => keys.iter().any(within),
            // Upstream's AllNotIn holds, as AnyNotIn does, as soon as one key is not among the values (allin.go).
            _ => !keys.iter().all(within),
        }
    };
    match value {
        Value::Array(items) => Some(among(&items.iter().map(sprint).collect::<Vec<_>>())),
        Value::Number(_) => Some(among(&[sprint(value)])),
        Value::String(text) => {
            if keys == [text.clone()] {
                return Some(!word.contains("NotIn"));
            }
            if Operator::of(text) == Operator::InRange {
                let within = |key: &String| pattern::text(&Value::String(key.clone()), text);
                // The range turned inside out: what is no number is neither in it nor outside.
                let outside = text.replacen('-', "!-", 1);
                let beyond = |key: &String| pattern::text(&Value::String(key.clone()), &outside);
                return Some(match word {
                    "In" | "AllIn" => keys.iter().all(within),
                    "AnyIn" => keys.iter().any(within),
                    "AnyNotIn" => keys.iter().any(beyond),
                    "NotIn" => !keys.iter().all(within),
                    _ => !keys.iter().any(within),
                });
            }
            Some(among(&listed(text)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::compared;

    #[test]
    fn every_operator() {
        for (key, word, value, holds) in [
            (json!("a"), "Equals", json!("a"), true),
            (json!("abc"), "Equals", json!("a*"), true),
            (json!("1Gi"), "Equal", json!("1024Mi"), true),
            (json!("60m"), "Equals", json!("1h"), true),
            (json!("1h"), "Equals", json!(3600), true),
            (json!(1), "Equals", json!("1"), true),
            (json!(true), "Equals", json!("true"), false),
            (json!(true), "NotEquals", json!(false), true),
            (json!("b"), "NotEqual", json!("a"), true),
            (json!(null), "NotEquals", json!("a"), false),
            (json!("CREATE"), "NotEquals", json!(["DELETE"]), true),
            (json!(["a"]), "NotEquals", json!("a"), true),
            (json!({"a": 1}), "NotEquals", json!(""), true),
            (json!(true), "NotEquals", json!("true"), true),
            (json!(3), "NotEquals", json!("three"), true),
            (json!(3), "Equals", json!("three"), false),
            (json!("2Gi"), "NotEquals", json!(""), true),
            (json!("2Gi"), "NotEquals", json!("much"), false),
            (json!("2Gi"), "Equals", json!("much"), false),
            (json!({"a": 1}), "Equals", json!({"a": 1.0}), true),
            (json!(["a", "b"]), "Equals", json!(["b", "a"]), false),
            (json!("a"), "AnyIn", json!(["a", "b"]), true),
            (json!(["a", "z"]), "AnyIn", json!(["a", "b"]), true),
            (json!(["x*", "z"]), "AnyIn", json!(["xa"]), true),
            (json!(["a", "z"]), "AllIn", json!(["a", "b"]), false),
            (json!(["a", "z"]), "AnyNotIn", json!(["a", "b"]), true),
            (json!(["a", "b"]), "AnyNotIn", json!(["a", "b"]), false),
            (json!(["y", "z"]), "AllNotIn", json!(["a", "b"]), true),
            (json!(["a", "z"]), "AllNotIn", json!(["a", "b"]), true),
            (json!(["a", "b"]), "AllNotIn", json!(["a", "b"]), false),
            (json!([2, 6]), "AllNotIn", json!("5-10"), false),
            (json!("a"), "AllNotIn", json!(["a", "b"]), false),
            (json!([]), "AllIn", json!(["a"]), true),
            (json!([]), "AnyIn", json!(["a"]), false),
            (json!("b"), "In", json!("[\"a\", \"b\"]"), true),
            (json!("c"), "NotIn", json!("[\"a\", \"b\"]"), true),
            (json!(5), "AnyIn", json!("1-10"), true),
            (json!([1, 50]), "AnyNotIn", json!("1-10"), true),
            (json!([1, "web"]), "AnyNotIn", json!("1-10"), false),
            (json!([]), "AnyNotIn", json!("1-10"), false),
            (json!(null), "AnyIn", json!(["a"]), false),
            (json!(3), "GreaterThan", json!(2), true),
            (json!("2Gi"), "LessThanOrEquals", json!("2048Mi"), true),
            (json!("1.2.3"), "GreaterThanOrEquals", json!("1.2.0"), true),
            (json!("3"), "LessThan", json!(10), true),
            (json!("2h"), "GreaterThan", json!("90m"), true),
            (json!("10s"), "DurationLessThan", json!(11), true),
            (json!("x"), "GreaterThan", json!(1), false),
        ] {
            assert_eq!(compared(word, &key, &value), Some(holds), "{key} {word} {value}");
        }
        assert_eq!(compared("Like", &json!(1), &json!(1)), None);
    }
}
