//! Kyverno's libraries for its policies: look-ups, generation, users, hashes, JSON, YAML, times; those of cel-go that it
//! adds are `extensions`'.
//!
//! kyverno/sdk `extensions/cel/libs`. What asks a network, a clock, chance or a registry is not modelled.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::eval::Machine;
use super::extensions;
use super::trouble::{Outcome, Trouble};
use super::value::{Key, Value};
use crate::parse::{Limits, json, yaml};
use crate::text::Source;

/// The contexts' values: a text stands for what is only told apart by its type.
const RESOURCE: &str = "kyverno.resource";

/// What `resource` is: the objects of the cluster by the plural of their kinds, and the namespace of a policy that
/// lives in one.
pub fn resource(objects: Vec<(String, Value)>, namespace: &str) -> Value {
    let objects = objects.into_iter().map(|(plural, object)| Value::list(vec![Value::text(plural), object]));
    Value::map([
        ("is", Value::text(RESOURCE)),
        ("objects", Value::list(objects.collect())),
        ("namespace", Value::text(namespace)),
    ])
}

/// What the other contexts are; `namespace` is that of a policy that lives in one.
pub fn context(namespace: &str) -> Value {
    Value::map([("is", Value::text("kyverno")), ("namespace", Value::text(namespace))])
}

/// Calls a function of these libraries; `None` where it is none.
pub fn call(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    if let Some(value) = of_context(machine, name, args)? {
        return Ok(Some(value));
    }
    if let Some(value) = plain(machine, name, args)? {
        return Ok(Some(value));
    }
    extensions::call(machine, name, args)
}

fn of_context(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let Some(Value::Map(map)) = args.first() else { return Ok(None) };
    let field = |key: &str| map.get(&Key::Text(Arc::from(key)));
    let Some(Value::Text(is)) = field("is") else { return Ok(None) };
    if !is.starts_with("kyverno") {
        return Ok(None);
    }
    let own = match field("namespace") {
        Some(Value::Text(own)) => own.clone(),
        _ => Arc::from(""),
    };
    let small = name.to_ascii_lowercase();
    match (small.as_str(), &args[1..]) {
        ("get" | "list", rest) if is.as_ref() == RESOURCE => {
            let Some(Value::List(objects)) = field("objects") else { return Err(Trouble::overload()) };
            looked_up(machine, small == "get", objects, &own, rest).map(Some)
        }
        ("apply", [Value::List(items)]) if !own.is_empty() => applied(machine, &own, items).map(Some),
        ("apply", [Value::Text(namespace), Value::List(items)]) => {
            if !own.is_empty() && own != *namespace {
                return Err(Trouble::error("a namespaced policy generates in its own namespace alone"));
            }
            applied(machine, namespace, items).map(Some)
        }
        ("unmarshal", [Value::Text(text)]) => {
            machine.charge(text.len())?;
            let json: serde_json::Value =
                serde_json::from_str(text).map_err(|e| Trouble::error(format!("unmarshal: {e}")))?;
            machine.charge(parts(&json))?;
            Ok(Some(Value::of_document(&json)))
        }
        ("marshal", [value]) => {
            let json = value.json().map_err(Trouble::Unmodelled)?.to_string();
            machine.charge(json.len())?;
            Ok(Some(Value::text(json)))
        }
        ("parse", [Value::Text(text)]) => {
            machine.charge(text.len())?;
            let (tree, findings) =
                yaml::parse(&Source::lone("<yaml>", text.to_string()), Limits::submission());
            if let Some(finding) = findings.first() {
                return Err(Trouble::error(format!("yaml: {}", finding.title)));
            }
            let document = tree.root().map_or(serde_json::Value::Null, json::to_value);
            machine.charge(parts(&document))?;
            Ok(Some(Value::of_document(&document)))
        }
        ("get" | "list" | "post" | "client" | "togvr" | "getmetadata", _) => {
            Err(Trouble::Unmodelled(format!("{name}() asks what lies outside of the cluster's objects")))
        }
        _ => Ok(None),
    }
}

/// What a document takes to hold: aliases make a short text a large one.
fn parts(document: &serde_json::Value) -> usize {
    match document {
        serde_json::Value::Array(items) => 4 + items.iter().map(parts).sum::<usize>(),
        serde_json::Value::Object(map) => 40 + map.values().map(|value| 4 + parts(value)).sum::<usize>(),
        _ => 4,
    }
}

/// `resource.Get` and `resource.List`: null, and an empty list, where there is nothing.
fn looked_up(
    machine: &mut Machine,
    one: bool,
    objects: &[Value],
    own: &str,
    rest: &[Value],
) -> Outcome<Value> {
    let (rest, labels) = match rest.split_last() {
        Some((Value::Map(labels), rest)) => (rest, Some(labels.clone())),
        _ => (rest, None),
    };
    let mut texts = rest.iter().map(|v| match v {
        Value::Text(text) => Ok(text.as_ref()),
        _ => Err(Trouble::overload()),
    });
    let mut next = || texts.next().ok_or_else(Trouble::overload)?;
    let (version, plural) = (next()?, next()?);
    let namespace = if own.is_empty() { next()? } else { own };
    let name = if one { Some(next()?) } else { None };
    if next().is_ok() {
        return Err(Trouble::overload());
    }
    machine.charge(objects.len())?;
    let of_plural = objects.iter().filter_map(|pair| match pair {
        Value::List(pair) => match pair.as_ref() {
            [Value::Text(of), object] if of.as_ref() == plural => Some(object),
            _ => None,
        },
        _ => None,
    });
    let mut found = of_plural.filter(|object| {
        is(object, &["apiVersion"], version)
            && (namespace.is_empty() || is(object, &["metadata", "namespace"], namespace))
            && name.is_none_or(|name| is(object, &["metadata", "name"], name))
            && labels.as_ref().is_none_or(|l| labelled(object, l))
    });
    if one {
        return Ok(found.next().cloned().unwrap_or(Value::Null));
    }
    let items: Vec<Value> = found.cloned().collect();
    Ok(Value::map([
        ("apiVersion", Value::text("v1")),
        ("kind", Value::text("List")),
        ("items", Value::list(items)),
    ]))
}

