//! What the API server refuses in a pod's placement and in a `RuntimeClass`, before anything is scheduled.
//!
//! kubernetes `pkg/apis/core/validation` (`ValidateTolerations`, `ValidateNodeSelector`), `pkg/apis/node/validation`.

use crate::model::node_selector::NodeSelector;
use crate::model::{Object, PodTemplate, Quantity, taint, value};
use crate::parse::Node;
use crate::sim::Reason;

/// How long a DNS label may be.
const LONGEST: usize = 63;

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
    out
}

/// Why the API server refuses a `RuntimeClass`; empty for other objects.
pub fn class_refusals(object: Object<'_>) -> Vec<Reason> {
    let mut out = Vec::new();
    if object.kind() != Some("RuntimeClass") {
        return out;
    }
    let handler = object.node.get("handler");
    if !handler.and_then(value::string).is_some_and(is_label) {
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

/// apimachinery `pkg/util/validation` (`IsDNS1123Label`).
fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty()
        && text.len() <= LONGEST
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
