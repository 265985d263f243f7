//! Network policies that open more than their author meant: what each says by itself.

use std::net::{IpAddr, Ipv4Addr};

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::Subject;
use crate::model::network_policy::{Direction, NetworkPolicy, Peer, PolicyRule};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("policy.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "network-policy-allow-all",
        Severity::High,
        "policy has a rule that allows everything",
        DOC,
        Rule::Document(&[Subject::NetworkPolicy], allow_all),
    )
    .lessons(&[16, 31])
    .technique("T1046"),
    Check::new(
        "network-policy-metadata-egress-open",
        Severity::High,
        "egress reaches the cloud metadata service",
        DOC,
        Rule::Document(&[Subject::NetworkPolicy], metadata_open),
    )
    .aliases(&["C-0052"])
    .lessons(&[31])
    .technique("T1552.005"),
    Check::new(
        "network-policy-no-selector",
        Severity::Medium,
        "policy opens ports of every pod to everybody",
        DOC,
        Rule::Document(&[Subject::NetworkPolicy], no_selector),
    )
    .aliases(&["KSV-0038"])
    .lessons(&[16])
    .technique("T1046"),
    Check::new(
        "network-policy-peer-and-or-trap",
        Severity::High,
        "namespace and pod selectors are alternatives",
        DOC,
        Rule::Document(&[Subject::NetworkPolicy], and_or),
    )
    .lessons(&[16])
    .technique("T1046")
    .confidence(Confidence::Likely),
];

fn policy<'t>(case: &DocumentCase<'t>) -> Option<NetworkPolicy<'t>> {
    NetworkPolicy::new(case.object)
}

fn allow_all(case: &DocumentCase<'_>) -> Faults {
    let rules = policy(case).map(NetworkPolicy::all_rules).unwrap_or_default();
    rules.into_iter().filter_map(opens_everything).collect()
}

fn opens_everything(rule: PolicyRule<'_>) -> Option<Fault> {
    if !rule.lets_every_port() {
        return None;
    }
    let help = "name the peers and the ports that are needed";
    let peers = rule.peers();
    if peers.is_empty() {
        return Some(Fault::at(
            rule.node,
            "names no peer and narrows no port, so it allows everything",
            help,
        ));
    }
    let cidr = peers.into_iter().find(|p| p.is_everywhere()).and_then(Peer::cidr)?;
    Some(Fault::at(cidr, "is every address, and the rule narrows no port", help))
}

/// The address at which clouds hand out a node's credentials.
const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

fn metadata_open(case: &DocumentCase<'_>) -> Faults {
    let rules = policy(case).map(|p| p.rules(Direction::Egress)).unwrap_or_default();
    let rules = rules.into_iter().filter(|r| r.lets("TCP", 80) && opens_everything(*r).is_none());
    rules.flat_map(metadata_of).collect()
}

fn metadata_of(rule: PolicyRule<'_>) -> Faults {
    let peers = rule.peers();
    if peers.is_empty() {
        let says = "names no peer, so port 80 of 169.254.169.254, the cloud's metadata service, is among it";
        return vec![Fault::at(
            rule.node,
            says,
            "add to with the destinations, or a block with 169.254.169.254/32 in except",
        )];
    }
    let cidrs = peers.into_iter().filter(|p| p.holds(METADATA)).filter_map(Peer::cidr);
    let help = |cidr: Node<'_>| match cidr.scalar() {
        Some("169.254.169.254/32") => "remove the block; give the pod an identity of its own with the cloud",
        _ => "add 169.254.169.254/32 to except, in each rule that holds it",
    };
    cidrs.map(|c| Fault::at(c, "holds 169.254.169.254, the cloud's metadata service", help(c))).collect()
}

fn and_or(case: &DocumentCase<'_>) -> Faults {
    let rules = policy(case).map(NetworkPolicy::all_rules).unwrap_or_default();
    rules.into_iter().flat_map(|rule| separate(&rule.peers())).collect()
}

/// Peers of namespaces alone beside peers of chosen pods alone.
fn separate(peers: &[Peer<'_>]) -> Faults {
    let chosen = |p: &&Peer<'_>| p.namespaces().is_none() && p.pods().is_some_and(|s| !s.is_empty());
    let Some(pods) = peers.iter().find(chosen) else { return Faults::new() };
    let alone = peers.iter().filter(|p| p.pods().is_none() && p.namespaces().is_some());
    let says = "is an alternative of its own: every pod of those namespaces, whatever its labels";
    let help = "write both selectors into one item, without the second dash, or leave this one out";
    alone
        .map(|p| Fault::at(p.node, says, help).related(pods.node.own_span(), "these pods are meant, too"))
        .collect()
}

fn no_selector(case: &DocumentCase<'_>) -> Faults {
    let Some(policy) = policy(case).filter(|p| p.selects_all()) else { return Faults::new() };
    let open = |rule: PolicyRule<'_>| {
        let peers = rule.peers();
        if peers.is_empty() && !rule.ports().is_empty() {
            let says = "names ports and no peer: everybody reaches them on every pod of the namespace";
            return Some(Fault::at(rule.node, says, "add from with a selector, or narrow podSelector"));
        }
        let all = peers.into_iter().find(|peer| peer.is_every_pod())?;
        let says = "is every pod of every namespace: all of them reach every pod of this one";
        Some(Fault::at(all.node, says, "name the namespaces in namespaceSelector, or narrow podSelector"))
    };
    policy.rules(Direction::Ingress).into_iter().filter_map(open).collect()
}
