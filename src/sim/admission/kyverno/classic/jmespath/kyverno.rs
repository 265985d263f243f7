//! Kyverno's own functions: `pkg/engine/jmespath/functions.go`.
//!
//! What needs a clock, chance, a certificate or a digest (`time_now`, `random`, `x509_decode`, `sha256` and their like) is not
//! modelled.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Map, Value, json};

use super::eval::weight;
use super::functions::{Arguments, number};
use super::{Failure, Fuel, arithmetic, time};
use crate::model::base64;
use crate::parse::{Limits, json as tree_json, yaml};
use crate::sim::admission::kyverno::classic::{images, semver, wildcard};
use crate::text::Source;

/// A text may grow so long.
const LONGEST: usize = 1 << 20;

/// Calls a function by name.
pub(super) fn call(fuel: &Fuel, a: &Arguments<'_, '_>) -> Result<Value, Failure> {
    if let Some(answer) = arithmetic::call(a).or_else(|| time::call(a)) {
        return answer;
    }
    let count = match a.name {
        "to_upper" | "to_lower" | "to_boolean" | "base64_decode" | "base64_encode" | "path_canonicalize"
        | "parse_json" | "parse_yaml" | "image_normalize" => 1,
        "compare" | "equal_fold" | "trim" | "trim_prefix" | "split" | "regex_match" | "pattern_match"
        | "label_match" | "truncate" | "semver_compare" | "lookup" | "object_from_lists" => 2,
        "replace_all" | "regex_replace_all" | "regex_replace_all_literal" | "items" => 3,
        "replace" => 4,
        "time_now" | "time_now_utc" | "random" | "x509_decode" | "is_external_url" | "sha256" | "sha1"
        | "md5" => {
            return Err(a.unmodelled("it"));
        }
        _ => return Err(Failure::Fault(format!("unknown function: {}", a.name))),
    };
    a.count(count)?;
    Ok(match a.name {
        "compare" => json!(a.text(0)?.cmp(a.text(1)?) as i8),
        "equal_fold" => json!(a.text(0)?.to_lowercase() == a.text(1)?.to_lowercase()),
        "replace" => {
            let n = a.number(3)?;
            let (text, old, new) = (a.text(0)?, a.text(1)?, a.text(2)?);
            grown(fuel, a, text, old, new)?;
            if n < 0.0 { json!(text.replace(old, new)) } else { json!(text.replacen(old, new, n as usize)) }
        }
        "replace_all" => {
            let (text, old, new) = (a.text(0)?, a.text(1)?, a.text(2)?);
            grown(fuel, a, text, old, new)?;
            json!(text.replace(old, new))
        }
        "to_upper" => json!(a.text(0)?.to_uppercase()),
        "to_lower" => json!(a.text(0)?.to_lowercase()),
        "trim" => {
            let cut: BTreeSet<char> = a.text(1)?.chars().collect();
            fuel.burn((a.text(0)?.len() + a.text(1)?.len()) / 4)?;
            json!(a.text(0)?.trim_matches(|c| cut.contains(&c)))
        }
        "trim_prefix" => {
            let text = a.text(0)?;
            json!(text.strip_prefix(a.text(1)?).unwrap_or(text))
        }
        "split" => match (a.text(0)?, a.text(1)?) {
            (text, "") => {
                fuel.burn(text.len().saturating_mul(2))?;
                text.chars().map(|c| json!(c.to_string())).collect()
            }
            (text, by) => {
                fuel.burn(text.matches(by).count().saturating_mul(2))?;
                text.split(by).map(|part| json!(part)).collect()
            }
        },
        "regex_match" => {
            let text = scalar(a, 1)?;
            json!(regex(fuel, a, &text)?.is_match(&text))
        }
        "regex_replace_all" | "regex_replace_all_literal" => {
            let (text, with) = (scalar(a, 1)?, scalar(a, 2)?);
            let pattern = regex(fuel, a, &text)?;
            // Each `$` may stand for all of a match.
            let dollars = with.matches('$').count();
            let found = pattern.find_iter(&text).map(|m| with.len() + dollars.saturating_mul(m.len()));
            let long = found.fold(text.len(), usize::saturating_add);
            if long > LONGEST {
                return Err(a.unmodelled("so long a text"));
            }
            fuel.burn(long / 16)?;
            let out = if a.name == "regex_replace_all" {
                pattern.replace_all(&text, with.as_str())
            } else {
                pattern.replace_all(&text, regex::NoExpand(&with))
            };
            json!(out)
        }
        "pattern_match" => {
            let (pattern, text) = (a.text(0)?, scalar(a, 1)?);
            fuel.burn(wildcard::cost(pattern, &text))?;
            json!(wildcard::fits(pattern, &text))
        }
        "label_match" => {
            let labels = a.map(1)?;
            fuel.burn(weight(a.value(0)?).min(weight(a.value(1)?)))?;
            json!(a.map(0)?.iter().all(|(key, value)| labels.get(key) == Some(value)))
        }
        "to_boolean" => match a.text(0)?.to_lowercase().as_str() {
            "true" => json!(true),
            "false" => json!(false),
            other => return Err(a.fault(format!("{other:?} is neither true nor false"))),
        },
        "base64_decode" => {
            let text = a.text(0)?;
            let bytes = base64::decode(text).filter(|_| text.len() % 4 == 0);
            let bytes = bytes.ok_or_else(|| a.fault("not base64"))?;
            json!(String::from_utf8_lossy(&bytes))
        }
        "base64_encode" => json!(encoded(a.text(0)?.as_bytes())),
        "path_canonicalize" => json!(cleaned(a.text(0)?)),
        "truncate" => {
            let most = a.number(1)?.max(0.0) as usize;
            json!(a.text(0)?.chars().take(most).collect::<String>())
        }
        "semver_compare" => {
            json!(semver::in_range(a.text(0)?, a.text(1)?).ok_or_else(|| a.fault("not a range of versions"))?)
        }
        "parse_json" => {
            fuel.burn(a.text(0)?.len())?;
            let document = serde_json::from_str(a.text(0)?).map_err(|e| a.fault(e))?;
            fuel.burn(weight(&document))?;
            document
        }
        "parse_yaml" => {
            fuel.burn(a.text(0)?.len())?;
            let (tree, findings) = yaml::parse(&Source::lone("<yaml>", a.text(0)?), Limits::default());
            if !findings.is_empty() {
                return Err(a.fault("not YAML"));
            }
            let document = tree.root().map_or(Value::Null, tree_json::to_value);
            // Aliases make a short text a large document.
            fuel.burn(weight(&document))?;
            document
        }
        "lookup" => match a.value(0)? {
            Value::Object(map) => copied(fuel, map.get(a.text(1)?))?,
            Value::Array(items) => {
                let at = a.number(1)?;
                if at.fract() != 0.0 {
                    return Err(a.fault("argument 2 is no whole number"));
                }
                copied(fuel, if at < 0.0 { None } else { items.get(at as usize) })?
            }
            _ => return Err(a.fault("argument 1 is neither an object nor an array")),
        },
        "items" => {
            let (key, value) = (a.text(1)?, a.text(2)?);
            match paid(fuel, a.value(0)?)? {
                Value::Object(map) => map.iter().map(|(k, v)| json!({ key: k, value: v })).collect(),
                Value::Array(items) => {
                    items.iter().enumerate().map(|(at, v)| json!({ key: at, value: v })).collect()
                }
                _ => return Err(a.fault("argument 1 is neither an object nor an array")),
            }
        }
        "object_from_lists" => {
            let values = a.list(1)?;
            fuel.burn(values.iter().map(weight).sum())?;
            let mut out = Map::new();
            for (at, key) in a.list(0)?.iter().enumerate() {
                let key = plain(key).ok_or_else(|| a.fault("argument 1 is not an array of strings"))?;
                out.insert(key, values.get(at).cloned().unwrap_or_default());
            }
            Value::Object(out)
        }
        _ => {
            let image = images::Image::parse(a.text(0)?).ok_or_else(|| a.fault("not an image reference"))?;
            json!(image.reference())
        }
    })
}

