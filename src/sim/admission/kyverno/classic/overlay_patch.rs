//! Anchors of a strategic merge patch, worked off before it is merged.
//!
//! kyverno `pkg/engine/mutate/patch/strategicPreprocessing.go`: conditions are asked of the resource, an element of a
//! list that has some is written out for each item that fits, `+( )` stays where the resource has no such key.

use serde_json::{Map, Value};

use super::anchor::{self, Kind};
use super::jmespath::{Fuel, weight};
use super::overlay::{self, Miss};

/// Why a patch is not laid over a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// A condition does not hold: of this element, or of the whole.
    Condition,
    /// A global condition does not hold.
    Global,
    /// It could not be said.
    Unmodelled(String),
}

/// The patch without anchors, as it is for this resource; an empty one where a condition does not hold.
pub(super) fn prepared(patch: &Value, resource: &Value, fuel: &Fuel) -> Result<Value, String> {
    let mut patch = patch.clone();
    match recurse(&mut patch, Some(resource), fuel) {
        Ok(()) => {}
        Err(Unfit::Condition | Unfit::Global) => return Ok(Value::Object(Map::new())),
        Err(Unfit::Unmodelled(why)) => return Err(why),
    }
    if let Value::Object(map) = &mut patch {
        let keys: Vec<String> = map.keys().cloned().collect();
        for key in keys {
            let gone = map.get_mut(&key).is_some_and(|value| emptied(value, is_condition(&key)));
            if gone {
                map.remove(&key);
            }
        }
    }
    Ok(patch)
}

fn is_condition(key: &str) -> bool {
    anchor::parse(key).is_some_and(|a| matches!(a.kind, Kind::Condition | Kind::Global))
}

fn is_anchor(key: &str) -> bool {
    is_condition(key) || anchor::parse(key).is_some_and(|a| a.kind == Kind::Add)
}

/// Whether a key anywhere in it is such an anchor.
fn has(value: &Value, wanted: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| wanted(key) || has(value, wanted)),
        Value::Array(items) => items.iter().any(|item| has(item, wanted)),
        _ => false,
    }
}

fn recurse(pattern: &mut Value, resource: Option<&Value>, fuel: &Fuel) -> Result<(), Unfit> {
    fuel.burn(1).map_err(|e| Unfit::Unmodelled(e.to_string()))?;
    match pattern {
        Value::Object(map) => {
            add(map, resource);
            for kind in [Kind::Global, Kind::Condition] {
                conditions(map, resource, kind, fuel)?;
            }
            for (key, value) in map.iter_mut().filter(|(key, _)| !is_anchor(key)) {
                recurse(value, resource.and_then(|r| r.get(key)), fuel)?;
            }
            Ok(())
        }
        Value::Array(items) if items.first().is_some_and(Value::is_object) => list(items, resource, fuel),
        _ => Ok(()),
    }
}

/// Works off `+( )`; says how many there were.
fn add(map: &mut Map<String, Value>, resource: Option<&Value>) -> usize {
    let keys: Vec<String> =
        map.keys().filter(|k| anchor::parse(k).is_some_and(|a| a.kind == Kind::Add)).cloned().collect();
    for key in &keys {
        let Some(value) = map.remove(key) else { continue };
        let bare = anchor::bare(key);
        if resource.and_then(|r| r.get(bare)).is_none() {
            map.insert(bare.to_owned(), value);
        }
    }
    keys.len()
}

fn conditions(
    map: &mut Map<String, Value>,
    resource: Option<&Value>,
    kind: Kind,
    fuel: &Fuel,
) -> Result<(), Unfit> {
    let unfit = || if kind == Kind::Global { Unfit::Global } else { Unfit::Condition };
    for (key, pattern) in map.iter_mut() {
        let Some(a) = anchor::parse(key).filter(|a| a.kind == kind) else { continue };
        let found = resource.and_then(|r| r.get(a.key)).ok_or_else(unfit)?;
        if let Value::Object(inner) = pattern
            && add(inner, Some(found)) > 0
        {
            continue;
        }
        match overlay::fits(&worded(found), &worded(pattern), fuel) {
            Ok(()) => {}
            Err(Miss::Unmodelled(why)) => return Err(Unfit::Unmodelled(why)),
            Err(_) => return Err(unfit()),
        }
    }
    Ok(())
}

/// Scalars are compared as their texts.
fn worded(value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other.clone(),
    }
}

fn list(patterns: &mut Vec<Value>, resource: Option<&Value>, fuel: &Fuel) -> Result<(), Unfit> {
    let items = resource.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut written = Vec::new();
    for pattern in patterns.iter().filter(|p| has(p, &is_anchor)) {
        let global = has(pattern, &|key| anchor::parse(key).is_some_and(|a| a.kind == Kind::Global));
        let (mut passed, mut failed) = (false, false);
        for item in items {
            fuel.burn(weight(pattern)).map_err(|e| Unfit::Unmodelled(e.to_string()))?;
            let mut copy = pattern.clone();
            match recurse(&mut copy, Some(item), fuel) {
                Ok(()) if global => passed = true,
                Ok(()) => written.extend(named(copy, item)),
                Err(Unfit::Condition) => {}
                Err(Unfit::Global) => failed = true,
                Err(other) => return Err(other),
            }
        }
        if resource.is_none() {
            match recurse(&mut pattern.clone(), None, fuel) {
                Ok(()) => passed |= global,
                Err(Unfit::Condition) => continue,
                Err(other) => return Err(other),
            }
        }
        if failed && !passed {
            return Err(Unfit::Global);
        }
    }
    patterns.extend(written);
    Ok(())
}

/// A pattern's element for one item, by the item's name; none where nothing is left of it.
fn named(mut element: Value, item: &Value) -> Option<Value> {
    let name = item.get("name").filter(|name| !name.is_null() && **name != "")?;
    if emptied(&mut element, true) {
        return None;
    }
    element["name"] = name.clone();
    Some(element)
}

/// Takes the conditions out; says whether nothing is left.
fn emptied(value: &mut Value, scalar: bool) -> bool {
    match value {
        Value::Object(map) => {
            let anchors: Vec<String> = map.keys().filter(|k| is_condition(k)).cloned().collect();
            for key in anchors {
                let Some(mut inner) = map.remove(&key) else { continue };
                if !emptied(&mut inner, true) {
                    map.insert(anchor::bare(&key).to_owned(), inner);
                }
            }
            map.retain(|_, inner| !emptied(inner, false));
            map.is_empty()
        }
        Value::Array(items) => {
            let was_empty = items.is_empty();
            items.retain_mut(|item| !has(item, &is_anchor) && !emptied(item, false));
            items.is_empty() && !was_empty
        }
        _ => scalar,
    }
}
