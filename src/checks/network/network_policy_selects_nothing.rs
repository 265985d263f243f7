//! A policy for pods that are not there.

use super::neighbourhood::{Neighbourhood, neighbourhoods};
use crate::checks::{Check, Confidence, Fault, Faults, Rule, World};
use crate::model::network_policy::NetworkPolicy;
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "network-policy-selects-nothing",
    Severity::Medium,
    "policy selects no pod",
    include_str!("network_policy_selects_nothing.md"),
    Rule::World(look),
)
.aliases(&["dangling-networkpolicy", "networkpolicy-targets-pod", "C-0299"])
.lessons(&[16])
.technique("T1046")
.confidence(Confidence::Contextual);

/// A selector that the API server would refuse says nothing.
fn look(world: &World<'_>) -> Faults {
    let all = neighbourhoods(world);
    all.iter().flat_map(|here| here.policies.iter().filter_map(|p| missed(here, *p))).collect()
}

fn missed(here: &Neighbourhood<'_>, policy: NetworkPolicy<'_>) -> Option<Fault> {
    let selector = policy.selector().filter(|s| here.is_missed_by(*s))?.node;
    let detail = format!(
        "{}: {} fits none of the {} pods and workloads that were read beside it",
        policy.object.title(),
        selector.path(),
        here.pods.len()
    );
    let at = selector.key().map_or(selector.own_span(), Node::own_span);
    Some(Fault::new(at, detail, "correct the labels, or check the policy together with its pods"))
}
