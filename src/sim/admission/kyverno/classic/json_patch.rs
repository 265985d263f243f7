//! `patchesJson6902`: RFC 6902, as kyverno `pkg/engine/mutate/patch/patchJSON6902.go` and evanphx/json-patch
//! (`ensurePathExists`, negative indices) apply it: what is missing above an added value is made, removing what is not there
//! is nothing, indices may count from the end.

use serde_json::{Map, Value};

use super::context::at;
use super::jmespath::{Failure, Fuel, weight};
use crate::parse::{Limits, json, yaml};
use crate::text::Source;

/// The object with the patches, a list in YAML or JSON, applied in turn.
pub(super) fn applied(object: &Value, patches: &str, fuel: &Fuel) -> Result<Value, Failure> {
    let wrong = |why: &str| Failure::Fault(format!("failed to patch resource: {why}"));
    let (tree, findings) = yaml::parse(&Source::lone("<patch>", patches), Limits::default());
    if !findings.is_empty() {
        return Err(wrong("patchesJson6902: not YAML"));
    }
    let list = tree.root().map_or(Value::Null, json::to_value);
    let mut out = object.clone();
    for patch in list.as_array().ok_or_else(|| wrong("patchesJson6902: not a list"))? {
        // What is copied may hold all that was copied before.
        let from = pointer(patch, "from").unwrap_or_default();
        let copied = find(&mut out, &from).filter(|_| !from.is_empty()).map_or(0, |found| weight(found));
        fuel.burn(HIGHEST / 16 + copied)?;
        one(&mut out, patch).map_err(|why| wrong(&why))?;
    }
    Ok(out)
}

fn pointer(patch: &Value, key: &str) -> Result<Vec<String>, String> {
    let text = at(patch, &[key]).and_then(Value::as_str).ok_or_else(|| format!("{key}: missing"))?;
    let inner = text.strip_prefix('/').ok_or_else(|| format!("{key}: {text:?} does not begin with /"))?;
    Ok(inner.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
}

fn one(object: &mut Value, patch: &Value) -> Result<(), String> {
    let op = patch.get("op").and_then(Value::as_str).unwrap_or_default();
    let place = pointer(patch, "path")?;
    let value = || patch.get("value").cloned().unwrap_or_default();
    match op {
        "add" => add(object, &place, value()),
        "replace" => {
            let place =
                find(object, &place).ok_or_else(|| format!("replace: {} is missing", place.join("/")))?;
            *place = value();
            Ok(())
        }
        "remove" => {
            remove(object, &place);
            Ok(())
        }
        "test" => {
            let found = find(object, &place).map_or(Value::Null, |v| v.clone());
            if found == value() { Ok(()) } else { Err(format!("testing value {} failed", place.join("/"))) }
        }
        "copy" | "move" => {
            let from = pointer(patch, "from")?;
            let found =
                find(object, &from).cloned().ok_or_else(|| format!("{op}: {} is missing", from.join("/")))?;
            if op == "move" {
                remove(object, &from);
            }
            add(object, &place, found)
        }
        other => Err(format!("{other:?} is no operation of a JSON patch")),
    }
}

/// The index that a key names in a list of so many items.
fn index(key: &str, len: usize) -> Option<usize> {
    let at: i64 = key.parse().ok()?;
    usize::try_from(if at < 0 { at + len as i64 } else { at }).ok()
}

fn find<'v>(object: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(object, |value, key| match value {
        Value::Array(items) => {
            let at = index(key, items.len())?;
            items.get_mut(at)
        }
        Value::Object(map) => map.get_mut(key),
        _ => None,
    })
}

/// The index at which an item is put: counted from the end where it is below zero, `-1` being the end itself.
fn slot(key: &str, len: usize) -> Option<usize> {
    if key == "-" {
        return Some(len);
    }
    index(key, if key.starts_with('-') { len + 1 } else { len })
}

/// A list is filled up with nulls to an index so high.
const HIGHEST: usize = 256;

/// What is made above an added value: a list where an index follows, filled up with nulls to it.
fn fresh(next: &str) -> Result<Value, String> {
    let at = match next.parse::<i64>() {
        Err(_) if next == "-" => 0,
        Err(_) => return Ok(Value::Object(Map::new())),
        Ok(-1) => 0,
        Ok(at) => usize::try_from(at).map_err(|_| format!("add: no list is made for the index {at}"))?,
    };
    if at > HIGHEST {
        return Err(format!("add: the index {at} is beyond {HIGHEST}"));
    }
    Ok(Value::Array(vec![Value::Null; at]))
}

fn add(object: &mut Value, path: &[String], value: Value) -> Result<(), String> {
    let Some((last, above)) = path.split_last() else { return Err("add: an empty path".to_owned()) };
    let mut place = object;
    for (key, next) in above.iter().zip(&path[1..]) {
        place = match place {
            Value::Object(map) => {
                let entry = map.entry(key.clone()).or_insert(Value::Null);
                if entry.is_null() {
                    *entry = fresh(next)?;
                }
                entry
            }
            Value::Array(items) => {
                let there = index(key, items.len()).filter(|at| *at < items.len());
                let at = there.or_else(|| slot(key, items.len())).filter(|at| *at <= HIGHEST);
                let at = at.ok_or_else(|| format!("add: no item {key}"))?;
                if at >= items.len() {
                    items.resize(at + 1, Value::Null);
                }
                if items[at].is_null() {
                    items[at] = fresh(next)?;
                }
                &mut items[at]
            }
            _ => return Err(format!("add: nothing can be put below {key}")),
        };
    }
    match place {
        Value::Object(map) => {
            map.insert(last.clone(), value);
        }
        Value::Array(items) => {
            let at = slot(last, items.len()).filter(|at| *at <= items.len());
            items.insert(at.ok_or_else(|| format!("add: no item {last}"))?, value);
        }
        _ => return Err(format!("add: nothing can be put at {last}")),
    }
    Ok(())
}

fn remove(object: &mut Value, path: &[String]) {
    let Some((last, above)) = path.split_last() else { return };
    match find(object, above) {
        Some(Value::Object(map)) => {
            map.remove(last);
        }
        Some(Value::Array(items)) => {
            if let Some(at) = index(last, items.len()).filter(|at| *at < items.len()) {
                items.remove(at);
            }
        }
        _ => {}
    }
}
