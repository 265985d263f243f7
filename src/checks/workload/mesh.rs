//! Annotations and labels of a pod that take it, or some of its ports, out of a service mesh; a row each.

use crate::checks::{Case, Check, Fault, Faults, Row, Rule, Scope};
use crate::model::value;
use crate::text::Severity;

const DOC: &str = include_str!("mesh.md");

/// A row: keys that a mesh reads from the pod, and what it does then.
#[derive(Clone, Copy, Debug)]
struct Opt {
    /// The key, and the value that counts; without one every value does, but the empty one.
    keys: &'static [(&'static str, Option<&'static str>)],
    /// What follows.
    follows: &'static str,
    /// The smallest change that mends it.
    help: &'static str,
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "mesh-injection-opt-out",
        Severity::Medium,
        "pod stays out of the mesh",
        DOC,
        Rule::Row(&Opt {
            keys: &[
                ("consul.hashicorp.com/connect-inject", Some("false")),
                ("istio.io/dataplane-mode", Some("none")),
                ("kuma.io/sidecar-injection", Some("disabled")),
                ("linkerd.io/inject", Some("disabled")),
                ("sidecar.istio.io/inject", Some("false")),
            ],
            follows: "the pod has no proxy, so neither mutual TLS nor a policy of the mesh",
            help: "remove it; if the pod must stay out, let a NetworkPolicy say who may speak to it",
        }),
    )
    .aliases(&["prevent-disabling-injection-pods", "prevent-linkerd-pod-injection-override"])
    .lessons(&[32])
    .technique("T1685"),
    Check::new(
        "mesh-port-skipped",
        Severity::Medium,
        "ports bypass the mesh's proxy",
        DOC,
        Rule::Row(&Opt {
            keys: &[
                ("config.linkerd.io/skip-inbound-ports", None),
                ("config.linkerd.io/skip-outbound-ports", None),
                ("consul.hashicorp.com/transparent-proxy-exclude-inbound-ports", None),
                ("consul.hashicorp.com/transparent-proxy-exclude-outbound-ports", None),
                ("traffic.kuma.io/exclude-inbound-ports", None),
                ("traffic.kuma.io/exclude-outbound-ports", None),
                ("traffic.sidecar.istio.io/excludeInboundPorts", None),
                ("traffic.sidecar.istio.io/excludeOutboundIPRanges", None),
                ("traffic.sidecar.istio.io/excludeOutboundPorts", None),
            ],
            follows: "what goes there meets no proxy, and no policy of the mesh",
            help: "remove it; mark a protocol that the proxy cannot read as opaque or TCP instead",
        }),
    )
    .aliases(&["prevent-linkerd-port-skipping"])
    .lessons(&[32])
    .technique("T1685"),
];

impl Row for Opt {
    fn scope(&self) -> Scope {
        Scope::Pod
    }

    /// A value that is no string is refused by the API server.
    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Pod(case) = case else { return Faults::new() };
        let Some(metadata) = case.template.metadata else { return Faults::new() };
        let places = ["annotations", "labels"].into_iter().filter_map(|place| metadata.get(place));
        let set = places
            .flat_map(|place| self.keys.iter().filter_map(move |(key, bad)| Some((place.get(key)?, *bad))));
        let bad = set.filter_map(|(node, bad)| {
            let text = value::string(node).filter(|text| bad.map_or(!text.is_empty(), |bad| *text == bad))?;
            Some(Fault::at(node, &format!("is {text:?}: {}", self.follows), self.help))
        });
        bad.collect()
    }
}
