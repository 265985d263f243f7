//! Istio's policies: who is asked for a certificate, and what then.

use std::collections::BTreeSet;

use serde_json::json;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule, World, namespace};
use crate::model::{Object, Subject, value};
use crate::parse::{Node, edit};
use crate::text::Severity;

const DOC: &str = include_str!("mesh.md");
const ISTIO: &[Subject] = &[Subject::Istio];

/// The family, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "mesh-authorization-missing",
        Severity::Medium,
        "namespace of the mesh has no rule of who may call",
        DOC,
        Rule::World(unauthorized),
    )
    .aliases(&[
        "require-authorizationpolicies",
        "create-authorizationpolicy",
        "check-linkerd-authorizationpolicy",
        "require-linkerd-server",
        "add-linkerd-policy-annotation",
    ])
    .lessons(&[32])
    .technique("T1078")
    .confidence(Confidence::Contextual),
    Check::new(
        "mesh-destination-tls-disabled",
        Severity::Medium,
        "proxy is told to send plain text",
        DOC,
        Rule::Document(ISTIO, plain),
    )
    .aliases(&["enforce-tls-hosts-host-subnets"])
    .lessons(&[32])
    .technique("T1040"),
    Check::new(
        "mesh-mtls-not-strict",
        Severity::High,
        "proxy accepts callers without a certificate",
        DOC,
        Rule::Document(ISTIO, not_strict),
    )
    .aliases(&["enforce-strict-mtls"])
    .lessons(&[32])
    .technique("T1557"),
    Check::new(
        "mesh-virtual-service-wildcard",
        Severity::Medium,
        "virtual service takes every host",
        DOC,
        Rule::Document(ISTIO, wildcard),
    )
    .aliases(&["restrict-virtual-service-wildcard"])
    .lessons(&[32])
    .technique("T1557"),
    Check::new(
        "tls-minimum-version-weak",
        Severity::Medium,
        "gateway accepts an old version of TLS",
        DOC,
        Rule::Document(ISTIO, old_version),
    )
    .aliases(&["enforce-min-tls-version", "disallow-default-tlsoptions"])
    .lessons(&[32])
    .technique("T1557"),
];

fn is<'t>(case: &DocumentCase<'t>, kind: &str) -> Option<Node<'t>> {
    case.node().get("spec").filter(|_| case.object.kind() == Some(kind))
}

fn text_is(node: Option<Node<'_>>, wanted: &[&str]) -> bool {
    node.and_then(value::string).is_some_and(|t| wanted.contains(&t))
}

fn not_strict(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = is(case, "PeerAuthentication") else { return Faults::new() };
    let ports = spec.get("portLevelMtls").map(Node::entries).unwrap_or_default();
    let modes =
        spec.at(&["mtls", "mode"]).into_iter().chain(ports.iter().filter_map(|p| p.value.get("mode")));
    let fault = |mode: Node<'_>| {
        let says = match value::string(mode)? {
            "PERMISSIVE" => "is PERMISSIVE: who has no certificate is served, too",
            "DISABLE" => "is DISABLE: nobody is asked for a certificate",
            _ => return None,
        };
        let fault = Fault::at(mode, says, "set STRICT once no caller comes in plain text any more");
        Some(fault.suggest([edit::replace(mode, &json!("STRICT"))]))
    };
    modes.filter_map(fault).collect()
}

fn plain(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = is(case, "DestinationRule") else { return Faults::new() };
    let subsets =
        spec.get("subsets").into_iter().flat_map(Node::items).filter_map(|s| s.get("trafficPolicy"));
    let policies = spec.get("trafficPolicy").into_iter().chain(subsets);
    let all = policies.flat_map(|p| {
        let ports = p.get("portLevelSettings").into_iter().flat_map(Node::items);
        std::iter::once(p).chain(ports).filter_map(|p| p.at(&["tls", "mode"]))
    });
    let says = "is DISABLE: the proxy sends plain text, and knows nobody's certificate";
    all.filter(|m| text_is(Some(*m), &["DISABLE"]))
        .map(|m| Fault::at(m, says, "set ISTIO_MUTUAL, or leave it out"))
        .collect()
}

fn wildcard(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = is(case, "VirtualService") else { return Faults::new() };
    let hosts = spec.get("hosts").into_iter().flat_map(Node::items);
    let wide = |h: &Node<'_>| value::string(*h).is_some_and(|t| t.contains('*'));
    let says = "is a pattern: the routes hold for hosts of others, and for names that come later";
    hosts.filter(wide).map(|h| Fault::at(h, says, "name each host in full")).collect()
}

fn old_version(case: &DocumentCase<'_>) -> Faults {
    let Some(spec) = is(case, "Gateway") else { return Faults::new() };
    let servers = spec.get("servers").into_iter().flat_map(Node::items);
    let versions = servers.filter_map(|s| s.at(&["tls", "minProtocolVersion"]));
    versions
        .filter(|v| text_is(Some(*v), &["TLSV1_0", "TLSV1_1"]))
        .map(|v| {
            let fault = Fault::at(v, "permits a version with known breaks", "set TLSV1_2 or TLSV1_3");
            fault.suggest([edit::replace(v, &json!("TLSV1_2"))])
        })
        .collect()
}

/// Namespaces that say that they are of the mesh, of which pods were read, and no rule that holds there.
fn unauthorized(world: &World<'_>) -> Faults {
    let of = |kind: &'static str| world.objects.iter().filter(move |o| o.kind() == Some(kind));
    if of("Namespace").next().is_none() {
        return Faults::new();
    }
    let ruled: BTreeSet<&str> = of("AuthorizationPolicy").map(|o| namespace(*o)).collect();
    // A rule without a namespace may be for any of them.
    let holds = |object: &Object<'_>| {
        let name = object.name().unwrap_or("");
        let injected = text_is(object.label("istio-injection"), &["enabled"])
            || object.label("istio.io/rev").is_some()
            || text_is(object.label("istio.io/dataplane-mode"), &["ambient"]);
        injected && [name, "istio-system", ""].iter().all(|home| !ruled.contains(home))
    };
    let pods: BTreeSet<&str> = world
        .objects
        .iter()
        .filter(|o| crate::model::template_of(**o).is_some())
        .filter_map(|o| o.namespace())
        .collect();
    let fault = |object: &Object<'_>| {
        let name = object.name().filter(|n| pods.contains(n))?;
        let span = object.node.at(&["metadata", "name"])?.own_span();
        let detail = format!(
            "Namespace {name} is of the mesh, and no AuthorizationPolicy for it was read: each member may call its pods"
        );
        Some(Fault::new(
            span,
            detail,
            "add an AuthorizationPolicy with an empty spec, then one for each caller",
        ))
    };
    of("Namespace").filter(|o| holds(o)).filter_map(fault).collect()
}
