//! What one direction says of a connection: policies of the cluster first, those of namespaces, and the cluster's again.

use super::Network;
use super::ask::{End, INGRESS, Question};
use super::policy::{Fit, Rule};
use super::tier::{Decided, Spot};
use crate::model::cluster_network_policy::Tier;

/// What one direction says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
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
    pub(super) fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::Refused(_))
    }

    pub(super) fn is_unknown(self) -> bool {
        matches!(self, Self::AddressUnknown | Self::Unclear(..))
    }
}

impl Network {
    pub(super) fn decide(&self, tier: Tier, at: u32, question: Question, way: usize) -> Decided {
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
    pub(super) fn own_and_other(question: Question, way: usize) -> (End, End) {
        if way == INGRESS { (question.to, question.from) } else { (question.from, question.to) }
    }

    pub(super) fn side(&self, question: Question, way: usize) -> Side {
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

    pub(super) fn fit(&self, rule: &Rule, question: Question, other: End) -> Fit {
        let destination = self.pod(question.to).map(|(_, pod)| pod);
        if rule.port(destination, question.protocol, question.port) {
            self.peer(rule, other)
        } else {
            Fit::No
        }
    }

    pub(super) fn peer(&self, rule: &Rule, other: End) -> Fit {
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
}
