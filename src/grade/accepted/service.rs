//! What the API server refuses of a Service.

use crate::model::Object;
use crate::parse::Node;
use crate::text::Finding;

/// Ports of a Service: at least one, between 1 and 65535, named where there are several.
pub(super) fn check(object: Object<'_>, findings: &mut Vec<Finding>) {
    if object.kind() != Some("Service") {
        return;
    }
    let Some(spec) = object.node.get("spec") else { return };
    let ports: Vec<_> = spec.get("ports").map(|p| p.items().collect()).unwrap_or_default();
    let headless = spec.get("clusterIP").and_then(Node::as_str) == Some("None");
    let external = spec.get("type").and_then(Node::as_str) == Some("ExternalName");
    if ports.is_empty() && !headless && !external {
        findings.push(
            Finding::error("refused", "the Service has no port", spec.missing("ports").span)
                .help("add `ports`"),
        );
    }
    for port in &ports {
        for key in ["port", "targetPort", "nodePort"] {
            if let Some(node) = port.get(key)
                && node.as_int().is_some_and(|n| !(1..=65_535).contains(&n))
            {
                findings.push(
                    Finding::error(
                        "refused",
                        format!("`{}` is not between 1 and 65535", node.path()),
                        node.own_span(),
                    )
                    .help("write a port"),
                );
            }
        }
        if ports.len() > 1 && port.get("name").is_none() {
            findings.push(
                Finding::error(
                    "refused",
                    "a Service with several ports names each",
                    port.missing("name").span,
                )
                .help("add `name` to the port"),
            );
        }
    }
}
