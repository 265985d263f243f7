//! The question and its answer: both ends, then why.

use std::net::IpAddr;

use super::Network;
use super::end::Pod;
use super::service::Service;
use super::side::Side;
use super::tier::Decided;
use crate::model::cluster_network_policy::Tier;
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
    /// A pod, by its index, under one of its addresses.
    At(u32, IpAddr),
    /// A Service, by its index.
    Service(u32),
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
    /// The port of the destination: the pod's, where it is one.
    pub port: u16,
    /// How.
    pub protocol: Protocol,
}

/// Of which addresses the ends are.
enum Families {
    /// As it was asked.
    Asked,
    /// By IPv4 and by IPv6: whoever opens the connection takes what passes.
    Two(Question, Question),
    /// Of one family alone.
    One(Question),
    /// They have none in common.
    None,
}

/// What decides before any policy.
enum Before {
    /// A pod reaches itself.
    Itself,
    /// A pod and its own node reach each other.
    OwnNode,
    /// A pod that has run to its end.
    Ended(u32),
    /// Left to the plugin, or not asked of policies.
    Unmodelled(String),
}

pub(super) const INGRESS: usize = 0;
pub(super) const EGRESS: usize = 1;
/// What each direction is called, and what everything may do there.
pub(super) const WAYS: [(&str, &str); 2] = [("ingress", "come in"), ("egress", "go out")];

impl Network {
    /// The end that has an address.
    pub fn end(&self, address: IpAddr) -> End {
        self.addresses.get(&address).map_or(End::Address(address), |pod| End::At(*pod, address))
    }

