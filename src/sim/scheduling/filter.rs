//! The scheduler's filters, in the order in which it runs them, and the kubelet's own for pods that name their node.
//!
//! kubernetes `pkg/scheduler/apis/config/v1/default_plugins.go` (the order), `pkg/scheduler/framework/plugins`
//! (`nodeunschedulable`, `tainttoleration`, `nodeaffinity`, `nodename`, `nodeports`, `noderesources`), `pkg/kubelet/lifecycle/predicate.go`.

use super::machine::Machine;
use super::request::Request;
use super::{ports, resources};
use crate::model::taint::{Taint, Toleration};
use crate::model::value;
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::kernel::PodView;
use crate::sim::world::World;

const AFFINITY: &str = "node(s) didn't match Pod's node affinity/selector";
/// What node affinity says that names no node at all.
pub(super) const CONFLICT: &str = "pod affinity terms conflict";
/// How the kubelet begins to say that a node has too little of something.
pub(super) const SHORT: &str = "Node didn't have enough resource: ";
const TAKEN: &str = "node(s) didn't have free ports for the requested pod ports";
const TAINTED: &str = "node(s) had untolerated taint(s)";
/// The kubelet's words for the same.
const INTOLERANT: &str = "node(s) had taints that the pod didn't tolerate";

/// Whether a pod can land on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It can.
    Lands,
    /// It cannot.
    Refused {
        /// The plug-in that refuses it.
        plugin: &'static str,
        /// The plug-in's own words, as the pod's events count them.
        words: Vec<String>,
        /// Why.
        why: Reason,
    },
    /// It hangs on what is not modelled.
    Unjudged(String),
}

fn refused(plugin: &'static str, words: &str, why: Reason) -> Fit {
    Fit::Refused { plugin, words: vec![words.to_owned()], why }
}

/// Judges one node.
pub(super) fn judge(world: &World, pod: &PodView<'_>, request: &Request<'_>, machine: &Machine<'_>) -> Fit {
    let named = pod.template.spec.get("nodeName").filter(|n| n.as_str().is_some_and(|t| !t.is_empty()));
    let found = match named {
        Some(named) => kubelet(world, pod, request, machine, named),
        None => scheduler(world, pod, request, machine),
    };
    found.unwrap_or(Fit::Lands)
}

/// A pod that names its node never sees the scheduler: the node's kubelet looks at resources, selectors and `NoExecute`
/// alone.
fn kubelet(
    world: &World,
    pod: &PodView<'_>,
    request: &Request<'_>,
    machine: &Machine<'_>,
    named: Node<'_>,
) -> Option<Fit> {
    let name = named.as_str().unwrap_or("");
    if name != machine.name {
        let text = format!("the pod names its node itself: `{name}`");
        return Some(refused(
            "NodeName",
            "node(s) didn't match the requested node name",
            Reason::at(text, named.own_span()),
        ));
    }
    fits(world, pod, request, machine, true)
        .or_else(|| affinity(request, machine))
        .or_else(|| ports(world, pod, machine))
        .or_else(|| taints(request, machine, |t| t.effect == "NoExecute", INTOLERANT))
}

fn scheduler(world: &World, pod: &PodView<'_>, request: &Request<'_>, machine: &Machine<'_>) -> Option<Fit> {
    chosen(request, machine)
        .or_else(|| unschedulable(request, machine))
        .or_else(|| taints(request, machine, Taint::repels, TAINTED))
        .or_else(|| affinity(request, machine))
        .or_else(|| ports(world, pod, machine))
        .or_else(|| fits(world, pod, request, machine, false))
        .or_else(|| beyond(world, pod, machine))
}

/// Affinity that names nodes is looked at before all filters.
fn chosen(request: &Request<'_>, machine: &Machine<'_>) -> Option<Fit> {
    let affinity = request.affinity?;
    let names = affinity.names()?;
    if names.contains(&machine.name.as_str()) {
        return None;
    }
    let words = if names.is_empty() { CONFLICT } else { "node(s) didn't satisfy plugin(s) [NodeAffinity]" };
    let text = "the pod's node affinity names other nodes".to_owned();
    Some(refused("NodeAffinity", words, Reason::at(text, affinity.node.own_span())))
}

