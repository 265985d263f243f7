//! The places from which the goal is known to be reached, found by what leads to them.

use std::collections::{BTreeMap, BTreeSet};

use super::places::{Places, PodPlace};
use super::spot::Spot;
use crate::sim::Reason;

/// What has been reached so far, from the goal backwards.
#[derive(Debug, Default)]
pub(super) struct Front {
    spots: BTreeSet<Spot>,
    /// By namespace: a pod and a token in it whose account is among the spots, by their indices.
    pods: BTreeMap<String, Vec<(usize, usize)>>,
}

impl Front {
    pub(super) fn has(&self, spot: &Spot) -> bool {
        self.spots.contains(spot)
    }

    pub(super) fn extend(&mut self, spots: impl IntoIterator<Item = Spot>, places: &Places<'_>) {
        self.spots.extend(spots);
        self.pods.clear();
        for (at, pod) in places.pods.iter().enumerate() {
            let token = pod.tokens.iter().position(|(spot, _)| self.spots.contains(spot));
            if let Some(token) = token {
                self.pods.entry(pod.namespace.clone()).or_default().push((at, token));
            }
        }
    }

    /// The users and groups.
    pub(super) fn people(&self) -> impl Iterator<Item = &Spot> {
        self.spots.iter().filter(|spot| matches!(spot, Spot::User(_) | Spot::Group(_)))
    }

    /// The roles that could be bound.
    pub(super) fn roles(&self) -> impl Iterator<Item = &Spot> {
        self.spots.iter().filter(|spot| matches!(spot, Spot::Role { .. }))
    }

    /// An account of a namespace, or of any, with one of these names, or with any.
    pub(super) fn account(&self, scope: Option<&str>, names: &[&str]) -> Option<&Spot> {
        let from = Spot::account(scope.unwrap_or(""), "");
        let all = self.spots.range(from..);
        let here = |spot: &&Spot| match spot {
            Spot::Account(namespace, _) => scope.is_none_or(|scope| scope == namespace),
            _ => false,
        };
        let is_meant = |spot: &&Spot| match spot {
            Spot::Account(_, name) => names.is_empty() || names.contains(&name.as_str()),
            _ => false,
        };
        all.take_while(here).find(is_meant)
    }

    /// A pod of a namespace, or of any, with a token in it that leads on.
    pub(super) fn pod<'p>(
        &self,
        places: &'p Places<'_>,
        scope: Option<&str>,
        fits: impl Fn(&PodPlace) -> bool,
    ) -> Option<(&'p PodPlace, &'p Spot, &'p Reason)> {
        let here = scope.and_then(|scope| self.pods.get(scope)).into_iter();
        let everywhere = self.pods.values().filter(|_| scope.is_none());
        let mut all = here.chain(everywhere).flatten().filter_map(|(pod, token)| {
            let pod = places.pods.get(*pod)?;
            let (spot, because) = pod.tokens.get(*token)?;
            Some((pod, spot, because))
        });
        all.find(|(pod, ..)| fits(pod))
    }
}
