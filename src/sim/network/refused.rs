//! What the API server refuses of a policy: selectors, names, ports, blocks.
//!
//! kubernetes `pkg/apis/networking/validation`, apimachinery `pkg/apis/meta/v1/validation` (`ValidateLabelSelector`).

use super::ask::Protocol;
use super::policy::{Number, Peer, Port};
use crate::model::cidr::Cidr;
use crate::model::names;
use crate::model::network_policy::NetworkPolicy;
use crate::model::selector::Selector;
use crate::model::value;
use crate::parse::{Kind, Node};

/// What is refused, and why.
pub(super) struct Refused<'t>(pub(super) Node<'t>, pub(super) String);

pub(super) fn refused<'t>(node: Node<'t>, why: &str) -> Refused<'t> {
    Refused(node, why.to_owned())
}

/// `policyTypes`: two at the most.
pub(super) fn types(policy: NetworkPolicy<'_>) -> Result<(), Refused<'_>> {
    let Some(node) = policy.spec.get("policyTypes") else { return Ok(()) };
    let known = |t: Node<'_>| matches!(value::string(t), Some("Ingress" | "Egress"));
    let list = value::list(node).ok_or_else(|| refused(node, "is no list"))?;
    if list.items().len() > 2 {
        return Err(refused(node, "holds more than two types"));
    }
    match list.items().find(|t| !known(*t)) {
        Some(odd) => Err(refused(odd, "is neither Ingress nor Egress")),
        None => Ok(()),
    }
}

/// A selector.
pub(super) fn selector(selector: Option<Selector<'_>>) -> Result<(), Refused<'_>> {
    let Some(Selector { node }) = selector else { return Ok(()) };
    value::mapping(node).ok_or_else(|| refused(node, "is no selector"))?;
    if let Some(wanted) = node.get("matchLabels") {
        let wanted = value::mapping(wanted).ok_or_else(|| refused(wanted, "is no mapping of labels"))?;
        for entry in wanted.entries() {
            label_key(entry.value, entry.key.scalar())?;
            label_value(entry.value)?;
        }
    }
    if let Some(all) = node.get("matchExpressions") {
        let all = value::list(all).ok_or_else(|| refused(all, "is no list"))?;
        all.items().try_for_each(expression)?;
    }
    Ok(())
}

fn expression(node: Node<'_>) -> Result<(), Refused<'_>> {
    let key = node.get("key").ok_or_else(|| refused(node, "has no key"))?;
    label_key(key, value::string(key))?;
    let operator = node.get("operator").ok_or_else(|| refused(node, "has no operator"))?;
    let list = node.get("values").and_then(value::list);
    let values = || list.into_iter().flat_map(Node::items);
    match value::string(operator) {
        Some("In" | "NotIn") if values().next().is_none() => {
            Err(refused(node, "has no values: In and NotIn take some"))
        }
        Some("Exists" | "DoesNotExist") if values().next().is_some() => {
            Err(refused(node, "has values: Exists and DoesNotExist take none"))
        }
        Some("In" | "NotIn" | "Exists" | "DoesNotExist") => values().try_for_each(label_value),
        _ => Err(refused(operator, "is not one of In, NotIn, Exists and DoesNotExist")),
    }
}

fn label_key<'t>(node: Node<'t>, key: Option<&str>) -> Result<(), Refused<'t>> {
    let key = key.unwrap_or("");
    if names::is_label_key(key) {
        return Ok(());
    }
    Err(Refused(node, format!("stands behind `{key}`, which is no key of a label")))
}

fn label_value(node: Node<'_>) -> Result<(), Refused<'_>> {
    let text = value::string(node).ok_or_else(|| refused(node, "is no string"))?;
    if names::is_label_value(text) {
        return Ok(());
    }
    let why =
        "is no value of a label: up to 63 letters, digits, `-`, `_` and `.`, the first and last no sign";
    Err(refused(node, why))
}

/// A block of addresses with its exceptions.
pub(super) fn block(node: Node<'_>) -> Result<Peer, Refused<'_>> {
    let read = |node: Node<'_>| value::string(node).and_then(Cidr::parse);
    let why = "is no block of addresses, as 192.0.2.0/24 and 192.0.2.7/32 are";
    let cidr = node.get("cidr").ok_or_else(|| refused(node, "has no cidr"))?;
    let whole = read(cidr).ok_or_else(|| refused(cidr, why))?;
    let mut except = Vec::new();
    for node in node.get("except").and_then(value::list).into_iter().flat_map(Node::items) {
        let part = read(node).ok_or_else(|| refused(node, why))?;
        if !whole.contains(part) || part.contains(whole) {
            return Err(refused(node, "is no smaller block inside of cidr, from which it could be cut out"));
        }
        except.push(part);
    }
    Ok(Peer::Block { block: whole, except })
}

/// A port of a rule.
pub(super) fn port(node: Node<'_>) -> Result<Port, Refused<'_>> {
    let protocol = match node.get("protocol") {
        None => Protocol::Tcp,
        Some(word) => value::string(word)
            .and_then(Protocol::of_word)
            .ok_or_else(|| refused(word, "is not one of TCP, UDP and SCTP"))?,
    };
    let end = node.get("endPort");
    let number = match node.get("port") {
        None if end.is_some() => return Err(refused(node, "has an endPort without a port")),
        None => Number::Any,
        Some(name) if name.kind() == Kind::Str => {
            let text = name.as_str().unwrap_or("");
            if end.is_some() {
                return Err(refused(node, "has an endPort beside a name"));
            }
            if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(refused(
                    name,
                    "is a number in quotes, which makes it a name: take the quotes away",
                ));
            }
            if !names::is_port_name(text) {
                let why = "is no name of a port: up to 15 small letters, digits and `-`, a letter among them";
                return Err(refused(name, why));
            }
            Number::Named(text.to_owned())
        }
        Some(port) => {
            let why = "is no port: they go from 1 to 65535";
            let read = |n: Node<'_>| value::integer(n).and_then(|n| u16::try_from(n).ok()).filter(|n| *n > 0);
            let from = read(port).ok_or_else(|| refused(port, why))?;
            let to = match end {
                None => from,
                Some(end) => read(end).ok_or_else(|| refused(end, why))?,
            };
            if to < from {
                return Err(refused(node, "ends before it begins"));
            }
            Number::Range(from, to)
        }
    };
    Ok(Port { protocol, number })
}
