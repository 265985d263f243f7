//! A pod as the network sees it: labels, addresses, named ports.

use std::net::IpAddr;

use super::ask::Protocol;
use crate::model::cidr::address_of;
use crate::model::{Class, Object, PodSettings, PodTemplate, value};
use crate::parse::Node;
use crate::text::Span;

/// A pod, or the pods that a workload makes: they are all alike.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// `Pod`, or the kind of the workload.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where the object's kind stands.
    pub span: Span,
    /// Its addresses, where they are known.
    pub(super) addresses: Vec<IpAddr>,
    /// Whether it is on its node's network.
    pub(super) on_host: bool,
    /// Whether it has run to its end: nothing listens there, and another pod may have its address.
    pub(super) ended: bool,
    /// The node that it runs on, where that is known.
    pub(super) node: Option<String>,
    /// The addresses of that node.
    pub(super) host: Vec<IpAddr>,
    /// The ports that its containers name.
    ports: Vec<(String, Protocol, u16)>,
}

impl Pod {
    pub(super) fn new(object: Object<'_>, namespace: &str, name: &str, template: PodTemplate<'_>) -> Self {
        let list = |one: &str, many: &str| {
            let status = object.node.get("status");
            let several = status.and_then(|s| s.get(many)).and_then(value::list);
            let several = several.into_iter().flat_map(Node::items).filter_map(|i| i.get("ip"));
            let all = status.and_then(|s| s.get(one)).into_iter().chain(several);
            let mut all: Vec<IpAddr> = all.filter_map(value::string).filter_map(address_of).collect();
            all.dedup();
            all
        };
        let node = template.spec.get("nodeName").and_then(value::string).map(str::to_owned);
        Self {
            namespace: namespace.to_owned(),
            kind: object.kind().unwrap_or("Pod").to_owned(),
            name: name.to_owned(),
            span: object.kind_span(),
            addresses: list("podIP", "podIPs"),
            ended: is_ended(object),
            on_host: PodSettings::of(template).host_network().value == Some(true),
            node,
            host: list("hostIP", "hostIPs"),
            ports: ports(template),
        }
    }

    /// `shop/web`, or `shop/deployment/web`.
    pub fn title(&self) -> String {
        if self.kind == "Pod" {
            format!("{}/{}", self.namespace, self.name)
        } else {
            format!("{}/{}/{}", self.namespace, self.kind.to_lowercase(), self.name)
        }
    }

    /// The number of a port that a container names.
    pub(super) fn port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        self.ports.iter().find(|(n, p, _)| n == name && *p == protocol).map(|(_, _, number)| *number)
    }

    /// Its address of a family, IPv4 or not, where it has one.
    pub(super) fn address(&self, v4: bool) -> Option<IpAddr> {
        self.addresses.iter().copied().find(|address| address.is_ipv4() == v4)
    }

    /// Whether an address is its node's.
    pub(super) fn is_hosts(&self, address: IpAddr) -> bool {
        self.host.contains(&address)
    }
}

/// kubernetes `pkg/api/v1/pod` `IsPodTerminal`: `Succeeded` and `Failed` are final.
fn is_ended(object: Object<'_>) -> bool {
    let phase = object.node.at(&["status", "phase"]).and_then(value::string);
    object.kind() == Some("Pod") && matches!(phase, Some("Succeeded" | "Failed"))
}

/// The named ports of what runs all the time: main containers and sidecars.
fn ports(template: PodTemplate<'_>) -> Vec<(String, Protocol, u16)> {
    let mut out = Vec::new();
    for container in template.containers().filter(|c| matches!(c.class, Class::Main | Class::Sidecar)) {
        let ports = container.node.get("ports").and_then(value::list);
        for port in ports.into_iter().flat_map(Node::items) {
            let protocol =
                port.get("protocol").map_or(Some("TCP"), value::string).and_then(Protocol::of_word);
            let number =
                port.get("containerPort").and_then(value::integer).and_then(|n| u16::try_from(n).ok());
            let name = port.get("name").and_then(value::string);
            if let (Some(name), Some(protocol), Some(number)) = (name, protocol, number) {
                out.push((name.to_owned(), protocol, number));
            }
        }
    }
    out
}
