//! What the API server makes of an object when it decodes it: defaults for what is not said, and nothing for what is empty.
//! Whoever asks about an object on its way into the cluster sees it so: the chain, policies, Kyverno and Gatekeeper.
//!
//! kubernetes `pkg/apis/core/v1/defaults.go`, `pkg/apis/apps/v1/defaults.go`, `pkg/apis/batch/v1/defaults.go`; `omitempty` of
//! `k8s.io/api` as apimachinery `pkg/runtime/converter.go` follows it. Pods, the workloads that make them, Services and
//! Secrets; objects of other kinds, and what lies in rarer volumes, are left as they are written.

use serde_json::{Map, Value, json};

use crate::model::{Amount, ImageReference, Object, WORKLOAD_KINDS};
use crate::parse::json;

/// Maps of texts and quantities: an empty one is left out, and an empty text in one is not.
const MAPS: &[&str] =
    &["annotations", "labels", "limits", "matchLabels", "nodeSelector", "overhead", "requests"];
/// Truth values that are left out where they are false.
const FLAGS: &[&str] = &["hostIPC", "hostNetwork", "hostPID", "paused", "stdin", "stdinOnce", "tty"];
/// Numbers that are left out where they are 0.
const NUMBERS: &[&str] = &["hostPort", "initialDelaySeconds", "minReadySeconds"];
/// Texts that are left out where they are empty.
const TEXTS: &[&str] = &[
    "dnsPolicy",
    "effect",
    "generateName",
    "hostname",
    "imagePullPolicy",
    "key",
    "nodeName",
    "operator",
    "priorityClassName",
    "restartPolicy",
    "schedulerName",
    "serviceAccount",
    "serviceAccountName",
    "subPath",
    "subdomain",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "value",
    "workingDir",
];

/// An object as the API server has it when it asks about it, before its own plugins: in its namespace (empty: none).
pub(super) fn stored(object: Object<'_>, namespace: &str) -> Value {
    let mut out = json::to_value(object.node);
    let (group, kind) = (object.group().unwrap_or_default(), object.kind().unwrap_or_default());
    if !namespace.is_empty()
        && kind != "Namespace"
        && let Some(metadata) = below(&mut out, "metadata")
    {
        metadata.entry("namespace").or_insert_with(|| json!(namespace));
    }
    match (group, kind) {
        ("", "Service") => {
            if let Some(spec) = out.get_mut("spec") {
                service(spec);
            }
        }
        ("", "Secret") => usual(&mut out, &[("type", json!("Opaque"))]),
        _ if WORKLOAD_KINDS.iter().any(|(k, groups)| *k == kind && groups.contains(&group)) => {
            workload(kind, &mut out);
            tidy(&mut out);
        }
        _ => {}
    }
    out
}

/// Takes out what is unset or empty, as the API server writes no such thing.
pub(super) fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => {
            map.retain(|key, value| {
                if MAPS.contains(&key.as_str()) && value.is_object() {
                    if let Some(inner) = value.as_object_mut() {
                        inner.retain(|_, v| !v.is_null());
                    }
                } else {
                    tidy(value);
                }
                !is_unset(key, value)
            });
        }
        _ => {}
    }
}

fn is_unset(key: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty() && MAPS.contains(&key),
        Value::Bool(set) => !set && FLAGS.contains(&key),
        Value::Number(n) => n.as_i64() == Some(0) && NUMBERS.contains(&key),
        Value::String(text) => text.is_empty() && TEXTS.contains(&key),
    }
}

/// A mapping at a key, made where there is none; `None` where something else stands there.
pub(super) fn below<'v>(holder: &'v mut Value, key: &str) -> Option<&'v mut Map<String, Value>> {
    holder.as_object_mut()?.entry(key).or_insert_with(|| json!({})).as_object_mut()
}

/// The mappings of a list at a key.
pub(super) fn each<'v>(holder: &'v mut Value, key: &str) -> impl Iterator<Item = &'v mut Value> {
    let list = holder.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter(|item| item.is_object())
}

/// Sets what is not set.
fn usual(holder: &mut Value, defaults: &[(&str, Value)]) {
    let Some(map) = holder.as_object_mut() else { return };
    for (key, value) in defaults {
        map.entry(*key).or_insert_with(|| value.clone());
    }
}

