//! Services: which pods stand behind one, on which port, and what policies say on the way to them.
//!
//! kubernetes `staging/src/k8s.io/endpointslice` (`reconciler.go`, `utils.go` `FindPort`): a pod without the named port is
//! no endpoint of it, nor is one that has ended. The connection is judged on the pod's port, as it arrives there.

use super::ask::{End, Protocol, Question};
use super::end::Pod;
use super::{EGRESS, Network};
use crate::model::cidr::address_of;
use crate::model::{Object, value};
use crate::parse::{Kind, Node};
use crate::sim::{Answer, Reason, Verdict};
use crate::text::Span;
use std::net::IpAddr;

/// A Service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) namespace: String,
    pub(super) name: String,
    span: Span,
    form: Form,
    ports: Vec<Port>,
    /// Its cluster addresses.
    pub(super) addresses: Vec<IpAddr>,
    /// The pods that its selector finds.
    pub(super) pods: Vec<u32>,
}

/// How it finds its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// By its selector, behind an address of its own.
    Cluster,
    /// By its selector, and by name alone.
    Headless,
    /// It is another name for something outside.
    External,
    /// Somebody else writes its endpoints.
    Bare,
    /// It has endpoints on the client's own node alone.
    Local,
}

#[derive(Debug)]
struct Port {
    number: u16,
    protocol: Protocol,
    target: Target,
    span: Span,
}

#[derive(Debug)]
enum Target {
    Number(u16),
    Named(String),
}

impl Service {
    /// The Service that an object is; `None` where it has no name.
    pub(super) fn new(object: Object<'_>) -> Option<Self> {
        let spec = object.node.get("spec");
        let get = |key: &str| spec.and_then(|s| s.get(key));
        let text = |key: &str| get(key).and_then(value::string);
        let several = get("clusterIPs").and_then(value::list).into_iter().flat_map(Node::items);
        let addresses = get("clusterIP").into_iter().chain(several).filter_map(value::string);
        let form = if text("type") == Some("ExternalName") {
            Form::External
        } else if selector(object).is_empty() {
            Form::Bare
        } else if text("internalTrafficPolicy") == Some("Local") {
            Form::Local
        } else if text("clusterIP") == Some("None") {
            Form::Headless
        } else {
            Form::Cluster
        };
        let ports = get("ports").and_then(value::list).into_iter().flat_map(Node::items);
        Some(Self {
            namespace: object.namespace().unwrap_or("default").to_owned(),
            name: object.name()?.to_owned(),
            span: object.kind_span(),
            form,
            ports: ports.filter_map(port).collect(),
            addresses: addresses.filter_map(address_of).collect(),
            pods: Vec::new(),
        })
    }

    /// `shop/service/db`.
    pub(super) fn title(&self) -> String {
        format!("{}/service/{}", self.namespace, self.name)
    }
}

/// The labels that its pods have; none where it selects nobody.
pub(super) fn selector(object: Object<'_>) -> Vec<(&str, &str)> {
    let node = object.node.at(&["spec", "selector"]).filter(|s| s.kind() == Kind::Map);
    let entries = node.map(Node::entries).unwrap_or_default();
    entries.into_iter().filter_map(|e| Some((e.key.scalar()?, value::string(e.value)?))).collect()
}

fn port(node: Node<'_>) -> Option<Port> {
    let read = |n: Node<'_>| value::integer(n).and_then(|n| u16::try_from(n).ok()).filter(|n| *n > 0);
    let number = node.get("port").and_then(read)?;
    let protocol = node.get("protocol").map_or(Some("TCP"), value::string).and_then(Protocol::of_word)?;
    let target = match node.get("targetPort") {
        None => Target::Number(number),
        Some(target) => match read(target) {
            Some(number) => Target::Number(number),
            None => Target::Named(value::string(target)?.to_owned()),
        },
    };
    Some(Port { number, protocol, target, span: node.own_span() })
}

impl Network {
    /// The Service of this name.
    pub(super) fn service(&self, namespace: &str, name: &str) -> Option<u32> {
        let at = self.services.iter().position(|s| s.namespace == namespace && s.name == name)?;
        u32::try_from(at).ok()
    }

