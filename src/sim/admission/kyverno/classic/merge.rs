//! A strategic merge patch laid over an object.
//!
//! sigs.k8s.io/kustomize `kyaml/yaml/merge2` and `api/filters/patchstrategicmerge`: null takes a field away, lists of
//! Kubernetes' own kinds are merged by key, items of the patch before those of the object; other lists are replaced.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Keys of the items of lists, by the field that holds them (`x-kubernetes-patch-merge-key` of the API's schema).
fn keys(field: &str, of: &Value) -> &'static [&'static str] {
    match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "secrets"
        | "webhooks"
        | "schedulingGates"
        | "resourceClaims"
        | "claims" => &["name"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey", "whenUnsatisfiable"],
        "ports" if of.get("containerPort").is_some() => &["containerPort", "protocol"],
        "ports" if of.get("port").is_some() => &["port", "protocol"],
        "ownerReferences" => &["uid"],
        "conditions" => &["type"],
        _ => &[],
    }
}

/// The object with the patch over it.
pub(super) fn merged(object: &Value, patch: &Value) -> Value {
    let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let known = !group.contains('.') || group.ends_with(".k8s.io");
    let mut out = object.clone();
    lay(&mut out, patch, known);
    out
}

fn lay(object: &mut Value, patch: &Value, known: bool) {
    let (Value::Object(own), Value::Object(patch)) = (&mut *object, patch) else {
        *object = cleared(patch);
        return;
    };
    match patch.get("$patch").and_then(Value::as_str) {
        Some("delete") => {
            own.clear();
            return;
        }
        Some("replace") => own.clear(),
        _ => {}
    }
    for (key, value) in patch.iter().filter(|(key, _)| *key != "$patch") {
        match (own.get_mut(key), value) {
            (_, Value::Null) => {
                own.remove(key);
            }
            (Some(there @ Value::Object(_)), Value::Object(_)) => lay(there, value, known),
            (Some(Value::Array(there)), Value::Array(items)) if known => list(there, items, key),
            _ => {
                own.insert(key.clone(), cleared(value));
            }
        }
    }
}

/// A value of the patch that meets nothing: without nulls and directives.
fn cleared(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| !value.is_null() && *key != "$patch");
            Value::Object(kept.map(|(key, value)| (key.clone(), cleared(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(cleared).collect(),
        other => other.clone(),
    }
}

fn list(own: &mut Vec<Value>, patch: &[Value], field: &str) {
    if field == "finalizers" {
        let known: BTreeSet<String> = own.iter().map(Value::to_string).collect();
        let new: Vec<Value> =
            patch.iter().filter(|item| !known.contains(&item.to_string())).cloned().collect();
        own.splice(0..0, new);
        return;
    }
    let keys = patch.first().map_or(&[][..], |first| keys(field, first));
    let keyed = |item: &Value| keys.first().is_some_and(|key| item.get(*key).is_some());
    if keys.is_empty() || !own.iter().all(keyed) || !patch.iter().all(keyed) {
        *own = patch.iter().map(cleared).collect();
        return;
    }
    let named = |item: &Value| {
        let parts = keys.iter().map(|key| item.get(*key).map_or_else(String::new, Value::to_string));
        parts.collect::<Vec<_>>().join(" ")
    };
    // Where the items of the object stand that are not taken yet, by their keys; the first is at the end.
    let mut left: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, item) in own.iter().enumerate().rev() {
        left.entry(named(item)).or_default().push(at);
    }
    let mut rest: Vec<Option<Value>> = std::mem::take(own).into_iter().map(Some).collect();
    let (mut ahead, mut known) = (Vec::<Value>::new(), BTreeMap::new());
    for item in patch {
        let name = named(item);
        if let Some(at) = known.get(&name).copied() {
            let there: &mut Value = &mut ahead[at];
            lay(there, item, true);
            continue;
        }
        let deletes = item.get("$patch").is_some_and(|p| p == "delete");
        let base = left.get_mut(&name).and_then(Vec::pop).and_then(|at| rest[at].take());
        if deletes {
            continue;
        }
        known.insert(name, ahead.len());
        ahead.push(match base {
            Some(mut base) => {
                lay(&mut base, item, true);
                base
            }
            None => cleared(item),
        });
    }
    ahead.extend(rest.into_iter().flatten());
    *own = ahead;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merged;

    #[test]
    fn lists_are_merged_by_key_and_new_items_come_first() {
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "spec": {
            "containers": [{ "name": "a", "image": "x" }], "tolerations": [{ "key": "t" }], "nodeName": "n",
        } });
        let patch = json!({ "spec": {
            "containers": [{ "name": "b" }, { "name": "a", "command": ["c"] }], "tolerations": [{ "key": "u" }], "nodeName": null,
        } });
        let wanted = json!({ "apiVersion": "v1", "kind": "Pod", "spec": {
            "containers": [{ "name": "b" }, { "name": "a", "image": "x", "command": ["c"] }], "tolerations": [{ "key": "u" }],
        } });
        assert_eq!(merged(&pod, &patch), wanted);
        let gone = merged(&pod, &json!({ "spec": { "containers": [{ "name": "a", "$patch": "delete" }] } }));
        assert_eq!(gone["spec"]["containers"], json!([]));
        let other = merged(
            &json!({ "apiVersion": "example.com/v1", "containers": [{ "name": "a" }] }),
            &json!({ "containers": [{ "name": "b" }] }),
        );
        assert_eq!(other["containers"], json!([{ "name": "b" }]));
    }
}
