//! Fields of a pod that take one of a few words, or a number of a range.
//!
//! kubernetes `pkg/apis/core/validation/validation.go`.

use std::ops::RangeInclusive;

use crate::model::value;
use crate::parse::Node;
use crate::sim::Reason;

/// UIDs and GIDs that the API takes.
pub(super) const ID: RangeInclusive<i64> = 0..=2_147_483_647;
/// Seconds that it takes.
pub(super) const SECONDS: RangeInclusive<i64> = 1..=2_147_483_647;
/// Ports.
pub(super) const PORT: RangeInclusive<i64> = 1..=65_535;

/// Paths of fields, and the words that each takes.
type Words = &'static [(&'static [&'static str], &'static [&'static str])];

/// Those of a pod's spec.
const POD_WORDS: Words = &[
    (&["dnsPolicy"], &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    (&["os", "name"], &["linux", "windows"]),
    (&["preemptionPolicy"], &["PreemptLowerPriority", "Never"]),
];
/// Those of a container.
const CONTAINER_WORDS: Words = &[
    (&["imagePullPolicy"], &["Always", "IfNotPresent", "Never"]),
    (&["terminationMessagePolicy"], &["File", "FallbackToLogsOnError"]),
];
/// Those of a `hostPath`.
const HOST_PATH_WORDS: Words = &[(
    &["type"],
    &["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"],
)];
/// Those of a security context.
const CONTEXT_WORDS: Words = &[
    (&["seLinuxChangePolicy"], &["MountOption", "Recursive"]),
    (&["seccompProfile", "type"], &["RuntimeDefault", "Localhost", "Unconfined"]),
    (&["appArmorProfile", "type"], &["RuntimeDefault", "Localhost", "Unconfined"]),
    (&["procMount"], &["Default", "Unmasked"]),
    (&["supplementalGroupsPolicy"], &["Merge", "Strict"]),
    (&["fsGroupChangePolicy"], &["OnRootMismatch", "Always"]),
];

/// IDs in a security context.
const IDS: [&str; 3] = ["runAsUser", "runAsGroup", "fsGroup"];

/// What a pod's spec says in words that the API does not know.
pub(super) fn of_pod(spec: Node<'_>, out: &mut Vec<Reason>) {
    one_of(spec, POD_WORDS, out);
}

/// The same of a container.
pub(super) fn of_container(container: Node<'_>, out: &mut Vec<Reason>) {
    one_of(container, CONTAINER_WORDS, out);
}

/// The same of a `hostPath`.
pub(super) fn of_host_path(source: Node<'_>, out: &mut Vec<Reason>) {
    one_of(source, HOST_PATH_WORDS, out);
}

/// The same of a security context, and its IDs.
pub(super) fn of_security_context(context: Node<'_>, out: &mut Vec<Reason>) {
    for node in IDS.iter().filter_map(|key| context.get(key)) {
        between(node, ID, &node.path(), out);
    }
    one_of(context, CONTEXT_WORDS, out);
}

/// Refuses a number that is not in its range.
pub(super) fn between(node: Node<'_>, range: RangeInclusive<i64>, what: &str, out: &mut Vec<Reason>) {
    if value::integer(node).is_some_and(|number| !range.contains(&number)) {
        let text = format!("{what} is not between {} and {}", range.start(), range.end());
        out.push(Reason::at(text, node.own_span()));
    }
}

fn one_of(holder: Node<'_>, words: Words, out: &mut Vec<Reason>) {
    for (path, allowed) in words {
        if let Some(node) = holder.at(path)
            && node.as_str().is_some_and(|word| !allowed.contains(&word))
        {
            let known: Vec<&str> = allowed.iter().copied().filter(|w| !w.is_empty()).collect();
            let text = format!("{} must be one of {}", node.path(), known.join(", "));
            out.push(Reason::at(text, node.own_span()));
        }
    }
}
