//! Objects to a network: pods, Services' addresses, and policies with their selectors resolved.
//!
//! Selectors are tried on sets of labels and not on pods, so that building grows with what is selected and not with
//! pods times policies. What the API server refuses (`pkg/apis/networking/validation`) makes its namespace unjudged.

use std::collections::BTreeMap;

use super::Network;
use super::ask::Protocol;
use super::end::Pod;
use super::policy::{Number, Peer, Policy, Port, Rule, Set};
use crate::model::cidr::{Cidr, address_of};
use crate::model::network_policy::{Direction, NetworkPolicy, Peer as PeerView, PolicyRule, is_foreign};
use crate::model::selector::{LabelSets, Labels, Selector};
use crate::model::{Object, template_of, value};
use crate::parse::{Kind, Node};
use crate::sim::Reason;
use crate::sim::world::{Key, World};

/// The label that every namespace has (kubernetes `NamespaceDefaultLabelName`).
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

impl Network {
    /// The network of a world.
    pub fn new(world: &World) -> Self {
        let mut network = Self::default();
        let mut spaces = Spaces::default();
        let mut policies = Vec::new();
        for object in world.objects() {
            let Some(key) = Key::of(object) else { continue };
            if key.kind == "Namespace" && object.group() == Some("") {
                spaces.namespace(object.name().unwrap_or(""), object.labels());
            } else if let Some(template) = template_of(object).filter(|_| key.kind != "PodTemplate") {
                let at = network.add(Pod::new(object, &key.namespace, &key.name, template));
                spaces.pod(object.namespace().unwrap_or("default"), template.labels(), at);
            } else if key.kind == "Service" && object.group() == Some("") {
                network.service(object, &key);
            } else if let Some(policy) = NetworkPolicy::new(object) {
                policies.push((key, policy));
            } else if is_foreign(object) {
                let text = format!("{key} is a policy that is not modelled");
                network.foreign.get_or_insert(Reason::at(text, object.kind_span()));
            }
        }
        spaces.close();
        let mut builder = Builder { network, spaces };
        for (key, policy) in &policies {
            builder.policy(key, *policy);
        }
        builder.network
    }

    fn add(&mut self, pod: Pod) -> u32 {
        let at = self.pods.len() as u32;
        self.names.entry((pod.namespace.clone(), pod.name.clone())).or_default().push(at);
        if !pod.on_host {
            self.addresses.extend(pod.addresses.iter().map(|a| (*a, at)));
        }
        self.pods.push(pod);
        self.selected.push([Vec::new(), Vec::new()]);
        at
    }

    fn service(&mut self, object: Object<'_>, key: &Key) {
        let spec = object.node.get("spec");
        let one = spec.and_then(|s| s.get("clusterIP"));
        let more = spec.and_then(|s| s.get("clusterIPs")).and_then(value::list);
        let all = one.into_iter().chain(more.into_iter().flat_map(Node::items));
        let all = all.filter_map(value::string).filter_map(address_of);
        self.services.extend(all.map(|address| (address, format!("{}/{}", key.namespace, key.name))));
    }
}

/// Namespaces and pods by their sets of labels.
#[derive(Default)]
struct Spaces<'w> {
    /// Namespaces by name: their number and labels.
    names: BTreeMap<&'w str, (usize, Labels<'w>)>,
    sets: LabelSets<'w>,
    /// The namespaces that have a set of labels.
    with: Vec<Vec<usize>>,
    pod_sets: LabelSets<'w>,
    /// The pods of a namespace that have a set of labels.
    pods: BTreeMap<(usize, usize), Vec<u32>>,
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
        self.pods.entry((space, set)).or_default().push(at);
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

    /// The namespaces that a selector selects.
    fn selected(&self, selector: Selector<'w>) -> Vec<usize> {
        let sets = self.sets.fitting(Some(selector));
        sets.filter_map(|set| self.with.get(set)).flatten().copied().collect()
    }

    /// Hands `each` the pods that a selector selects in these namespaces.
    fn pods(&self, spaces: &[usize], selector: Option<Selector<'w>>, mut each: impl FnMut(u32)) {
        let Some(selector) = selector.filter(|s| !s.is_empty()) else {
            for space in spaces {
                let all = self.pods.range((*space, 0)..(*space + 1, 0));
                all.flat_map(|(_, pods)| pods).copied().for_each(&mut each);
            }
            return;
        };
        for set in self.pod_sets.fitting(Some(selector)) {
            let found = spaces.iter().filter_map(|space| self.pods.get(&(*space, set)));
            found.flatten().copied().for_each(&mut each);
        }
    }
}

struct Builder<'w> {
    network: Network,
    spaces: Spaces<'w>,
}

/// What the API server would refuse.
struct Refused<'t>(Node<'t>, String);

