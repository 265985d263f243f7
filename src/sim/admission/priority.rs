//! What priority classes give their pods. kubernetes `plugin/pkg/admission/priority/admission.go`.

use std::collections::BTreeMap;

use crate::model::{Object, value};

/// What a priority class gives its pods.
#[derive(Clone, Copy, Debug)]
pub(super) struct Priority<'w> {
    pub(super) number: i64,
    pub(super) preempts: &'w str,
}

/// The priority classes of a cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Priorities<'w> {
    classes: BTreeMap<&'w str, Object<'w>>,
}

/// What a class says of preemption that says nothing.
const PREEMPTS: &str = "PreemptLowerPriority";
/// The classes that every cluster has.
const SYSTEM: &[(&str, i64)] =
    &[("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

impl<'w> Priorities<'w> {
    pub(super) fn add(&mut self, name: &'w str, class: Object<'w>) {
        self.classes.insert(name, class);
    }

    /// The cluster's usual class: of several the lowest (`getDefaultPriorityClass`).
    pub(super) fn usual(&self) -> Option<&'w str> {
        let usual =
            |class: &Object<'_>| class.node.get("globalDefault").and_then(value::boolean) == Some(true);
        let number = |class: &Object<'_>| class.node.get("value").and_then(value::integer).unwrap_or(0);
        self.classes
            .iter()
            .filter(|(_, class)| usual(class))
            .min_by_key(|(_, class)| number(class))
            .map(|(name, _)| *name)
    }

    /// A class, where it is known; no name stands for no class.
    pub(super) fn of(&self, name: Option<&str>) -> Option<Priority<'w>> {
        let Some(name) = name else { return Some(Priority { number: 0, preempts: PREEMPTS }) };
        if let Some((_, number)) = SYSTEM.iter().find(|(own, _)| *own == name) {
            return Some(Priority { number: *number, preempts: PREEMPTS });
        }
        let class = self.classes.get(name)?.node;
        let preempts = class.get("preemptionPolicy").and_then(value::string).unwrap_or(PREEMPTS);
        Some(Priority { number: class.get("value").and_then(value::integer).unwrap_or(0), preempts })
    }
}
