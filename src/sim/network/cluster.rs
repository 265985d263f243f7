//! The cluster's policies to tiers: subjects and peers resolved, and what their API refuses.
//!
//! kubernetes-sigs/network-policy-api `apis/v1alpha2`: the markers of validation there. A peer of nodes is the addresses
//! in their status; names are peers whose addresses nobody knows.

use super::ask::Protocol;
use super::build::{Builder, WAYS};
use super::policy::{Number, Peer, Port, Rule, Set};
use super::refused::{self, Refused, refused};
use super::tier::{TierPolicy, TierRule};
use crate::model::cidr::{Cidr, address_of};
use crate::model::cluster_network_policy::{Action, ClusterNetworkPolicy, Tier};
use crate::model::selector::Selector;
use crate::model::value;
use crate::parse::Node;

/// The most items of any list.
const MOST: usize = 25;

impl<'w> Builder<'w> {
    /// Compiles a policy.
    pub(super) fn cluster(
        &self,
        policy: ClusterNetworkPolicy<'w>,
    ) -> Result<(Tier, TierPolicy), Refused<'w>> {
        let spec = policy.spec;
        let tier = policy.tier().ok_or_else(|| refused(spec, "has no tier Admin or Baseline"))?;
        let priority = policy.priority().ok_or_else(|| refused(spec, "has no priority from 0 to 1000"))?;
        let subject = spec.get("subject").ok_or_else(|| refused(spec, "has no subject"))?;
        let key = one_of(subject, &["namespaces", "pods"])?;
        let mut pods = Vec::new();
        self.pods_of(subject, key, |pod| pods.push(pod))?;
        pods.retain(|at| self.network.pods.get(*at as usize).is_some_and(|pod| !pod.on_host));
        let mut rules = [Vec::new(), Vec::new()];
        for (slot, direction) in rules.iter_mut().zip(WAYS) {
            let (list, peers) = policy.rules(direction);
            for rule in items(list)? {
                slot.push(self.tier_rule(rule, peers, policy.masks_blocks())?);
            }
        }
        let title = policy.object.name().unwrap_or("").to_owned();
        Ok((tier, TierPolicy { title, priority, subject: pods, rules }))
    }

    fn tier_rule(&self, node: Node<'w>, key: &str, masked: bool) -> Result<TierRule, Refused<'w>> {
        let word = node.get("action").and_then(value::string);
        let action = word
            .and_then(Action::of_word)
            .ok_or_else(|| refused(node, "has no action Accept, Deny or Pass"))?;
        let list = node.get(key).ok_or_else(|| refused(node, "names no peer: at least one is needed"))?;
        let mut peers = Vec::new();
        for peer in some(list)? {
            self.tier_peer(peer, key == "to", &mut peers)?;
            if masked {
                masks(peer)?;
            }
        }
        let mut ports = Vec::new();
        if let Some(protocols) = node.get("protocols") {
            for protocol in some(protocols)? {
                tier_port(protocol, &mut ports)?;
            }
        }
        let named = ports.iter().any(|port| matches!(port.number, Number::Named(_)));
        if named && peers.iter().any(|peer| !matches!(peer, Peer::Pods(_))) {
            return Err(refused(node, "names a port by its name beside nodes, networks or domain names"));
        }
        // A list of peers that finds nobody means nobody, and not everybody.
        if peers.is_empty() {
            peers.push(Peer::Pods(Set::new(0)));
        }
        let name = node.get("name").and_then(value::string).unwrap_or("").to_owned();
        Ok(TierRule { action, name, rule: Rule { span: node.own_span().at_start(), peers, ports } })
    }

    fn tier_peer(&self, node: Node<'w>, egress: bool, out: &mut Vec<Peer>) -> Result<(), Refused<'w>> {
        let all = ["namespaces", "pods", "nodes", "networks", "domainNames"];
        let key = one_of(node, if egress { &all } else { &all[..2] })?;
        let Some(value) = node.get(key) else { return Ok(()) };
        match key {
            "nodes" => self.nodes(Selector { node: value }, out)?,
            "networks" => {
                for network in some(value)? {
                    let why = "is no block of addresses, as 10.0.0.0/8 and fd00::/8 are";
                    let block = value::string(network).and_then(Cidr::parse);
                    let block = block.ok_or_else(|| refused(network, why))?;
                    out.push(Peer::Block { block, except: Vec::new() });
                }
            }
            "domainNames" => {
                some(value)?;
                out.push(Peer::Domains);
            }
            key => {
                let mut set = Set::new(self.network.pods.len());
                self.pods_of(node, key, |pod| set.insert(pod))?;
                out.push(Peer::Pods(set));
            }
        }
        Ok(())
    }

    /// The addresses of the nodes that a selector fits. Where no node was read, or one has no address, nobody knows them.
    fn nodes(&self, selector: Selector<'w>, out: &mut Vec<Peer>) -> Result<(), Refused<'w>> {
        refused::selector(Some(selector))?;
        let mut known = !self.nodes.is_empty();
        for node in &self.nodes {
            if selector.matches(&node.labels()) != Some(true) {
                continue;
            }
            let list = node.node.at(&["status", "addresses"]).and_then(value::list);
            let addresses = list.into_iter().flat_map(Node::items).filter_map(|a| a.get("address"));
            let addresses: Vec<_> = addresses.filter_map(value::string).filter_map(address_of).collect();
            known &= !addresses.is_empty();
            out.extend(addresses.into_iter().map(|a| Peer::Block { block: Cidr::of(a), except: Vec::new() }));
        }
        if !known {
            out.push(Peer::Nodes);
        }
        Ok(())
    }

    /// Hands `each` the pods that `namespaces` or `pods` of a holder selects. No selector of namespaces is the empty one.
    fn pods_of(&self, holder: Node<'w>, key: &str, each: impl FnMut(u32)) -> Result<(), Refused<'w>> {
        let Some(node) = holder.get(key) else { return Ok(()) };
        let (spaces, pods) = match key {
            "pods" => {
                let pods = node.get("podSelector");
                let pods = pods.ok_or_else(|| refused(node, "has no podSelector; the empty one is {}"))?;
                (node.get("namespaceSelector"), Some(Selector { node: pods }))
            }
            _ => (Some(node), None),
        };
        let spaces = spaces.map(|node| Selector { node });
        refused::selector(spaces)?;
        refused::selector(pods)?;
        let chosen = match spaces {
            Some(selector) => self.spaces.selected(selector),
            None => self.spaces.all(),
        };
        self.spaces.pods(&chosen, pods, each);
        Ok(())
    }
}

/// Whether no block of a peer has a bit behind its mask.
fn masks(peer: Node<'_>) -> Result<(), Refused<'_>> {
    let all = peer.get("networks").and_then(value::list).into_iter().flat_map(Node::items);
    let block = |node: &Node<'_>| value::string(*node).and_then(Cidr::parse);
    match all.into_iter().find(|node| block(node).is_some_and(|block| !block.is_masked())) {
        Some(node) => Err(refused(node, "has bits behind its mask")),
        None => Ok(()),
    }
}

/// The one key of a mapping that has exactly one, of those that there are.
fn one_of<'t>(node: Node<'t>, known: &[&'static str]) -> Result<&'static str, Refused<'t>> {
    let set: Vec<&'static str> = known.iter().copied().filter(|key| node.get(key).is_some()).collect();
    match set[..] {
        [one] if node.entries().len() == 1 => Ok(one),
        _ => Err(Refused(node, format!("has to hold exactly one of {}", known.join(", ")))),
    }
}

/// The items of a list that may be missing.
fn items(list: Option<Node<'_>>) -> Result<Vec<Node<'_>>, Refused<'_>> {
    let Some(node) = list else { return Ok(Vec::new()) };
    let all: Vec<Node<'_>> = value::list(node).ok_or_else(|| refused(node, "is no list"))?.items().collect();
    if all.len() > MOST { Err(refused(node, "holds more than 25 items")) } else { Ok(all) }
}

/// The items of a list that has to hold some.
fn some(node: Node<'_>) -> Result<Vec<Node<'_>>, Refused<'_>> {
    let all = items(Some(node))?;
    if all.is_empty() { Err(refused(node, "is empty")) } else { Ok(all) }
}

/// Ports of one protocol, or a port by its name in any of them.
fn tier_port<'t>(node: Node<'t>, out: &mut Vec<Port>) -> Result<(), Refused<'t>> {
    let key = one_of(node, &["tcp", "udp", "sctp", "destinationNamedPort"])?;
    let Some(value) = node.get(key) else { return Ok(()) };
    if key == "destinationNamedPort" {
        let name = value::string(value).ok_or_else(|| refused(value, "is no name"))?;
        let all = Protocol::WORDS.iter().map(|(_, protocol)| *protocol);
        out.extend(all.map(|protocol| Port { protocol, number: Number::Named(name.to_owned()) }));
        return Ok(());
    }
    let protocol = Protocol::of_word(&key.to_uppercase()).unwrap_or_default();
    let port = value.get("destinationPort").ok_or_else(|| refused(value, "has no destinationPort"))?;
    let read = |holder: Node<'t>, key: &str| {
        let number = holder.get(key).and_then(value::integer).and_then(|n| u16::try_from(n).ok());
        number.filter(|n| *n > 0).ok_or_else(|| refused(holder, "holds no port from 1 to 65535"))
    };
    let number = if one_of(port, &["number", "range"])? == "number" {
        let number = read(port, "number")?;
        Number::Range(number, number)
    } else {
        let range = port.get("range").unwrap_or(port);
        let (start, end) = (read(range, "start")?, read(range, "end")?);
        if start >= end {
            return Err(refused(range, "ends before it begins, or where it begins"));
        }
        Number::Range(start, end)
    };
    out.push(Port { protocol, number });
    Ok(())
}
