//! What a workload says about its pods: how many, which they are, how they are replaced.
//!
//! kubernetes `pkg/apis/apps/validation/validation.go` (`ValidateDeploymentSpec`, `ValidateReplicaSetSpec`,
//! `ValidateStatefulSetSpec`, `ValidateDaemonSetSpec`), `pkg/apis/batch/validation/validation.go` (`validateJobSpec`,
//! `validateCronJobSpec`), `pkg/apis/core/validation/validation.go` (`ValidateReplicationControllerSpec`).

use crate::model::selector::Selector;
use crate::model::{Object, template_of, value};
use crate::parse::Node;
use crate::sim::{Field, Invalid};

/// What `ValidateNonnegativeField` says.
const NEGATIVE: &str = "must be greater than or equal to 0";

/// Numbers of a Job, wherever its spec stands.
const OF_JOB: &[&str] = &[
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
];

/// Kinds, and the numbers of their specs that may not be negative.
const NUMBERS: &[(&str, &[&str])] = &[
    ("CronJob", &["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"]),
    ("DaemonSet", &["minReadySeconds", "revisionHistoryLimit"]),
    ("Deployment", &["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"]),
    ("Job", OF_JOB),
    ("ReplicaSet", &["replicas", "minReadySeconds"]),
    ("ReplicationController", &["replicas", "minReadySeconds"]),
    ("StatefulSet", &["replicas", "minReadySeconds"]),
];

/// Kinds with a selector of their own: their names in upstream's messages, and what a deadline of their pods is called.
const SELECTING: &[(&str, &str, &str)] = &[
    ("DaemonSet", "daemonset", "DaemonSet"),
    ("Deployment", "deployment", "ReplicaSet"),
    ("ReplicaSet", "deployment", "ReplicaSet"),
    ("StatefulSet", "statefulset", "StatefulSet"),
];

/// How many seconds a Deployment has, where it does not say so (`SetDefaults_Deployment`).
const DEADLINE: i64 = 600;

/// Adds what is wrong.
pub(super) fn faults(object: Object<'_>, out: &mut Vec<Invalid>) {
    let kind = object.kind().unwrap_or_default();
    let Some(spec) = object.node.get("spec").and_then(value::mapping) else { return };
    let numbers = NUMBERS.iter().find(|(k, _)| *k == kind).map_or(&[][..], |(_, numbers)| *numbers);
    not_negative(spec, numbers, out);
    if let Some((_, name, deadline)) = SELECTING.iter().find(|(k, ..)| *k == kind) {
        selector(object, spec, name, out);
        if let Some(node) = spec.at(&["template", "spec", "activeDeadlineSeconds"]) {
            let said = format!("activeDeadlineSeconds in {deadline} is not Supported");
            out.push(Invalid::forbidden(node, &said).told(format!("the pods of a {kind} have no deadline")));
        }
    }
    match kind {
        "Deployment" => deployment(spec, out),
        "StatefulSet" => stateful_set(spec, out),
        "DaemonSet" => {
            let types = &["RollingUpdate", "OnDelete"];
            if let Some(node) = other(spec, &["updateStrategy", "type"], types) {
                out.push(strategy(spec, "updateStrategy", node, types));
            }
        }
        "Job" => job(spec, out),
        "CronJob" => cron_job(spec, out),
        "ReplicationController" => replication_controller(object, spec, out),
        _ => {}
    }
}

/// Its selector is a plain map of labels; without one it takes those of its template (`SetDefaults_ReplicationController`).
fn replication_controller(object: Object<'_>, spec: Node<'_>, out: &mut Vec<Invalid>) {
    let (Some(template), Some(wanted)) = (template_of(object), spec.get("selector")) else { return };
    let labels = template.labels();
    let found = wanted.entries().into_iter().all(|entry| {
        let pair = entry.key.scalar().zip(entry.value.as_str());
        pair.is_some_and(|pair| labels.contains(&pair))
    });
    if !found {
        out.push(unmatched(object, spec, &labels));
    }
}

/// The selector finds other pods than those that are made.
fn unmatched(object: Object<'_>, spec: Node<'_>, labels: &[(&str, &str)]) -> Invalid {
    let kind = object.kind().unwrap_or_default();
    let mut pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key:?}:{value:?}")).collect();
    pairs.sort();
    let value = format!("map[string]string{{{}}}", pairs.join(", "));
    let holder = spec.get("template").unwrap_or(spec);
    let metadata = holder.get("metadata").unwrap_or(holder);
    let at = Field::of(metadata, "labels").named(format!("{}.metadata.labels", holder.path()));
    let told = format!("the selector of this {kind} does not find the pods that it makes");
    Invalid::of(at, Verbatim(value), "`selector` does not match template `labels`").told(told)
}