/// A value that is copied, paid for.
fn paid<'v>(fuel: &Fuel, value: &'v Value) -> Result<&'v Value, Failure> {
    let items = match value {
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    };
    fuel.burn(weight(value) + items.saturating_mul(8))?;
    Ok(value)
}

fn copied(fuel: &Fuel, value: Option<&Value>) -> Result<Value, Failure> {
    let Some(value) = value else { return Ok(Value::Null) };
    fuel.burn(weight(value))?;
    Ok(value.clone())
}

fn grown(fuel: &Fuel, a: &Arguments<'_, '_>, text: &str, old: &str, new: &str) -> Result<(), Failure> {
    let found = if old.is_empty() { text.chars().count() + 1 } else { text.matches(old).count() };
    let length = text.len() + found.saturating_mul(new.len());
    if length > LONGEST {
        return Err(a.unmodelled("so long a text"));
    }
    fuel.burn(length / 16)
}

/// An expression, paid for with what it costs to ask `text`: a large one may take each of its states for each letter.
fn regex(fuel: &Fuel, a: &Arguments<'_, '_>, text: &str) -> Result<Regex, Failure> {
    // Building one costs far more than a step.
    fuel.burn(2_000)?;
    let written = a.text(0)?;
    let build = |limit: usize| {
        regex::RegexBuilder::new(written).size_limit(limit).build().map_err(|e| match e {
            regex::Error::CompiledTooBig(_) => a.unmodelled("so large an expression"),
            other => a.fault(other),
        })
    };
    let (found, step) = if let Ok(small) = build(1 << 16) {
        (small, 4)
    } else {
        fuel.burn(20_000)?;
        (build(1 << 20)?, 64)
    };
    fuel.burn(text.len().saturating_mul(step))?;
    Ok(found)
}

/// A scalar as text, as `ifaceToString` writes it.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(given) => {
            Some(given.as_f64().map_or_else(|| given.to_string(), |f| number(f).to_string()))
        }
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

fn scalar(a: &Arguments<'_, '_>, at: usize) -> Result<String, Failure> {
    plain(a.value(at)?)
        .ok_or_else(|| a.fault(format!("argument {} is neither a string nor a number", at + 1)))
}

fn encoded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, b| (word << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = LETTERS[((word >> (18 - 6 * at)) & 63) as usize];
            out.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// Go's `filepath.Join` of one path.
fn cleaned(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|p| !p.is_empty() && *p != ".") {
        match part {
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}
