//! What the API server refuses in a pod's placement and in a `RuntimeClass`, before anything is scheduled.
//!
//! kubernetes `pkg/apis/core/validation` (`ValidateTolerations`, `ValidateNodeSelector`,
//! `ValidatePreferredSchedulingTerms`), `pkg/apis/node/validation`.

use crate::model::node_selector::{NodeSelector, NodeSelectorTerm};
use crate::model::{Object, PodTemplate, Quantity, names, taint, value};
use crate::parse::Node;
use crate::sim::Reason;

/// Why the API server refuses where a pod wants to be.
pub fn pod_refusals(template: PodTemplate<'_>) -> Vec<Reason> {
    let mut out = Vec::new();
    tolerations(template.spec.get("tolerations"), &mut out);
    let required =
        template.spec.at(&["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    if let Some((text, node)) =
        required.and_then(value::mapping).and_then(|node| NodeSelector { node }.refusal())
    {
        out.push(Reason::at(format!("node affinity: {text}"), node.own_span()));
    }
    let preferred =
        template.spec.at(&["affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"]);
    for term in preferred.and_then(value::list).into_iter().flat_map(Node::items) {
        let weight = term.get("weight");
        if let Some(weight) = weight.filter(|n| value::integer(*n).is_some_and(|n| !(1..=100).contains(&n))) {
            let text = "node affinity: the weight of a preference is between 1 and 100";
            out.push(Reason::at(text, weight.own_span()));
        }
        let preference = term.get("preference").and_then(value::mapping);
        if let Some((text, node)) = preference.and_then(|node| NodeSelectorTerm { node }.refusal(false)) {
            out.push(Reason::at(format!("node affinity: {text}"), node.own_span()));
        }
    }
    out
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
    tolerations(object.node.at(&["scheduling", "tolerations"]), &mut out);
    out
}

fn tolerations(list: Option<Node<'_>>, out: &mut Vec<Reason>) {
    let items = list.and_then(value::list).into_iter().flat_map(Node::items);
    out.extend(
        items.filter_map(|n| Some(Reason::at(format!("toleration: {}", taint::refusal(n)?), n.own_span()))),
    );
}