/// `ValidateNonnegativeField`.
pub(super) fn not_negative(holder: Node<'_>, keys: &[&str], out: &mut Vec<Invalid>) {
    for node in keys.iter().filter_map(|key| holder.get(key)) {
        if let Some(number) = value::integer(node).filter(|n| *n < 0) {
            out.push(Invalid::value(node, NEGATIVE).told(format!("{} is {number}", node.path())));
        }
    }
}

/// The selector finds the pods that are made.
fn selector(object: Object<'_>, spec: Node<'_>, name: &str, out: &mut Vec<Invalid>) {
    let node = spec.get("selector").filter(|n| !n.is_null());
    let kind = object.kind().unwrap_or_default();
    if let (None, false) = (node, name == "daemonset") {
        let fault = Invalid::required(Field::of(spec, "selector"), "");
        out.push(fault.told(format!("a {kind} has no selector, and so no pods of its own")));
    }
    if let Some(empty) = node.filter(|node| Selector { node: *node }.is_empty()) {
        let said = format!("empty selector is invalid for {name}");
        let fault = Invalid::structure(empty, "v1.LabelSelector", &said);
        return out.push(fault.told(format!("the selector of this {kind} is empty")));
    }
    let Some(template) = template_of(object) else { return };
    let labels = template.labels();
    let found = node.map_or(Some(false), |node| Selector { node }.matches(&labels));
    match found {
        Some(true) => {}
        Some(false) => out.push(unmatched(object, spec, &labels)),
        None => {
            let at = Field::of(spec, "selector");
            let fault = Invalid::structure(at, "v1.LabelSelector", "invalid label selector");
            out.push(fault.told(format!("the selector of this {kind} cannot be read")));
        }
    }
}

/// A value that Go prints without quotes.
struct Verbatim(String);

impl std::fmt::Debug for Verbatim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A word that is none of these.
fn other<'t>(spec: Node<'t>, path: &[&str], words: &[&str]) -> Option<Node<'t>> {
    spec.at(path).filter(|node| node.as_str().is_some_and(|word| !word.is_empty() && !words.contains(&word)))
}

/// The type of a strategy is none: upstream says it of the whole.
fn strategy(spec: Node<'_>, key: &str, node: Node<'_>, words: &[&str]) -> Invalid {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    let at = Field::of(spec, key).at(node.own_span());
    let told = format!("{} is none of {}", node.path(), words.join(", ").replace('"', ""));
    Invalid::not_taken(at, "{...}", &words.join(", ")).told(told)
}

fn deployment(spec: Node<'_>, out: &mut Vec<Invalid>) {
    let types = &["Recreate", "RollingUpdate"];
    let kind = spec.at(&["strategy", "type"]).and_then(Node::as_str).unwrap_or_default();
    if let Some(node) = other(spec, &["strategy", "type"], types) {
        out.push(strategy(spec, "strategy", node, types));
    } else if let Some(rolling) = spec.at(&["strategy", "rollingUpdate"]) {
        if kind == "Recreate" {
            let said = "may not be specified when strategy `type` is 'Recreate'";
            let told = "strategy is Recreate: nothing rolls, and rollingUpdate is not taken";
            out.push(Invalid::forbidden(rolling, said).told(told));
        } else {
            not_negative(rolling, &["maxUnavailable", "maxSurge"], out);
            let none = |key: &str| {
                let node = rolling.get(key)?;
                (value::integer(node) == Some(0) || node.as_str() == Some("0%")).then_some(node)
            };
            if let (Some(node), Some(_)) = (none("maxUnavailable"), none("maxSurge")) {
                let told = "maxUnavailable and maxSurge are both 0: no pod could ever be replaced";
                out.push(Invalid::value(node, "may not be 0 when `maxSurge` is 0").told(told));
            }
        }
    }
    let number = |key: &str| spec.get(key).and_then(value::integer);
    let (deadline, ready) = (number("progressDeadlineSeconds"), number("minReadySeconds").unwrap_or(0));
    if deadline.unwrap_or(DEADLINE) <= ready {
        let at = Field::of(spec, "progressDeadlineSeconds");
        let fault = Invalid::of(at, deadline.unwrap_or(DEADLINE), "must be greater than minReadySeconds");
        out.push(fault.told("progressDeadlineSeconds is over before minReadySeconds is"));
    }
}

