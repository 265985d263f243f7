//! The nodes of a world and which of them a pod can land on; and what starts it there.
//!
//! kubernetes `pkg/scheduler/framework/types.go` (`FitError`), `pkg/kubelet/userns/userns_manager.go`, containerd
//! `internal/cri/server/sandbox_run.go`.

use std::collections::BTreeMap;

use super::filter::{CONFLICT, Fit, SHORT, judge};
use super::machine::Machine;
use super::refusal::pod_refusals;
use super::request::{Class, Request};
use crate::parse::Node;
use crate::sim::kernel::PodView;
use crate::sim::world::{Boundary, Host, Runtime, World};
use crate::sim::{Reason, Verdict};

/// How many nodes are named one by one where a pod finds no place.
const SHOWN: usize = 8;

/// A node, and whether the pod can land there.
#[derive(Clone, Debug)]
pub struct Landing<'w> {
    /// The node.
    pub machine: Machine<'w>,
    /// Whether it can.
    pub fit: Fit,
}

/// Every node of the world, judged for one pod.
#[derive(Clone, Debug)]
pub struct Landings<'w> {
    /// What the pod asks.
    pub request: Request<'w>,
    /// The nodes, in the order of the world's files.
    pub nodes: Vec<Landing<'w>>,
    /// The pod.
    pub pod: PodView<'w>,
}

/// Judges every node; the verdict that keeps the pod from all of them otherwise: the API server's, or the scheduler's who
/// never looks at it.
pub fn landings<'w>(world: &'w World, pod: &PodView<'w>) -> Result<Landings<'w>, Verdict> {
    if let Some(refused) = pod_refusals(pod.template).into_iter().next().map(|fault| fault.reason) {
        let evidence = format!("The {} is invalid: {}", pod.key.kind, refused.text);
        let text = format!("the API server refuses the pod: {}", refused.text);
        return Err(Verdict::denied(Reason { text, span: refused.span }).evidence(evidence));
    }
    let request = Request::of(world, pod)?;
    let spec = pod.template.spec;
    if let Some(gate) = spec.get("schedulingGates").and_then(|g| g.items().next()) {
        let text = "schedulingGates keep the pod from every node until somebody lifts them";
        return Err(Verdict::denied(Reason::at(text, gate.own_span())).evidence("SchedulingGated"));
    }
    let other = |node: &Node<'_>| node.as_str().is_some_and(|n| !["default-scheduler", ""].contains(&n));
    if let Some(node) = spec.get("schedulerName").filter(|n| other(n) && spec.get("nodeName").is_none()) {
        let name = node.as_str().unwrap_or("");
        let text = format!("there is no scheduler `{name}`, so that the pod waits for ever");
        return Err(Verdict::denied(Reason::at(text, node.own_span())).evidence("Pending"));
    }
    let nodes = Machine::all(world).into_iter().map(|machine| {
        let fit = judge(world, pod, &request, &machine);
        Landing { machine, fit }
    });
    Ok(Landings { nodes: nodes.collect(), request, pod: pod.clone() })
}