fn labelled(object: &Value, labels: &BTreeMap<Key, Value>) -> bool {
    labels.iter().all(|(key, wanted)| match (key, wanted) {
        (Key::Text(key), Value::Text(wanted)) => is(object, &["metadata", "labels", key], wanted),
        _ => false,
    })
}

fn text_at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    let mut at = value;
    for key in path {
        let Value::Map(map) = at else { return None };
        at = map.get(&Key::Text(Arc::from(*key)))?;
    }
    match at {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn is(value: &Value, path: &[&str], wanted: &str) -> bool {
    text_at(value, path) == Some(wanted)
}

/// `generator.Apply`: what is made is kept; lists are taken apart.
fn applied(machine: &mut Machine, namespace: &str, items: &[Value]) -> Outcome<Value> {
    for item in items {
        machine.charge(100)?;
        let Value::Map(map) = item else {
            return Err(Trouble::error("generator.Apply() takes objects alone"));
        };
        match map.get(&Key::Text(Arc::from("items"))) {
            Some(Value::List(inner)) => {
                machine.charge(inner.len() * 100)?;
                machine.made.extend(inner.iter().map(|one| (namespace.to_owned(), one.clone())));
            }
            _ => machine.made.push((namespace.to_owned(), item.clone())),
        }
    }
    Ok(Value::Bool(true))
}

fn plain(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let value = match (name, args) {
        ("parseServiceAccount", [Value::Text(user)]) => {
            let parts = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
            let (namespace, name) = parts.unwrap_or(("", ""));
            Value::map([("Namespace", Value::text(namespace)), ("Name", Value::text(name))])
        }
        ("sha256" | "hash.sha256", [Value::Text(text)]) => {
            machine.charge(text.len())?;
            let digest = Sha256::digest(text.as_bytes());
            Value::text(digest.iter().fold(String::new(), |mut all, byte| {
                let _ = write!(all, "{byte:02x}");
                all
            }))
        }
        ("sha1" | "md5" | "hash.sha1" | "hash.md5", _) => {
            return Err(Trouble::Unmodelled(format!("{name}()")));
        }
        ("time.now", _) => return Err(Trouble::Unmodelled("the time of day".to_owned())),
        ("random", _) => return Err(Trouble::Unmodelled("chance".to_owned())),
        ("x509.decode", _) => return Err(Trouble::Unmodelled("certificates".to_owned())),
        ("time.toCron", [Value::Timestamp(at)]) => {
            let at = at.to_zoned(jiff::tz::TimeZone::UTC);
            Value::text(format!(
                "{} {} {} {} {}",
                at.minute(),
                at.hour(),
                at.day(),
                at.month(),
                at.weekday().to_sunday_zero_offset()
            ))
        }
        ("time.truncate", [Value::Timestamp(at), Value::Duration(by)]) => {
            Value::Timestamp(truncated(*at, *by)?)
        }
        (
            "listObjToMap" | "transform.listObjToMap",
            [Value::List(a), Value::List(b), Value::Text(key), Value::Text(value)],
        ) => {
            if a.len() != b.len() {
                return Err(Trouble::error(format!(
                    "listObjToMap must take lists of equal length. list1: {}, list2: {}",
                    a.len(),
                    b.len()
                )));
            }
            machine.charge(a.len())?;
            let mut out = BTreeMap::new();
            for (a, b) in a.iter().zip(b.iter()) {
                let key = text_at(a, &[key]).ok_or_else(|| Trouble::error("the key is no string"))?;
                let Value::Map(fields) = b else { return Err(Trouble::error("a value that is no object")) };
                let value = fields.get(&Key::Text(value.clone())).cloned().unwrap_or(Value::Null);
                out.insert(Key::Text(Arc::from(key)), value);
            }
            Value::Map(Arc::new(out))
        }
        ("jsonpatch.escapeKey", [Value::Text(text)]) => {
            machine.charge(text.len() / 10)?;
            Value::text(text.replace('~', "~0").replace('/', "~1"))
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// Go's `Time.Truncate`: multiples are counted from the first day of the first year.
fn truncated(at: jiff::Timestamp, by: i64) -> Outcome<jiff::Timestamp> {
    const FIRST: i128 = -62_135_596_800 * 1_000_000_000;
    if by <= 0 {
        return Ok(at);
    }
    let since = at.as_nanosecond() - FIRST;
    jiff::Timestamp::from_nanosecond(at.as_nanosecond() - since.rem_euclid(i128::from(by)))
        .map_err(|_| Trouble::error("timestamp overflow"))
}
