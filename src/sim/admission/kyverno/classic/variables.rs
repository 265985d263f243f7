//! Variables `{{ }}` and references `$( )` in a document, filled in.
//!
//! kyverno `pkg/engine/variables/vars.go` and `regex/vars.go`: what stands alone keeps its type, what stands in a text
//! is written into it; what comes out may hold variables again; a backslash before the braces leaves them be.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::anchor;
use super::context::Context;
use super::jmespath::{Failure, Fuel};
use super::operator;

static VARIABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(^|[^\\])(\{\{(?:\{[^{}]*\}|[^{}])*\}\})").expect("a constant"));
static ESCAPED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\\\{\{(?:\{[^{}]*\}|[^{}])*\}\}").expect("a constant"));
static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(^|[^\\])(\$\(.[^ )]*\))").expect("a constant"));
static ESCAPED_REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\\\$\(.[^ )]*\)").expect("a constant"));

/// A text may be filled in so often, and grow so long.
const ROUNDS: usize = 32;
const LONGEST: usize = 1 << 20;

/// What `@` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Here {
    /// The field of the request's object where the variable stands.
    Object,
    /// Nothing that is modelled.
    Nothing,
}

/// A document with its references and variables filled in.
pub(super) fn substitute(document: &Value, context: &Context<'_>, here: Here) -> Result<Value, Failure> {
    let fuel = context.fuel();
    let refer = |text: &str, path: &[String]| references(text, document, path, fuel).map(Value::String);
    let fill = |text: &str, path: &[String]| filled(text, context, here, path);
    let referred = if refers(document) { Some(Walk { keys: false, write: &refer, fuel }) } else { None };
    let referred = referred.map(|walk| walk.through(document, &mut Vec::new())).transpose()?;
    Walk { keys: true, write: &fill, fuel }.through(referred.as_ref().unwrap_or(document), &mut Vec::new())
}

/// A text with its variables filled in, where that gives a text.
pub(super) fn text(text: &str, context: &Context<'_>) -> Result<String, Failure> {
    match substitute(&Value::String(text.to_owned()), context, Here::Nothing)? {
        Value::String(text) => Ok(text),
        other => Ok(other.to_string()),
    }
}

fn refers(document: &Value) -> bool {
    match document {
        Value::String(text) => text.contains("$("),
        Value::Array(items) => items.iter().any(refers),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains("$(") || refers(value)),
        _ => false,
    }
}

/// What a text becomes, with the path that leads to it.
type Write<'w> = dyn Fn(&str, &[String]) -> Result<Value, Failure> + 'w;

/// A way through a document on which its texts are written anew, each with the path that leads to it.
struct Walk<'w> {
    /// Whether keys are texts as well.
    keys: bool,
    write: &'w Write<'w>,
    fuel: &'w Fuel,
}

impl Walk<'_> {
    fn through(&self, document: &Value, path: &mut Vec<String>) -> Result<Value, Failure> {
        self.fuel.burn(1)?;
        Ok(match document {
            Value::String(text) => (self.write)(text, path)?,
            Value::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    path.push(at.to_string());
                    out.push(self.through(item, path)?);
                    path.pop();
                }
                Value::Array(out)
            }
            Value::Object(map) => {
                let mut out = Map::new();
                for (key, value) in map {
                    path.push(key.clone());
                    let value = self.through(value, path)?;
                    let key = if self.keys { self.key(key, path)? } else { key.clone() };
                    path.pop();
                    out.insert(key, value);
                }
                Value::Object(out)
            }
            other => other.clone(),
        })
    }

    fn key(&self, key: &str, path: &[String]) -> Result<String, Failure> {
        match (self.write)(key, path)? {
            Value::String(key) => Ok(key),
            other => Err(Failure::Fault(format!("a key became {other}"))),
        }
    }
}

