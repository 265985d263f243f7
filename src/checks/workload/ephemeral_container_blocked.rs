//! A debug container that stands in a file, or stayed in a pod.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::{Class, Container};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "ephemeral-container-blocked",
    Severity::Medium,
    "debug container is part of the pod",
    include_str!("ephemeral_container_blocked.md"),
    Rule::Pod(look),
)
.aliases(&["block-ephemeral-containers"])
.lessons(&[15, 39])
.technique("T1609");

/// Once a pod: the API server refuses the list on create, and in every template (kubernetes
/// pkg/registry/core/pod, and `ValidatePodTemplateSpec`).
fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let ours = case.template.containers().find(|c| c.class == Class::Ephemeral);
    let live = case.template.of_pod && case.object.node.at(&["metadata", "uid"]).is_some();
    let fault = |container: Container<'_>| {
        let (says, help) = if live {
            (
                "is a debug container: it stays in the pod until the pod goes",
                "delete the pod, so that a new one replaces it",
            )
        } else {
            (
                "is a debug container: the API server takes none in a new object",
                "remove it; kubectl debug adds one to a running pod",
            )
        };
        Fault::at(container.node, says, help)
    };
    ours.map(fault).into_iter().collect()
}
