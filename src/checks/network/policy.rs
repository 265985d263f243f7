//! Network policies that open more, or less, than their author meant: a check each, over one view.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule, World};
use crate::model::network_policy::{Direction, NetworkPolicy, Peer, PolicyRule, Selector};
use crate::model::{Object, PodTemplate, Subject, template_of, value};
use crate::parse::Node;
use crate::text::{Severity, Span};

const DOC: &str = include_str!("policy.md");

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
        "network-policy-allow-all",
        Severity::High,
        "policy has a rule that allows everything",
        DOC,
        Rule::Document(&[Subject::NetworkPolicy], allow_all),
    )
    .lessons(&[16, 31])
    .technique("T1046"),
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
        "network-policy-metadata-egress-open",
        Severity::High,
        "egress reaches the cloud metadata service",
        DOC,
        Rule::Document(&[Subject::NetworkPolicy], metadata_open),
    )
    .aliases(&["C-0052"])
    .lessons(&[31])
    .technique("T1552.005")
    .yields_to(&["network-policy-allow-all"]),
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
    Check::new(
        "network-policy-peer-selects-nothing",
        Severity::Medium,
        "peer selects no pod",
        DOC,
        Rule::Document(&[Subject::NetworkPolicy], peer_selects_nothing),
    )
    .aliases(&["dangling-networkpolicypeer-podselector"])
    .lessons(&[16])
    .confidence(Confidence::Contextual),
];

fn policy<'t>(case: &DocumentCase<'t>) -> Option<NetworkPolicy<'t>> {
    NetworkPolicy::new(case.object)
}

/// Where a policy says what it covers.
fn types_span(policy: NetworkPolicy<'_>) -> Span {
    let types = policy.spec.get("policyTypes");
    types.map_or_else(|| policy.spec.missing("policyTypes").span, Node::own_span)
}

fn allow_all(case: &DocumentCase<'_>) -> Faults {
    let rules = policy(case).map(NetworkPolicy::all_rules).unwrap_or_default();
    rules.into_iter().filter_map(opens_everything).collect()
}

fn opens_everything(rule: PolicyRule<'_>) -> Option<Fault> {
    if !rule.ports().is_empty() {
        return None;
    }
    let help = "name the peers and the ports that are needed";
    let peers = rule.peers();
    if peers.is_empty() {
        return Some(Fault::at(rule.node, "names no peer and no port, so it allows everything", help));
    }
    let cidr = peers.into_iter().find(|p| p.is_everywhere()).and_then(Peer::cidr)?;
    Some(Fault::at(cidr, "is every address, and the rule names no port", help))
}

/// The address at which clouds hand out a node's credentials.
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

fn metadata_open(case: &DocumentCase<'_>) -> Faults {
    let rules = policy(case).map(|p| p.rules(Direction::Egress)).unwrap_or_default();
    let rules = rules.into_iter().filter(|r| r.lets("TCP", 80));
    let cidrs = rules.flat_map(PolicyRule::peers).filter(|p| p.holds(METADATA)).filter_map(Peer::cidr);
    let help = "add 169.254.0.0/16 to except, in each rule that holds it";
    cidrs.map(|c| Fault::at(c, "holds 169.254.169.254, the cloud's metadata service", help)).collect()
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
    let open = policy.rules(Direction::Ingress).into_iter();
    let open = open.filter(|r| r.peers().is_empty() && !r.ports().is_empty());
    let says = "names ports and no peer: everybody reaches them on every pod of the namespace";
    open.map(|r| Fault::at(r.node, says, "add from with a selector, or narrow podSelector")).collect()
}

/// The policies, by namespace.
fn by_namespace<'t>(world: &World<'t>) -> BTreeMap<&'t str, Vec<NetworkPolicy<'t>>> {
    let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for policy in world.objects.iter().copied().filter_map(NetworkPolicy::new) {
        out.entry(policy.object.namespace().unwrap_or("default")).or_default().push(policy);
    }
    out
}

fn egress_open(world: &World<'_>) -> Faults {
    by_namespace(world).values().flat_map(|policies| egress_open_in(world, policies)).collect()
}

