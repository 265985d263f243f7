//! The functions of the specification, and the way to those of Kyverno.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::eval::{Argument, Evaluator, same, weight};
use super::{Failure, kyverno};

/// The arguments of a call, read by type.
pub(super) struct Arguments<'n, 'a> {
    /// The function's name.
    pub(super) name: &'n str,
    given: Vec<Argument<'a>>,
}

/// The name of a value's type, as the specification spells it.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A number, whole where it is.
pub(super) fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

impl<'a> Arguments<'_, 'a> {
    /// What is wrong, with the function's name before it.
    pub(super) fn fault(&self, text: impl std::fmt::Display) -> Failure {
        Failure::Fault(format!("JMESPath function '{}': {text}", self.name))
    }

    /// What is not modelled, with the function's name before it.
    pub(super) fn unmodelled(&self, text: impl std::fmt::Display) -> Failure {
        Failure::Unmodelled(format!("JMESPath function '{}': {text} is not modelled", self.name))
    }

    /// Exactly so many.
    pub(super) fn count(&self, count: usize) -> Result<(), Failure> {
        let given = self.given.len();
        if given == count { Ok(()) } else { Err(self.fault(format!("{given} arguments, {count} expected"))) }
    }

    /// Any value.
    pub(super) fn value(&self, at: usize) -> Result<&Value, Failure> {
        match self.given.get(at) {
            Some(Argument::Value(value)) => Ok(value),
            Some(Argument::Expression(_)) => Err(self.fault(format!("argument {} is an expression", at + 1))),
            None => Err(self.fault(format!("argument {} is missing", at + 1))),
        }
    }

    fn typed<'s, T>(
        &'s self,
        at: usize,
        wanted: &str,
        read: impl Fn(&'s Value) -> Option<T>,
    ) -> Result<T, Failure> {
        let value = self.value(at)?;
        read(value).ok_or_else(|| {
            self.fault(format!("argument {} is of type {}, and not {wanted}", at + 1, type_of(value)))
        })
    }

    /// A string.
    pub(super) fn text(&self, at: usize) -> Result<&str, Failure> {
        self.typed(at, "string", Value::as_str)
    }

    /// A number.
    pub(super) fn number(&self, at: usize) -> Result<f64, Failure> {
        self.typed(at, "number", Value::as_f64)
    }

    /// A list.
    pub(super) fn list(&self, at: usize) -> Result<&Vec<Value>, Failure> {
        self.typed(at, "array", Value::as_array)
    }

    /// A mapping.
    pub(super) fn map(&self, at: usize) -> Result<&Map<String, Value>, Failure> {
        self.typed(at, "object", Value::as_object)
    }

    fn numbers(&self, at: usize) -> Result<Vec<f64>, Failure> {
        self.typed(at, "array of numbers", |v| v.as_array()?.iter().map(Value::as_f64).collect())
    }

    fn expression(&self, at: usize) -> Result<&'a super::Expression, Failure> {
        match self.given.get(at) {
            Some(Argument::Expression(expression)) => Ok(expression),
            _ => Err(self.fault(format!("argument {} is no expression", at + 1))),
        }
    }
}

/// Calls a function by name.
pub(super) fn call(by: Evaluator<'_>, name: &str, given: Vec<Argument<'_>>) -> Result<Value, Failure> {
    for argument in &given {
        if let Argument::Value(value) = argument {
            by.fuel.burn(match value.as_ref() {
                Value::Array(items) => items.len(),
                Value::Object(map) => map.len(),
                Value::String(text) => text.len() / 16,
                _ => 0,
            })?;
        }
    }
    let arguments = Arguments { name, given };
    match standard(by, &arguments)? {
        Some(value) => Ok(value),
        None => kyverno::call(by.fuel, &arguments),
    }
}

