//! The rules of a `ClusterRole`, those that aggregation brings among them.
//!
//! kubernetes `pkg/controller/clusterroleaggregation`: the rules of every `ClusterRole` whose labels one of the
//! selectors fits, its own left out, take the place of what is written; aggregated ones among them bring theirs.

use std::collections::BTreeSet;

use crate::model::Object;
use crate::model::rbac::{PolicyRule, aggregates, is_aggregated};
use crate::model::selector::LabelSets;

/// How many labels and selectors are compared for one role before it is given up.
const MOST: usize = 250_000;

/// All `ClusterRole`s, found by their labels.
#[derive(Debug, Default)]
pub(super) struct ClusterRoles<'w> {
    roles: Vec<Object<'w>>,
    sets: LabelSets<'w>,
    /// The roles of each set of labels.
    members: Vec<Vec<usize>>,
}

/// Rules and where they stand.
#[derive(Debug, Default)]
pub(super) struct Rules<'w> {
    /// Each role that brings some; the first is the role itself, where it is not aggregated.
    pub(super) from: Vec<Object<'w>>,
    /// Why they are not known in full.
    pub(super) unsettled: Option<String>,
}

impl<'w> Rules<'w> {
    /// Each rule, with the role that it stands in.
    pub(super) fn each(&self) -> impl Iterator<Item = (Object<'w>, PolicyRule<'w>)> + '_ {
        self.from.iter().flat_map(|role| PolicyRule::of(role.node).map(move |rule| (*role, rule)))
    }
}

impl<'w> ClusterRoles<'w> {
    /// Adds a role.
    pub(super) fn add(&mut self, role: Object<'w>) {
        let set = self.sets.add(role.labels());
        if self.members.len() <= set {
            self.members.resize_with(set + 1, Vec::new);
        }
        if let Some(members) = self.members.get_mut(set) {
            members.push(self.roles.len());
        }
        self.roles.push(role);
    }

    /// The rules of a role.
    pub(super) fn rules(&self, role: Object<'w>) -> Rules<'w> {
        if !is_aggregated(role.node) {
            return Rules { from: vec![role], unsettled: None };
        }
        let (mut rules, mut work) = (Rules::default(), 0);
        // Aggregated roles by name, and what was found already.
        let mut seen: BTreeSet<Option<&str>> = BTreeSet::from([role.name()]);
        let mut open = vec![role];
        while let Some(next) = open.pop() {
            for number in self.fitting(next, &mut work) {
                let Some(found) = self.roles.get(number).copied() else { continue };
                if found.name() == next.name() {
                    continue;
                }
                let new = seen.insert(found.name());
                if !is_aggregated(found.node) {
                    rules.from.extend(new.then_some(found));
                } else if new {
                    open.push(found);
                } else if PolicyRule::of(found.node).next().is_some() {
                    // In a circle each hands on what another had first: what stays depends on who was asked first.
                    let name = found.name().unwrap_or("");
                    rules.unsettled = Some(format!("ClusterRole {name} is gathered in a circle"));
                }
            }
            if work > MOST {
                rules.unsettled = Some("there are too many aggregated ClusterRoles".to_owned());
                break;
            }
        }
        rules
    }

    /// The roles that a selector of this one fits, by name.
    fn fitting(&self, role: Object<'w>, work: &mut usize) -> Vec<usize> {
        let mut out = Vec::new();
        for selector in aggregates(role.node) {
            *work += self.sets.len();
            if *work > MOST {
                break;
            }
            let sets = self.sets.fitting(Some(selector));
            out.extend(sets.filter_map(|set| self.members.get(set)).flatten().copied());
        }
        out.sort_by_key(|number| self.roles.get(*number).and_then(|r| r.name()));
        out.dedup();
        out
    }
}
