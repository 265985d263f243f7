//! What the API server refuses in a pod's placement and in a `RuntimeClass`, before anything is scheduled.
//!
//! kubernetes `pkg/apis/core/validation` (`ValidateTolerations`, `ValidateNodeSelector`,
//! `ValidatePreferredSchedulingTerms`), `pkg/apis/node/validation`.

use crate::model::node_selector::{NodeSelector, NodeSelectorTerm};
use crate::model::{Object, PodTemplate, Quantity, names, taint, value};
use crate::parse::Node;
use crate::sim::{Field, Invalid, Reason};

/// Why the API server refuses where a pod wants to be.
pub fn pod_refusals(template: PodTemplate<'_>) -> Vec<Invalid> {
    let mut out = tolerations(template.spec.get("tolerations"));
    let required =
        template.spec.at(&["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    if let Some((text, node)) =
        required.and_then(value::mapping).and_then(|node| NodeSelector { node }.refusal())
    {
        out.push(affinity(node, &text));
    }
    let preferred =
        template.spec.at(&["affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"]);
    for term in preferred.and_then(value::list).into_iter().flat_map(Node::items) {
        let weight = term.get("weight");
        if let Some(weight) = weight.filter(|n| value::integer(*n).is_some_and(|n| !(1..=100).contains(&n))) {
            let text = "node affinity: the weight of a preference is between 1 and 100";
            out.push(Invalid::value(weight, "must be in the range 1-100").told(text));
        }
        let preference = term.get("preference").and_then(value::mapping);
        if let Some((text, node)) = preference.and_then(|node| NodeSelectorTerm { node }.refusal(false)) {
            out.push(affinity(node, &text));
        }
    }
    out
}

/// What `ValidateNodeSelectorTerm` says, in our words.
fn affinity(node: Node<'_>, text: &str) -> Invalid {
    Invalid::value(node, text).told(format!("node affinity: {text}"))
}

/// Why the API server refuses a `RuntimeClass`; empty for other objects.
pub fn class_refusals(object: Object<'_>) -> Vec<Reason> {
    let mut out = Vec::new();
    if object.kind() != Some("RuntimeClass") {
        return out;
    }
    let handler = object.node.get("handler");
    if !handler.and_then(value::string).is_some_and(names::is_label) {
        let text = "the handler of a RuntimeClass is a name of small letters, digits and hyphens".to_owned();
        out.push(Reason::at(text, handler.map_or(object.kind_span(), Node::own_span)));
    }
    for entry in object.node.at(&["overhead", "podFixed"]).map(Node::entries).unwrap_or_default() {
        if Quantity::of(entry.value).is_none_or(Quantity::is_negative) {
            let name = entry.key.scalar().unwrap_or("");
            let text = format!("`{}` is no quantity for {name}", entry.value.scalar().unwrap_or(""));
            out.push(Reason::at(text, entry.value.own_span()));
        }
    }
    let tolerations = tolerations(object.node.at(&["scheduling", "tolerations"]));
    out.extend(tolerations.into_iter().map(|fault| fault.reason));
    out
}

fn tolerations(list: Option<Node<'_>>) -> Vec<Invalid> {
    let items = list.and_then(value::list).into_iter().flat_map(Node::items);
    let fault = |node: Node<'_>| {
        let (key, text) = taint::refusal(node)?;
        let value = node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
        let at = Field::of(node, key).at(node.own_span());
        Some(Invalid::of(at, value, &text).told(format!("toleration: {text}")))
    };
    items.filter_map(fault).collect()
}
