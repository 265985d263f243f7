//! What a pod asks of a node, after the `RuntimeClass` admission plug-in has seen it.
//!
//! kubernetes `plugin/pkg/admission/runtimeclass/admission.go` (`setOverhead`, `setScheduling`, `validateOverhead`),
//! `plugin/pkg/admission/defaulttolerationseconds`, `pkg/controller/daemon/util` (`AddOrUpdateDaemonPodTolerations`).

use std::collections::BTreeMap;

use crate::model::node_selector::NodeSelector;
use crate::model::taint::Toleration;
use crate::model::{Object, Quantity, value};
use crate::parse::Node;
use crate::sim::kernel::PodView;
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};
use crate::text::Span;

/// Quantities by the name of their resource.
pub type Amounts = BTreeMap<String, Quantity>;

/// The taints of broken nodes that every pod tolerates, for a while at least.
pub(in crate::sim) const BROKEN: [&str; 2] =
    ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/// The taints that the pods of a DaemonSet tolerate.
pub(in crate::sim) const OF_DAEMONS: &[(&str, &str)] = &[
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// One more, of those that share their node's network.
pub(in crate::sim) const OF_NETWORK: (&str, &str) = ("node.kubernetes.io/network-unavailable", "NoSchedule");

/// A pod's `RuntimeClass`.
#[derive(Clone, Debug)]
pub struct Class<'w> {
    /// Its name.
    pub name: &'w str,
    /// The handler that it stands for.
    pub handler: &'w str,
    /// Where the handler is named.
    pub handler_span: Span,
    /// Where the pod names the class.
    pub named: Span,
}

/// A label that the node must have.
#[derive(Clone, Debug)]
pub struct Wanted<'w> {
    /// Its key.
    pub key: &'w str,
    /// Its value.
    pub value: &'w str,
    /// Where it is asked for.
    pub span: Span,
    /// Who asks.
    pub by: String,
}

/// What a pod asks of a node.
#[derive(Clone, Debug)]
pub struct Request<'w> {
    /// `nodeSelector`, the class's merged into the pod's.
    pub selector: Vec<Wanted<'w>>,
    /// Required node affinity.
    pub affinity: Option<NodeSelector<'w>>,
    /// Its tolerations, with those of the class and those that the control plane adds.
    pub tolerations: Vec<Toleration>,
    /// What its class says that it costs beside its containers.
    pub overhead: Amounts,
    /// Its class.
    pub class: Option<Class<'w>>,
}

impl<'w> Request<'w> {
    /// What a pod asks, or the API server's refusal.
    pub fn of(world: &'w World, pod: &PodView<'w>) -> Result<Self, Verdict> {
        let spec = pod.template.spec;
        let mut request = Self {
            selector: pairs(spec.get("nodeSelector"), "the pod's nodeSelector"),
            affinity: spec
                .at(&["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"])
                .and_then(value::mapping)
                .map(|node| NodeSelector { node }),
            tolerations: items(spec, "tolerations").map(Toleration::of).collect(),
            overhead: Amounts::new(),
            class: None,
        };
        let class = match spec.get("runtimeClassName") {
            Some(named) => Some(find(world, pod, named)?),
            None => None,
        };
        request.price(pod, class.map(|(class, _)| class))?;
        if let Some((object, named)) = class {
            request.merge(pod, object)?;
            let handler = object.node.get("handler");
            request.class = Some(Class {
                name: object.name().unwrap_or(""),
                handler: handler.and_then(value::string).unwrap_or(""),
                handler_span: handler.map_or(object.kind_span(), Node::own_span),
                named: named.own_span(),
            });
        }
        request.defaults(pod);
        Ok(request)
    }

