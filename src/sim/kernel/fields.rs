//! Fields of a pod that take one of a few words, or a number of a range.
//!
//! kubernetes `pkg/apis/core/validation/validation.go`.

use std::ops::RangeInclusive;

use crate::model::value;
use crate::parse::Node;
use crate::sim::Invalid;

/// UIDs and GIDs that the API takes.
pub(super) const ID: RangeInclusive<i64> = 0..=2_147_483_647;
/// Seconds that it takes.
pub(super) const SECONDS: RangeInclusive<i64> = 1..=2_147_483_647;
/// Ports.
pub(super) const PORT: RangeInclusive<i64> = 1..=65_535;

/// Paths of fields, and the words that each takes, in upstream's order.
pub(super) type Words = &'static [(&'static [&'static str], &'static [&'static str])];

/// Those of a pod's spec.
pub(super) const POD: Words = &[
    (&["dnsPolicy"], &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
    (&["os", "name"], &["linux", "windows"]),
    (&["preemptionPolicy"], &["PreemptLowerPriority", "Never"]),
];
/// Those of a container.
pub(super) const CONTAINER: Words = &[
    (&["imagePullPolicy"], &["Always", "IfNotPresent", "Never"]),
    (&["terminationMessagePolicy"], &["File", "FallbackToLogsOnError"]),
];
/// Those of a `hostPath`.
pub(super) const HOST_PATH: Words = &[(
    &["type"],
    &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"],
)];
/// Those of a security context.
pub(super) const SECURITY_CONTEXT: Words = &[
    (&["seLinuxChangePolicy"], &["MountOption", "Recursive"]),
    (&["seccompProfile", "type"], &["Localhost", "RuntimeDefault", "Unconfined"]),
    (&["appArmorProfile", "type"], &["Localhost", "RuntimeDefault", "Unconfined"]),
    (&["procMount"], &["Default", "Unmasked"]),
    (&["supplementalGroupsPolicy"], &["Merge", "Strict"]),
    (&["fsGroupChangePolicy"], &["Always", "OnRootMismatch"]),
];

/// What `holder` says in words that the API does not know.
pub(super) fn one_of(holder: Node<'_>, words: Words, out: &mut Vec<Invalid>) {
    for (path, allowed) in words {
        if let Some(node) = holder.at(path)
            && node.as_str().is_some_and(|word| !allowed.contains(&word))
        {
            let known: Vec<&str> = allowed.iter().copied().filter(|w| !w.is_empty()).collect();
            let text = format!("{} must be one of {}", node.path(), known.join(", "));
            out.push(Invalid::unsupported(node, allowed).told(text));
        }
    }
}

/// Refuses a number that is not in its range (`InclusiveRangeError`). `what` is how we call it.
pub(super) fn between(node: Node<'_>, range: &RangeInclusive<i64>, what: &str, out: &mut Vec<Invalid>) {
    if value::integer(node).is_some_and(|number| !range.contains(&number)) {
        let (least, most) = (range.start(), range.end());
        let fault = Invalid::value(node, &format!("must be between {least} and {most}, inclusive"));
        out.push(fault.told(format!("{what} is not between {least} and {most}")));
    }
}