fn unschedulable(request: &Request<'_>, machine: &Machine<'_>) -> Option<Fit> {
    let span = machine.unschedulable?;
    let taint = Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        value: String::new(),
        effect: "NoSchedule".to_owned(),
        span,
    };
    if request.tolerations.iter().any(|t| t.tolerates(&taint)) {
        return None;
    }
    let text = "it is cordoned: spec.unschedulable is true".to_owned();
    Some(refused("NodeUnschedulable", "node(s) were unschedulable", Reason::at(text, span)))
}

fn taints(
    request: &Request<'_>,
    machine: &Machine<'_>,
    counts: fn(&Taint) -> bool,
    words: &str,
) -> Option<Fit> {
    let tolerated = |taint: &Taint| request.tolerations.iter().any(|t| t.tolerates(taint));
    let taint = machine.taints.iter().filter(|t| counts(t)).find(|t| !tolerated(t))?;
    let concerning = |t: &&Toleration| t.concerns(taint);
    if let Some(compares) = request.tolerations.iter().filter(concerning).find(|t| t.compares()) {
        return Some(Fit::Unjudged(format!(
            "whether the operator {} counts in a toleration of `{}` depends on a feature gate",
            compares.operator, taint.key
        )));
    }
    let near =
        request.tolerations.iter().find(|t| !t.key.is_empty() && t.key == taint.key && t.span.is_some());
    let why = match near {
        Some(near) => {
            let differs = if near.concerns(taint) {
                format!("is of the value `{}`", near.value)
            } else {
                format!("is of the effect {}", near.effect)
            };
            let text = format!("it has the taint {taint}, and the pod's toleration of that key {differs}");
            Reason { text, span: near.span }
        }
        None => Reason::at(format!("it has the taint {taint}, which the pod does not tolerate"), taint.span),
    };
    Some(refused("TaintToleration", words, why))
}

fn affinity(request: &Request<'_>, machine: &Machine<'_>) -> Option<Fit> {
    for wanted in &request.selector {
        let has = machine.labels.get(wanted.key);
        if has.map(String::as_str) == Some(wanted.value) {
            continue;
        }
        let instead = match has {
            Some(other) => format!("its label `{}` is `{other}`", wanted.key),
            None => format!("it has no label `{}`", wanted.key),
        };
        let text = format!("{instead}, and {} asks for `{}: {}`", wanted.by, wanted.key, wanted.value);
        return Some(refused("NodeAffinity", AFFINITY, Reason::at(text, wanted.span)));
    }
    let selector = request.affinity?;
    let misses: Option<Vec<_>> = selector.terms().map(|t| t.miss(&machine.labels, &machine.name)).collect();
    // One term that fits is enough.
    let at = misses?.into_iter().next().unwrap_or(selector.node);
    let text = match at.get("key").and_then(value::string) {
        Some(key) => {
            let has = machine.labels.get(key).map_or("is not there".to_owned(), |v| format!("is `{v}`"));
            format!("no term of the pod's node affinity finds it: its label `{key}` {has}")
        }
        None => "a term of node affinity without requirements finds no node".to_owned(),
    };
    Some(refused("NodeAffinity", AFFINITY, Reason::at(text, at.own_span())))
}

/// Two pods cannot have one port of a node, unless they take it at two addresses.
fn ports(world: &World, pod: &PodView<'_>, machine: &Machine<'_>) -> Option<Fit> {
    let own = ports::of(pod);
    if own.is_empty() {
        return None;
    }
    let others = resources::bound(world, pod, &machine.name);
    let (port, other) = own.iter().find_map(|port| {
        let other = others.iter().find(|other| ports::of(other).iter().any(|p| p.meets(port)))?;
        Some((port, other))
    })?;
    let text = format!("its port {}/{} is taken by {}", port.number, port.protocol, other.key);
    Some(refused("NodePorts", TAKEN, Reason::at(text, port.span)))
}

