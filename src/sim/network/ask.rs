//! The question and its answer: both ends, then why.

use std::net::IpAddr;

use super::Network;
use super::end::Pod;
use super::policy::{Fit, Rule};
use crate::sim::{Answer, Reason, Verdict};

/// A protocol that policies know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP, which is meant where nothing is said.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// All of them, by their words.
    pub const WORDS: &[(&'static str, Self)] =
        &[("TCP", Self::Tcp), ("UDP", Self::Udp), ("SCTP", Self::Sctp)];

    /// The word in manifests.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, p)| *p == self).map_or("TCP", |(word, _)| word)
    }

    /// The protocol of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(w, _)| *w == word).map(|(_, protocol)| *protocol)
    }
}

/// One end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A pod, by its index.
    Pod(u32),
    /// An address that is no pod's of this world.
    Address(IpAddr),
}

/// May the first packet of a connection pass?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who opens the connection.
    pub from: End,
    /// Whom it is for.
    pub to: End,
    /// The port of the destination: the pod's, not a Service's.
    pub port: u16,
    /// How.
    pub protocol: Protocol,
}

/// What one direction says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// Policies say nothing of this end: it is an address, or on its node's network.
    Nobody,
    /// No policy selects the pod.
    Open,
    /// A rule of a policy lets it through: their indices.
    Let(u32, u32),
    /// Policies select it, and no rule lets it through.
    Closed,
    /// A block of addresses might, and the other pod's address is not known.
    AddressUnknown,
}

/// What decides before any policy.
enum Before {
    /// A pod reaches itself.
    Itself,
    /// A pod and its own node reach each other.
    OwnNode,
    /// Left to the plugin, or not asked of policies.
    Unmodelled(String),
}

pub(super) const INGRESS: usize = 0;
const EGRESS: usize = 1;

impl Network {
    /// The end that has an address.
    pub fn end(&self, address: IpAddr) -> End {
        self.addresses.get(&address).map_or(End::Address(address), |pod| End::Pod(*pod))
    }

    /// Whether it passes; `None` where that is not judged.
    pub fn passes(&self, question: Question) -> Option<bool> {
        match self.before(question) {
            Some(Before::Unmodelled(_)) => None,
            Some(_) => Some(true),
            None => match (self.side(question, EGRESS), self.side(question, INGRESS)) {
                (Side::Closed, _) | (_, Side::Closed) => Some(false),
                (Side::AddressUnknown, _) | (_, Side::AddressUnknown) => None,
                _ => Some(true),
            },
        }
    }

    /// Whether it passes, and why.
    pub fn ask(&self, question: Question) -> Verdict {
        match self.before(question) {
            Some(Before::Unmodelled(why)) => return Verdict::unmodelled(why),
            Some(Before::Itself) => {
                return Verdict::allowed(Reason::fact("a pod reaches itself, whatever policies say"));
            }
            Some(Before::OwnNode) => {
                let text = "a pod and the node that it runs on reach each other, whatever policies say";
                return Verdict::allowed(Reason::fact(text));
            }
            None => {}
        }
        let sides = [self.side(question, INGRESS), self.side(question, EGRESS)];
        if let Some(closed) = [EGRESS, INGRESS].into_iter().find(|way| sides[*way] == Side::Closed) {
            return self.closed(question, closed);
        }
        if sides.contains(&Side::AddressUnknown) {
            let end = if sides[EGRESS] == Side::AddressUnknown { question.to } else { question.from };
            let text =
                format!("an ipBlock stands there, and the address of {} is not known", self.title(end));
            return Verdict::unmodelled(text);
        }
        let mut reasons =
            [EGRESS, INGRESS].into_iter().filter_map(|way| self.open(question, way, sides[way]));
        let first = reasons.next().unwrap_or_else(|| Reason::fact("no policy speaks of either end"));
        reasons.fold(Verdict::allowed(first), Verdict::and)
    }