fn standard(by: Evaluator<'_>, a: &Arguments<'_, '_>) -> Result<Option<Value>, Failure> {
    let copy = |value: &Value| by.own(Cow::Borrowed(value));
    let count = match a.name {
        "contains" | "ends_with" | "starts_with" | "join" | "map" | "max_by" | "min_by" | "sort_by" => 2,
        "abs" | "avg" | "ceil" | "floor" | "keys" | "length" | "max" | "min" | "reverse" | "sort"
        | "to_array" | "to_number" | "to_string" | "type" | "values" => 1,
        "merge" | "not_null" => a.given.len().max(1),
        _ => return Ok(None),
    };
    a.count(count)?;
    Ok(Some(match a.name {
        "abs" => number(a.number(0)?.abs()),
        "ceil" => number(a.number(0)?.ceil()),
        "floor" => number(a.number(0)?.floor()),
        "avg" => {
            let numbers = a.numbers(0)?;
            if numbers.is_empty() {
                Value::Null
            } else {
                number(numbers.iter().sum::<f64>() / numbers.len() as f64)
            }
        }
        "contains" => match a.value(0)? {
            Value::String(text) => json!(a.value(1)?.as_str().is_some_and(|part| text.contains(part))),
            Value::Array(items) => {
                let sought = a.value(1)?;
                by.fuel
                    .burn(items.len().saturating_mul(weight(sought)).min(items.iter().map(weight).sum()))?;
                json!(items.iter().any(|item| same(item, sought)))
            }
            other => return Err(a.fault(format!("argument 1 is of type {}", type_of(other)))),
        },
        "ends_with" => json!(a.text(0)?.ends_with(a.text(1)?)),
        "starts_with" => json!(a.text(0)?.starts_with(a.text(1)?)),
        "join" => {
            let parts: Option<Vec<&str>> = a.list(1)?.iter().map(Value::as_str).collect();
            let parts = parts.ok_or_else(|| a.fault("argument 2 is not an array of strings"))?;
            by.fuel.burn(parts.iter().map(|p| p.len() / 16 + a.text(0).map_or(0, str::len) / 16).sum())?;
            json!(parts.join(a.text(0)?))
        }
        "keys" => a.map(0)?.keys().map(|k| json!(k)).collect(),
        "values" => a.map(0)?.values().map(copy).collect::<Result<_, _>>()?,
        "length" => match a.value(0)? {
            Value::String(text) => json!(text.chars().count()),
            Value::Array(items) => json!(items.len()),
            Value::Object(map) => json!(map.len()),
            other => return Err(a.fault(format!("argument 1 is of type {}", type_of(other)))),
        },
        "map" => {
            let mut out = Vec::new();
            for item in a.list(1)? {
                out.push(asked(by, a.expression(0)?, item)?);
            }
            Value::Array(out)
        }
        "max" | "min" => {
            let items = a.list(0)?;
            by.fuel.burn(items.iter().map(weight).sum())?;
            let items = sorted(a, items.iter().map(|v| (v, v.clone())).collect())?;
            let found = if a.name == "max" { items.last() } else { items.first() };
            found.map_or(Ok(Value::Null), |v| copy(v))?
        }
        "max_by" | "min_by" | "sort_by" => {
            let mut keyed = Vec::new();
            for item in a.list(0)? {
                keyed.push((item, asked(by, a.expression(1)?, item)?));
            }
            let items = sorted(a, keyed)?;
            match a.name {
                "max_by" => items.last().map_or(Ok(Value::Null), |v| copy(v))?,
                "min_by" => items.first().map_or(Ok(Value::Null), |v| copy(v))?,
                _ => items.into_iter().map(copy).collect::<Result<_, _>>()?,
            }
        }
        "sort" => {
            let items = a.list(0)?;
            by.fuel.burn(items.iter().map(weight).sum())?;
            let items = sorted(a, items.iter().map(|v| (v, v.clone())).collect())?;
            items.into_iter().map(copy).collect::<Result<_, _>>()?
        }
        "merge" => {
            let mut out = Map::new();
            for at in 0..a.given.len() {
                for (key, value) in a.map(at)? {
                    out.insert(key.clone(), copy(value)?);
                }
            }
            Value::Object(out)
        }
        "not_null" => {
            let mut found = Value::Null;
            for at in 0..a.given.len() {
                let value = a.value(at)?;
                if !value.is_null() {
                    found = copy(value)?;
                    break;
                }
            }
            found
        }
        "reverse" => match a.value(0)? {
            Value::String(text) => json!(text.chars().rev().collect::<String>()),
            Value::Array(items) => items.iter().rev().map(copy).collect::<Result<_, _>>()?,
            other => return Err(a.fault(format!("argument 1 is of type {}", type_of(other)))),
        },
        "to_array" => match a.value(0)? {
            list @ Value::Array(_) => copy(list)?,
            other => Value::Array(vec![copy(other)?]),
        },
        "to_number" => match a.value(0)? {
            given @ Value::Number(_) => given.clone(),
            Value::String(text) => text.parse().map_or(Value::Null, number),
            _ => Value::Null,
        },
        "to_string" => match a.value(0)? {
            given @ Value::String(_) => copy(given)?,
            other => json!(copy(other)?.to_string()),
        },
        _ => json!(type_of(a.value(0)?)),
    }))
}

fn asked(by: Evaluator<'_>, expression: &super::Expression, item: &Value) -> Result<Value, Failure> {
    match by.search(expression, item) {
        Err(Failure::NotFound(_)) => Ok(Value::Null),
        other => other,
    }
}

/// In the order of their keys, which are all numbers or all strings.
fn sorted<'v>(a: &Arguments<'_, '_>, mut keyed: Vec<(&'v Value, Value)>) -> Result<Vec<&'v Value>, Failure> {
    let alike = keyed.iter().all(|(_, k)| k.is_number()) || keyed.iter().all(|(_, k)| k.is_string());
    if !alike {
        return Err(a.fault("what is sorted is neither all numbers nor all strings"));
    }
    keyed.sort_by(|(_, a), (_, b)| match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        _ => a.as_str().cmp(&b.as_str()),
    });
    Ok(keyed.into_iter().map(|(value, _)| value).collect())
}