/// What it asks for, and how many pods there are. A kubelet leaves out vendors' resources that its node does not have.
fn fits(
    world: &World,
    pod: &PodView<'_>,
    request: &Request<'_>,
    machine: &Machine<'_>,
    kubelet: bool,
) -> Option<Fit> {
    let has = machine.allocatable.as_ref()?;
    let namespace = Some(pod.key.namespace.as_str());
    if pod.template.spec.get("resources").is_some() {
        return Some(Fit::Unjudged("resources of a whole pod are not modelled".to_owned()));
    }
    let ranged = |o: &crate::model::Object<'_>| {
        o.kind() == Some("LimitRange") && o.namespace().or(Some("default")) == namespace
    };
    if world.objects().iter().any(ranged) {
        return Some(Fit::Unjudged("what a LimitRange adds to requests is not modelled here".to_owned()));
    }
    let others = resources::bound(world, pod, &machine.name);
    let mut wanted = resources::requests(pod.template, &request.overhead);
    if kubelet {
        wanted.retain(|name, _| has.contains_key(name) || !resources::is_foreign(name));
    }
    let short = resources::short(&wanted, &resources::taken(world, &others), &others, has);
    let first = short.first()?;
    let overhead = if request.overhead.is_empty() { "" } else { ", its class's overhead among it" };
    let span = pod.containers().find_map(|c| c.node.get("resources")).map_or(pod.span, Node::own_span);
    let why = if first.is_of_pods() {
        Reason::at(format!("{} pods are on it already, as many as it takes", others.len()), pod.span)
    } else {
        Reason::at(format!("it has too little {}{overhead}", first.name), span)
    };
    let words = short.iter().map(|s| if kubelet { s.kubelet() } else { s.scheduler() }).collect();
    Some(Fit::Refused { plugin: "NodeResourcesFit", words, why })
}

/// What decides after these filters and is not modelled: other pods, topologies, volumes that live on one node, devices.
fn beyond(world: &World, pod: &PodView<'_>, machine: &Machine<'_>) -> Option<Fit> {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    let spec = pod.template.spec;
    let filled = |spec: Node<'_>, kind: &str| {
        spec.at(&["affinity", kind, REQUIRED]).is_some_and(|n| n.items().len() > 0)
    };
    for kind in ["podAffinity", "podAntiAffinity"] {
        if filled(spec, kind) {
            return Some(Fit::Unjudged(format!("what a required {kind} finds is not modelled")));
        }
    }
    let spreads = spec.get("topologySpreadConstraints").and_then(value::list);
    let hard = |n: &Node<'_>| n.get("whenUnsatisfiable").and_then(Node::as_str) != Some("ScheduleAnyway");
    if spreads.into_iter().flat_map(Node::items).any(|n| hard(&n)) {
        return Some(Fit::Unjudged(
            "topologySpreadConstraints with DoNotSchedule are not modelled".to_owned(),
        ));
    }
    if resources::bound(world, pod, &machine.name).iter().any(|p| filled(p.template.spec, "podAntiAffinity"))
    {
        return Some(Fit::Unjudged(
            "what the podAntiAffinity of another pod keeps away is not modelled".to_owned(),
        ));
    }
    if spec.get("resourceClaims").is_some_and(|n| n.items().len() > 0) {
        return Some(Fit::Unjudged("resourceClaims are not modelled".to_owned()));
    }
    let claims = pod.template.volumes().any(|v| v.kind() == "persistentVolumeClaim");
    let local = |o: &crate::model::Object<'_>| {
        o.kind() == Some("PersistentVolume") && o.node.at(&["spec", "nodeAffinity"]).is_some()
    };
    if claims && world.objects().iter().any(local) {
        return Some(Fit::Unjudged("volumes that only some nodes reach are not modelled".to_owned()));
    }
    None
}
