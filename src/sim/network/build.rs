//! Objects to a network: pods, Services' addresses, and policies with their selectors resolved.
//!
//! Selectors are resolved through an index of labels, so that building grows with what is selected and not with pods
//! times policies. What the API server refuses (`pkg/apis/networking/validation`) makes its namespace unjudged.

use std::collections::{BTreeMap, HashMap};

use super::ask::Protocol;
use super::end::Pod;
use super::policy::{Number, Peer, Policy, Port, Rule, Set};
use super::Network;
use crate::model::cidr::{Cidr, address_of};
use crate::model::network_policy::{Direction, NetworkPolicy, Peer as PeerView, PolicyRule, Selector};
use crate::model::{Object, template_of, value};
use crate::parse::{Kind, Node};
use crate::sim::Reason;
use crate::sim::world::{Key, World};

/// The label that every namespace has (kubernetes `NamespaceDefaultLabelName`).
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

impl Network {
    /// The network of a world.
    pub fn new(world: &World) -> Self {
        let objects = world.objects();
        let mut network = Self::default();
        let mut spaces: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        let mut policies = Vec::new();
        for object in &objects {
            let Some(key) = Key::of(*object) else { continue };
            if key.kind == "Namespace" && object.group() == Some("") {
                spaces.insert(object.name().unwrap_or(""), object.labels());
            } else if let Some(template) = template_of(*object).filter(|_| key.kind != "PodTemplate") {
                network.add(Pod::new(*object, &key.namespace, &key.name, template));
            } else if key.kind == "Service" && object.group() == Some("") {
                network.service(*object, &key);
            } else if let Some(policy) = NetworkPolicy::new(*object) {
                policies.push((key, policy));
            }
        }
        let mut builder = Builder { spaces: Spaces::new(&network.pods, &spaces), network };
        for (key, policy) in &policies {
            builder.policy(key, *policy);
        }
        builder.network
    }

    fn add(&mut self, pod: Pod) {
        let at = self.pods.len() as u32;
        self.names.entry((pod.namespace.clone(), pod.name.clone())).or_default().push(at);
        if !pod.on_host {
            self.addresses.extend(pod.addresses.iter().map(|a| (*a, at)));
        }
        self.pods.push(pod);
        self.selected.push([Vec::new(), Vec::new()]);
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

/// Namespaces with their labels and pods, and pods by a label.
struct Spaces {
    /// Name and labels, in the order of names.
    all: Vec<(String, Vec<(String, String)>)>,
    /// The pods of a namespace.
    pods: Vec<Vec<u32>>,
    /// The pods of a namespace with this label.
    labelled: HashMap<(usize, String, String), Vec<u32>>,
}

impl Spaces {
    fn new(pods: &[Pod], known: &BTreeMap<&str, Vec<(&str, &str)>>) -> Self {
        let mut names: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for pod in pods {
            names.entry(pod.namespace.clone()).or_default();
        }
        for (name, labels) in known {
            let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            names.insert((*name).to_owned(), labels.filter(|(k, _)| k != NAME_LABEL).collect());
        }
        let mut all: Vec<_> = names.into_iter().collect();
        for (name, labels) in &mut all {
            labels.push((NAME_LABEL.to_owned(), name.clone()));
        }
        let mut spaces = Self { pods: vec![Vec::new(); all.len()], all, labelled: HashMap::new() };
        for (at, pod) in (0u32..).zip(pods) {
            let Some(space) = spaces.find(&pod.namespace) else { continue };
            spaces.pods[space].push(at);
            for (key, value) in &pod.labels {
                spaces.labelled.entry((space, key.clone(), value.clone())).or_default().push(at);
            }
        }
        spaces
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.all.binary_search_by(|(n, _)| n.as_str().cmp(name)).ok()
    }

    /// The namespaces that a selector selects; `None` where it cannot be read.
    fn selected(&self, selector: Selector<'_>) -> Option<Vec<usize>> {
        let mut out = Vec::new();
        for (at, (_, labels)) in self.all.iter().enumerate() {
            let labels: Vec<_> = labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            if selector.matches(&labels)? {
                out.push(at);
            }
        }
        // Where there is no namespace, whether it can be read is asked all the same.
        selector.matches(&[]).map(|_| out)
    }

    /// Hands `each` the pods of a namespace that a selector selects; `None` where it cannot be read.
    fn pods(
        &self,
        space: usize,
        pods: &[Pod],
        selector: Option<Selector<'_>>,
        mut each: impl FnMut(u32),
    ) -> Option<()> {
        let Some(selector) = selector else {
            self.pods[space].iter().copied().for_each(each);
            return Some(());
        };
        selector.matches(&[])?;
        let pair = first_pair(selector);
        let few = pair.map(|(k, v)| self.labelled.get(&(space, k.to_owned(), v.to_owned())));
        let candidates = match few {
            Some(found) => found.map_or(&[][..], Vec::as_slice),
            None => self.pods[space].as_slice(),
        };
        for at in candidates {
            let Some(pod) = pods.get(*at as usize) else { continue };
            let labels: Vec<_> = pod.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            if selector.matches(&labels)? {
                each(*at);
            }
        }
        Some(())
    }
}

/// A label that whoever is selected must have.
fn first_pair(selector: Selector<'_>) -> Option<(&str, &str)> {
    let labels = selector.node.get("matchLabels").and_then(value::mapping)?;
    let entry = labels.entries().into_iter().next()?;
    Some((entry.key.scalar()?, value::string(entry.value)?))
}

struct Builder {
    network: Network,
    spaces: Spaces,
}

/// What the API server would refuse.
struct Refused<'t>(Node<'t>, String);

impl Builder {
    fn policy(&mut self, key: &Key, policy: NetworkPolicy<'_>) {
        let title = format!("{}/{}", key.namespace, key.name);
        if let Err(Refused(node, why)) = self.compile(key, title.clone(), policy) {
            let text = format!("the API server refuses policy {title}: {} {why}", node.path());
            let reason = Reason::at(text, node.own_span());
            self.network.broken.entry(key.namespace.clone()).or_default().push(reason);
        }
    }

