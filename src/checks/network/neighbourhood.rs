//! What of a namespace was read: its policies, and the labels of its pods. Built once, asked by each check that compares them.

use std::collections::BTreeMap;

use crate::checks::{World, namespace};
use crate::model::cluster_network_policy::may_close;
use crate::model::network_policy::{Direction, NetworkPolicy};
use crate::model::selector::{LabelSets, Selector};
use crate::model::{Object, PodTemplate, Subject, value};

/// The policies of a namespace and the pods beside them.
#[derive(Debug, Default)]
pub(super) struct Neighbourhood<'t> {
    /// The policies, in the order of the files.
    pub(super) policies: Vec<NetworkPolicy<'t>>,
    /// The pods and workloads, each with the number of its labels.
    pub(super) pods: Vec<Neighbour<'t>>,
    /// The pods' labels.
    pub(super) labels: LabelSets<'t>,
}

/// A pod or workload of a namespace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour<'t> {
    /// The object.
    pub(super) object: Object<'t>,
    /// Its pod template.
    pub(super) template: PodTemplate<'t>,
    /// The number of its labels.
    pub(super) labels: usize,
}

/// The namespaces of which a policy was read.
pub(super) fn neighbourhoods<'t>(world: &'t World<'t>) -> Vec<Neighbourhood<'t>> {
    let mut all: BTreeMap<&str, Neighbourhood<'t>> = BTreeMap::new();
    for policy in world.of(Subject::NetworkPolicy).iter().copied().filter_map(NetworkPolicy::new) {
        all.entry(namespace(policy.object)).or_default().policies.push(policy);
    }
    for here in all.values_mut() {
        let pods = here.policies.first().map_or(&[][..], |p| world.pods_beside(p.object));
        for (object, template) in pods {
            let labels = here.labels.add(template.labels());
            here.pods.push(Neighbour { object: *object, template: *template, labels });
        }
    }
    all.into_values().collect()
}

/// Whether policies were read that may close what those of namespaces leave open, so that nothing can be said of it.
pub(super) fn may_be_closed(world: &World<'_>, direction: Direction) -> bool {
    world.objects.iter().any(|o| may_close(*o, direction))
}

impl<'t> Neighbourhood<'t> {
    /// Whether pods were read, and the selector can be read and fits none of them.
    pub(super) fn is_missed_by(&self, selector: Selector<'t>) -> bool {
        let readable = !self.pods.is_empty() && selector.is_readable();
        readable && self.labels.fitting(Some(selector)).next().is_none()
    }

    /// Which labels a policy closes that `counts`; one that cannot be read may close them all.
    pub(super) fn closed(&self, counts: impl Fn(&NetworkPolicy<'t>) -> bool) -> Vec<bool> {
        let mut closed = vec![false; self.labels.len()];
        let mut open = closed.len();
        for policy in self.policies.iter().filter(|p| counts(p)) {
            // What all are closed by, nobody closes further.
            if open == 0 {
                break;
            }
            let selector = policy.selector();
            if policy.selects_all() || !selector.is_none_or(Selector::is_readable) {
                return vec![true; self.labels.len()];
            }
            for number in self.labels.fitting(selector) {
                if let Some(place) = closed.get_mut(number).filter(|place| !**place) {
                    *place = true;
                    open -= 1;
                }
            }
        }
        closed
    }

    /// Which labels are closed in a direction.
    pub(super) fn closed_in(&self, direction: Direction) -> Vec<bool> {
        self.closed(|p| p.covers(direction))
    }
}

impl Neighbour<'_> {
    /// Whether it shares the node's network, where policies do not reach it.
    pub(super) fn is_on_host(&self) -> bool {
        self.template.spec.get("hostNetwork").and_then(value::boolean) == Some(true)
    }
}
