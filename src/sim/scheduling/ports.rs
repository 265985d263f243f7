//! The ports of its node that a pod takes.
//!
//! kubernetes `pkg/scheduler/util/utils.go` (`GetHostPorts`), `staging/src/k8s.io/kube-scheduler/framework` (`HostPortInfo`),
//! `pkg/apis/core/v1/defaults.go` (`defaultHostNetworkPorts`).

use crate::model::{Class, value};
use crate::parse::Node;
use crate::sim::kernel::PodView;
use crate::text::Span;

/// Every address of a node.
const ANY: &str = "0.0.0.0";

/// A port of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct HostPort<'t> {
    /// Its number.
    pub(super) number: i64,
    /// Its protocol.
    pub(super) protocol: &'t str,
    /// At which address.
    address: &'t str,
    /// Where it is asked for.
    pub(super) span: Span,
}

impl HostPort<'_> {
    /// Whether two pods cannot have both on one node.
    pub(super) fn meets(&self, other: &HostPort<'_>) -> bool {
        self.number == other.number
            && self.protocol == other.protocol
            && (self.address == other.address || self.address == ANY || other.address == ANY)
    }
}

/// The ports that a pod takes: of its containers, and of the sidecars that run beside them.
pub(super) fn of<'t>(pod: &PodView<'t>) -> Vec<HostPort<'t>> {
    let on_host = !pod.own_network();
    let lasting = pod.containers().filter(|c| matches!(c.class, Class::Main | Class::Sidecar));
    let ports = lasting.filter_map(|c| c.node.get("ports").and_then(value::list)).flat_map(Node::items);
    let taken = ports.filter_map(|port| {
        let text = |key: &str, usual| {
            port.get(key).and_then(value::string).filter(|text| !text.is_empty()).unwrap_or(usual)
        };
        let number = |key: &str| port.get(key).and_then(value::integer).filter(|n| *n > 0);
        Some(HostPort {
            number: number("hostPort").or_else(|| number("containerPort").filter(|_| on_host))?,
            protocol: text("protocol", "TCP"),
            address: text("hostIP", ANY),
            span: port.own_span(),
        })
    });
    taken.collect()
}