    /// Whether it passes; `None` where that is not judged.
    pub fn passes(&self, question: Question) -> Option<bool> {
        if matches!(question.to, End::Service(_)) {
            return match self.ask(question).answer {
                Answer::Allowed => Some(true),
                Answer::Denied => Some(false),
                Answer::Unmodelled => None,
            };
        }
        match self.families(question) {
            Families::Asked => self.passes_as_asked(question),
            Families::One(one) => self.passes_as_asked(one),
            Families::Two(one, other) => {
                let both = [self.passes_as_asked(one), self.passes_as_asked(other)];
                if both.contains(&Some(true)) {
                    Some(true)
                } else if both.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Families::None => Some(false),
        }
    }

    fn passes_as_asked(&self, question: Question) -> Option<bool> {
        match self.before(question) {
            Some(Before::Unmodelled(_)) => None,
            Some(Before::Ended(_)) => Some(false),
            Some(Before::Itself | Before::OwnNode) => Some(true),
            None => {
                let sides = [self.side(question, EGRESS), self.side(question, INGRESS)];
                if sides.into_iter().any(Side::is_closed) {
                    Some(false)
                } else if sides.into_iter().any(Side::is_unknown) {
                    None
                } else {
                    Some(true)
                }
            }
        }
    }

    /// Whether it passes, and why.
    pub fn ask(&self, question: Question) -> Verdict {
        if let End::Service(at) = question.to {
            return self.through(question, at);
        }
        match self.families(question) {
            Families::Asked => self.ask_as_asked(question),
            Families::One(one) => self.ask_as_asked(one),
            Families::Two(one, other) => {
                let first = self.ask_as_asked(one);
                if first.answer == Answer::Allowed {
                    return first;
                }
                let second = self.ask_as_asked(other);
                match second.answer {
                    Answer::Allowed => second.and(Reason::fact("that is by IPv6; by IPv4 it does not pass")),
                    Answer::Unmodelled => second,
                    Answer::Denied => first,
                }
            }
            Families::None => {
                let (from, to) = (self.title(question.from), self.title(question.to));
                let text = format!("{from} and {to} have no family of addresses in common");
                Verdict::denied(Reason::fact(text)).evidence("connect: network is unreachable")
            }
        }
    }

    /// A pod with addresses of both families speaks the one that the other end has. What was asked for by its address is
    /// asked as that.
    fn families(&self, question: Question) -> Families {
        let (End::Pod(from), End::Pod(to)) = (question.from, question.to) else { return Families::Asked };
        let (Some((_, source)), Some((_, target))) = (self.pod(question.from), self.pod(question.to)) else {
            return Families::Asked;
        };
        if source.addresses.is_empty() || target.addresses.is_empty() {
            return Families::Asked;
        }
        let of = |v4: bool| {
            let (source, target) = (source.address(v4)?, target.address(v4)?);
            Some(Question { from: End::At(from, source), to: End::At(to, target), ..question })
        };
        match (of(true), of(false)) {
            (Some(one), Some(other)) => Families::Two(one, other),
            (Some(one), None) | (None, Some(one)) => Families::One(one),
            (None, None) => Families::None,
        }
    }

    fn ask_as_asked(&self, question: Question) -> Verdict {
        match self.before(question) {
            Some(Before::Unmodelled(why)) => return Verdict::unmodelled(why),
            Some(Before::Itself) => {
                return Verdict::allowed(Reason::fact("a pod reaches itself, whatever policies say"));
            }
            Some(Before::OwnNode) => {
                let text = "a pod and the node that it runs on reach each other, whatever policies say";
                return Verdict::allowed(Reason::fact(text));
            }
            Some(Before::Ended(at)) => {
                let pod = self.pods.get(at as usize);
                let text = format!("{} has run to its end", pod.map(Pod::title).unwrap_or_default());
                let because =
                    pod.map_or_else(|| Reason::fact(text.clone()), |p| Reason::at(text.clone(), p.span));
                return Verdict::denied(because);
            }
            None => {}
        }
        let sides = [self.side(question, INGRESS), self.side(question, EGRESS)];
        if let Some(closed) = [EGRESS, INGRESS].into_iter().find(|way| sides[*way].is_closed()) {
            return match sides[closed] {
                Side::Refused(spot) => self.refused(question, closed, spot),
                _ => self.closed(question, closed),
            };
        }
        if let Some(way) = [EGRESS, INGRESS].into_iter().find(|way| sides[*way].is_unknown()) {
            return self.unknown(question, way, sides[way]);
        }
        let mut reasons =
            [EGRESS, INGRESS].into_iter().filter_map(|way| self.open(question, way, sides[way]));
        let first = reasons.next().unwrap_or_else(|| Reason::fact("no policy speaks of either end"));
        let mut missed: Vec<Reason> =
            [EGRESS, INGRESS].into_iter().filter_map(|way| self.missed(question, way, sides[way])).collect();
        missed.dedup();
        reasons.chain(missed).fold(Verdict::allowed(first), Verdict::and)
    }

    pub(super) fn pod(&self, end: End) -> Option<(u32, &Pod)> {
        match end {
            End::Pod(at) | End::At(at, _) => self.pods.get(at as usize).map(|pod| (at, pod)),
            End::Address(_) | End::Service(_) => None,
        }
    }

    /// What an end is called.
    pub fn title(&self, end: End) -> String {
        match end {
            End::Pod(_) | End::At(..) => self.pod(end).map(|(_, pod)| pod.title()).unwrap_or_default(),
            End::Address(address) => address.to_string(),
            End::Service(at) => self.services.get(at as usize).map(Service::title).unwrap_or_default(),
        }
    }

    /// By which text an end is found again.
    pub fn word(&self, end: End) -> String {
        match end {
            End::At(_, address) => address.to_string(),
            end => self.title(end),
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
        if let Some((at, _)) = [from, to].into_iter().flatten().find(|(_, pod)| pod.ended) {
            return Some(Before::Ended(at));
        }
        if matches!(question.from, End::Service(_)) {
            return unmodelled("a Service opens no connection".to_owned());
        }
        if from.is_some() && from.map(|(at, _)| at) == to.map(|(at, _)| at) {
            return Some(self.exempt(question, Before::Itself));
        }
        if let Some((_, pod)) = to.filter(|(_, pod)| pod.on_host) {
            return unmodelled(format!(
                "{} is on its node's network: what policies say of it is the plugin's",
                pod.title()
            ));
        }
        match (question.from, question.to) {
            (End::Address(_), End::Address(_)) => unmodelled("neither end is a pod of this world".to_owned()),
            (End::Address(address), _) if to.is_some_and(|(_, pod)| pod.is_hosts(address)) => {
                Some(self.exempt(question, Before::OwnNode))
            }
            (_, End::Address(address)) if from.is_some_and(|(_, pod)| pod.is_hosts(address)) => {
                Some(self.exempt(question, Before::OwnNode))
            }
            (_, End::Address(address)) => self.service_addresses.get(&address).and_then(|at| {
                let name = self.title(End::Service(*at));
                unmodelled(format!(
                    "{address} is {name}: whether policies see it or its pods is the plugin's; ask for {name}"
                ))
            }),
            _ => {
                let ((_, from), (_, to)) = from.zip(to)?;
                let same = from.node.is_some() && from.node == to.node;
                let hosts = from.addresses.iter().chain(&from.host).any(|a| to.is_hosts(*a));
                (from.on_host && (same || hosts)).then(|| self.exempt(question, Before::OwnNode))
            }
        }
    }

    /// What passes whatever policies of namespaces say, where those of the cluster would not drop it.
    fn exempt(&self, question: Question, otherwise: Before) -> Before {
        let drops = |way: usize| {
            let (own, _) = Self::own_and_other(question, way);
            let decided = |(at, _)| Tier::ALL.map(|tier| self.decide(tier, at, question, way));
            let all = self.pod(own).filter(|(_, pod)| !pod.on_host).map(decided);
            all.into_iter().flatten().find_map(|decided| match decided {
                Decided::Deny(spot) | Decided::Unknown(spot) | Decided::Torn(spot, _) => Some(spot),
                Decided::Accept(_) | Decided::Onwards => None,
            })
        };
        let spot = [EGRESS, INGRESS].into_iter().find_map(drops).and_then(|spot| self.tiers.title(spot));
        match spot {
            Some((title, _)) => Before::Unmodelled(format!(
                "whether {title} drops what a pod and itself or its node send is the plugin's"
            )),
            None => otherwise,
        }
    }
}

impl From<Option<bool>> for Answer {
    fn from(passes: Option<bool>) -> Self {
        match passes {
            Some(true) => Self::Allowed,
            Some(false) => Self::Denied,
            None => Self::Unmodelled,
        }
    }
}
