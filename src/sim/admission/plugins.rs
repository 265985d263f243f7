//! What the API server's own mutating plugins write into a pod, so that policies see what they would see.
//!
//! kubernetes `plugin/pkg/admission/{limitranger,serviceaccount,priority,defaulttolerationseconds,runtimeclass}`, in the order
//! of `AllOrderedPlugins`. The note that `LimitRanger` leaves in the annotations is not written.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::chain::{Chain, USUAL};
use super::defaults::{LISTS, below, each};
use super::stages::{Draft, MIRROR};
use super::usage::Figures;
use crate::model::{Object, value};
use crate::parse::Node;
use crate::parse::json::to_value;
use crate::sim::scheduling::BROKEN;

/// Where a pod finds its account's token.
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// The volume that brings it; its end is made up.
const VOLUME: &str = "kube-api-access-v5n8d";

/// Writes all of it.
pub(super) fn write(pod: &mut Value, chain: &Chain<'_>, draft: &Draft<'_>) {
    let Some(spec) = pod.get_mut("spec") else { return };
    limit_ranger(spec, draft);
    service_account(spec, chain, draft);
    priority(spec, chain, draft);
    seconds(spec);
    if let Some(class) = class_of(chain, draft) {
        runtime_class(spec, class);
    }
}

/// The class that a pod names, where it is there.
fn class_of<'w>(chain: &Chain<'w>, draft: &Draft<'w>) -> Option<Object<'w>> {
    let name = draft.template.spec.get("runtimeClassName").and_then(value::string)?;
    chain.runtimes.get(name).copied()
}

/// Requests and limits.
fn limit_ranger(spec: &mut Value, draft: &Draft<'_>) {
    let mut known = BTreeMap::new();
    for used in &draft.pod.containers {
        known.entry(used.container.name).or_insert(used);
    }
    for list in LISTS.iter().take(2) {
        for container in each(spec, list) {
            let name = container.get("name").and_then(Value::as_str).unwrap_or("");
            let Some(used) = known.get(name) else { continue };
            let Some(resources) = below(container, "resources") else { continue };
            for (key, figures) in [("requests", &used.requests), ("limits", &used.limits)] {
                if !figures.is_empty() {
                    resources.insert(key.to_owned(), amounts(figures));
                }
            }
        }
    }
}

fn amounts(figures: &Figures<'_>) -> Value {
    let pairs = figures.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure.amount.to_string())));
    Value::Object(pairs.collect())
}

fn service_account(spec: &mut Value, chain: &Chain<'_>, draft: &Draft<'_>) {
    if draft.template.annotation(MIRROR).is_some() {
        return;
    }
    let said = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"));
    let name = said.and_then(Value::as_str).unwrap_or(USUAL).to_owned();
    let account = chain.accounts.get(&(draft.namespace, name.as_str()));
    let of_account = |key: &str| account.and_then(|a| a.node.get(key));
    let mounts = draft
        .template
        .spec
        .get("automountServiceAccountToken")
        .or_else(|| of_account("automountServiceAccountToken"))
        .and_then(value::boolean);
    if let Some(map) = spec.as_object_mut() {
        map.insert("serviceAccountName".to_owned(), json!(name));
        map.insert("serviceAccount".to_owned(), json!(name));
        if let Some(secrets) = of_account("imagePullSecrets").filter(|s| s.items().len() > 0) {
            map.entry("imagePullSecrets").or_insert_with(|| to_value(secrets));
        }
    }
    if mounts == Some(false) {
        return;
    }
    let mut needed = false;
    for list in &LISTS[..2] {
        for one in each(spec, list) {
            let Some(map) = one.as_object_mut() else { continue };
            let Some(mounts) = map.entry("volumeMounts").or_insert_with(|| json!([])).as_array_mut() else {
                continue;
            };
            if !mounts.iter().any(|m| m.get("mountPath") == Some(&json!(TOKEN))) {
                mounts.push(json!({ "name": VOLUME, "readOnly": true, "mountPath": TOKEN }));
                needed = true;
            }
        }
    }
    if needed {
        let field = json!({ "path": "namespace", "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" } });
        let roots = json!({ "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] });
        let volume = json!({ "name": VOLUME, "projected": { "defaultMode": 420, "sources": [
            { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
            { "configMap": roots },
            { "downwardAPI": { "items": [field] } },
        ] } });
        let Some(volumes) = list(spec, "volumes") else { return };
        if !volumes.iter().any(|v| v.get("name") == Some(&json!(VOLUME))) {
            volumes.push(volume);
        }
    }
}

fn list<'v>(spec: &'v mut Value, key: &str) -> Option<&'v mut Vec<Value>> {
    spec.as_object_mut()?.entry(key).or_insert_with(|| json!([])).as_array_mut()
}

