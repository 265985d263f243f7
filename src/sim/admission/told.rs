//! What people read of a refusal: kubectl's answer, or the event that a controller writes.
//!
//! kubernetes `pkg/controller` (`FailedCreate`), `pkg/controller/statefulset/stateful_pod_control.go`,
//! apimachinery `pkg/api/errors` (`NewForbidden`, `NewInvalid`).

use crate::sim::world::Key;

/// How the API server says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An admission plugin refuses it.
    Forbidden,
    /// It is no valid object.
    Invalid,
}

/// The answer to whoever creates the object itself; `file` is what kubectl was given, where that is known.
pub fn answer(key: &Key, form: Form, said: &str, file: Option<&str>) -> String {
    let name = &key.name;
    match form {
        Form::Invalid => format!("The {} \"{name}\" is invalid: {said}", key.kind),
        Form::Forbidden => {
            let file = file.map_or_else(String::new, |f| format!("error when creating \"{f}\": "));
            format!(
                "Error from server (Forbidden): {file}{} \"{name}\" is forbidden: {said}",
                plural(&key.kind)
            )
        }
    }
}

/// What is read where a pod is refused: the answer for a Pod, the event of its controller for any other kind.
///
/// Names that a controller makes up are not known before it does: `<hash>` and `<id>` stand for them.
pub fn of_pod(key: &Key, form: Form, said: &str, file: Option<&str>) -> String {
    let name = &key.name;
    let (controller, pod) = match key.kind.as_str() {
        "Pod" => return answer(key, form, said, file),
        "StatefulSet" => ("statefulset-controller", format!("{name}-0")),
        "Deployment" => ("replicaset-controller", format!("{name}-<hash>-<id>")),
        "CronJob" => ("job-controller", format!("{name}-<time>-<id>")),
        "Job" => ("job-controller", format!("{name}-<id>")),
        "DaemonSet" => ("daemonset-controller", format!("{name}-<id>")),
        "ReplicationController" => ("replication-controller", format!("{name}-<id>")),
        _ => ("replicaset-controller", format!("{name}-<id>")),
    };
    let said = match form {
        Form::Forbidden => format!("pods \"{pod}\" is forbidden: {said}"),
        Form::Invalid => format!("Pod \"{pod}\" is invalid: {said}"),
    };
    if key.kind == "StatefulSet" {
        return format!(
            "Warning  FailedCreate  {controller}  create Pod {pod} in StatefulSet {name} failed error: {said}"
        );
    }
    format!("Warning  FailedCreate  {controller}  Error creating: {said}")
}

/// The resource of a kind, with its group as messages have it.
pub fn plural(kind: &str) -> &'static str {
    RESOURCES.iter().find(|(k, _)| *k == kind).map_or("objects", |(_, resource)| resource)
}

/// The resources of the kinds that make pods.
const RESOURCES: &[(&str, &str)] = &[
    ("Pod", "pods"),
    ("PodTemplate", "podtemplates"),
    ("ReplicationController", "replicationcontrollers"),
    ("Deployment", "deployments.apps"),
    ("ReplicaSet", "replicasets.apps"),
    ("StatefulSet", "statefulsets.apps"),
    ("DaemonSet", "daemonsets.apps"),
    ("Job", "jobs.batch"),
    ("CronJob", "cronjobs.batch"),
];
