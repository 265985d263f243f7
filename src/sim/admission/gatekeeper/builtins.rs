//! Functions of OPA that the engine lacks, or has otherwise: each with a limit on what it builds.
//!
//! OPA v1 `topdown/{strings,regex,aggregates,array,numbers,glob,cidr,semver,encoding}.go`. What OPA answers with an error is undefined here, as an
//! error of a built-in function is in OPA; what is not known is an error of the engine, which no policy survives.

use std::collections::BTreeSet;
use std::net::IpAddr;

use anyhow::bail;
use regorus::{Engine, Value};

use super::allowance::{ITEM, take};
use super::format::{MOST, sprintf};
use super::{copies, held, pattern};
use crate::model::cidr::Cidr;
use crate::sim::admission::gobwas;
use crate::sim::cel::pattern_weight;
use crate::sim::cel::semver::Semver;

/// The most steps of a regular expression on a text.
const WORK: usize = 1 << 25;

type Function = fn(&[Value]) -> Result<Value, String>;

const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("all", 1, all),
    ("any", 1, any),
    ("array.concat", 2, array_concat),
    ("concat", 2, concat),
    ("glob.match", 3, glob),
    ("json.marshal", 1, marshal),
    ("net.cidr_contains", 2, cidr_contains),
    ("net.cidr_is_valid", 1, cidr_is_valid),
    ("numbers.range", 2, range),
    ("re_match", 2, matches),
    ("regex.find_all_string_submatch_n", 3, find_all),
    ("regex.find_n", 3, find),
    ("regex.is_valid", 1, is_valid),
    ("regex.match", 2, matches),
    ("regex.replace", 3, regex_replace),
    ("regex.split", 2, split),
    ("replace", 3, replace),
    ("semver.compare", 2, semver_compare),
    ("semver.is_valid", 1, semver_is_valid),
    ("sprintf", 2, format),
    (held::NAME, 1, held::held),
];

/// Adds them all.
pub(super) fn add(engine: &mut Engine) -> Result<(), String> {
    for (name, arguments, function) in FUNCTIONS.iter().chain(copies::FUNCTIONS) {
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
    take((first.len() + second.len()) * ITEM)?;
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
    take(long)?;
    Ok(Value::from(texts.join(delimiter)))
}

fn range(arguments: &[Value]) -> Result<Value, String> {
    let [from, to] = arguments else { return Ok(Value::Undefined) };
    let (Ok(from), Ok(to)) = (from.as_i64(), to.as_i64()) else { return Ok(Value::Undefined) };
    if from.abs_diff(to) > 100_000 {
        return Err("numbers.range is too long".to_owned());
    }
    take(usize::try_from(from.abs_diff(to)).unwrap_or(usize::MAX).saturating_add(1).saturating_mul(ITEM))?;
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
    Ok(compiled(pattern, subject)?.map_or(Value::Undefined, |regex| Value::from(regex.is_match(subject))))
}

/// A pattern for a text: one may take each of its states for each letter.
fn compiled(pattern: &str, subject: &str) -> Result<Option<regex::Regex>, String> {
    if pattern_weight(pattern).saturating_mul(subject.len()) > WORK {
        return Err("so large a regular expression on so long a text is not modelled".to_owned());
    }
    pattern::compile(pattern)
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
    let Some(regex) = compiled(pattern, subject)? else { return Ok(Value::Undefined) };
    if regex.is_match("") {
        return Err("regex.split by a pattern that matches nothing is not modelled".to_owned());
    }
    take(subject.len() + regex.find_iter(subject).count() * 2 * ITEM)?;
    Ok(Value::from(regex.split(subject).map(Value::from).collect::<Vec<_>>()))
}

/// Up to how many matches are wanted; below nothing: all.
fn wanted(value: Option<&Value>) -> Option<usize> {
    let n = value?.as_i64().ok()?;
    Some(usize::try_from(n).unwrap_or(usize::MAX))
}

fn find(arguments: &[Value]) -> Result<Value, String> {
    let [Some(pattern), Some(subject)] = [arguments.first(), arguments.get(1)].map(|a| a.and_then(text))
    else {
        return Ok(Value::Undefined);
    };
    let (Some(most), Some(regex)) = (wanted(arguments.get(2)), compiled(pattern, subject)?) else {
        return Ok(Value::Undefined);
    };
    take(subject.len() + regex.find_iter(subject).take(most).count() * 2 * ITEM)?;
    let found = regex.find_iter(subject).take(most).map(|m| Value::from(m.as_str()));
    Ok(Value::from(found.collect::<Vec<_>>()))
}

/// Each match with its groups; a group that took no part is empty.
fn find_all(arguments: &[Value]) -> Result<Value, String> {
    let [Some(pattern), Some(subject)] = [arguments.first(), arguments.get(1)].map(|a| a.and_then(text))
    else {
        return Ok(Value::Undefined);
    };
    let (Some(most), Some(regex)) = (wanted(arguments.get(2)), compiled(pattern, subject)?) else {
        return Ok(Value::Undefined);
    };
    if (subject.len() + 1) * regex.captures_len() > MOST {
        return Err("regex.find_all_string_submatch_n builds too much".to_owned());
    }
    take((subject.len() + 1) * regex.captures_len() * ITEM)?;
    let groups = |found: regex::Captures<'_>| {
        let texts = found.iter().map(|group| Value::from(group.map_or("", |m| m.as_str())));
        Value::from(texts.collect::<Vec<_>>())
    };
    Ok(Value::from(regex.captures_iter(subject).take(most).map(groups).collect::<Vec<_>>()))
}

