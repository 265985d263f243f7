//! The objects that a workload's controllers send to the API server, and who sends them.
//!
//! kubernetes `pkg/controller/controller_utils.go` (`GetPodFromTemplate`), `pkg/controller/{deployment/sync.go,
//! statefulset/stateful_set_utils.go, daemon/util, job/job_controller.go, cronjob/utils.go}`;
//! `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go` for their accounts. Hashes and random ends of
//! names are made up, in the alphabet and the length that they have.

use serde_json::{Map, Value, json};

use super::defaults::{below, pod_spec, tidy, workload};
use crate::model::{Object, PodTemplate};
use crate::parse::json::to_value;
use crate::sim::rbac::Caller;
use crate::sim::scheduling::{OF_DAEMONS, OF_NETWORK};

/// Stands for the hash of a template.
const HASH: &str = "6d4cf56db6";
/// Stands for what the API server adds to a generated name.
const END: &str = "x7k2p";
/// Stands for the minute of a `CronJob`.
const TIME: &str = "29384010";
/// Stands for a UID.
const UID: &str = "5f0c6a4e-5d43-4e6b-9f0a-2b7c1d8e9a31";

/// Kinds, and the account of the controller that makes their pods.
const CONTROLLERS: &[(&str, &str)] = &[
    ("Deployment", "replicaset-controller"),
    ("ReplicaSet", "replicaset-controller"),
    ("StatefulSet", "statefulset-controller"),
    ("DaemonSet", "daemon-set-controller"),
    ("Job", "job-controller"),
    ("CronJob", "job-controller"),
    ("ReplicationController", "replication-controller"),
];

/// What stands between a workload and its pods, and the account of the controller that makes it.
const BETWEEN: &[(&str, &str, &str)] =
    &[("Deployment", "ReplicaSet", "deployment-controller"), ("CronJob", "Job", "cronjob-controller")];

/// An account of the control plane's own.
fn account(name: &str) -> Caller {
    Caller::account("kube-system", name)
}

/// Who makes the pods of a workload; nobody but whoever sends it makes a Pod.
pub(super) fn maker(kind: &str) -> Option<Caller> {
    CONTROLLERS.iter().find(|(k, _)| *k == kind).map(|(_, name)| account(name))
}

/// A workload as it reaches the validating plugins, in its namespace.
pub(super) fn itself(object: Object<'_>, namespace: &str) -> Value {
    let mut out = to_value(object.node);
    named(&mut out, object.kind().unwrap_or(""), namespace);
    workload(object.kind().unwrap_or(""), &mut out);
    tidy(&mut out);
    out
}

/// Adds what an item of a list leaves to the list, and the namespace; names what shall be named.
fn named(out: &mut Value, kind: &str, namespace: &str) {
    if let Some(map) = out.as_object_mut() {
        map.insert("kind".to_owned(), json!(kind));
    }
    let Some(metadata) = below(out, "metadata") else { return };
    metadata.insert("namespace".to_owned(), json!(namespace));
    if let (None, Some(start)) = (metadata.get("name"), metadata.get("generateName").and_then(Value::as_str))
    {
        let name = format!("{start}{END}");
        metadata.insert("name".to_owned(), json!(name));
    }
}

/// Takes a name off that the API server makes up: mutating policies are asked before it does (`rest.BeforeCreate`).
pub(super) fn unnamed(body: &mut Value) -> Option<Value> {
    let metadata = body.get_mut("metadata").and_then(Value::as_object_mut)?;
    let start = metadata.get("generateName").and_then(Value::as_str)?;
    let made = metadata.get("name").and_then(Value::as_str) == Some(format!("{start}{END}").as_str());
    if made { metadata.remove("name") } else { None }
}

/// The object between a workload and its pods, with its maker: a `ReplicaSet` or a `Job`. Where nobody looks at it, it is
/// null.
pub(super) fn between(object: Object<'_>, namespace: &str, seen: bool) -> Option<(Value, Caller)> {
    let kind = object.kind()?;
    let (_, made, name) = BETWEEN.iter().find(|(k, ..)| *k == kind)?;
    if !seen {
        return Some((Value::Null, account(name)));
    }
    let whole = itself(object, namespace);
    let spec = whole.get("spec")?;
    let own = object.name().unwrap_or("");
    let version = object.api_version().unwrap_or("");
    let mut out = if *made == "ReplicaSet" {
        let mut template = spec.get("template").cloned().unwrap_or_default();
        hashed(&mut template);
        let mut selector = spec.get("selector").cloned().unwrap_or_else(|| json!({}));
        if let Some(labels) = below(&mut selector, "matchLabels") {
            labels.insert("pod-template-hash".to_owned(), json!(HASH));
        }
        json!({
            "apiVersion": "apps/v1", "kind": made,
            "metadata": {
                "name": format!("{own}-{HASH}"), "labels": template.pointer("/metadata/labels"),
                "annotations": { "deployment.kubernetes.io/revision": "1" },
            },
            "spec": { "replicas": spec.get("replicas"), "selector": selector, "template": template },
        })
    } else {
        let template = spec.get("jobTemplate").cloned().unwrap_or_default();
        json!({
            "apiVersion": "batch/v1", "kind": made,
            "metadata": {
                "name": format!("{own}-{TIME}"), "labels": template.pointer("/metadata/labels"),
                "annotations": template.pointer("/metadata/annotations"),
            },
            "spec": template.get("spec"),
        })
    };
    owned(&mut out, version, kind, own);
    named(&mut out, made, namespace);
    workload(made, &mut out);
    tidy(&mut out);
    Some((out, account(name)))
}