/// The class's number, where it is known: a class that is not there leaves it out.
fn priority(spec: &mut Value, chain: &Chain<'_>, draft: &Draft<'_>) {
    let Some(map) = spec.as_object_mut() else { return };
    if let Some(name) = draft.priority {
        map.insert("priorityClassName".to_owned(), json!(name));
    }
    if let Some(class) = chain.priorities.of(draft.priority) {
        map.insert("priority".to_owned(), json!(class.number));
        map.insert("preemptionPolicy".to_owned(), json!(class.preempts));
    }
}

/// A pod may stay on a broken node for five minutes, where it does not say otherwise.
fn seconds(spec: &mut Value) {
    let Some(tolerations) = list(spec, "tolerations") else { return };
    for key in BROKEN {
        let is = |toleration: &Value, field: &str, word: &str| {
            let said = toleration.get(field).and_then(Value::as_str).unwrap_or("");
            said.is_empty() || said == word
        };
        if !tolerations.iter().any(|t| is(t, "key", key) && is(t, "effect", "NoExecute")) {
            tolerations.push(
                json!({ "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 }),
            );
        }
    }
}

/// What a class costs, and where its pods run.
fn runtime_class(spec: &mut Value, class: Object<'_>) {
    let Some(map) = spec.as_object_mut() else { return };
    if let Some(fixed) = class.node.at(&["overhead", "podFixed"]) {
        map.insert("overhead".to_owned(), to_value(fixed));
    }
    if let Some(selector) = class.node.at(&["scheduling", "nodeSelector"]).filter(|n| !n.entries().is_empty())
    {
        let own = map.entry("nodeSelector").or_insert_with(|| json!({})).as_object_mut();
        if let (Some(own), Value::Object(more)) = (own, to_value(selector)) {
            own.extend(more);
        }
    }
    let more: Vec<Value> = class
        .node
        .at(&["scheduling", "tolerations"])
        .into_iter()
        .flat_map(Node::items)
        .map(to_value)
        .collect();
    if class.node.get("scheduling").is_some_and(|n| !n.is_null())
        && let Some(own) = list(spec, "tolerations")
    {
        own.extend(more);
        *own = merged(own);
    }
}

/// Tolerations without those that another one holds: of two that are the same the first stays.
///
/// kubernetes `pkg/util/tolerations/tolerations.go` (`MergeTolerations`).
fn merged(all: &[Value]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let behind = all.iter().skip(at + 1).any(|other| other != one && holds(other, one));
        if !behind && !out.iter().any(|other| holds(other, one)) {
            out.push(one.clone());
        }
    }
    out
}

/// Whether a toleration tolerates all that another does (`isSuperset`).
fn holds(all: &Value, one: &Value) -> bool {
    let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let (operator, effect) = (text(all, "operator"), text(all, "effect"));
    let seconds = |of: &Value| of.get("tolerationSeconds").and_then(Value::as_i64);
    if all == one {
        return true;
    }
    let key = text(all, "key");
    if key != text(one, "key") && !(key.is_empty() && operator == "Exists") {
        return false;
    }
    if !effect.is_empty() && effect != text(one, "effect") {
        return false;
    }
    if let (true, Some(most)) = (effect == "NoExecute", seconds(all))
        && seconds(one).is_none_or(|own| own > most)
    {
        return false;
    }
    match operator.as_str() {
        "" | "Equal" => text(one, "operator") == "Equal" && text(one, "value") == text(all, "value"),
        "Exists" => true,
        _ => false,
    }
}