/// Why the API server refuses a policy, where it does.
pub fn refused_policy(policy: NetworkPolicy<'_>) -> Option<Reason> {
    let key = Key::of(policy.object)?;
    let mut alone = Builder { network: Network::default(), spaces: Spaces::default() };
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

    fn compile(&mut self, key: &Key, title: String, policy: NetworkPolicy<'w>) -> Result<(), Refused<'w>> {
        types(policy)?;
        let selector = policy.selector();
        readable(selector, "podSelector")?;
        let mut rules = [Vec::new(), Vec::new()];
        for (slot, direction) in rules.iter_mut().zip(WAYS) {
            for rule in policy.rules(direction) {
                slot.push(self.rule(&key.namespace, rule)?);
            }
        }
        let at = self.network.policies.len() as u32;
        let space: Vec<usize> = self.spaces.find(&key.namespace).into_iter().collect();
        let (covers, selected) = (WAYS.map(|way| policy.covers(way)), &mut self.network.selected);
        self.spaces.pods(&space, selector, |pod| {
            let slots = selected.get_mut(pod as usize).into_iter().flatten();
            slots.zip(covers).filter(|(_, covers)| *covers).for_each(|(slot, _)| slot.push(at));
        });
        let selector = selector.map_or_else(|| policy.object.kind_span(), |s| first_line(s.node));
        self.network.policies.push(Policy { title, selector, rules });
        Ok(())
    }

    fn rule(&self, namespace: &str, rule: PolicyRule<'w>) -> Result<Rule, Refused<'w>> {
        let peers =
            rule.peers().into_iter().map(|peer| self.peer(namespace, peer)).collect::<Result<_, _>>()?;
        let ports = rule.ports().into_iter().map(port).collect::<Result<_, _>>()?;
        Ok(Rule { span: rule.node.own_span().at_start(), peers, ports })
    }

    fn peer(&self, namespace: &str, peer: PeerView<'w>) -> Result<Peer, Refused<'w>> {
        let (pods, spaces) = (peer.pods(), peer.namespaces());
        if let Some(block) = peer.node.get("ipBlock") {
            if pods.is_some() || spaces.is_some() {
                return Err(refused(peer.node, "holds ipBlock beside a selector"));
            }
            return block_of(block);
        }
        if pods.is_none() && spaces.is_none() {
            return Err(refused(peer.node, "names no peer"));
        }
        readable(pods, "podSelector")?;
        readable(spaces, "namespaceSelector")?;
        let chosen = match spaces {
            Some(selector) => self.spaces.selected(selector),
            None => self.spaces.find(namespace).into_iter().collect(),
        };
        let mut set = Set::new(self.network.pods.len());
        self.spaces.pods(&chosen, pods, |pod| set.insert(pod));
        Ok(Peer::Pods(set))
    }
}

/// In the order of every pair in here.
const WAYS: [Direction; 2] = [Direction::Ingress, Direction::Egress];

fn readable<'t>(selector: Option<Selector<'t>>, what: &str) -> Result<(), Refused<'t>> {
    match selector.filter(|s| !s.is_readable()) {
        Some(selector) => Err(Refused(selector.node, format!("is no {what}"))),
        None => Ok(()),
    }
}

fn refused<'t>(node: Node<'t>, why: &str) -> Refused<'t> {
    Refused(node, why.to_owned())
}

/// The key of a selector that may span several lines.
fn first_line(node: Node<'_>) -> crate::text::Span {
    node.key().map_or(node.own_span(), Node::own_span)
}

fn types(policy: NetworkPolicy<'_>) -> Result<(), Refused<'_>> {
    let Some(node) = policy.spec.get("policyTypes") else { return Ok(()) };
    let known = |t: Node<'_>| matches!(value::string(t), Some("Ingress" | "Egress"));
    let list = value::list(node).ok_or_else(|| refused(node, "is no list"))?;
    match list.items().find(|t| !known(*t)) {
        Some(odd) => Err(refused(odd, "is neither Ingress nor Egress")),
        None => Ok(()),
    }
}

fn block_of(block: Node<'_>) -> Result<Peer, Refused<'_>> {
    let read = |node: Node<'_>| value::string(node).and_then(Cidr::parse);
    let cidr = block.get("cidr").ok_or_else(|| refused(block, "has no cidr"))?;
    let whole = read(cidr).ok_or_else(|| refused(cidr, "is no block of addresses"))?;
    let mut except = Vec::new();
    for node in block.get("except").and_then(value::list).into_iter().flat_map(Node::items) {
        let part = read(node).ok_or_else(|| refused(node, "is no block of addresses"))?;
        if !whole.contains(part) || part == whole {
            return Err(refused(node, "is no part of cidr"));
        }
        except.push(part);
    }
    Ok(Peer::Block { block: whole, except })
}

fn port(node: Node<'_>) -> Result<Port, Refused<'_>> {
    let protocol = node.get("protocol").map_or(Some("TCP"), value::string);
    let protocol = protocol.and_then(Protocol::of_word);
    let protocol = protocol.ok_or_else(|| refused(node, "names a protocol other than TCP, UDP and SCTP"))?;
    let end = node.get("endPort");
    let number = match node.get("port") {
        None if end.is_some() => return Err(refused(node, "has an endPort without a port")),
        None => Number::Any,
        Some(name) if name.kind() == Kind::Str => {
            if end.is_some() {
                return Err(refused(node, "has an endPort beside a name"));
            }
            Number::Named(name.as_str().unwrap_or("").to_owned())
        }
        Some(port) => {
            let read = |n: Node<'_>| value::integer(n).and_then(|n| u16::try_from(n).ok()).filter(|n| *n > 0);
            let from = read(port).ok_or_else(|| refused(port, "is no port"))?;
            let to = end.map_or(Some(from), read).filter(|to| *to >= from);
            Number::Range(from, to.ok_or_else(|| refused(node, "ends before it begins"))?)
        }
    };
    Ok(Port { protocol, number })
}