fn regex_replace(arguments: &[Value]) -> Result<Value, String> {
    let [Some(subject), Some(pattern), Some(new)] =
        [arguments.first(), arguments.get(1), arguments.get(2)].map(|a| a.and_then(text))
    else {
        return Ok(Value::Undefined);
    };
    let Some(regex) = compiled(pattern, subject)? else { return Ok(Value::Undefined) };
    let (mut out, mut at) = (String::new(), 0);
    for found in regex.captures_iter(subject) {
        let whole = found.get_match();
        out.push_str(subject.get(at..whole.start()).unwrap_or(""));
        found.expand(new, &mut out);
        at = whole.end();
        if out.len() > MOST {
            return Err("regex.replace builds too long a text".to_owned());
        }
    }
    out.push_str(subject.get(at..).unwrap_or(""));
    take(out.len())?;
    Ok(Value::from(out))
}

fn glob(arguments: &[Value]) -> Result<Value, String> {
    let [pattern, delimiters, subject] = arguments else { return Ok(Value::Undefined) };
    let (Some(pattern), Some(subject)) = (text(pattern), text(subject)) else { return Ok(Value::Undefined) };
    // None at all is something else than an empty list.
    let delimiters = match delimiters {
        Value::Null => Vec::new(),
        Value::Array(list) if list.is_empty() => vec!['.'],
        Value::Array(list) => {
            let one = |v: &Value| {
                let mut chars = text(v)?.chars();
                chars.next().filter(|_| chars.next().is_none())
            };
            match list.iter().map(one).collect::<Option<Vec<_>>>() {
                Some(list) => list,
                None => return Ok(Value::Undefined),
            }
        }
        _ => return Ok(Value::Undefined),
    };
    let regex = gobwas::expression(pattern, &delimiters)?;
    Ok(compiled(&regex, subject)?.map_or(Value::Undefined, |regex| Value::from(regex.is_match(subject))))
}

/// As Go writes JSON: what HTML would read is written as its number.
fn marshal(arguments: &[Value]) -> Result<Value, String> {
    let Some(value) = arguments.first() else { return Ok(Value::Undefined) };
    super::format::opa(value)?;
    let text = serde_json::to_string(value).map_err(|e| e.to_string())?;
    take(text.len())?;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    Ok(Value::from(out))
}

/// A block as Go's `net.ParseCIDR` takes it: no octet begins with a zero.
fn block(text: &str) -> Option<Cidr> {
    let (address, _) = text.split_once('/')?;
    address.parse::<IpAddr>().ok()?;
    Cidr::parse(text)
}

#[expect(clippy::unnecessary_wraps, reason = "built-ins share one type, and others fail")]
fn cidr_contains(arguments: &[Value]) -> Result<Value, String> {
    let [Some(outer), Some(inner)] = [arguments.first(), arguments.get(1)].map(|a| a.and_then(text)) else {
        return Ok(Value::Undefined);
    };
    let inner = block(inner).or_else(|| inner.parse().ok().map(Cidr::of));
    Ok(block(outer).zip(inner).map_or(Value::Undefined, |(outer, inner)| Value::from(outer.contains(inner))))
}

#[expect(clippy::unnecessary_wraps, reason = "built-ins share one type, and others fail")]
fn cidr_is_valid(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::from(arguments.first().and_then(text).is_some_and(|text| block(text).is_some())))
}

#[expect(clippy::unnecessary_wraps, reason = "built-ins share one type, and others fail")]
fn semver_compare(arguments: &[Value]) -> Result<Value, String> {
    let version = |at: usize| Semver::parse(arguments.get(at).and_then(text)?, false).ok();
    Ok(version(0).zip(version(1)).map_or(Value::Undefined, |(a, b)| Value::from(a.cmp(&b) as i64)))
}

#[expect(clippy::unnecessary_wraps, reason = "built-ins share one type, and others fail")]
fn semver_is_valid(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::from(arguments.first().and_then(text).is_some_and(|text| Semver::parse(text, false).is_ok())))
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
    take(subject.len() + found * new.len())?;
    Ok(Value::from(subject.replace(old, new)))
}

fn format(arguments: &[Value]) -> Result<Value, String> {
    let [Value::String(format), Value::Array(values)] = arguments else { return Ok(Value::Undefined) };
    let text = sprintf(format, values)?;
    take(text.len())?;
    Ok(Value::from(text))
}

/// The values of a set or the keys of an object: what `violation[v]` goes over.
pub(super) fn members(value: &Value) -> BTreeSet<&Value> {
    match value {
        Value::Set(items) => items.iter().collect(),
        Value::Object(fields) => fields.keys_sorted().collect(),
        _ => BTreeSet::new(),
    }
}