    fn pod(&self, end: End) -> Option<(u32, &Pod)> {
        match end {
            End::Pod(at) => self.pods.get(at as usize).map(|pod| (at, pod)),
            End::Address(_) => None,
        }
    }

    /// What an end is called.
    pub fn title(&self, end: End) -> String {
        match end {
            End::Pod(_) => self.pod(end).map(|(_, pod)| pod.title()).unwrap_or_default(),
            End::Address(address) => address.to_string(),
        }
    }

    fn before(&self, question: Question) -> Option<Before> {
        let (from, to) = (self.pod(question.from), self.pod(question.to));
        let unmodelled = |text: String| Some(Before::Unmodelled(text));
        if let Some(foreign) = &self.foreign {
            return unmodelled(foreign.text.clone());
        }
        for pod in [from, to].into_iter().flatten().map(|(_, pod)| pod) {
            if let Some(broken) = self.broken.get(&pod.namespace).and_then(|all| all.first()) {
                return unmodelled(broken.text.clone());
            }
        }
        if from.is_some() && question.from == question.to {
            return Some(Before::Itself);
        }
        if let Some((_, pod)) = to.filter(|(_, pod)| pod.on_host) {
            return unmodelled(format!(
                "{} is on its node's network: what policies say of it is the plugin's",
                pod.title()
            ));
        }
        match (question.from, question.to) {
            (End::Address(_), End::Address(_)) => unmodelled("neither end is a pod of this world".to_owned()),
            (End::Address(address), _) if to.is_some_and(|(_, pod)| pod.is_hosts(address)) => Some(Before::OwnNode),
            (_, End::Address(address)) if from.is_some_and(|(_, pod)| pod.is_hosts(address)) => Some(Before::OwnNode),
            (_, End::Address(address)) => self.services.get(&address).and_then(|name| {
                unmodelled(format!("{address} is the Service {name}: whether policies see it or its pods is the plugin's; ask for the pod and its port"))
            }),
            (End::Pod(_), End::Pod(_)) => {
                let ((_, from), (_, to)) = from.zip(to)?;
                let same = from.node.is_some() && from.node == to.node;
                let hosts = from.addresses.iter().chain(&from.host).any(|a| to.is_hosts(*a));
                (from.on_host && (same || hosts)).then_some(Before::OwnNode)
            }
            _ => None,
        }
    }

    /// Ingress is asked of the destination, egress of the source.
    fn own_and_other(question: Question, way: usize) -> (End, End) {
        if way == INGRESS { (question.to, question.from) } else { (question.from, question.to) }
    }

    fn side(&self, question: Question, way: usize) -> Side {
        let (own, other) = Self::own_and_other(question, way);
        let Some((at, pod)) = self.pod(own) else { return Side::Nobody };
        if pod.on_host {
            return Side::Nobody;
        }
        let policies = self.selected.get(at as usize).map_or(&[][..], |ways| ways[way].as_slice());
        if policies.is_empty() {
            return Side::Open;
        }
        let mut side = Side::Closed;
        for policy in policies {
            for (index, rule) in (0u32..).zip(self.rules(*policy, way)) {
                match self.fit(rule, question, other) {
                    Fit::Yes => return Side::Let(*policy, index),
                    Fit::AddressUnknown => side = Side::AddressUnknown,
                    Fit::No | Fit::Cut => {}
                }
            }
        }
        side
    }

    fn rules(&self, policy: u32, way: usize) -> &[Rule] {
        self.policies.get(policy as usize).map_or(&[], |policy| policy.rules[way].as_slice())
    }

    fn fit(&self, rule: &Rule, question: Question, other: End) -> Fit {
        let destination = self.pod(question.to).map(|(_, pod)| pod);
        if rule.port(destination, question.protocol, question.port) {
            self.peer(rule, other)
        } else {
            Fit::No
        }
    }

    fn peer(&self, rule: &Rule, other: End) -> Fit {
        match other {
            End::Pod(_) => {
                let pod = self.pod(other);
                // On its node's network a pod is known by the node's address alone.
                let host = pod.filter(|(_, p)| p.on_host && p.addresses.is_empty());
                rule.peer(pod, host.and_then(|(_, p)| p.host.first().copied()))
            }
            End::Address(address) => rule.peer(None, Some(address)),
        }
    }