fn hashed(template: &mut Value) {
    if let Some(metadata) = below(template, "metadata")
        && let Some(labels) = metadata.entry("labels").or_insert_with(|| json!({})).as_object_mut()
    {
        labels.insert("pod-template-hash".to_owned(), json!(HASH));
    }
}

fn owned(out: &mut Value, version: &str, kind: &str, name: &str) {
    if let Some(metadata) = below(out, "metadata") {
        let owner = json!({
            "apiVersion": version, "kind": kind, "name": name, "uid": UID,
            "controller": true, "blockOwnerDeletion": true,
        });
        metadata.insert("ownerReferences".to_owned(), json!([owner]));
    }
}

/// The pod that comes of an object, before any plugin: a Pod itself, or the first one of a workload.
pub(super) fn pod(object: Object<'_>, template: PodTemplate<'_>, namespace: &str) -> Value {
    let kind = object.kind().unwrap_or("");
    let mut out = if kind == "Pod" { to_value(object.node) } else { of_template(object, template) };
    named(&mut out, "Pod", namespace);
    if let Some(spec) = out.get_mut("spec") {
        pod_spec(spec, true);
    }
    tidy(&mut out);
    out
}

fn of_template(object: Object<'_>, template: PodTemplate<'_>) -> Value {
    let (kind, name) = (object.kind().unwrap_or(""), object.name().unwrap_or(""));
    let of = |key: &str| template.metadata.and_then(|m| m.get(key)).map(to_value);
    let mut labels = of("labels").filter(Value::is_object).unwrap_or_else(|| json!({}));
    let (owner_kind, owner) = match kind {
        "Deployment" => ("ReplicaSet", format!("{name}-{HASH}")),
        "CronJob" => ("Job", format!("{name}-{TIME}")),
        _ => (kind, name.to_owned()),
    };
    let start = format!("{owner}-");
    let ordinal = super::wanted::first_of(object).to_string();
    let pod = if kind == "StatefulSet" { format!("{name}-{ordinal}") } else { format!("{start}{END}") };
    let more: &[(&str, &str)] = match kind {
        "Deployment" => &[("pod-template-hash", HASH)],
        "StatefulSet" => &[
            ("apps.kubernetes.io/pod-index", &ordinal),
            ("controller-revision-hash", HASH),
            ("statefulset.kubernetes.io/pod-name", &pod),
        ],
        "DaemonSet" => &[("controller-revision-hash", HASH), ("pod-template-generation", "1")],
        "Job" | "CronJob" => &[
            ("batch.kubernetes.io/controller-uid", UID),
            ("batch.kubernetes.io/job-name", &owner),
            ("controller-uid", UID),
            ("job-name", &owner),
        ],
        _ => &[],
    };
    if let Some(labels) = labels.as_object_mut() {
        labels.extend(more.iter().map(|(key, value)| ((*key).to_owned(), json!(value))));
    }
    let mut out = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": pod, "generateName": start, "labels": labels, "annotations": of("annotations"),
            "finalizers": if owner_kind == "Job" { json!(["batch.kubernetes.io/job-tracking"]) } else { Value::Null },
        },
        "spec": to_value(template.spec),
    });
    owned(&mut out, object.api_version().unwrap_or(""), owner_kind, &owner);
    let Some(spec) = out.get_mut("spec").and_then(Value::as_object_mut) else { return out };
    if kind == "DaemonSet" {
        daemon(spec);
    }
    if kind == "StatefulSet" {
        spec.insert("hostname".to_owned(), json!(pod));
        if let Some(service) = object.node.at(&["spec", "serviceName"]) {
            spec.insert("subdomain".to_owned(), to_value(service));
        }
        claims(object, &pod, spec);
    }
    out
}

/// What the controller of a `DaemonSet` adds: tolerations of what nodes are marked with, and the node that is meant.
fn daemon(spec: &mut Map<String, Value>) {
    let on_host = spec.get("hostNetwork") == Some(&json!(true));
    if let Some(list) = spec.entry("tolerations").or_insert_with(|| json!([])).as_array_mut() {
        for (key, effect) in OF_DAEMONS.iter().chain(on_host.then_some(&OF_NETWORK)) {
            let one = json!({ "key": key, "operator": "Exists", "effect": effect });
            if !list.contains(&one) {
                list.push(one);
            }
        }
    }
    let affinity = spec.entry("affinity").or_insert_with(|| json!({}));
    let here = json!({ "key": "metadata.name", "operator": "In", "values": ["node"] });
    if let Some(nodes) = below(affinity, "nodeAffinity") {
        nodes.insert(
            "requiredDuringSchedulingIgnoredDuringExecution".to_owned(),
            json!({ "nodeSelectorTerms": [{ "matchFields": [here] }] }),
        );
    }
}

/// The volumes of a `StatefulSet`'s own claims.
fn claims(object: Object<'_>, pod: &str, spec: &mut Map<String, Value>) {
    let templates = object.node.at(&["spec", "volumeClaimTemplates"]);
    let names = templates.into_iter().flat_map(crate::parse::Node::items).map(Object::new);
    let names: Vec<&str> = names.filter_map(Object::name).collect();
    let Some(volumes) = spec.entry("volumes").or_insert_with(|| json!([])).as_array_mut() else { return };
    volumes.retain(|v| !names.iter().any(|name| v.get("name") == Some(&json!(name))));
    let claimed = |name: &&str| json!({ "name": name, "persistentVolumeClaim": { "claimName": format!("{name}-{pod}") } });
    volumes.extend(names.iter().map(claimed));
}
