//! A node as the scheduler sees it: a Node object, or our own facts of one, or both.

use std::collections::BTreeMap;

use crate::model::node_selector::NodeLabels;
use crate::model::taint::Taint;
use crate::model::{Object, Quantity, value};
use crate::parse::Node;
use crate::sim::world::{Host, Runtime, World};
use crate::text::Span;

/// The handler that containerd's own configuration has.
const BUILT_IN: &str = "runc";

/// A node.
#[derive(Clone, Debug)]
pub struct Machine<'w> {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: NodeLabels,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Where it is said to be cordoned.
    pub unschedulable: Option<Span>,
    /// What pods may ask of it together, where that is known.
    pub allocatable: Option<BTreeMap<String, Quantity>>,
    /// What else is known of it.
    pub host: Option<&'w Host>,
    /// The handlers that its status names.
    reported: Option<Vec<String>>,
}

impl<'w> Machine<'w> {
    /// All nodes of a world: those with facts first, each once.
    pub fn all(world: &'w World) -> Vec<Self> {
        let mut out: Vec<Self> = world.hosts().iter().map(Self::of_host).collect();
        for object in world.objects() {
            if object.kind() != Some("Node") || object.group() != Some("") {
                continue;
            }
            let Some(name) = object.name() else { continue };
            if let Some(known) = out.iter_mut().find(|m| m.name == name) {
                known.take(object);
            } else {
                let mut machine = Self::bare(name);
                machine.take(object);
                out.push(machine);
            }
        }
        out
    }

    fn bare(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            labels: NodeLabels::new(),
            taints: Vec::new(),
            unschedulable: None,
            allocatable: None,
            host: None,
            reported: None,
        }
    }

    fn of_host(host: &'w Host) -> Self {
        Self {
            labels: host.labels.clone(),
            taints: host.taints.clone(),
            unschedulable: host.unschedulable,
            allocatable: host.allocatable.clone(),
            host: Some(host),
            ..Self::bare(&host.name)
        }
    }

    /// Adds what a Node object says: labels, taints, whether it is cordoned, its status.
    fn take(&mut self, object: Object<'w>) {
        let node = object.node;
        self.labels.extend(object.labels().into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())));
        let taints = node.at(&["spec", "taints"]).and_then(value::list);
        self.taints.extend(taints.into_iter().flat_map(Node::items).filter_map(Taint::of));
        if let Some(cordoned) = node.at(&["spec", "unschedulable"]).filter(|n| n.as_bool() == Some(true)) {
            self.unschedulable = Some(cordoned.own_span());
        }
        if let Some(list) = node.at(&["status", "allocatable"]) {
            let pairs = list
                .entries()
                .into_iter()
                .filter_map(|e| Some((e.key.scalar()?.to_owned(), Quantity::of(e.value)?)));
            self.allocatable = Some(pairs.collect());
        }
        if let Some(list) = node.at(&["status", "runtimeHandlers"]).and_then(value::list) {
            let names = list.items().map(|n| n.get("name").and_then(value::string).unwrap_or("").to_owned());
            self.reported = Some(names.collect());
        }
    }

    /// Whether its runtime has a handler of this name; none where that is not known.
    pub fn has_handler(&self, name: &str) -> Option<bool> {
        let built_in = |host: &&Host| name == BUILT_IN && host.runtime == Runtime::Containerd;
        if self.host.as_ref().is_some_and(built_in) {
            return Some(true);
        }
        let facts = self.host.and_then(|h| h.handlers.as_ref()).map(|all| all.iter().any(|h| h.name == name));
        facts.or_else(|| self.reported.as_ref().map(|all| all.iter().any(|n| n == name)))
    }
}