fn egress_open_in(world: &World<'_>, policies: &[NetworkPolicy<'_>]) -> Faults {
    let Some(first) = policies.first() else { return Faults::new() };
    let pods = world.pods_beside(first.object);
    let (closing, open): (Vec<&NetworkPolicy<'_>>, Vec<_>) =
        policies.iter().partition(|p| p.covers(Direction::Egress));
    if closing.iter().any(|p| p.selects_all()) {
        return Faults::new();
    }
    let pods = pods.iter().map(|(object, template)| (*object, template.labels()));
    let loose: Vec<_> =
        pods.filter(|(_, labels)| closing.iter().all(|p| p.selects(labels) == Some(false))).collect();
    open.into_iter().filter_map(|policy| egress_of(*policy, &loose)).collect()
}

/// A pod with its labels.
type Labelled<'t> = (Object<'t>, Vec<(&'t str, &'t str)>);

/// The first of the pods with open egress that `policy` selects.
fn egress_of(policy: NetworkPolicy<'_>, loose: &[Labelled<'_>]) -> Option<Fault> {
    let (pod, _) = loose.iter().find(|(_, labels)| policy.selects(labels) == Some(true))?;
    let detail = format!(
        "{}: covers Ingress only, and no policy that was read covers the egress of {}",
        policy.object.title(),
        pod.title()
    );
    Some(Fault::new(
        types_span(policy),
        detail,
        "add a policy with policyTypes: [Egress] and the destinations",
    ))
}

fn peer_selects_nothing(case: &DocumentCase<'_>) -> Faults {
    let pods = case.world.pods_beside(case.object);
    let Some(policy) = policy(case).filter(|_| !pods.is_empty()) else { return Faults::new() };
    let peers = policy.all_rules().into_iter().flat_map(PolicyRule::peers);
    let selectors = peers.filter(|p| p.namespaces().is_none()).filter_map(Peer::pods);
    let none = |s: &Selector<'_>| pods.iter().all(|(_, t)| s.matches(&t.labels()) == Some(false));
    let says =
        "fits no pod or workload that was read beside it, and without a namespaceSelector it means those";
    let help = "correct the labels, or add a namespaceSelector to the same item";
    selectors.filter(none).map(|s| Fault::at(s.node, says, help)).collect()
}

fn dns_missing(world: &World<'_>) -> Faults {
    by_namespace(world).values().flat_map(|policies| dns_missing_in(policies)).collect()
}

/// Policies that let something out, in a namespace that is closed for all pods and where none lets names be asked. Where
/// the policy that closes it was not read, the one for DNS may lie beside that.
fn dns_missing_in(policies: &[NetworkPolicy<'_>]) -> Faults {
    let lets_dns = |p: &NetworkPolicy<'_>| {
        p.rules(Direction::Egress).into_iter().any(|r| r.lets("UDP", 53) || r.lets("TCP", 53))
    };
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
    let policies = by_namespace(world);
    let mut faults = Faults::new();
    for object in &world.objects {
        let Some(label) = template_of(*object).and_then(quarantine) else { continue };
        let beside = policies.get(object.namespace().unwrap_or("default")).map_or(&[][..], Vec::as_slice);
        let labels = template_of(*object).map(PodTemplate::labels).unwrap_or_default();
        let closes = |d| beside.iter().any(|p| p.covers(d) && p.selects(&labels) != Some(false));
        if beside.is_empty() || (closes(Direction::Ingress) && closes(Direction::Egress)) {
            continue;
        }
        let detail = format!(
            "{}: {} is set, but no policy that was read selects it and covers both Ingress and Egress",
            object.title(),
            label.path()
        );
        let help = "write a policy that selects the label, with policyTypes: [Ingress, Egress]";
        faults.push(Fault::new(label.own_span(), detail, help));
    }
    faults
}

fn quarantine(template: PodTemplate<'_>) -> Option<Node<'_>> {
    let labels = template.metadata?.get("labels")?;
    let is = |key: &str| ISOLATED.contains(&key.rsplit('/').next().unwrap_or(key));
    let set = |n: Node<'_>| value::string(n).is_some_and(|v| v != "false");
    labels.entries().into_iter().find(|e| e.key.scalar().is_some_and(is) && set(e.value)).map(|e| e.value)
}
