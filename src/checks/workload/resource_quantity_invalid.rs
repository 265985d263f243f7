//! Amounts of memory, CPU and disk that the API server refuses, or that are not what they look like.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::{Quantity, value};
use crate::parse::Node;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "resource-quantity-invalid",
    Severity::Low,
    "amount is not one that Kubernetes takes",
    include_str!("resource_quantity_invalid.md"),
    Rule::Pod(look),
)
.lessons(&[36, 7])
.technique("T1499");

const WRITE: &str = "write a number, and m, k, M, G, T, Ki, Mi, Gi or Ti behind it";

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let holders = case.template.containers().map(|c| c.node).chain([case.template.spec]);
    let mut faults: Vec<Fault> = holders.filter_map(|holder| holder.get("resources")).flat_map(of).collect();
    let sizes = case.template.volumes().filter_map(|v| v.node.at(&["emptyDir", "sizeLimit"]));
    faults.extend(sizes.filter_map(|node| refused(node, true)));
    faults
}

/// Requests and limits, after `ValidateResourceRequirements` of kubernetes pkg/apis/core/validation.
fn of(resources: Node<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for list in ["limits", "requests"] {
        let amounts = resources.get(list).and_then(value::mapping).map(Node::entries).unwrap_or_default();
        for entry in amounts.into_iter().filter(|entry| !entry.value.is_null()) {
            let name = entry.key.scalar().unwrap_or("");
            let fault = refused(entry.value, is_bytes(name)).or_else(|| {
                let limit = resources.at(&["limits", name]).filter(|_| list == "requests")?;
                above(entry.value, limit)
            });
            faults.extend(fault);
        }
    }
    faults
}

fn is_bytes(name: &str) -> bool {
    matches!(name, "memory" | "ephemeral-storage" | "storage") || name.starts_with("hugepages-")
}

fn refused(node: Node<'_>, bytes: bool) -> Option<Fault> {
    let text = node.scalar().unwrap_or("a list or a mapping");
    if text.contains(['{', '$']) {
        return None;
    }
    let Some(amount) = Quantity::of(node) else {
        return Some(Fault::at(
            node,
            &format!("is {text:?}, no quantity: the API server refuses the object"),
            WRITE,
        ));
    };
    if amount.is_negative() {
        let says = format!("is {text}, below zero: the API server refuses the object");
        return Some(Fault::at(node, &says, "write an amount of 0 or more"));
    }
    let says = format!("is {text}, which has a fraction of a byte: m is a thousandth, M and Mi are millions");
    (bytes && !amount.is_whole())
        .then(|| Fault::at(node, &says, "write M or Mi for what was meant as megabytes"))
}

fn above(request: Node<'_>, limit: Node<'_>) -> Option<Fault> {
    let (asked, most) = (Quantity::of(request)?, Quantity::of(limit)?);
    let text = |node: Node<'_>| node.scalar().unwrap_or("").to_owned();
    let says = format!(
        "is {}, more than the limit of {}: the API server refuses the object",
        text(request),
        text(limit)
    );
    let fault = || Fault::at(request, &says, "lower the request, or raise the limit");
    (asked > most).then(|| fault().related(limit.own_span(), "the limit"))
}