    /// Asks for a Service: each of its pods has to answer alike.
    pub(super) fn through(&self, question: Question, at: u32) -> Verdict {
        let Some(service) = self.services.get(at as usize) else {
            return Verdict::unmodelled("there is no such Service");
        };
        let title = service.title();
        let unmodelled = |text: String| Verdict {
            because: vec![Reason::at(text, service.span)],
            ..Verdict::unmodelled("")
        };
        let asked = format!("{}/{}", question.port, question.protocol.word());
        let port =
            service.ports.iter().find(|p| p.number == question.port && p.protocol == question.protocol);
        let beyond = match (service.form, question.from) {
            (Form::External, _) => {
                Some(format!("{title} is another name for something outside: ask for its address"))
            }
            (Form::Bare, _) => {
                Some(format!("{title} has no selector: somebody else says what its endpoints are"))
            }
            (Form::Local, _) => {
                Some(format!("{title} has only endpoints on the client's own node: ask for a pod"))
            }
            (_, End::Address(_)) => {
                Some(format!("how an address outside reaches {title} is not modelled: ask for a pod"))
            }
            _ => None,
        };
        if let Some(text) = beyond {
            return unmodelled(text);
        }
        let target = match (service.form, port) {
            // The client asks DNS for the pods, and then one of them for the very port that it knows.
            (Form::Headless, _) => Target::Number(question.port),
            (_, None) => {
                let text = format!("{title} has no port {asked}");
                return Verdict::denied(Reason::at(text, service.span))
                    .evidence("connect: connection refused");
            }
            (_, Some(port)) => match &port.target {
                Target::Number(number) => Target::Number(*number),
                Target::Named(name) => Target::Named(name.clone()),
            },
        };
        let span = port.map_or(service.span, |p| p.span);
        let number = |pod: &Pod| match &target {
            Target::Number(number) => Some(*number),
            Target::Named(name) => pod.port(name, question.protocol),
        };
        let behind: Vec<(u32, u16)> = service
            .pods
            .iter()
            .filter_map(|at| Some((*at, self.pods.get(*at as usize).filter(|pod| !pod.ended)?)))
            .filter_map(|(at, pod)| Some((at, number(pod)?)))
            .collect();
        if behind.is_empty() {
            let text = match &target {
                Target::Named(name) if !service.pods.is_empty() => {
                    format!("no pod of {title} has a port `{name}`/{}", question.protocol.word())
                }
                _ => format!("the selector of {title} finds no pod"),
            };
            return Verdict::denied(Reason::at(text, span))
                .evidence("connect: connection refused (no endpoints)");
        }
        let mut told: Option<Verdict> = None;
        for (pod, port) in behind {
            let through = Question { to: End::Pod(pod), port, ..question };
            if service.form == Form::Cluster && self.hangs_on_a_block(through, &service.addresses) {
                return unmodelled(format!(
                    "an ipBlock stands on the way to {title}: whether it sees the Service's address or the pod's is the plugin's"
                ));
            }
            let verdict = self.ask(through);
            let name = self.title(through.to);
            if verdict.answer == Answer::Unmodelled {
                return verdict;
            }
            if told.as_ref().is_some_and(|first| first.answer != verdict.answer) {
                let text = format!(
                    "some pods of {title} are reached and others, as {name}, not or the other way round"
                );
                return unmodelled(text);
            }
            let way = Reason::at(format!("{title} leads {asked} to {port} of {name}"), span);
            told = told.or(Some(verdict.and(way)));
        }
        told.unwrap_or_else(|| unmodelled(format!("no pod of {title} was asked")))
    }

    /// Whether the way out hangs on a block of addresses: no selector lets it out, and a block holds one of the
    /// addresses that the packet has on its way. "Network Policies": in which order addresses are rewritten and
    /// policies asked is not said.
    fn hangs_on_a_block(&self, question: Question, cluster: &[IpAddr]) -> bool {
        let (Some((from, _)), Some(to)) = (self.pod(question.from), self.pod(question.to)) else {
            return false;
        };
        let mut addresses = to.1.addresses.clone();
        addresses.extend(cluster);
        if self.tiers.meets_a_block(from, EGRESS, &addresses) {
            return true;
        }
        let policies = self.selected.get(from as usize).map_or(&[][..], |ways| ways[EGRESS].as_slice());
        let mut rules = policies.iter().flat_map(|policy| self.rules(*policy, EGRESS));
        let lets = rules
            .clone()
            .any(|rule| rule.port(Some(to.1), question.protocol, question.port) && rule.is_about(Some(to)));
        !lets && rules.any(|rule| rule.holds(&addresses))
    }
}
