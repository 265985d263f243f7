//! Network policies of the cluster: in which tier they stand, whom they are about, what their rules do.
//!
//! kubernetes-sigs/network-policy-api `apis/v1alpha2/clusternetworkpolicy_types.go`, and `v1beta1`, which differs in blocks
//! of addresses alone: no bit behind the mask may be set. Rules go in the order in which they
//! stand; the first that fits decides.

use super::network_policy::{Direction, is_foreign};
use super::{Object, value};
use crate::parse::Node;

/// The API group of the cluster's policies.
pub const GROUP: &str = "policy.networking.k8s.io";

/// Before which policies it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Before those of namespaces.
    Admin,
    /// Where those of namespaces say nothing of a pod.
    Baseline,
}

impl Tier {
    /// Both, in the order in which they are asked.
    pub const ALL: [Self; 2] = [Self::Admin, Self::Baseline];

    /// As `tier` says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Baseline => "Baseline",
        }
    }
}

/// What a rule does with what fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Lets it through, and nobody else is asked.
    Accept,
    /// Drops it.
    Deny,
    /// Leaves it to the next tier.
    Pass,
}

impl Action {
    const WORDS: [(&'static str, Self); 3] =
        [("Accept", Self::Accept), ("Deny", Self::Deny), ("Pass", Self::Pass)];

    /// The action of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(w, _)| *w == word).map(|(_, action)| *action)
    }
}

/// A `ClusterNetworkPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct ClusterNetworkPolicy<'t> {
    /// The object.
    pub object: Object<'t>,
    /// Its `spec`.
    pub spec: Node<'t>,
}

impl<'t> ClusterNetworkPolicy<'t> {
    /// The policy that an object is: of a version that is modelled, with a spec.
    pub fn new(object: Object<'t>) -> Option<Self> {
        let version = object.api_version().and_then(|v| v.strip_prefix(GROUP));
        let ours = matches!(version, Some("/v1alpha2" | "/v1beta1"));
        let spec = object.node.get("spec").and_then(value::mapping)?;
        (ours && object.kind() == Some("ClusterNetworkPolicy")).then_some(Self { object, spec })
    }

    /// Whether its blocks of addresses may have no bit behind the mask.
    pub fn masks_blocks(self) -> bool {
        self.object.api_version().is_some_and(|version| version.ends_with("/v1beta1"))
    }

    /// `tier`.
    pub fn tier(self) -> Option<Tier> {
        let word = self.spec.get("tier").and_then(value::string)?;
        Tier::ALL.into_iter().find(|tier| tier.word() == word)
    }

    /// `priority`: what is lower is asked first.
    pub fn priority(self) -> Option<u32> {
        let number = self.spec.get("priority").and_then(value::integer)?;
        u32::try_from(number).ok().filter(|n| *n <= 1000)
    }

    /// The list of rules of a direction, and the key of their peers.
    pub fn rules(self, direction: Direction) -> (Option<Node<'t>>, &'static str) {
        let (list, peers) = match direction {
            Direction::Ingress => ("ingress", "from"),
            Direction::Egress => ("egress", "to"),
        };
        (self.spec.get(list), peers)
    }

    /// Whether a rule of a direction denies. Without one it closes nobody: its other rules open, or leave it to the next.
    pub fn denies(self, direction: Direction) -> bool {
        let rules = self.rules(direction).0.and_then(value::list).into_iter().flat_map(Node::items);
        let mut actions = rules.filter_map(|rule| rule.get("action").and_then(value::string));
        actions.any(|word| Action::of_word(word) == Some(Action::Deny))
    }
}

/// Whether a policy that is not a namespace's may close pods in a direction: one of the cluster that denies something, or
/// one that is not modelled.
pub fn may_close(object: Object<'_>, direction: Direction) -> bool {
    match ClusterNetworkPolicy::new(object) {
        Some(policy) => policy.denies(direction),
        None => is_foreign(object),
    }
}