    /// The class's `scheduling`: its selector must not contradict the pod's, its tolerations are added.
    fn merge(&mut self, pod: &PodView<'w>, class: Object<'w>) -> Result<(), Verdict> {
        let Some(scheduling) = class.node.get("scheduling") else { return Ok(()) };
        let by = format!("RuntimeClass `{}`", class.name().unwrap_or(""));
        for wanted in pairs(scheduling.get("nodeSelector"), &by) {
            let (key, value) = (wanted.key, wanted.value);
            match self.selector.iter().find(|own| own.key == key) {
                Some(own) if own.value != value => {
                    let said = format!(
                        "conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; pod.spec.nodeSelector[{key}] = {}",
                        own.value
                    );
                    let text = format!(
                        "the API server refuses the pod: its nodeSelector says `{key}: {}` and {by} says `{key}: {value}`",
                        own.value
                    );
                    return Err(forbidden(pod, Reason::at(text, own.span), &said)
                        .and(Reason::at(format!("{by} asks for `{key}: {value}`"), wanted.span)));
                }
                Some(_) => {}
                None => self.selector.push(wanted),
            }
        }
        self.tolerations.extend(items(scheduling, "tolerations").map(Toleration::of));
        Ok(())
    }

    /// The class's `overhead` becomes the pod's, which may not say otherwise itself.
    fn price(&mut self, pod: &PodView<'w>, class: Option<Object<'w>>) -> Result<(), Verdict> {
        let own = pod.template.spec.get("overhead").filter(|n| !n.entries().is_empty());
        let refuse = |node: Node<'_>, said: &str| {
            let text = format!("the API server refuses the pod: {said}");
            Err(forbidden(pod, Reason::at(text, node.own_span()), &format!("pod rejected: {said}")))
        };
        let overhead = class.and_then(|c| c.node.get("overhead"));
        let Some(overhead) = overhead else {
            return match own {
                Some(node) => {
                    refuse(node, "Pod Overhead set without corresponding RuntimeClass defined Overhead")
                }
                None => Ok(()),
            };
        };
        self.overhead = amounts(overhead.get("podFixed"));
        match own {
            Some(node) if amounts(Some(node)) != self.overhead => {
                refuse(node, "Pod's Overhead doesn't match RuntimeClass's defined Overhead")
            }
            _ => Ok(()),
        }
    }

    /// What the control plane adds to every pod, and to the pods of a `DaemonSet`.
    fn defaults(&mut self, pod: &PodView<'w>) {
        for key in BROKEN {
            let known = self.tolerations.iter().any(|t| {
                (t.key.is_empty() || t.key == key) && (t.effect.is_empty() || t.effect == "NoExecute")
            });
            if !known {
                self.tolerations.push(Toleration::added(key, "NoExecute"));
            }
        }
        if pod.key.kind == "DaemonSet" {
            self.tolerations.extend(OF_DAEMONS.iter().map(|(key, effect)| Toleration::added(key, effect)));
            if !pod.own_network() {
                self.tolerations.push(Toleration::added(OF_NETWORK.0, OF_NETWORK.1));
            }
        }
    }
}

/// The class that a pod names, and where it names it.
fn find<'w>(world: &'w World, pod: &PodView<'w>, named: Node<'w>) -> Result<(Object<'w>, Node<'w>), Verdict> {
    let name = named.as_str().unwrap_or("");
    let class = world.object("RuntimeClass", None, name).filter(|o| o.group() == Some("node.k8s.io"));
    class.map(|class| (class, named)).ok_or_else(|| {
        let text = format!("the pod needs the RuntimeClass `{name}`, which is not there");
        let said = format!("pod rejected: RuntimeClass \"{name}\" not found");
        forbidden(pod, Reason::at(text, named.own_span()), &said)
    })
}

fn forbidden(pod: &PodView<'_>, why: Reason, said: &str) -> Verdict {
    Verdict::denied(why).evidence(format!("pods \"{}\" is forbidden: {said}", pod.key.name))
}

fn items<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
    node.get(key).and_then(value::list).into_iter().flat_map(Node::items)
}

fn pairs<'w>(node: Option<Node<'w>>, by: &str) -> Vec<Wanted<'w>> {
    let entries = node.map(Node::entries).unwrap_or_default().into_iter();
    let wanted = entries.filter_map(|e| {
        let (key, value) = (e.key.scalar()?, e.value.as_str().unwrap_or(""));
        Some(Wanted { key, value, span: e.value.own_span(), by: by.to_owned() })
    });
    wanted.collect()
}

/// The quantities of a mapping of resources.
pub(super) fn amounts(node: Option<Node<'_>>) -> Amounts {
    let entries = node.map(Node::entries).unwrap_or_default().into_iter();
    entries.filter_map(|e| Some((e.key.scalar()?.to_owned(), Quantity::of(e.value)?))).collect()
}
