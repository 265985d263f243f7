//! The port that a program listens on, and the port that a name means.

use super::pod::PodView;
use super::process::Process;
use crate::model::value;
use crate::parse::Node;
use crate::sim::world::Listen;
use crate::sim::{Reason, Verdict};

/// A port that a program listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Port {
    /// Its number.
    pub(super) number: u32,
    /// Whether the manifest says so, and not the program's own default.
    pub(super) told: bool,
}

/// The port that a program listens on: an argument counts over the environment, that over its own default.
pub(super) fn port(process: &Process<'_>, listen: &Listen) -> Result<Port, Verdict> {
    let told = |number| Port { number, told: true };
    let own = Port { number: listen.port, told: false };
    if let Some(value) = listen.argument.as_ref().and_then(|option| process.option(option)) {
        return port_in(&value).map(told).ok_or_else(|| {
            Verdict::unmodelled(format!("an argument of {} names no port: `{value}`", process.title()))
        });
    }
    let Some(name) = &listen.env else { return Ok(own) };
    let container = process.container.node;
    let variables = container.get("env").and_then(value::list).into_iter().flat_map(Node::items);
    // Of a name that is there twice the last one counts.
    let set = variables.rev().find(|item| item.get("name").and_then(Node::as_str) == Some(name));
    let Some(item) = set else {
        return match container.get("envFrom") {
            Some(_) => Err(Verdict::unmodelled(format!("envFrom may set {name}, which is not modelled"))),
            None => Ok(own),
        };
    };
    let Some(text) = item.get("value").and_then(Node::as_str) else {
        return Err(Verdict::unmodelled(format!("{name} comes from elsewhere, which is not modelled")));
    };
    port_in(text).map(told).ok_or_else(|| {
        Verdict::denied(Reason::at(format!("{name} of {} is no port", process.title()), item.own_span()))
    })
}

/// The port of a pod that a Service or a probe asks for: a number, or the name of a container's port.
pub(super) fn named(pod: &PodView<'_>, node: Node<'_>) -> Result<u32, Verdict> {
    let number = |node: Node<'_>| value::integer(node).and_then(|n| u32::try_from(n).ok());
    if let Some(number) = number(node) {
        return Ok(number);
    }
    let name = node.as_str().unwrap_or("");
    let lists = pod.steady().filter_map(|c| c.node.get("ports").and_then(value::list));
    let port = lists.flat_map(Node::items).find(|p| p.get("name").and_then(Node::as_str) == Some(name));
    port.and_then(|p| p.get("containerPort")).and_then(number).ok_or_else(|| {
        Verdict::denied(Reason::at(format!("no container port is named `{name}`"), node.own_span()))
            .evidence("connect: connection refused (no endpoints)")
    })
}

/// The port in `8443`, `:8443`, `0.0.0.0:8443` or `[::]:8443`.
fn port_in(text: &str) -> Option<u32> {
    let digits = text.rsplit(':').next()?;
    digits.parse().ok().filter(|p| (1..=65_535).contains(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_from_addresses() {
        assert_eq!(port_in(":8443"), Some(8443));
        assert_eq!(port_in("[::]:443"), Some(443));
        assert_eq!(port_in("8080"), Some(8080));
        assert_eq!(port_in("https"), None);
        assert_eq!(port_in("0.0.0.0:70000"), None);
    }
}
