//! What is told of an answer: the rule that lets it through, what closes it, and what nearly fitted.

use super::Network;
use super::ask::{INGRESS, Question, WAYS};
use super::policy::Fit;
use super::side::Side;
use super::tier::Spot;
use crate::sim::{Reason, Verdict};

/// How many rules that nearly fit are told.
const NEAR: usize = 3;

impl Network {
    /// A policy of the cluster drops it.
    pub(super) fn refused(&self, question: Question, way: usize, spot: Spot) -> Verdict {
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
    pub(super) fn unknown(&self, question: Question, way: usize, side: Side) -> Verdict {
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
    pub(super) fn open(&self, question: Question, way: usize, side: Side) -> Option<Reason> {
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
                let ports = if rule.ports.is_empty() {
                    "on every port, as it names none".to_owned()
                } else {
                    format!("on {}", rule.ports_word())
                };
                let text = if rule.peers.is_empty() {
                    format!(
                        "{word}[{index}] of policy {title} names no peer and so means everybody, {other} too, {ports}"
                    )
                } else {
                    format!("{word}[{index}] of policy {title} lets {other} through {ports}")
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

    /// Which policy comes nearest to an end that none selects: one that selects it for the other direction alone, or one
    /// of its namespace that selects no pod at all.
    pub(super) fn missed(&self, question: Question, way: usize, side: Side) -> Option<Reason> {
        let (own, _) = Self::own_and_other(question, way);
        let (at, pod) = self.pod(own).filter(|_| matches!(side, Side::Open))?;
        let first = |policies: &[u32]| self.policies.get(*policies.first()? as usize);
        let other = 1 - way;
        if let Some(policy) = first(&self.selected.get(at as usize)?[other]) {
            let (word, only) = (WAYS[way].0, WAYS[other].0);
            let text =
                format!("policy {} selects {} for {only} alone, not for {word}", policy.title, pod.title());
            return Some(Reason::at(text, policy.selector));
        }
        let policy = first(self.idle.get(&pod.namespace)?)?;
        let text = format!("policy {} selects none of the pods that are there", policy.title);
        Some(Reason::at(text, policy.selector))
    }

    /// Why a direction is closed, and which rules nearly let it through.
    pub(super) fn closed(&self, question: Question, way: usize) -> Verdict {
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