    /// Why a direction is open.
    fn open(&self, question: Question, way: usize, side: Side) -> Option<Reason> {
        let (own, other) = Self::own_and_other(question, way);
        let (word, does) = WAYS[way];
        let (own, other) = (self.pod(own), self.title(other));
        match side {
            Side::Open => {
                let (_, pod) = own?;
                let text = format!("no policy selects {} for {word}, so everything may {does}", pod.title());
                Some(Reason::at(text, pod.span))
            }
            Side::Let(policy, index) => {
                let rule = self.rules(policy, way).get(index as usize)?;
                let title = &self.policies.get(policy as usize)?.title;
                let text = if rule.peers.is_empty() {
                    format!(
                        "{word}[{index}] of policy {title} names no peer and so means everybody, {other} too"
                    )
                } else {
                    format!("{word}[{index}] of policy {title} lets {other} through")
                };
                Some(Reason::at(text, rule.span))
            }
            _ => None,
        }
    }

    /// Why a direction is closed, and which rules nearly let it through.
    fn closed(&self, question: Question, way: usize) -> Verdict {
        let (own, other) = Self::own_and_other(question, way);
        let (word, _) = WAYS[way];
        let asked = format!("{}/{}", question.port, question.protocol.word());
        let Some((at, pod)) = self.pod(own) else { return Verdict::unmodelled("neither end is a pod") };
        let policies = self.selected.get(at as usize).map_or(&[][..], |ways| ways[way].as_slice());
        let of = |policy: u32| self.policies.get(policy as usize);
        let names: Vec<&str> = policies.iter().filter_map(|p| of(*p)).map(|p| p.title.as_str()).collect();
        let target = if way == INGRESS {
            format!("on {asked}")
        } else {
            format!("to {} on {asked}", self.title(other))
        };
        let what = if way == INGRESS { format!("from {} {target}", self.title(other)) } else { target };
        let by = if names.len() == 1 { "policy" } else { "policies" };
        let text = format!(
            "{} is closed for {word} by {by} {}, and no rule lets it {what}",
            pod.title(),
            names.join(", ")
        );
        let first = policies.first().and_then(|p| of(*p)).map_or(pod.span, |p| p.selector);
        let mut verdict = Verdict::denied(Reason::at(text, first)).evidence(format!(
            "connect {}:{}: connection timed out",
            self.title(question.to),
            question.port
        ));
        let destination = self.pod(question.to).map(|(_, pod)| pod);
        let mut near = 0;
        for policy in policies {
            for (index, rule) in self.rules(*policy, way).iter().enumerate() {
                if near == NEAR {
                    return verdict;
                }
                let title = of(*policy).map_or("", |p| p.title.as_str());
                let (fit, end) = (self.peer(rule, other), self.title(other));
                let port = rule.port(destination, question.protocol, question.port);
                let text = match fit {
                    Fit::Yes => format!("means {end}, but only on {}", rule.ports_word()),
                    Fit::Cut if port => format!("holds {end} in a block, and its exception takes it out"),
                    _ if port && !rule.ports.is_empty() => {
                        format!("is about {asked}, but {end} is none of its peers")
                    }
                    _ => continue,
                };
                let text = format!("{word}[{index}] of policy {title} {text}");
                verdict = verdict.and(Reason::at(text, rule.span));
                near += 1;
            }
        }
        verdict
    }
}

/// How many rules that nearly fit are told.
const NEAR: usize = 3;
/// What each direction is called, and what everything may do there.
const WAYS: [(&str, &str); 2] = [("ingress", "come in"), ("egress", "go out")];

impl From<Option<bool>> for Answer {
    fn from(passes: Option<bool>) -> Self {
        match passes {
            Some(true) => Self::Allowed,
            Some(false) => Self::Denied,
            None => Self::Unmodelled,
        }
    }
}
