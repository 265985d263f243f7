//! The cluster's policies, compiled: two tiers, in each the policies by priority, and what they decide.
//!
//! kubernetes-sigs/network-policy-api `apis/v1alpha2`: Admin before the policies of namespaces, Baseline after them; a
//! lower priority goes first, then the order of the rules. What two policies of one priority decide differently is not
//! decided.

use std::net::IpAddr;

use super::policy::{Fit, Rule};
use crate::model::cluster_network_policy::{Action, Tier};
use crate::text::Span;

/// The policies of both tiers.
#[derive(Debug, Default)]
pub(super) struct Tiers {
    /// By tier, then by priority.
    policies: [Vec<TierPolicy>; 2],
    /// For each tier and each pod the policies that are about it, in their order.
    covered: [Vec<Vec<u32>>; 2],
}

/// A policy.
#[derive(Debug)]
pub(super) struct TierPolicy {
    pub(super) title: String,
    pub(super) priority: u32,
    /// The pods that it is about.
    pub(super) subject: Vec<u32>,
    /// Its rules: of ingress, of egress.
    pub(super) rules: [Vec<TierRule>; 2],
}

/// A rule.
#[derive(Debug)]
pub(super) struct TierRule {
    pub(super) action: Action,
    /// `name`, where it has one.
    pub(super) name: String,
    pub(super) rule: Rule,
}

/// Which rule of which policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    tier: usize,
    policy: u32,
    rule: u32,
    way: usize,
}

/// What a tier decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decided {
    Accept(Spot),
    Deny(Spot),
    /// Nothing: the next tier is asked.
    Onwards,
    /// Two policies of one priority decide differently.
    Torn(Spot, Spot),
    /// It hangs on addresses that nobody knows.
    Unknown(Spot),
}

impl Tiers {
    /// Sorts the policies, for so many pods.
    pub(super) fn new(mut policies: [Vec<TierPolicy>; 2], pods: usize) -> Self {
        let mut covered = [Vec::new(), Vec::new()];
        for (all, covered) in policies.iter_mut().zip(&mut covered) {
            all.sort_by_key(|policy| policy.priority);
            if all.is_empty() {
                continue;
            }
            covered.resize_with(pods, Vec::new);
            for (at, policy) in (0u32..).zip(all.iter()) {
                for pod in &policy.subject {
                    if let Some(list) = covered.get_mut(*pod as usize) {
                        list.push(at);
                    }
                }
            }
        }
        Self { policies, covered }
    }

    fn of(&self, tier: Tier, pod: u32) -> &[u32] {
        self.covered[tier as usize].get(pod as usize).map_or(&[], Vec::as_slice)
    }

    /// What a tier decides of a pod, where `fits` says which rules fit.
    pub(super) fn decide(&self, tier: Tier, pod: u32, way: usize, fits: impl Fn(&Rule) -> Fit) -> Decided {
        let mut decided: Option<(u32, Action, Spot)> = None;
        for at in self.of(tier, pod) {
            let Some(policy) = self.policies[tier as usize].get(*at as usize) else { continue };
            if decided.is_some_and(|(priority, ..)| priority != policy.priority) {
                break;
            }
            for (rule, one) in (0u32..).zip(&policy.rules[way]) {
                let spot = Spot { tier: tier as usize, policy: *at, rule, way };
                match fits(&one.rule) {
                    Fit::No | Fit::Cut => continue,
                    Fit::AddressUnknown | Fit::PeerUnknown => return Decided::Unknown(spot),
                    Fit::Yes => {}
                }
                match decided {
                    Some((_, action, first)) if action != one.action => return Decided::Torn(first, spot),
                    _ => decided = decided.or(Some((policy.priority, one.action, spot))),
                }
                break;
            }
        }
        match decided {
            Some((_, Action::Accept, spot)) => Decided::Accept(spot),
            Some((_, Action::Deny, spot)) => Decided::Deny(spot),
            Some((_, Action::Pass, _)) | None => Decided::Onwards,
        }
    }

    /// Whether a policy that is about a pod names one of these addresses.
    pub(super) fn meets_a_block(&self, pod: u32, way: usize, addresses: &[IpAddr]) -> bool {
        let all = Tier::ALL.into_iter().flat_map(|tier| {
            self.of(tier, pod).iter().filter_map(move |at| self.policies[tier as usize].get(*at as usize))
        });
        all.flat_map(|policy| &policy.rules[way]).any(|one| one.rule.holds(addresses))
    }

    /// A rule in words, and where it stands: `egress[0] "deny-all" of ClusterNetworkPolicy x (Admin, priority 10)`.
    pub(super) fn title(&self, spot: Spot) -> Option<(String, Span)> {
        let policy = self.policies.get(spot.tier)?.get(spot.policy as usize)?;
        let rule = policy.rules.get(spot.way)?.get(spot.rule as usize)?;
        let name = if rule.name.is_empty() { String::new() } else { format!(" {:?}", rule.name) };
        let word = super::WAYS[spot.way].0;
        let tier = Tier::ALL[spot.tier].word();
        let text = format!(
            "{word}[{}]{name} of ClusterNetworkPolicy {} (tier {tier}, priority {})",
            spot.rule, policy.title, policy.priority
        );
        Some((text, rule.rule.span))
    }
}
