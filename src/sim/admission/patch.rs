//! Patches that policies write: an apply configuration is merged as the server merges it, a JSON patch is gone through.
//!
//! kubernetes `apiserver/pkg/admission/plugin/policy/mutating/patch/{smd,json_patch}.go`, structured-merge-diff
//! `typed/merge.go`, the list types of `staging/src/k8s.io/api`; RFC 6901 and 6902 as `evanphx/json-patch` v4 has them.

use serde_json::{Map, Value as Json};

/// Lists that are merged by keys: their field, and the keys. `x-kubernetes-list-map-keys` of the built-in kinds.
const KEYED: &[(&str, &[&str])] = &[
    ("claims", &["name"]),
    ("conditions", &["type"]),
    ("containers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ownerReferences", &["uid"]),
    ("resourceClaims", &["name"]),
    ("schedulingGates", &["name"]),
    ("secrets", &["name"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
    ("webhooks", &["name"]),
];

/// Maps and structs that are replaced as a whole.
const ATOMIC: &[&str] = &[
    "configMapKeyRef",
    "fieldRef",
    "labelSelector",
    "namespaceSelector",
    "nodeSelector",
    "objectSelector",
    "podSelector",
    "resourceFieldRef",
    "roleRef",
    "scaleTargetRef",
    "secretKeyRef",
    "secretRef",
    "selector",
];

/// How a list is merged.
enum Listing {
    Keyed(&'static [&'static str]),
    Set,
    Atomic,
}

fn listing(kind: &str, parent: &str, field: &str) -> Listing {
    match field {
        "finalizers" => Listing::Set,
        "imagePullSecrets" if kind == "ServiceAccount" => Listing::Atomic,
        "ports" if kind == "Service" => Listing::Keyed(&["port", "protocol"]),
        "ports" if ["containers", "initContainers", "ephemeralContainers"].contains(&parent) => {
            Listing::Keyed(&["containerPort", "protocol"])
        }
        _ => match KEYED.iter().find(|(name, _)| *name == field) {
            Some((_, keys)) => Listing::Keyed(keys),
            None => Listing::Atomic,
        },
    }
}

/// Merges an apply configuration into an object. `whole` lets it replace what is replaced as a whole, which is otherwise
/// refused. The lists of kinds that Kubernetes does not have are not modelled.
pub fn apply(object: &mut Json, patch: &Json, whole: bool) -> Result<(), String> {
    let kind = object.get("kind").and_then(Json::as_str).unwrap_or_default().to_owned();
    let version = object.get("apiVersion").and_then(Json::as_str).unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let merger = Merger { kind, own: group.contains('.') && !group.ends_with(".k8s.io") };
    if !whole {
        let mut found = Vec::new();
        merger.atomics(patch, "", "", "", &mut found)?;
        if !found.is_empty() {
            return Err(format!(
                "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {}",
                found.join(", ")
            ));
        }
    }
    merger.merge(object, patch, "", "")
}

struct Merger {
    kind: String,
    /// Whether the kind is none of Kubernetes'.
    own: bool,
}

impl Merger {
    fn listing(&self, parent: &str, field: &str) -> Result<Listing, String> {
        if self.own {
            return Err(format!("not modelled: how the list `{field}` of a {} is merged", self.kind));
        }
        Ok(listing(&self.kind, parent, field))
    }

    fn atomics(
        &self,
        given: &Json,
        trail: &str,
        parent: &str,
        field: &str,
        out: &mut Vec<String>,
    ) -> Result<(), String> {
        match given {
            Json::Object(map) => {
                if ATOMIC.contains(&field) {
                    out.push(trail.to_owned());
                }
                for (key, value) in map {
                    self.atomics(value, &format!("{trail}.{key}"), field, key, out)?;
                }
            }
            Json::Array(items) => {
                if matches!(self.listing(parent, field)?, Listing::Atomic) {
                    out.push(trail.to_owned());
                }
                for (i, item) in items.iter().enumerate() {
                    if let Json::Object(map) = item {
                        for (key, value) in map {
                            self.atomics(value, &format!("{trail}[{i}].{key}"), field, key, out)?;
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn merge(&self, into: &mut Json, patch: &Json, parent: &str, field: &str) -> Result<(), String> {
        match (into, patch) {
            (Json::Object(into), Json::Object(patch)) if !ATOMIC.contains(&field) => {
                for (key, value) in patch {
                    self.merge(into.entry(key.clone()).or_insert(Json::Null), value, field, key)?;
                }
            }
            (Json::Array(into), Json::Array(patch)) => match self.listing(parent, field)? {
                Listing::Atomic => into.clone_from(patch),
                Listing::Set => {
                    let new: Vec<_> = patch.iter().filter(|p| !into.contains(p)).cloned().collect();
                    into.extend(new);
                }
                Listing::Keyed(keys) => *into = self.merge_items(into, patch, keys, field)?,
            },
            (into, patch) => {
                *into = patch.clone();
                self.keys_are_there(into, parent, field)?;
            }
        }
        Ok(())
    }

    /// An item of a keyed list must have its keys wherever it comes from.
    fn keys_are_there(&self, value: &Json, parent: &str, field: &str) -> Result<(), String> {
        match value {
            Json::Array(items) => {
                if let Ok(Listing::Keyed(keys)) = self.listing(parent, field) {
                    items.iter().try_for_each(|item| key_of(item, keys, field).map(drop))?;
                }
                items
                    .iter()
                    .filter_map(Json::as_object)
                    .flatten()
                    .try_for_each(|(key, value)| self.keys_are_there(value, field, key))
            }
            Json::Object(map) => {
                map.iter().try_for_each(|(key, value)| self.keys_are_there(value, field, key))
            }
            _ => Ok(()),
        }
    }

    /// `typed/merge.go`: items of both sides keep the order of the object, new ones come where the patch has them.
    fn merge_items(
        &self,
        left: &[Json],
        right: &[Json],
        keys: &[&str],
        field: &str,
    ) -> Result<Vec<Json>, String> {
        let of = |items: &[Json]| items.iter().map(|i| key_of(i, keys, field)).collect::<Result<Vec<_>, _>>();
        let (left_keys, right_keys) = (of(left)?, of(right)?);
        let mut out = Vec::with_capacity(left.len() + right.len());
        let (mut l, mut r) = (0, 0);
        let mut taken = vec![false; left.len()];
        while l < left.len() || r < right.len() {
            if l < left.len() && (taken[l] || r >= right.len() || !right_keys.contains(&left_keys[l])) {
                if !taken[l] {
                    out.push(left[l].clone());
                }
                l += 1;
                continue;
            }
            let same = left_keys.iter().position(|k| *k == right_keys[r]).filter(|at| !taken[*at]);
            let mut item = match same {
                Some(at) => {
                    taken[at] = true;
                    left[at].clone()
                }
                None => Json::Object(Map::new()),
            };
            self.merge(&mut item, &right[r], "", field)?;
            out.push(item);
            r += 1;
        }
        Ok(out)
    }
}

/// The keys of an item; a protocol is TCP where it is left out.
fn key_of(item: &Json, keys: &[&str], field: &str) -> Result<Vec<Json>, String> {
    let one = |key: &&str| match item.get(*key).filter(|v| !v.is_null()) {
        Some(value) => Ok(value.clone()),
        None if *key == "protocol" => Ok(Json::from("TCP")),
        None => {
            Err(format!("associative list `{field}` with keys has an element that omits key field \"{key}\""))
        }
    };
    keys.iter().map(one).collect()
}

/// An operation of a JSON patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// add, remove, replace, move, copy or test.
    pub op: String,
    /// Where.
    pub path: String,
    /// From where.
    pub from: String,
    /// What.
    pub value: Option<Json>,
}

/// The most operations of one patch.
const MOST: usize = 10_000;
/// The most parts that copies of one patch may have.
const MOST_COPIED: usize = 200_000;

/// Goes through a JSON patch. A test that fails leaves the object as it was, and is no error.
pub fn json_patch(object: &Json, operations: &[Operation]) -> Result<Json, String> {
    if operations.len() > MOST {
        return Err(format!("JSON Patch: more than {MOST} operations"));
    }
    let mut out = object.clone();
    let mut copied_parts = 0;
    for one in operations {
        let missing = || format!("JSON Patch: {} operation without a value", one.op);
        let value = || one.value.clone().ok_or_else(missing);
        match one.op.as_str() {
            "add" => add(&mut out, &one.path, value()?)?,
            "remove" => drop(remove(&mut out, &one.path)?),
            "replace" => {
                let place = out.pointer_mut(&one.path);
                let place = place.ok_or_else(|| {
                    format!("JSON Patch: replace operation does not apply: doc is missing key: {}", one.path)
                })?;
                *place = value()?;
            }
            "move" => {
                let moved = remove(&mut out, &one.from)?;
                add(&mut out, &one.path, moved)?;
            }
            "copy" => {
                let copied = out.pointer(&one.from).cloned();
                let copied = copied.ok_or_else(|| {
                    format!(
                        "JSON Patch: copy operation does not apply: doc is missing from path: {}",
                        one.from
                    )
                })?;
                copied_parts += parts(&copied);
                if copied_parts > MOST_COPIED {
                    return Err("JSON Patch: copies more than is modelled".to_owned());
                }
                add(&mut out, &one.path, copied)?;
            }
            "test" => {
                let found = out.pointer(&one.path).unwrap_or(&Json::Null);
                if *found != one.value.clone().unwrap_or(Json::Null) {
                    return Ok(object.clone());
                }
            }
            other => return Err(format!("JSON Patch: unexpected kind: {other}")),
        }
    }
    Ok(out)
}

fn parts(json: &Json) -> usize {
    match json {
        Json::Array(items) => 1 + items.iter().map(parts).sum::<usize>(),
        Json::Object(map) => 1 + map.values().map(parts).sum::<usize>(),
        _ => 1,
    }
}

/// The place above, and the last part of the path.
fn above<'j>(object: &'j mut Json, path: &str, op: &str) -> Result<(&'j mut Json, String), String> {
    let astray = || format!("JSON Patch: {op} operation does not apply: doc is missing path: \"{path}\"");
    let (head, last) = path.rsplit_once('/').ok_or_else(astray)?;
    let parent = object.pointer_mut(head).ok_or_else(astray)?;
    Ok((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(object: &mut Json, path: &str, value: Json) -> Result<(), String> {
    if path.is_empty() {
        *object = value;
        return Ok(());
    }
    let (parent, last) = above(object, path, "add")?;
    match parent {
        Json::Object(map) => {
            map.insert(last, value);
            Ok(())
        }
        Json::Array(items) => {
            let at = if last == "-" { Some(items.len()) } else { last.parse::<usize>().ok() };
            let at = at.filter(|at| *at <= items.len());
            items.insert(at.ok_or_else(|| format!("JSON Patch: invalid index referenced: {path}"))?, value);
            Ok(())
        }
        _ => Err(format!("JSON Patch: add operation does not apply: doc is missing path: \"{path}\"")),
    }
}

fn remove(object: &mut Json, path: &str) -> Result<Json, String> {
    let (parent, last) = above(object, path, "remove")?;
    let found = match parent {
        Json::Object(map) => map.remove(&last),
        Json::Array(items) => {
            last.parse::<usize>().ok().filter(|at| *at < items.len()).map(|at| items.remove(at))
        }
        _ => None,
    };
    found.ok_or_else(|| {
        format!("JSON Patch: remove operation does not apply: unable to remove nonexistent key: {path}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod() -> Json {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "labels": {"a": "1"}},
            "spec": {"containers": [
                {"name": "one", "image": "x", "ports": [{"containerPort": 80}], "args": ["a"]},
                {"name": "two", "image": "y"},
            ]},
        })
    }

    #[test]
    fn lists_are_merged_by_their_keys_in_the_order_of_the_object() {
        let mut object = pod();
        let patch = json!({"metadata": {"labels": {"b": "2"}}, "spec": {"containers": [
            {"name": "two", "env": [{"name": "E", "value": "v"}]},
            {"name": "three", "image": "z"},
        ]}});
        apply(&mut object, &patch, false).unwrap();
        assert_eq!(object["metadata"]["labels"], json!({"a": "1", "b": "2"}));
        let names: Vec<_> =
            object["spec"]["containers"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
        assert_eq!(names, ["one", "two", "three"]);
        assert_eq!(object["spec"]["containers"][1]["image"], "y");
        assert_eq!(object["spec"]["containers"][1]["env"][0]["value"], "v");
    }

    #[test]
    fn a_port_is_the_same_whether_its_protocol_is_written_or_not() {
        let mut object = pod();
        let patch = json!({"spec": {"containers": [
            {"name": "one", "ports": [{"containerPort": 80, "protocol": "TCP", "name": "web"}]},
        ]}});
        apply(&mut object, &patch, false).unwrap();
        assert_eq!(
            object["spec"]["containers"][0]["ports"],
            json!([{"containerPort": 80, "protocol": "TCP", "name": "web"}])
        );
    }

    #[test]
    fn what_is_replaced_as_a_whole_is_refused_unless_asked_for() {
        let patch =
            json!({"spec": {"nodeSelector": {"a": "b"}, "containers": [{"name": "one", "args": ["b"]}]}});
        let error = apply(&mut pod(), &patch, false).unwrap_err();
        assert!(
            error.contains(".spec.nodeSelector") && error.contains(".spec.containers[0].args"),
            "{error}"
        );
        let mut object = pod();
        apply(&mut object, &patch, true).unwrap();
        assert_eq!(object["spec"]["containers"][0]["args"], json!(["b"]));
    }

    #[test]
    fn an_item_without_its_key_is_an_error() {
        let patch = json!({"spec": {"containers": [{"image": "z"}]}});
        assert!(apply(&mut pod(), &patch, false).unwrap_err().contains("omits key field \"name\""));
        let patch = json!({"spec": {"volumes": [{"emptyDir": {}}]}});
        assert!(apply(&mut pod(), &patch, false).unwrap_err().contains("omits key field \"name\""));
    }

    #[test]
    fn the_operations_of_rfc_6902() {
        let op = |op: &str, path: &str, value: Json| Operation {
            op: op.to_owned(),
            path: path.to_owned(),
            from: "/metadata/labels/a".to_owned(),
            value: Some(value).filter(|v| !v.is_null()),
        };
        let run = |ops: &[Operation]| json_patch(&pod(), ops);
        let out = run(&[
            op("add", "/metadata/labels/x~1y", json!("1")),
            op("copy", "/metadata/labels/c", Json::Null),
            op("move", "/metadata/labels/m", Json::Null),
            op("add", "/spec/containers/-", json!({"name": "last"})),
            op("add", "/spec/containers/0", json!({"name": "first"})),
            op("remove", "/spec/containers/1", Json::Null),
            op("replace", "/spec/containers/1/image", json!("new")),
        ])
        .unwrap();
        assert_eq!(out["metadata"]["labels"], json!({"x/y": "1", "c": "1", "m": "1"}));
        let names: Vec<_> =
            out["spec"]["containers"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
        assert_eq!(names, ["first", "two", "last"]);
        assert_eq!(out["spec"]["containers"][1]["image"], "new");
        let ops = [op("add", "/metadata/labels/b", json!("1")), op("test", "/kind", json!("Job"))];
        assert_eq!(run(&ops).unwrap(), pod());
        for bad in [
            op("add", "/spec/none/x", json!(1)),
            op("add", "/spec/containers/9", json!(1)),
            op("remove", "/spec/none", Json::Null),
            op("replace", "/spec/none", json!(1)),
            op("add", "/spec/x", Json::Null),
            op("burn", "/spec", json!(1)),
        ] {
            assert!(run(std::slice::from_ref(&bad)).unwrap_err().starts_with("JSON Patch"), "{bad:?}");
        }
    }
}
