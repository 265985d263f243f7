//! Objects to a network: pods, Services' addresses, and policies with their selectors resolved.
//!
//! Selectors are tried on sets of labels and not on pods, so that building grows with what is selected and not with
//! pods times policies. What the API server refuses (`refused`) makes its namespace unjudged.

use std::collections::BTreeMap;

use super::Network;
use super::ask::INGRESS;
use super::end::Pod;
use super::policy::{Peer, Policy, Rule, Set};
use super::refused::{self, Refused, refused};
use super::service::{Service, selector};
use super::tier::Tiers;
use crate::model::cluster_network_policy::ClusterNetworkPolicy;
use crate::model::network_policy::{Direction, NetworkPolicy, Peer as PeerView, PolicyRule, is_foreign};
use crate::model::selector::{LabelSets, Labels, Selector};
use crate::model::{Object, template_of};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::world::{Key, Parts, World};

/// The label that every namespace has (kubernetes `NamespaceDefaultLabelName`).
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

impl Network {
    /// The network of a world.
    pub fn new(world: &World) -> Self {
        let mut network = Self::default();
        let mut spaces = Spaces::default();
        let (mut policies, mut bare) = (Vec::new(), Vec::new());
        let (mut cluster, mut nodes, mut services) = (Vec::new(), Vec::new(), Vec::new());
        let mut homes: BTreeMap<&str, Vec<(u32, Labels<'_>)>> = BTreeMap::new();
        for object in world.objects() {
            let Some(key) = Parts::of(object) else { continue };
            if key.kind == "Namespace" && object.group() == Some("") {
                spaces.namespace(object.name().unwrap_or(""), object.labels());
            } else if let Some(template) = template_of(object).filter(|_| key.kind != "PodTemplate") {
                let at = network.add(Pod::new(object, key.namespace, key.name, template));
                let home = object.namespace().unwrap_or("default");
                homes.entry(home).or_default().push((at, template.labels()));
                spaces.pod(home, template.labels(), at);
            } else if key.kind == "Service" && object.group() == Some("") {
                services.push(object);
            } else if key.kind == "Node" && object.group() == Some("") {
                nodes.push(object);
            } else if let Some(policy) = ClusterNetworkPolicy::new(object) {
                cluster.push(policy);
            } else if let Some(policy) = NetworkPolicy::new(object) {
                policies.extend(Key::of(object).map(|key| (key, policy)));
            } else if is_policy(object) {
                bare.extend(Key::of(object).map(|key| (key, object)));
            } else if is_foreign(object) {
                let title = Key::of(object).map_or_else(|| object.title(), |key| key.to_string());
                let text = format!("{title} is a policy that is not modelled");
                network.foreign.get_or_insert(Reason::at(text, object.kind_span()));
            }
        }
        spaces.close();
        for object in services {
            let here = homes.get(object.namespace().unwrap_or("default"));
            network.serve(object, here.map_or(&[], Vec::as_slice));
        }
        let mut builder = Builder { network, spaces, nodes };
        for (key, policy) in &policies {
            builder.policy(key, *policy);
        }
        for (key, object) in &bare {
            builder.bare(key, *object);
        }
        builder.tiers(&cluster);
        builder.network
    }

    fn add(&mut self, pod: Pod) -> u32 {
        let at = self.pods.len() as u32;
        self.names.entry((pod.namespace.clone(), pod.name.clone())).or_default().push(at);
        if !pod.on_host && !pod.ended {
            self.addresses.extend(pod.addresses.iter().map(|a| (*a, at)));
        }
        self.pods.push(pod);
        self.selected.push([Vec::new(), Vec::new()]);
        at
    }

    /// A Service, among the pods of its namespace with their labels.
    fn serve(&mut self, object: Object<'_>, pods: &[(u32, Labels<'_>)]) {
        let Some(mut service) = Service::new(object) else { return };
        let wanted = selector(object);
        if !wanted.is_empty() {
            let fits = |labels: &Labels<'_>| wanted.iter().all(|pair| labels.contains(pair));
            service.pods = pods.iter().filter(|(_, labels)| fits(labels)).map(|(at, _)| *at).collect();
        }
        let at = self.services.len() as u32;
        self.service_addresses.extend(service.addresses.iter().map(|address| (*address, at)));
        self.services.push(service);
    }
}

/// Namespaces and pods by their sets of labels.
#[derive(Default)]
pub(super) struct Spaces<'w> {
    /// Namespaces by name: their number and labels.
    names: BTreeMap<&'w str, (usize, Labels<'w>)>,
    sets: LabelSets<'w>,
    /// The namespaces that have a set of labels.
    with: Vec<Vec<usize>>,
    pod_sets: LabelSets<'w>,
    /// For each namespace the sets of labels in it, from the lowest on, and the pods that have them.
    pods: Vec<Vec<(usize, Vec<u32>)>>,
}