/// The lists of containers in a pod's spec.
pub(super) const LISTS: &[&str] = &["initContainers", "containers", "ephemeralContainers"];

/// `SetDefaults_PodSpec` and what it holds. Of a Pod itself a little more is set than of a template (`SetDefaults_Pod`).
pub(super) fn pod_spec(spec: &mut Value, of_pod: bool) {
    usual(
        spec,
        &[
            ("dnsPolicy", json!("ClusterFirst")),
            ("restartPolicy", json!("Always")),
            ("securityContext", json!({})),
            ("terminationGracePeriodSeconds", json!(30)),
            ("schedulerName", json!("default-scheduler")),
        ],
    );
    quantities(spec.get_mut("overhead"));
    let on_host = of_pod && spec.get("hostNetwork") == Some(&json!(true));
    if of_pod {
        usual(spec, &[("enableServiceLinks", json!(true))]);
    }
    for list in LISTS {
        for one in each(spec, list) {
            container(one);
            if of_pod && *list != "ephemeralContainers" {
                requests(one);
            }
            if on_host && *list != "ephemeralContainers" {
                for port in each(one, "ports") {
                    let same = port.get("containerPort").cloned().unwrap_or_default();
                    usual(port, &[("hostPort", same)]);
                }
            }
        }
    }
    for one in each(spec, "volumes") {
        volume(one);
    }
}

/// A limit is its own request, where nothing else is requested.
fn requests(one: &mut Value) {
    let limits = one.pointer("/resources/limits").and_then(Value::as_object).cloned().unwrap_or_default();
    if limits.is_empty() {
        return;
    }
    if let Some(requests) = one.get_mut("resources").and_then(|resources| below(resources, "requests")) {
        for (name, limit) in limits {
            requests.entry(name).or_insert(limit);
        }
    }
}

/// Quantities as they are written back, whatever they were read from; none of a resource is less than a thousandth.
fn quantities(of: Option<&mut Value>) {
    for amount in of.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        let read = json::from_value(amount);
        if let Some(known) = read.root().and_then(Amount::of) {
            *amount = json!(known.to_string());
        }
    }
}

fn container(one: &mut Value) {
    quantities(one.pointer_mut("/resources/limits"));
    quantities(one.pointer_mut("/resources/requests"));
    let image = one.get("image").and_then(Value::as_str).unwrap_or("");
    let pull = if ImageReference::parse(image).is_latest() { "Always" } else { "IfNotPresent" };
    usual(
        one,
        &[
            ("imagePullPolicy", json!(pull)),
            ("resources", json!({})),
            ("terminationMessagePath", json!("/dev/termination-log")),
            ("terminationMessagePolicy", json!("File")),
        ],
    );
    for port in each(one, "ports") {
        usual(port, &[("protocol", json!("TCP"))]);
    }
    for variable in each(one, "env") {
        if let Some(field) = variable.pointer_mut("/valueFrom/fieldRef") {
            usual(field, &[("apiVersion", json!("v1"))]);
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = one.get_mut(probe) else { continue };
        let numbers =
            [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)];
        usual(probe, &numbers.map(|(key, n)| (key, json!(n))));
        action(probe);
    }
    for hook in ["/lifecycle/postStart", "/lifecycle/preStop"] {
        if let Some(hook) = one.pointer_mut(hook) {
            action(hook);
        }
    }
}

fn action(holder: &mut Value) {
    if let Some(get) = holder.get_mut("httpGet") {
        usual(get, &[("path", json!("/")), ("scheme", json!("HTTP"))]);
    }
    if let Some(call) = holder.get_mut("grpc") {
        usual(call, &[("service", json!(""))]);
    }
}

fn volume(one: &mut Value) {
    let bare = one.as_object().is_some_and(|map| map.iter().all(|(key, v)| key == "name" || v.is_null()));
    if bare {
        usual(one, &[("emptyDir", json!({}))]);
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = one.get_mut(source) {
            usual(source, &[("defaultMode", json!(420))]);
        }
    }
    if let Some(path) = one.get_mut("hostPath") {
        usual(path, &[("type", json!(""))]);
    }
    let Some(projected) = one.get_mut("projected") else { return };
    for source in each(projected, "sources") {
        if let Some(token) = source.get_mut("serviceAccountToken") {
            usual(token, &[("expirationSeconds", json!(3600))]);
        }
    }
}