fn filled(text: &str, context: &Context<'_>, here: Here, path: &[String]) -> Result<Value, Failure> {
    context.fuel().burn(text.len() / 16)?;
    if !text.contains("{{") {
        return Ok(Value::String(text.to_owned()));
    }
    let mut out = text.to_owned();
    for _ in 0..ROUNDS {
        let original = out.clone();
        context.fuel().burn(original.len() / 4)?;
        let found: Vec<_> =
            VARIABLE.captures_iter(&original).filter_map(|c| Some((c.get(0)?, c.get(2)?))).collect();
        if found.is_empty() {
            for escaped in ESCAPED.find_iter(&original) {
                context.fuel().burn(2 + out.len() / 16)?;
                out = out.replacen(escaped.as_str(), &escaped.as_str()[1..], 1);
            }
            return Ok(Value::String(out));
        }
        for (whole, variable) in found {
            context.fuel().burn(2 + out.len() / 16)?;
            let inner = variable.as_str();
            let value = resolved(inner[2..inner.len() - 2].trim(), context, here, path)?;
            if original == inner {
                return Ok(value);
            }
            let before = &whole.as_str()[..whole.as_str().len() - inner.len()];
            let written = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            out = out.replacen(whole.as_str(), &format!("{before}{written}"), 1);
            if out.len() > LONGEST {
                return Err(Failure::Unmodelled(format!("a text grows beyond {LONGEST} bytes")));
            }
        }
    }
    Err(Failure::Unmodelled("variables that fill in variables without end".to_owned()))
}

fn resolved(name: &str, context: &Context<'_>, here: Here, path: &[String]) -> Result<Value, Failure> {
    let mut query = name.to_owned();
    if name == "@" {
        if here == Here::Nothing {
            return Err(Failure::Unmodelled("the variable @ at this place is not modelled".to_owned()));
        }
        query = path.iter().fold("request.object".to_owned(), |query, key| {
            if key.bytes().all(|b| b.is_ascii_digit()) {
                format!("{query}[{key}]")
            } else {
                format!("{query}.{}", Value::String(key.clone()))
            }
        });
    }
    if context.deletes() {
        query = query.replace("request.object", "request.oldObject");
    }
    context.query(&query).map_err(|failure| match failure {
        Failure::Unmodelled(_) => failure,
        other => Failure::Fault(format!("failed to resolve {query} at path /{}: {other}", path.join("/"))),
    })
}

/// A text with its references filled in.
fn references(text: &str, whole: &Value, path: &[String], fuel: &Fuel) -> Result<String, Failure> {
    let mut out = text.to_owned();
    for found in REFERENCE.captures_iter(text) {
        let (Some(all), Some(own)) = (found.get(0), found.get(2)) else { continue };
        fuel.burn(2 + path.len() + out.len() / 16)?;
        let before = &all.as_str()[..all.as_str().len() - own.as_str().len()];
        let value = referred(own.as_str(), whole, path)?;
        out = out.replacen(all.as_str(), &format!("{before}{value}"), 1);
    }
    if out.len() > LONGEST {
        return Err(Failure::Unmodelled(format!("a text grows beyond {LONGEST} bytes")));
    }
    for escaped in ESCAPED_REFERENCE.find_iter(text) {
        fuel.burn(2 + out.len() / 16)?;
        out = out.replacen(escaped.as_str(), &escaped.as_str()[1..], 1);
    }
    Ok(out)
}

/// The value that `$(>./../x)` names, its operator before it.
fn referred(reference: &str, whole: &Value, path: &[String]) -> Result<String, Failure> {
    let inner = reference.trim_matches(['$', '(', ')']);
    let sign = operator::Operator::of(inner).word();
    let target = &inner[sign.len()..];
    let mut place: Vec<String> = if target.starts_with('/') { Vec::new() } else { path.to_vec() };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                place.pop();
            }
            part => place.push(part.to_owned()),
        }
    }
    let found = place.iter().try_fold(whole, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        Value::Object(map) => {
            let plain = |k: &str| anchor::parse(k).map_or(k.to_owned(), |a| a.key.to_owned());
            let key = plain(key);
            map.iter().find(|(k, _)| plain(k) == key).map(|(_, value)| value)
        }
        _ => None,
    });
    match found {
        Some(Value::String(text)) => Ok(format!("{sign}{text}")),
        Some(Value::Number(number)) if !sign.is_empty() => Ok(format!("{sign}{number}")),
        _ => Err(Failure::Fault(format!("failed to resolve {reference} at path /{}", path.join("/")))),
    }
}