fn stateful_set(spec: Node<'_>, out: &mut Vec<Invalid>) {
    if let Some(start) = spec.at(&["ordinals", "start"])
        && value::integer(start).is_some_and(|n| n < 0)
    {
        out.push(Invalid::value(start, NEGATIVE).told(format!("{} is negative", start.path())));
    }
    if let Some(node) = other(spec, &["podManagementPolicy"], &["OrderedReady", "Parallel"]) {
        let told = "podManagementPolicy is neither OrderedReady nor Parallel";
        out.push(Invalid::value(node, "must be 'OrderedReady' or 'Parallel'").told(told));
    }
    if let Some(node) = other(spec, &["updateStrategy", "type"], &["RollingUpdate", "OnDelete"]) {
        let at = Field::of(spec, "updateStrategy").at(node.own_span());
        let fault =
            Invalid::structure(at, "apps.StatefulSetUpdateStrategy", "must be 'RollingUpdate' or 'OnDelete'");
        out.push(fault.told("updateStrategy is neither RollingUpdate nor OnDelete"));
    }
    if let Some(rolling) = spec.at(&["updateStrategy", "rollingUpdate"]) {
        if spec.at(&["updateStrategy", "type"]).and_then(Node::as_str) == Some("OnDelete") {
            let said = "only allowed for updateStrategy 'RollingUpdate'";
            let of = "apps.RollingUpdateStatefulSetStrategy";
            let told = "updateStrategy is OnDelete: rollingUpdate is not taken";
            out.push(Invalid::structure(rolling, of, said).told(told));
        } else {
            not_negative(rolling, &["partition"], out);
        }
    }
}

fn job(spec: Node<'_>, out: &mut Vec<Invalid>) {
    let modes = &["NonIndexed", "Indexed"];
    if let Some(node) = other(spec, &["completionMode"], modes) {
        let told = format!("{} is neither NonIndexed nor Indexed", node.path());
        out.push(Invalid::unsupported(node, modes).told(told));
    }
    let indexed = spec.get("completionMode").filter(|n| n.as_str() == Some("Indexed"));
    if let (Some(mode), None) = (indexed, spec.get("completions")) {
        let at = Field::of(spec, "completions");
        let fault = Invalid::required(at, "when completion mode is Indexed");
        out.push(fault.told("an Indexed Job says how many completions it has").at(mode.own_span()));
    }
    if indexed.is_none() {
        for node in ["backoffLimitPerIndex", "maxFailedIndexes"].iter().filter_map(|key| spec.get(key)) {
            let told = format!("{} goes with completionMode Indexed alone", node.path());
            out.push(Invalid::value(node, "requires indexed completion mode").told(told));
        }
    }
}

fn cron_job(spec: Node<'_>, out: &mut Vec<Invalid>) {
    let schedule = spec.get("schedule").and_then(Node::as_str).unwrap_or_default();
    if schedule.is_empty() {
        let fault = Invalid::required(Field::of(spec, "schedule"), "");
        out.push(fault.told("a CronJob says when its Jobs begin: it has no schedule"));
    } else if let Some(node) = spec.get("schedule") {
        let fields: Vec<&str> = schedule.split_whitespace().collect();
        if schedule.contains("TZ") {
            let said = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            out.push(Invalid::value(node, said).told("the schedule names a time zone, which is timeZone's"));
        } else if !schedule.starts_with('@') && fields.len() != 5 {
            let said = format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" "));
            out.push(Invalid::value(node, &said).told("the schedule does not have five fields"));
        }
    }
    let policies = &["Allow", "Forbid", "Replace"];
    if let Some(node) = other(spec, &["concurrencyPolicy"], policies) {
        let told = format!("{} is none of {}", node.path(), policies.join(", "));
        out.push(Invalid::unsupported(node, policies).told(told));
    }
    let Some(inner) = spec.at(&["jobTemplate", "spec"]).and_then(value::mapping) else { return };
    not_negative(inner, OF_JOB, out);
    job(inner, out);
    if let Some(node) = inner.get("selector") {
        let said = "`selector` will be auto-generated";
        let told = "the Jobs of a CronJob get their selectors from the API server";
        out.push(Invalid::structure(node, "v1.LabelSelector", said).told(told));
    }
}
