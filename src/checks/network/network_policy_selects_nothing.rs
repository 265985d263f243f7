//! A policy for pods that are not there.

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::Subject;
use crate::model::network_policy::NetworkPolicy;
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "network-policy-selects-nothing",
    Severity::Medium,
    "policy selects no pod",
    include_str!("network_policy_selects_nothing.md"),
    Rule::Document(&[Subject::NetworkPolicy], look),
)
.aliases(&["dangling-networkpolicy", "networkpolicy-targets-pod", "C-0299"])
.lessons(&[16])
.technique("T1046")
.confidence(Confidence::Contextual);

/// A selector that the API server would refuse says nothing.
fn look(case: &DocumentCase<'_>) -> Faults {
    let pods = case.world.pods_beside(case.object);
    let selector = NetworkPolicy::new(case.object).and_then(NetworkPolicy::selector);
    let Some(selector) = selector.filter(|_| !pods.is_empty()) else { return Faults::new() };
    if pods.iter().any(|(_, template)| selector.matches(&template.labels()) != Some(false)) {
        return Faults::new();
    }
    let selector = selector.node;
    let detail = format!(
        "{} fits none of the {} pods and workloads that were read beside it",
        selector.path(),
        pods.len()
    );
    let at = selector.key().map_or(selector.own_span(), Node::own_span);
    vec![Fault::new(at, detail, "correct the labels, or check the policy together with its pods")]
}
