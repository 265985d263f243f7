//! What people read of a refusal: kubectl's answer, or the event that a controller writes.
//!
//! kubernetes `pkg/controller` (`FailedCreate`), `pkg/controller/statefulset/stateful_pod_control.go`,
//! `pkg/controller/deployment/sync.go`, `pkg/controller/cronjob/cronjob_controllerv2.go`; apimachinery `pkg/api/errors`
//! (`NewForbidden`, `NewInvalid`), kubectl `pkg/cmd/util/helpers.go` (`checkErr`).

use crate::sim::world::Key;

/// How the API server says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An admission plugin refuses it.
    Forbidden,
    /// It is no valid object: a line for each fault.
    Invalid,
    /// No API of the server holds such objects: kubectl itself says so.
    Unmapped,
    /// A policy refuses it, with this reason.
    Policy(&'static str),
    /// A mutating policy fails, and says so in its own words.
    Mutation,
    /// A webhook refuses it, in its own words, with this reason or with none.
    Webhook(&'static str),
}

/// What it is that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The object itself.
    Itself,
    /// What its controller makes before any pod: a `ReplicaSet` or a `Job`.
    Between,
    /// A pod that its controller makes.
    Pod,
}

/// The answer to whoever creates the object itself; `file` is what kubectl was given, where that is known.
pub fn answer(key: &Key, form: Form, said: &str, file: Option<&str>) -> String {
    let name = &key.name;
    let error = |reason: &str, said: &str| {
        let file = file.map_or_else(String::new, |f| format!("error when creating \"{f}\": "));
        let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        format!("Error from server{reason}: {file}{said}")
    };
    let forbidden = || format!("{} \"{name}\" is forbidden: {said}", resource(key));
    match form {
        Form::Invalid if said.contains('\n') => {
            let lines = said.replace('\n', "\n* ");
            format!("The {} \"{name}\" is invalid: \n* {lines}", key.kind)
        }
        Form::Invalid => format!("The {} \"{name}\" is invalid: {said}", key.kind),
        Form::Unmapped => {
            let from = file.map_or_else(String::new, |file| format!(" from \"{file}\""));
            let of = format!("name: \"{name}\" namespace: \"{}\"{from}", key.namespace);
            format!("error: resource mapping not found for {of}: {said}\nensure CRDs are installed first")
        }
        // Of an invalid object kubectl prints the causes, field by field; this one has a message alone.
        Form::Policy("Invalid") | Form::Mutation => {
            format!("The {} \"{name}\" is invalid: : {said}", super::policy::plural(&key.kind))
        }
        Form::Policy(reason) => error(reason, &forbidden()),
        Form::Forbidden => error("Forbidden", &forbidden()),
        Form::Webhook(reason) => error(reason, said),
    }
}

/// What is read where an object, or something that its controllers make, is refused: the answer for the object, the event of
/// the controller for the others.
///
/// Names that a controller makes up are not known before it does: `<hash>` and `<id>` stand for them.
/// `before` is how many pods it has made already, which the pods of a `StatefulSet` are counted by.
pub fn line(of: Of, key: &Key, form: Form, said: &str, file: Option<&str>, before: u64) -> String {
    match of {
        Of::Itself => answer(key, form, said, file),
        Of::Between => of_between(key, form, said),
        Of::Pod => of_pod(key, form, said, file, before),
    }
}

fn of_between(key: &Key, form: Form, said: &str) -> String {
    let name = &key.name;
    if key.kind == "CronJob" {
        let said = refused(form, "Job", "jobs.batch", &format!("{name}-<time>"), said);
        return format!("Warning  FailedCreate  cronjob-controller  Error creating job: {said}");
    }
    let set = format!("{name}-<hash>");
    let said = refused(form, "ReplicaSet", "replicasets.apps", &set, said);
    format!(
        "Warning  ReplicaSetCreateError  deployment-controller  Failed to create new replica set \"{set}\": {said}"
    )
}

/// The error that a controller gets.
fn refused(form: Form, kind: &str, resource: &str, name: &str, said: &str) -> String {
    match form {
        Form::Forbidden | Form::Policy(_) => format!("{resource} \"{name}\" is forbidden: {said}"),
        Form::Invalid if said.contains('\n') => {
            let lines: Vec<&str> = said.lines().collect();
            format!("{kind} \"{name}\" is invalid: [{}]", lines.join(", "))
        }
        Form::Invalid => format!("{kind} \"{name}\" is invalid: {said}"),
        Form::Webhook(_) | Form::Mutation | Form::Unmapped => said.to_owned(),
    }
}

/// What is read where a pod is refused: the answer for a Pod, the event of its controller for any other kind.
pub fn of_pod(key: &Key, form: Form, said: &str, file: Option<&str>, before: u64) -> String {
    let name = &key.name;
    let (controller, pod) = match key.kind.as_str() {
        "Pod" => return answer(key, form, said, file),
        "StatefulSet" => ("statefulset-controller", format!("{name}-{before}")),
        "Deployment" => ("replicaset-controller", format!("{name}-<hash>-<id>")),
        "CronJob" => ("job-controller", format!("{name}-<time>-<id>")),
        "Job" => ("job-controller", format!("{name}-<id>")),
        "DaemonSet" => ("daemonset-controller", format!("{name}-<id>")),
        "ReplicationController" => ("replication-controller", format!("{name}-<id>")),
        _ => ("replicaset-controller", format!("{name}-<id>")),
    };
    let said = refused(form, "Pod", "pods", &pod, said);
    if key.kind == "StatefulSet" {
        return format!(
            "Warning  FailedCreate  {controller}  create Pod {pod} in StatefulSet {name} failed error: {said}"
        );
    }
    format!("Warning  FailedCreate  {controller}  Error creating: {said}")
}

/// The resource of an object's kind, with its group as messages have it.
pub fn resource(key: &Key) -> String {
    let plural = super::policy::plural(&key.kind);
    if key.group.is_empty() { plural } else { format!("{plural}.{}", key.group) }
}