    fn compile<'t>(
        &mut self,
        key: &Key,
        title: String,
        policy: NetworkPolicy<'t>,
    ) -> Result<(), Refused<'t>> {
        types(policy)?;
        let mut rules = [Vec::new(), Vec::new()];
        for (slot, direction) in rules.iter_mut().zip([Direction::Ingress, Direction::Egress]) {
            for rule in policy.rules(direction) {
                slot.push(self.rule(&key.namespace, rule)?);
            }
        }
        let selector = policy.selector();
        let at = self.network.policies.len() as u32;
        let covers = [policy.covers(Direction::Ingress), policy.covers(Direction::Egress)];
        let mut chosen = Vec::new();
        if let Some(space) = self.spaces.find(&key.namespace) {
            let found = self.spaces.pods(space, &self.network.pods, selector, |pod| chosen.push(pod));
            found.ok_or_else(|| refused(selector.map_or(policy.spec, |s| s.node), "is no label selector"))?;
        }
        for pod in chosen {
            let Some(slots) = self.network.selected.get_mut(pod as usize) else { continue };
            for (slot, _) in slots.iter_mut().zip(covers).filter(|(_, covers)| *covers) {
                slot.push(at);
            }
        }
        let selector = selector.map_or_else(|| policy.object.kind_span(), |s| selector_span(s.node));
        self.network.policies.push(Policy { title, selector, rules });
        Ok(())
    }

    fn rule<'t>(&self, namespace: &str, rule: PolicyRule<'t>) -> Result<Rule, Refused<'t>> {
        let peers = rule.peers().into_iter().map(|peer| self.peer(namespace, peer)).collect::<Result<_, _>>()?;
        let ports = rule.ports().into_iter().map(port).collect::<Result<_, _>>()?;
        Ok(Rule { span: rule.node.own_span().at_start(), peers, ports })
    }

    fn peer<'t>(&self, namespace: &str, peer: PeerView<'t>) -> Result<Peer, Refused<'t>> {
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
        let chosen = match spaces {
            Some(selector) => self.spaces.selected(selector),
            None => Some(self.spaces.find(namespace).into_iter().collect()),
        };
        let chosen = chosen.ok_or_else(|| refused(peer.node, "holds a namespaceSelector that is none"))?;
        let mut set = Set::new(self.network.pods.len());
        for space in chosen {
            let found = self.spaces.pods(space, &self.network.pods, pods, |pod| set.insert(pod));
            found.ok_or_else(|| refused(peer.node, "holds a podSelector that is none"))?;
        }
        Ok(Peer::Pods(set))
    }
}

fn refused<'t>(node: Node<'t>, why: &str) -> Refused<'t> {
    Refused(node, why.to_owned())
}

/// The first line of a selector that spans several.
fn selector_span(node: Node<'_>) -> crate::text::Span {
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
