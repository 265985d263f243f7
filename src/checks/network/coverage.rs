//! Policies together with the pods beside them: who is closed, who is meant, who is left out.

use super::neighbourhood::{Neighbour, Neighbourhood, may_be_closed, neighbourhoods};
use crate::checks::{Check, Confidence, Fault, Faults, Rule, Standard, World};
use crate::model::network_policy::{Direction, NetworkPolicy, Peer, PolicyRule};
use crate::model::{PodTemplate, value};
use crate::parse::Node;
use crate::text::{Severity, Span};

const DOC: &str = include_str!("coverage.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "incident-pod-not-isolated",
        Severity::Medium,
        "quarantined pod is not cut off",
        DOC,
        Rule::World(not_isolated),
    )
    .lessons(&[39])
    .technique("T1041")
    .confidence(Confidence::Contextual),
    Check::new(
        "network-policy-dns-egress-missing",
        Severity::Low,
        "egress is closed to DNS",
        DOC,
        Rule::World(dns_missing),
    )
    .lessons(&[16, 31])
    .confidence(Confidence::Contextual),
    Check::new(
        "network-policy-egress-not-restricted",
        Severity::Medium,
        "pods are closed for ingress only",
        DOC,
        Rule::World(egress_open),
    )
    .aliases(&["pod-networkpolicy", "missingNetworkPolicy", "C-0030"])
    .lessons(&[16, 31])
    .technique("T1048")
    .confidence(Confidence::Contextual),
    Check::new(
        "network-policy-peer-selects-nothing",
        Severity::Medium,
        "peer selects no pod",
        DOC,
        Rule::World(peer_selects_nothing),
    )
    .aliases(&["dangling-networkpolicypeer-podselector"])
    .lessons(&[16])
    .confidence(Confidence::Contextual),
    Check::new(
        "pod-without-network-policy",
        Severity::Medium,
        "no policy selects the pod",
        DOC,
        Rule::World(unselected),
    )
    .aliases(&[
        "non-isolated-pod",
        "pod-networkpolicy",
        "missingNetworkPolicy",
        "CKV2_K8S_6",
        "require-network-policy",
        "C-0030",
        "C-0260",
    ])
    .lessons(&[16])
    .standards(&[Standard::Cis("5.3.2")])
    .technique("T1046")
    .confidence(Confidence::Contextual),
];

/// Where a policy says what it covers.
fn types_span(policy: NetworkPolicy<'_>) -> Span {
    let types = policy.spec.get("policyTypes");
    types.map_or_else(|| policy.spec.missing("policyTypes").span, Node::own_span)
}

fn egress_open(world: &World<'_>) -> Faults {
    if may_be_closed(world, Direction::Egress) {
        return Faults::new();
    }
    neighbourhoods(world).iter().flat_map(egress_open_in).collect()
}

/// Of each policy that does not cover egress, the first pod that it selects and whose egress nothing covers.
fn egress_open_in(here: &Neighbourhood<'_>) -> Faults {
    let closed = here.closed_in(Direction::Egress);
    let mut loose: Vec<Option<&Neighbour<'_>>> = vec![None; closed.len()];
    for pod in here.pods.iter().filter(|p| !p.is_on_host() && closed.get(p.labels) == Some(&false)) {
        if let Some(place) = loose.get_mut(pod.labels) {
            place.get_or_insert(pod);
        }
    }
    if loose.iter().all(Option::is_none) {
        return Faults::new();
    }
    let open = here.policies.iter().filter(|p| !p.covers(Direction::Egress));
    let fault = |policy: &NetworkPolicy<'_>| {
        let mut selected = here.labels.fitting(policy.selector());
        let pod = selected.find_map(|number| loose.get(number).copied().flatten())?;
        let detail = format!(
            "{}: covers Ingress only, and no policy that was read covers the egress of {}",
            policy.object.title(),
            pod.object.title()
        );
        let help = "add a policy with policyTypes: [Egress] and the destinations";
        Some(Fault::new(types_span(*policy), detail, help))
    };
    open.filter_map(fault).collect()
}

fn unselected(world: &World<'_>) -> Faults {
    if may_be_closed(world, Direction::Ingress) {
        return Faults::new();
    }
    neighbourhoods(world).iter().flat_map(unselected_in).collect()
}

/// Where a policy fits no pod at all, its selector is the mistake, and `network-policy-selects-nothing` says so.
fn unselected_in(here: &Neighbourhood<'_>) -> Faults {
    if here.policies.iter().filter_map(|p| p.selector()).any(|s| here.is_missed_by(s)) {
        return Faults::new();
    }
    let closed = here.closed(|_| true);
    let bare = here.pods.iter().filter(|p| !p.is_on_host() && closed.get(p.labels) == Some(&false));
    let help = "add a policy whose podSelector fits it, or one for every pod of the namespace";
    let fault = |pod: &Neighbour<'_>| {
        let detail = format!(
            "{}: none of the {} policies of its namespace that were read selects it, so every pod reaches it",
            pod.object.title(),
            here.policies.len()
        );
        let name = pod.object.node.at(&["metadata", "name"]);
        Fault::new(name.map_or(pod.object.kind_span(), Node::own_span), detail, help)
    };
    bare.map(fault).collect()
}

