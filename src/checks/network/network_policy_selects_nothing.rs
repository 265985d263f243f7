//! A policy for pods that are not there.

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
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

/// Only `matchLabels` is compared; with `matchExpressions` nothing is said.
fn look(case: &DocumentCase<'_>) -> Faults {
    let pods = case.world.pods_beside(case.object);
    let Some(selector) = case.node().at(&["spec", "podSelector"]).and_then(value::mapping) else {
        return Faults::new();
    };
    let Some(wanted) = selector.get("matchLabels").and_then(value::mapping) else { return Faults::new() };
    if pods.is_empty() || selector.get("matchExpressions").is_some() {
        return Faults::new();
    }
    let wanted: Vec<_> =
        wanted.entries().iter().filter_map(|e| Some((e.key.scalar()?, value::string(e.value)?))).collect();
    let matches = |labels: Vec<(&str, &str)>| wanted.iter().all(|pair| labels.contains(pair));
    if pods.iter().any(|(_, template)| matches(template.labels())) {
        return Faults::new();
    }
    let detail = format!(
        "{} fits none of the {} pods and workloads that were read beside it",
        selector.path(),
        pods.len()
    );
    let at = selector.key().map_or(selector.own_span(), Node::own_span);
    vec![Fault::new(at, detail, "correct the labels, or check the policy together with its pods")]
}