/// The defaults of a workload, and of the pods that it describes.
pub(super) fn workload(kind: &str, object: &mut Value) {
    let rolling = |fields: Value| json!({ "type": "RollingUpdate", "rollingUpdate": fields });
    let one_of = |spec: &mut Value, key: &str, whole: Value| {
        let inner = whole.get("rollingUpdate").cloned().unwrap_or_default();
        usual(spec, &[(key, whole)]);
        let Some(strategy) = spec.get_mut(key) else { return };
        usual(strategy, &[("type", json!("RollingUpdate"))]);
        if strategy.get("type") == Some(&json!("RollingUpdate")) {
            usual(strategy, &[("rollingUpdate", json!({}))]);
            let fields: Vec<_> = inner.as_object().into_iter().flatten().collect();
            let fields: Vec<_> = fields.into_iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
            strategy.get_mut("rollingUpdate").into_iter().for_each(|s| usual(s, &fields));
        }
    };
    let path = match kind {
        "Pod" => "",
        "CronJob" => "/spec/jobTemplate/spec/template",
        "PodTemplate" => "/template",
        _ => "/spec/template",
    };
    if let Some(spec) = object.get_mut("spec") {
        match kind {
            "Deployment" => {
                one_of(spec, "strategy", rolling(json!({ "maxUnavailable": "25%", "maxSurge": "25%" })));
                let numbers =
                    [("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)];
                usual(spec, &numbers.map(|(key, n)| (key, json!(n))));
            }
            "DaemonSet" => {
                one_of(spec, "updateStrategy", rolling(json!({ "maxUnavailable": 1, "maxSurge": 0 })));
                usual(spec, &[("revisionHistoryLimit", json!(10))]);
            }
            "StatefulSet" => {
                one_of(spec, "updateStrategy", rolling(json!({ "partition": 0 })));
                usual(
                    spec,
                    &[
                        ("podManagementPolicy", json!("OrderedReady")),
                        (
                            "persistentVolumeClaimRetentionPolicy",
                            json!({ "whenDeleted": "Retain", "whenScaled": "Retain" }),
                        ),
                        ("replicas", json!(1)),
                        ("revisionHistoryLimit", json!(10)),
                    ],
                );
            }
            "ReplicaSet" | "ReplicationController" => usual(spec, &[("replicas", json!(1))]),
            "Job" => job(spec),
            "CronJob" => {
                usual(
                    spec,
                    &[
                        ("concurrencyPolicy", json!("Allow")),
                        ("suspend", json!(false)),
                        ("successfulJobsHistoryLimit", json!(3)),
                        ("failedJobsHistoryLimit", json!(1)),
                    ],
                );
            }
            _ => {}
        }
    }
    let template = if path.is_empty() { Some(object) } else { object.pointer_mut(path) };
    if let Some(spec) = template.and_then(|t| t.get_mut("spec")) {
        pod_spec(spec, kind == "Pod");
    }
}

/// `SetDefaults_Service`; addresses are given out later, and are not known here.
fn service(spec: &mut Value) {
    usual(spec, &[("sessionAffinity", json!("None")), ("type", json!("ClusterIP"))]);
    let kind = spec.get("type").and_then(Value::as_str).unwrap_or("").to_owned();
    let outside = matches!(kind.as_str(), "NodePort" | "LoadBalancer");
    if outside || kind == "ClusterIP" {
        usual(spec, &[("internalTrafficPolicy", json!("Cluster"))]);
    }
    if outside {
        usual(spec, &[("externalTrafficPolicy", json!("Cluster"))]);
    }
    if kind == "LoadBalancer" {
        usual(spec, &[("allocateLoadBalancerNodePorts", json!(true))]);
    }
    for port in each(spec, "ports") {
        let same = port.get("port").cloned().unwrap_or_default();
        usual(port, &[("protocol", json!("TCP")), ("targetPort", same)]);
    }
}

fn job(spec: &mut Value) {
    if ["completions", "parallelism"].iter().all(|key| spec.get(*key).is_none()) {
        usual(spec, &[("completions", json!(1))]);
    }
    usual(
        spec,
        &[
            ("parallelism", json!(1)),
            ("backoffLimit", json!(6)),
            ("completionMode", json!("NonIndexed")),
            ("suspend", json!(false)),
            ("podReplacementPolicy", json!("TerminatingOrFailed")),
            ("manualSelector", json!(false)),
        ],
    );
}