fn peer_selects_nothing(world: &World<'_>) -> Faults {
    neighbourhoods(world).iter().flat_map(peers_missing_in).collect()
}

fn peers_missing_in(here: &Neighbourhood<'_>) -> Faults {
    let of = |policy: &NetworkPolicy<'_>| {
        let peers = policy.all_rules().into_iter().flat_map(PolicyRule::peers);
        let selectors = peers.filter(|p| p.namespaces().is_none()).filter_map(Peer::pods);
        let fault = |node: Node<'_>| {
            let detail = format!(
                "{}: {} fits no pod or workload that was read beside it, and without a namespaceSelector it means \
                 those",
                policy.object.title(),
                node.path()
            );
            let help = "correct the labels, or add a namespaceSelector to the same item";
            Fault::new(node.own_span(), detail, help)
        };
        selectors.filter(|s| here.is_missed_by(*s)).map(|s| fault(s.node)).collect::<Faults>()
    };
    here.policies.iter().flat_map(of).collect()
}

fn dns_missing(world: &World<'_>) -> Faults {
    neighbourhoods(world).iter().flat_map(|here| dns_missing_in(&here.policies)).collect()
}

/// Policies that let something out, in a namespace that is closed for all pods and where none lets names be asked. Where
/// the policy that closes it was not read, the one for DNS may lie beside that.
fn dns_missing_in(policies: &[NetworkPolicy<'_>]) -> Faults {
    let lets_dns = |p: &NetworkPolicy<'_>| p.rules(Direction::Egress).into_iter().any(PolicyRule::lets_dns);
    let closes = |p: &NetworkPolicy<'_>| p.selects_all() && p.covers(Direction::Egress);
    if !policies.iter().any(closes) || policies.iter().any(lets_dns) {
        return Faults::new();
    }
    let lets = policies.iter().filter(|p| !p.rules(Direction::Egress).is_empty());
    let by_name = lets.filter(|p| p.rules(Direction::Egress).into_iter().any(names_pods));
    let fault = |p: &NetworkPolicy<'_>| {
        let detail = format!(
            "{}: lets traffic out, but no policy of the namespace that was read allows port 53",
            p.object.title()
        );
        Fault::new(types_span(*p), detail, "allow 53/UDP and 53/TCP to the DNS pods in kube-system")
    };
    by_name.map(fault).collect()
}

/// Whether a rule goes to pods, which are found by names.
fn names_pods(rule: PolicyRule<'_>) -> bool {
    rule.peers().into_iter().any(|p| p.pods().is_some() || p.namespaces().is_some())
}

/// Words of a label that says that its pod is to be cut off.
const ISOLATED: &[&str] = &["quarantine", "quarantined", "isolate", "isolated"];

fn not_isolated(world: &World<'_>) -> Faults {
    neighbourhoods(world).iter().flat_map(not_isolated_in).collect()
}

fn not_isolated_in(here: &Neighbourhood<'_>) -> Faults {
    let marked = here.pods.iter().filter_map(|pod| Some((pod, quarantine(pod.template)?)));
    let mut marked = marked.peekable();
    if marked.peek().is_none() {
        return Faults::new();
    }
    let (inward, outward) = (here.closed_in(Direction::Ingress), here.closed_in(Direction::Egress));
    let open = |closed: &[bool], pod: &Neighbour<'_>| closed.get(pod.labels) == Some(&false);
    let open = marked.filter(|(pod, _)| open(&inward, pod) || open(&outward, pod));
    let fault = |(pod, label): (&Neighbour<'_>, Node<'_>)| {
        let detail = format!(
            "{}: {} is set, but no policy that was read selects it and covers both Ingress and Egress",
            pod.object.title(),
            label.path()
        );
        let help = "write a policy that selects the label, with policyTypes: [Ingress, Egress]";
        Fault::new(label.own_span(), detail, help)
    };
    open.map(fault).collect()
}

fn quarantine(template: PodTemplate<'_>) -> Option<Node<'_>> {
    let labels = template.metadata?.get("labels")?;
    let is = |key: &str| ISOLATED.contains(&key.rsplit('/').next().unwrap_or(key));
    let set = |n: Node<'_>| value::string(n).is_some_and(|v| v != "false");
    labels.entries().into_iter().find(|e| e.key.scalar().is_some_and(is) && set(e.value)).map(|e| e.value)
}