impl<'w> Landings<'w> {
    /// The nodes that it can land on.
    pub fn places(&self) -> impl Iterator<Item = &Machine<'w>> {
        self.nodes.iter().filter(|n| n.fit == Fit::Lands).map(|n| &n.machine)
    }

    /// What keeps the whole from being judged.
    pub fn unjudged(&self) -> Option<Verdict> {
        self.nodes.iter().find_map(|n| match &n.fit {
            Fit::Unjudged(why) => Some(Verdict::unmodelled(why.clone())),
            _ => None,
        })
    }

    /// Why each node refuses it, in the order of the nodes.
    pub fn refusals(&self) -> impl Iterator<Item = Reason> {
        self.nodes.iter().filter_map(|n| match &n.fit {
            Fit::Refused { plugin, why, .. } => Some(Reason {
                text: format!("node `{}` ({plugin}): {}", n.machine.name, why.text),
                span: why.span,
            }),
            _ => None,
        })
    }

    /// The scheduler's own sentence about the nodes that refuse it.
    pub fn event(&self) -> String {
        if let Some(name) = self.pod.template.spec.get("nodeName").and_then(Node::as_str) {
            let words = self.nodes.iter().filter(|n| n.machine.name == name).find_map(|n| match &n.fit {
                Fit::Refused { plugin, words, .. } => Some((*plugin, words.first()?)),
                _ => None,
            });
            return words.map_or_else(
                || format!("Pending: no kubelet is called {name}"),
                |(plugin, words)| match words.strip_prefix(SHORT) {
                    Some(_) => words.clone(),
                    None => format!("Predicate {plugin} failed: {words}"),
                },
            );
        }
        if self.nodes.is_empty() {
            return "no nodes available to schedule pods".to_owned();
        }
        // What is refused before any node is looked at is said once (`PreFilterMsg`).
        let conflict = self.nodes.iter().all(
            |n| matches!(&n.fit, Fit::Refused { words, .. } if words.iter().any(|word| word == CONFLICT)),
        );
        if conflict {
            return format!("0/{} nodes are available: {CONFLICT}.", self.nodes.len());
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for landing in &self.nodes {
            if let Fit::Refused { words, .. } = &landing.fit {
                for word in words {
                    *counts.entry(word).or_default() += 1;
                }
            }
        }
        let mut said: Vec<String> =
            counts.into_iter().map(|(word, count)| format!("{count} {word}")).collect();
        said.sort();
        format!("0/{} nodes are available: {}.", self.nodes.len(), said.join(", "))
    }

    /// The refusal of a pod that no node takes.
    pub fn nowhere(&self) -> Verdict {
        let named = self.pod.template.spec.get("nodeName");
        if let Some((name, node)) = named.and_then(|n| Some((n.as_str()?, n)))
            && !self.nodes.iter().any(|n| n.machine.name == name)
        {
            let text = format!("there is no node `{name}`");
            return Verdict::denied(Reason::at(text, node.own_span())).evidence(self.event());
        }
        let mut reasons = self.refusals();
        let Some(first) = reasons.next() else {
            return Verdict::unmodelled("the world has no Node that the pod could land on");
        };
        let waits = format!("the pod waits for ever: {}", first.text);
        let verdict = Verdict::denied(Reason { text: waits, span: first.span });
        reasons.take(SHOWN).fold(verdict, Verdict::and).evidence(self.event())
    }

    /// What stands between the pod and the node's kernel, once the node's runtime has started it.
    pub fn starts(&self, machine: &Machine<'w>) -> Result<Boundary, Verdict> {
        let Some(class) = &self.request.class else { return Ok(Boundary::Shared) };
        match machine.has_handler(class.handler) {
            Some(true) => {}
            Some(false) => return Err(no_handler(machine, class)),
            None => {
                return Err(Verdict::unmodelled(format!(
                    "the world does not say which handlers node `{}` has",
                    machine.name
                )));
            }
        }
        let handlers = machine.host.and_then(|h| h.handlers.as_ref()).into_iter().flatten();
        let known = handlers.into_iter().find(|h| h.name == class.handler);
        let Some(handler) = known else {
            // A handler that containerd has by itself, or one that only the node's status names.
            return if machine.host.is_some() {
                Ok(Boundary::Shared)
            } else {
                Err(Verdict::unmodelled(format!("what the handler `{}` starts is not known", class.handler)))
            };
        };
        let users = self.pod.settings().host_users();
        if users.value == Some(false) && !handler.user_namespaces {
            let text = format!(
                "hostUsers is false, and the handler `{}` of node `{}` has no user namespaces: the kubelet refuses the pod",
                class.handler, machine.name
            );
            return Err(Verdict::denied(Reason::at(text, users.span())).evidence(format!(
                "Warning  FailedCreatePodSandBox  RuntimeClass handler {:?} does not support user namespaces",
                class.handler
            )));
        }
        Ok(handler.boundary)
    }
}

/// The pod has its node and never starts: the runtime there has no such handler.
fn no_handler(machine: &Machine<'_>, class: &Class<'_>) -> Verdict {
    let (name, handler) = (class.name, class.handler);
    let text = format!(
        "the pod lands on node `{}`, whose runtime has no handler `{handler}`: it waits in ContainerCreating",
        machine.name
    );
    let crio = machine.host.is_some_and(|h| h.runtime == Runtime::Crio);
    let said = if crio {
        format!("failed to find runtime handler {handler} from runtime list")
    } else {
        format!("unable to get OCI runtime for sandbox: no runtime for {handler:?} is configured")
    };
    Verdict::denied(Reason::at(text, class.handler_span))
        .and(Reason::at(format!("the pod names the RuntimeClass `{name}`"), class.named))
        .evidence(format!("Warning  FailedCreatePodSandBox  Failed to create pod sandbox: {said}"))
}

/// The node that a pod lands on, and what starts it there: the node that the question names, else the first that takes it.
pub(crate) fn lands<'w>(world: &'w World, pod: &PodView<'w>) -> Result<(&'w Host, Boundary), Verdict> {
    let landings = landings(world, pod)?;
    if let Some(verdict) = landings.unjudged() {
        return Err(verdict);
    }
    let asked = |m: &&Machine<'_>| pod.node.as_ref().is_none_or(|n| *n == m.name);
    let Some(machine) = landings.places().find(asked) else { return Err(landings.nowhere()) };
    let host = machine
        .host
        .ok_or_else(|| Verdict::unmodelled(format!("the world has no facts of node `{}`", machine.name)))?;
    Ok((host, landings.starts(machine)?))
}

/// The pod on each node that it can land on; itself where that is one, or none.
pub fn spread<'w>(world: &'w World, pod: PodView<'w>) -> Vec<PodView<'w>> {
    let names: Vec<String> =
        landings(world, &pod).map(|l| l.places().map(|m| m.name.clone()).collect()).unwrap_or_default();
    if names.len() < 2 {
        return vec![pod];
    }
    names.into_iter().map(|name| PodView { node: Some(name), ..pod.clone() }).collect()
}