impl<'w> Spaces<'w> {
    fn number(&mut self, name: &'w str) -> usize {
        let next = self.names.len();
        self.names.entry(name).or_insert((next, Vec::new())).0
    }

    fn namespace(&mut self, name: &'w str, labels: Labels<'w>) {
        self.number(name);
        if let Some((_, known)) = self.names.get_mut(name) {
            *known = labels;
        }
    }

    fn pod(&mut self, namespace: &'w str, labels: Labels<'w>, at: u32) {
        let space = self.number(namespace);
        let set = self.pod_sets.add(labels);
        self.pods.resize_with(self.pods.len().max(space + 1), Vec::new);
        if let Some(here) = self.pods.get_mut(space) {
            match here.binary_search_by_key(&set, |(known, _)| *known) {
                Ok(known) => here[known].1.push(at),
                // Sets are numbered as they come: mostly this is the end.
                Err(next) => here.insert(next, (set, vec![at])),
            }
        }
    }

    /// All namespaces are known: each has its name for a label.
    fn close(&mut self) {
        for (name, (number, labels)) in &self.names {
            let own = labels.iter().copied().filter(|(key, _)| *key != NAME_LABEL);
            let set = self.sets.add(own.chain([(NAME_LABEL, *name)]).collect());
            self.with.resize_with(self.with.len().max(set + 1), Vec::new);
            if let Some(with) = self.with.get_mut(set) {
                with.push(*number);
            }
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).map(|(number, _)| *number)
    }

    /// All namespaces.
    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.names.len()).collect()
    }

    /// The namespaces that a selector selects.
    pub(super) fn selected(&self, selector: Selector<'w>) -> Vec<usize> {
        let sets = self.sets.fitting(Some(selector));
        sets.filter_map(|set| self.with.get(set)).flatten().copied().collect()
    }

    /// Hands `each` the pods that a selector selects in these namespaces.
    pub(super) fn pods(&self, spaces: &[usize], selector: Option<Selector<'w>>, mut each: impl FnMut(u32)) {
        let here = spaces.iter().filter_map(|space| self.pods.get(*space));
        let Some(selector) = selector.filter(|s| !s.is_empty()) else {
            here.flatten().flat_map(|(_, pods)| pods).copied().for_each(&mut each);
            return;
        };
        let sets: Vec<usize> = self.pod_sets.fitting(Some(selector)).collect();
        for here in here {
            meet(&sets, here, &mut each);
        }
    }
}

/// How much longer one list has to be than another to be searched for each item of that.
const LONGER: usize = 8;

/// Hands `each` the pods of a namespace whose set of labels is among these. Both go from the lowest set on.
fn meet(sets: &[usize], here: &[(usize, Vec<u32>)], mut each: impl FnMut(u32)) {
    if sets.len() * LONGER < here.len() {
        let found = sets.iter().filter_map(|set| here.binary_search_by_key(set, |(known, _)| *known).ok());
        found.flat_map(|at| &here[at].1).copied().for_each(each);
        return;
    }
    let mut rest = sets;
    for (set, pods) in here {
        let at = if here.len() * LONGER < rest.len() {
            rest.partition_point(|other| other < set)
        } else {
            rest.iter().position(|other| other >= set).unwrap_or(rest.len())
        };
        rest = &rest[at..];
        match rest.first() {
            None => return,
            Some(first) if first == set => pods.iter().copied().for_each(&mut each),
            Some(_) => {}
        }
    }
}

pub(super) struct Builder<'w> {
    pub(super) network: Network,
    pub(super) spaces: Spaces<'w>,
    /// The nodes of the cluster.
    pub(super) nodes: Vec<Object<'w>>,
}

/// Why the API server refuses a policy, where it does.
pub fn refused_policy(policy: NetworkPolicy<'_>) -> Option<Reason> {
    let key = Key::of(policy.object)?;
    let mut alone = Builder { network: Network::default(), spaces: Spaces::default(), nodes: Vec::new() };
    alone.policy(&key, policy);
    alone.network.broken.into_values().flatten().next()
}

impl<'w> Builder<'w> {
    fn policy(&mut self, key: &Key, policy: NetworkPolicy<'w>) {
        let title = format!("{}/{}", key.namespace, key.name);
        if let Err(Refused(node, why)) = self.compile(key, title.clone(), policy) {
            let text = format!("the API server refuses policy {title}: {} {why}", node.path());
            let reason = Reason::at(text, node.own_span());
            self.network.broken.entry(key.namespace.clone()).or_default().push(reason);
        }
    }

