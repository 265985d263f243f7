//! Functions of OPA that the engine lacks, or has otherwise: each with a limit on what it builds.
//!
//! OPA v1 `topdown/{strings,regex,aggregates,array,numbers}.go`. What OPA answers with an error is undefined here, as an
//! error of a built-in function is in OPA; what is not known is an error of the engine, which no policy survives.

use std::collections::BTreeSet;

use anyhow::bail;
use regorus::{Engine, Value};

use super::format::{MOST, sprintf};
use super::pattern;

type Function = fn(&[Value]) -> Result<Value, String>;

const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("all", 1, all),
    ("any", 1, any),
    ("array.concat", 2, array_concat),
    ("concat", 2, concat),
    ("numbers.range", 2, range),
    ("re_match", 2, matches),
    ("regex.is_valid", 1, is_valid),
    ("regex.match", 2, matches),
    ("regex.split", 2, split),
    ("replace", 3, replace),
    ("sprintf", 2, format),
];

/// Adds them all.
pub(super) fn add(engine: &mut Engine) -> Result<(), String> {
    for (name, arguments, function) in FUNCTIONS {
        let run = |arguments: Vec<Value>| match function(&arguments) {
            Ok(value) => Ok(value),
            Err(error) => bail!("{error}"),
        };
        engine.add_extension((*name).to_owned(), *arguments, Box::new(run)).map_err(|e| e.to_string())?;
    }
    Ok(())
}

fn text(value: &Value) -> Option<&str> {
    value.as_string().ok().map(AsRef::as_ref)
}

/// The items of an array or a set.
fn items(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Array(items) => Some(items.iter().collect()),
        Value::Set(items) => Some(items.iter().collect()),
        _ => None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "built-ins share one type, and others fail")]
fn all(arguments: &[Value]) -> Result<Value, String> {
    let items = arguments.first().and_then(items);
    Ok(items.map_or(Value::Undefined, |items| Value::from(items.iter().all(|i| **i == Value::Bool(true)))))
}

#[expect(clippy::unnecessary_wraps, reason = "built-ins share one type, and others fail")]
fn any(arguments: &[Value]) -> Result<Value, String> {
    let items = arguments.first().and_then(items);
    Ok(items.map_or(Value::Undefined, |items| Value::from(items.iter().any(|i| **i == Value::Bool(true)))))
}

fn array_concat(arguments: &[Value]) -> Result<Value, String> {
    let [Value::Array(first), Value::Array(second)] = arguments else { return Ok(Value::Undefined) };
    if first.len() + second.len() > MOST / 8 {
        return Err("array.concat builds too long an array".to_owned());
    }
    Ok(Value::from(first.iter().chain(second.iter()).cloned().collect::<Vec<_>>()))
}

fn concat(arguments: &[Value]) -> Result<Value, String> {
    let [delimiter, list] = arguments else { return Ok(Value::Undefined) };
    let (Some(delimiter), Some(items)) = (text(delimiter), items(list)) else { return Ok(Value::Undefined) };
    let Some(texts) = items.into_iter().map(text).collect::<Option<Vec<_>>>() else {
        return Ok(Value::Undefined);
    };
    let long: usize = texts.iter().map(|t| t.len() + delimiter.len()).sum();
    if long > MOST {
        return Err("concat builds too long a text".to_owned());
    }
    Ok(Value::from(texts.join(delimiter)))
}

fn range(arguments: &[Value]) -> Result<Value, String> {
    let [from, to] = arguments else { return Ok(Value::Undefined) };
    let (Ok(from), Ok(to)) = (from.as_i64(), to.as_i64()) else { return Ok(Value::Undefined) };
    if from.abs_diff(to) > 100_000 {
        return Err("numbers.range is too long".to_owned());
    }
    let numbers: Vec<Value> = if from <= to {
        (from..=to).map(Value::from).collect()
    } else {
        (to..=from).rev().map(Value::from).collect()
    };
    Ok(Value::from(numbers))
}

fn matches(arguments: &[Value]) -> Result<Value, String> {
    let [Some(pattern), Some(subject)] = [arguments.first(), arguments.get(1)].map(|a| a.and_then(text))
    else {
        return Ok(Value::Undefined);
    };
    Ok(pattern::compile(pattern)?.map_or(Value::Undefined, |regex| Value::from(regex.is_match(subject))))
}

fn is_valid(arguments: &[Value]) -> Result<Value, String> {
    let Some(pattern) = arguments.first().and_then(text) else { return Ok(Value::from(false)) };
    Ok(Value::from(pattern::compile(pattern)?.is_some()))
}

fn split(arguments: &[Value]) -> Result<Value, String> {
    let [Some(pattern), Some(subject)] = [arguments.first(), arguments.get(1)].map(|a| a.and_then(text))
    else {
        return Ok(Value::Undefined);
    };
    let Some(regex) = pattern::compile(pattern)? else { return Ok(Value::Undefined) };
    if regex.is_match("") {
        return Err("regex.split by a pattern that matches nothing is not modelled".to_owned());
    }
    Ok(Value::from(regex.split(subject).map(Value::from).collect::<Vec<_>>()))
}

fn replace(arguments: &[Value]) -> Result<Value, String> {
    let [Some(subject), Some(old), Some(new)] =
        [arguments.first(), arguments.get(1), arguments.get(2)].map(|a| a.and_then(text))
    else {
        return Ok(Value::Undefined);
    };
    let found = if old.is_empty() { subject.chars().count() + 1 } else { subject.matches(old).count() };
    if subject.len() + found * new.len() > MOST {
        return Err("replace builds too long a text".to_owned());
    }
    Ok(Value::from(subject.replace(old, new)))
}

fn format(arguments: &[Value]) -> Result<Value, String> {
    let [Value::String(format), Value::Array(values)] = arguments else { return Ok(Value::Undefined) };
    sprintf(format, values).map(Value::from)
}

/// The values of a set or the keys of an object: what `violation[v]` goes over.
pub(super) fn members(value: &Value) -> BTreeSet<&Value> {
    match value {
        Value::Set(items) => items.iter().collect(),
        Value::Object(fields) => fields.keys_sorted().collect(),
        _ => BTreeSet::new(),
    }
}
