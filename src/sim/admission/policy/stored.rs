//! An object as the API server has it when policies are asked: with the defaults of what a manifest leaves out.
//!
//! kubernetes `pkg/apis/{core,apps,batch}/v1/defaults.go` for the fields that policies read most; what admission
//! plugins add (a service account, a limit range's values) is not added here. Quantities are texts, however they were
//! written.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{ImageReference, Object, WORKLOAD_KINDS};
use crate::sim::cel::{Key, Value};

type Map = BTreeMap<Key, Value>;

/// The object's value, in this namespace (empty: none).
pub fn value(object: Object<'_>, namespace: &str) -> Value {
    let mut out = Value::of(object.node);
    let kind = object.kind().unwrap_or_default();
    if !namespace.is_empty() && kind != "Namespace" {
        let metadata = map(&mut out).map(|all| all.entry(key("metadata")).or_insert_with(|| Value::map([])));
        default(metadata.and_then(map), "namespace", || Value::text(namespace));
    }
    match (object.group().unwrap_or_default(), kind) {
        ("", "Service") => service(field(&mut out, "spec")),
        ("", "ReplicationController") | ("apps", "Deployment" | "ReplicaSet" | "StatefulSet") => {
            default(field(&mut out, "spec"), "replicas", || Value::Int(1));
        }
        _ => {}
    }
    let group = object.group().unwrap_or_default();
    if WORKLOAD_KINDS.iter().any(|(k, groups)| *k == kind && groups.contains(&group)) {
        let path: &[&str] = match kind {
            "Pod" => &["spec"],
            "PodTemplate" => &["template", "spec"],
            "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
            _ => &["spec", "template", "spec"],
        };
        if let Some(spec) =
            path.iter().try_fold(&mut out, |at, step| map(at)?.get_mut(&key(step))).and_then(map)
        {
            pod(spec, kind);
        }
    }
    out
}

fn key(name: &str) -> Key {
    Key::Text(Arc::from(name))
}

fn map(value: &mut Value) -> Option<&mut Map> {
    match value {
        Value::Map(map) => Some(Arc::make_mut(map)),
        _ => None,
    }
}

fn field<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Map> {
    map(map(value)?.get_mut(&key(name))?)
}

fn default(of: Option<&mut Map>, name: &str, value: impl FnOnce() -> Value) {
    if let Some(of) = of {
        of.entry(key(name)).or_insert_with(value);
    }
}

/// Each map of a list.
fn each(of: &mut Map, name: &str, mut change: impl FnMut(&mut Map)) {
    if let Some(Value::List(items)) = of.get_mut(&key(name)) {
        Arc::make_mut(items).iter_mut().filter_map(map).for_each(&mut change);
    }
}

fn protocol(port: &mut Map) {
    default(Some(port), "protocol", || Value::text("TCP"));
}

fn service(spec: Option<&mut Map>) {
    let Some(spec) = spec else { return };
    default(Some(spec), "type", || Value::text("ClusterIP"));
    default(Some(spec), "sessionAffinity", || Value::text("None"));
    each(spec, "ports", protocol);
}

fn pod(spec: &mut Map, kind: &str) {
    for (name, text) in [("restartPolicy", "Always"), ("dnsPolicy", "ClusterFirst")] {
        // A job has to say it itself.
        if name != "restartPolicy" || !["Job", "CronJob"].contains(&kind) {
            default(Some(spec), name, || Value::text(text));
        }
    }
    default(Some(spec), "terminationGracePeriodSeconds", || Value::Int(30));
    default(Some(spec), "securityContext", || Value::map([]));
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, list, |container| {
            let image = match container.get(&key("image")) {
                Some(Value::Text(image)) => Some(image.clone()),
                _ => None,
            };
            if let Some(image) = image {
                let latest = ImageReference::parse(&image).is_latest();
                default(Some(container), "imagePullPolicy", || {
                    Value::text(if latest { "Always" } else { "IfNotPresent" })
                });
            }
            each(container, "ports", protocol);
            default(Some(container), "resources", || Value::map([]));
            if let Some(resources) = container.get_mut(&key("resources")).and_then(map) {
                quantities(resources, kind == "Pod");
            }
        });
    }
}

/// Quantities as texts. In a pod (not in a template), a request that is absent is the limit.
fn quantities(resources: &mut Map, of_pod: bool) {
    for list in ["limits", "requests"] {
        let of = resources.get_mut(&key(list)).and_then(map);
        for amount in of.into_iter().flat_map(|of| of.values_mut()) {
            match amount {
                Value::Int(n) => *amount = Value::text(n.to_string()),
                Value::Double(d) => *amount = Value::text(d.to_string()),
                _ => {}
            }
        }
    }
    if let (true, Some(Value::Map(limits))) = (of_pod, resources.get(&key("limits")).cloned()) {
        let requests = resources.entry(key("requests")).or_insert_with(|| Value::map([]));
        for (name, limit) in limits.iter() {
            if let Some(of) = map(requests) {
                of.entry(name.clone()).or_insert_with(|| limit.clone());
            }
        }
    }
}