    /// The cluster's policies. What their API refuses may have been about any pod.
    fn tiers(&mut self, all: &[ClusterNetworkPolicy<'w>]) {
        let mut tiers = [Vec::new(), Vec::new()];
        for policy in all {
            match self.cluster(*policy) {
                Ok((tier, policy)) => tiers[tier as usize].push(policy),
                Err(Refused(node, why)) => {
                    let title = policy.object.title();
                    let text = format!("the API server refuses {title}: {} {why}", node.path());
                    self.network.foreign.get_or_insert(Reason::at(text, node.own_span()));
                }
            }
        }
        self.network.tiers = Tiers::new(tiers, self.network.pods.len());
    }

    /// A policy without a spec has an empty one: its zero value selects every pod, for ingress, and has no rule.
    fn bare(&mut self, key: &Key, object: Object<'w>) {
        let title = format!("{}/{}", key.namespace, key.name);
        let selector = object.kind_span();
        if let Some(spec) = object.node.get("spec") {
            let text = format!("the API server refuses policy {title}: {} is no mapping", spec.path());
            let reason = Reason::at(text, spec.own_span());
            self.network.broken.entry(key.namespace.clone()).or_default().push(reason);
            return;
        }
        let at = self.network.policies.len() as u32;
        let space: Vec<usize> = self.spaces.find(&key.namespace).into_iter().collect();
        let selected = &mut self.network.selected;
        self.spaces.pods(&space, None, |pod| {
            if let Some(ways) = selected.get_mut(pod as usize) {
                ways[INGRESS].push(at);
            }
        });
        self.network.policies.push(Policy { title, selector, rules: [Vec::new(), Vec::new()] });
    }

    fn compile(&mut self, key: &Key, title: String, policy: NetworkPolicy<'w>) -> Result<(), Refused<'w>> {
        refused::types(policy)?;
        let selector = policy.selector();
        refused::selector(selector)?;
        let mut rules = [Vec::new(), Vec::new()];
        for (slot, direction) in rules.iter_mut().zip(WAYS) {
            for rule in policy.rules(direction) {
                slot.push(self.rule(&key.namespace, rule)?);
            }
        }
        let at = self.network.policies.len() as u32;
        let space: Vec<usize> = self.spaces.find(&key.namespace).into_iter().collect();
        let (covers, selected) = (WAYS.map(|way| policy.covers(way)), &mut self.network.selected);
        let mut is_idle = true;
        self.spaces.pods(&space, selector, |pod| {
            is_idle = false;
            let slots = selected.get_mut(pod as usize).into_iter().flatten();
            slots.zip(covers).filter(|(_, covers)| *covers).for_each(|(slot, _)| slot.push(at));
        });
        if is_idle {
            self.network.idle.entry(key.namespace.clone()).or_default().push(at);
        }
        let selector = selector.map_or_else(|| policy.object.kind_span(), |s| first_line(s.node));
        self.network.policies.push(Policy { title, selector, rules });
        Ok(())
    }

    fn rule(&self, namespace: &str, rule: PolicyRule<'w>) -> Result<Rule, Refused<'w>> {
        let peers =
            rule.peers().into_iter().map(|peer| self.peer(namespace, peer)).collect::<Result<_, _>>()?;
        let ports = rule.ports().into_iter().map(refused::port).collect::<Result<_, _>>()?;
        Ok(Rule { span: rule.node.own_span().at_start(), peers, ports })
    }

    fn peer(&self, namespace: &str, peer: PeerView<'w>) -> Result<Peer, Refused<'w>> {
        let (pods, spaces) = (peer.pods(), peer.namespaces());
        if let Some(block) = peer.node.get("ipBlock") {
            if pods.is_some() || spaces.is_some() {
                return Err(refused(peer.node, "holds ipBlock beside a selector"));
            }
            return refused::block(block);
        }
        if pods.is_none() && spaces.is_none() {
            let why = "names no peer: every pod of the namespace is `podSelector: {}`";
            return Err(refused(peer.node, why));
        }
        refused::selector(pods)?;
        refused::selector(spaces)?;
        let chosen = match spaces {
            Some(selector) => self.spaces.selected(selector),
            None => self.spaces.find(namespace).into_iter().collect(),
        };
        let mut set = Set::new(self.network.pods.len());
        self.spaces.pods(&chosen, pods, |pod| set.insert(pod));
        Ok(Peer::Pods(set))
    }
}

/// Whether an object is a policy of Kubernetes' own, whatever its spec.
fn is_policy(object: Object<'_>) -> bool {
    let ours = object.group().is_some_and(|g| g == "networking.k8s.io" || g == "extensions");
    ours && object.kind() == Some("NetworkPolicy")
}

/// In the order of every pair in here.
pub(super) const WAYS: [Direction; 2] = [Direction::Ingress, Direction::Egress];

/// The key of a selector that may span several lines.
fn first_line(node: Node<'_>) -> crate::text::Span {
    node.key().map_or(node.own_span(), Node::own_span)
}
