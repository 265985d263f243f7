//! An apply configuration, merged as the server merges it.
//!
//! kubernetes `apiserver/pkg/admission/plugin/policy/mutating/patch/smd.go`, structured-merge-diff `typed/merge.go`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::listing::{Listing, is_whole, listing};

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
                if is_whole(field) {
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
            (Json::Object(into), Json::Object(patch)) if !is_whole(field) => {
                for (key, value) in patch {
                    self.merge(into.entry(key.clone()).or_insert(Json::Null), value, field, key)?;
                }
            }
            (Json::Array(into), Json::Array(patch)) => match self.listing(parent, field)? {
                Listing::Atomic => into.clone_from(patch),
                Listing::Set => {
                    let known: BTreeSet<String> = into.iter().map(Json::to_string).collect();
                    let new: Vec<_> =
                        patch.iter().filter(|p| !known.contains(&p.to_string())).cloned().collect();
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
                    let mut known = BTreeSet::new();
                    for item in items {
                        let key = key_of(item, keys, field)?;
                        if !known.insert(named(&key)) {
                            return Err(twins(keys, &key, field));
                        }
                    }
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
        let mut wanted = BTreeSet::new();
        if let Some(twice) = right_keys.iter().find(|key| !wanted.insert(named(key))) {
            return Err(twins(keys, twice, field));
        }
        let mut places = BTreeMap::new();
        for (at, key) in left_keys.iter().enumerate() {
            places.entry(named(key)).or_insert(at);
        }
        let mut out = Vec::with_capacity(left.len() + right.len());
        let (mut l, mut r) = (0, 0);
        let mut taken = vec![false; left.len()];
        while l < left.len() || r < right.len() {
            if l < left.len() && (taken[l] || r >= right.len() || !wanted.contains(&named(&left_keys[l]))) {
                if !taken[l] {
                    out.push(left[l].clone());
                }
                l += 1;
                continue;
            }
            let same = places.get(&named(&right_keys[r])).copied().filter(|at| !taken[*at]);
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

/// `typed/validate.go`: in what is applied, keys are there once; what is stored may have them twice.
fn twins(keys: &[&str], values: &[Json], field: &str) -> String {
    let pairs: Vec<_> = keys.iter().zip(values).map(|(key, value)| format!("{key}={value}")).collect();
    format!("`{field}`: duplicate entries for key [{}]", pairs.join(","))
}

/// Keys as one text.
fn named(keys: &[Json]) -> String {
    keys.iter().map(Json::to_string).collect::<Vec<_>>().join(" ")
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

#[cfg(test)]
mod tests {
    use super::super::fixture::pod;
    use super::*;
    use serde_json::json;

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
    fn a_key_is_applied_once() {
        let twice = json!([{"name": "E", "value": "1"}, {"name": "E", "value": "2"}]);
        let patch = json!({"spec": {"containers": [{"name": "one", "env": twice}]}});
        let error = apply(&mut pod(), &patch, false).unwrap_err();
        assert!(error.contains("duplicate entries for key [name=\"E\"]"), "{error}");
        // What is stored may have it twice.
        let mut object = pod();
        object["spec"]["containers"][0]["env"] = twice.clone();
        let patch = json!({"spec": {"containers": [{"name": "one", "env": [{"name": "F", "value": "3"}]}]}});
        apply(&mut object, &patch, false).unwrap();
        assert_eq!(object["spec"]["containers"][0]["env"].as_array().unwrap().len(), 3);
        let error =
            apply(&mut object, &json!({"spec": {"containers": [{"name": "one", "env": twice}]}}), false);
        assert!(error.unwrap_err().contains("duplicate entries"));
    }

    #[test]
    fn a_node_affinity_is_replaced_and_a_pod_affinity_is_a_list() {
        let patch = |of: &str, rule: Json| json!({"spec": {"affinity": {of: {"requiredDuringSchedulingIgnoredDuringExecution": rule}}}});
        for (of, rule) in [
            ("nodeAffinity", json!({"nodeSelectorTerms": [{"matchExpressions": []}]})),
            ("podAffinity", json!([{"topologyKey": "zone"}])),
        ] {
            let error = apply(&mut pod(), &patch(of, rule.clone()), false).unwrap_err();
            assert!(error.contains("requiredDuringScheduling"), "{error}");
            let mut object = pod();
            apply(&mut object, &patch(of, json!(null)), true).unwrap();
            apply(&mut object, &patch(of, rule.clone()), true).unwrap();
            let at = format!("/spec/affinity/{of}/requiredDuringSchedulingIgnoredDuringExecution");
            assert_eq!(object.pointer(&at), Some(&rule));
        }
    }

    #[test]
    fn an_item_without_its_key_is_an_error() {
        let patch = json!({"spec": {"containers": [{"image": "z"}]}});
        assert!(apply(&mut pod(), &patch, false).unwrap_err().contains("omits key field \"name\""));
        let patch = json!({"spec": {"volumes": [{"emptyDir": {}}]}});
        assert!(apply(&mut pod(), &patch, false).unwrap_err().contains("omits key field \"name\""));
    }
}
