//! The question and its answer: both ends, then why.

use std::net::IpAddr;

use super::Network;
use super::end::Pod;
use super::policy::{Fit, Rule};
use super::service::Service;
use super::tier::{Decided, Spot};
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
    /// A policy of the cluster lets it through.
    Accepted(Spot),
    /// A policy of the cluster drops it.
    Refused(Spot),
    /// Policies of the cluster decide, and it cannot be said how.
    Unclear(Spot, Option<Spot>),
}

impl Side {
    fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::Refused(_))
    }

    fn is_unknown(self) -> bool {
        matches!(self, Self::AddressUnknown | Self::Unclear(..))
    }
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
        reasons.fold(Verdict::allowed(first), Verdict::and)
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

    fn decide(&self, tier: Tier, at: u32, question: Question, way: usize) -> Decided {
        let (_, other) = Self::own_and_other(question, way);
        self.tiers.decide(tier, at, way, |rule| self.fit(rule, question, other))
    }

    fn tier_side(&self, tier: Tier, at: u32, question: Question, way: usize) -> Option<Side> {
        match self.decide(tier, at, question, way) {
            Decided::Accept(spot) => Some(Side::Accepted(spot)),
            Decided::Deny(spot) => Some(Side::Refused(spot)),
            Decided::Torn(one, other) => Some(Side::Unclear(one, Some(other))),
            Decided::Unknown(spot) => Some(Side::Unclear(spot, None)),
            Decided::Onwards => None,
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
        if let Some(side) = self.tier_side(Tier::Admin, at, question, way) {
            return side;
        }
        let policies = self.selected.get(at as usize).map_or(&[][..], |ways| ways[way].as_slice());
        if policies.is_empty() {
            return self.tier_side(Tier::Baseline, at, question, way).unwrap_or(Side::Open);
        }
        let mut side = Side::Closed;
        for policy in policies {
            for (index, rule) in (0u32..).zip(self.rules(*policy, way)) {
                match self.fit(rule, question, other) {
                    Fit::Yes => return Side::Let(*policy, index),
                    Fit::AddressUnknown | Fit::PeerUnknown => side = Side::AddressUnknown,
                    Fit::No | Fit::Cut => {}
                }
            }
        }
        side
    }

    pub(super) fn rules(&self, policy: u32, way: usize) -> &[Rule] {
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
            End::At(_, address) => rule.peer(self.pod(other), Some(address)),
            End::Address(address) => rule.peer(None, Some(address)),
            End::Service(_) => Fit::No,
        }
    }

    /// A policy of the cluster drops it.
    fn refused(&self, question: Question, way: usize, spot: Spot) -> Verdict {
        let (_, other) = Self::own_and_other(question, way);
        let Some((title, span)) = self.tiers.title(spot) else {
            return Verdict::unmodelled("the policy is not there");
        };
        let asked = format!("{}/{}", question.port, question.protocol.word());
        let towards = if way == INGRESS { "from" } else { "to" };
        let text = format!("{title} denies {asked} {towards} {}", self.title(other));
        let to = self.title(question.to);
        Verdict::denied(Reason::at(text, span))
            .evidence(format!("connect {to}:{}: connection timed out", question.port))
    }

    /// Why it cannot be said.
    fn unknown(&self, question: Question, way: usize, side: Side) -> Verdict {
        let (_, other) = Self::own_and_other(question, way);
        let title = |spot: Spot| self.tiers.title(spot).map(|(title, _)| title).unwrap_or_default();
        let other = self.title(other);
        Verdict::unmodelled(match side {
            Side::Unclear(one, Some(two)) => {
                format!("{} and {} decide differently at the same priority", title(one), title(two))
            }
            Side::Unclear(spot, None) => {
                format!("whether {} is about {other} hangs on addresses that are not known", title(spot))
            }
            _ => format!("an ipBlock stands there, and the address of {other} is not known"),
        })
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
            Side::Accepted(spot) => {
                let (title, span) = self.tiers.title(spot)?;
                Some(Reason::at(format!("{title} accepts it, {other} being its peer"), span))
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
pub(super) const WAYS: [(&str, &str); 2] = [("ingress", "come in"), ("egress", "go out")];

impl From<Option<bool>> for Answer {
    fn from(passes: Option<bool>) -> Self {
        match passes {
            Some(true) => Self::Allowed,
            Some(false) => Self::Denied,
            None => Self::Unmodelled,
        }
    }
}
