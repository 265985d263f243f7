//! How many pods an object stands for: those that its controller makes, and which is the first of them.

use crate::model::{Object, value};

/// Whether a Pod still counts (`QuotaV1Pod`).
pub(super) fn is_alive(object: Object<'_>) -> bool {
    let phase = object.node.at(&["status", "phase"]).and_then(value::string);
    !matches!(phase, Some("Succeeded" | "Failed"))
}

/// The ordinal of the first pod (`getStartOrdinal`).
pub(super) fn first_of(object: Object<'_>) -> u64 {
    let start =
        object.node.at(&["spec", "ordinals", "start"]).filter(|_| object.kind() == Some("StatefulSet"));
    start.and_then(value::integer).and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

/// Whether its controller makes nothing of it yet: a `CronJob` that is suspended, a Deployment that is paused.
pub(super) fn is_halted(object: Object<'_>) -> bool {
    let key = match object.kind() {
        Some("CronJob") => "suspend",
        Some("Deployment") => "paused",
        _ => return false,
    };
    object.node.at(&["spec", key]).and_then(value::boolean) == Some(true)
}

/// How many pods its controller makes.
pub(super) fn pods_of(object: Object<'_>, kind: &str) -> u64 {
    let number =
        |path: &[&str]| object.node.at(path).and_then(value::integer).and_then(|n| u64::try_from(n).ok());
    let halted = |path: &[&str]| object.node.at(path).and_then(value::boolean) == Some(true);
    let job = |path: &[&str]| {
        let at = |key| [path, &[key]].concat();
        let (parallel, completions) = (number(&at("parallelism")), number(&at("completions")));
        if halted(&at("suspend")) {
            return 0;
        }
        parallel.unwrap_or(1).min(completions.unwrap_or(u64::MAX))
    };
    match kind {
        "Pod" | "DaemonSet" => 1,
        "PodTemplate" => 0,
        _ if is_halted(object) => 0,
        "Job" => job(&["spec"]),
        "CronJob" => job(&["spec", "jobTemplate", "spec"]),
        _ => number(&["spec", "replicas"]).unwrap_or(1),
    }
}
