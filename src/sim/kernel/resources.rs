//! Quantities of `resources`: what the API server refuses in them, and what no container starts with.
//!
//! apimachinery `pkg/api/resource` (`ParseQuantity`), kubernetes `validation.go` (`ValidateResourceRequirements`);
//! runc refuses a container that has less memory than it takes itself.

use crate::model::{Amount, Quantity};
use crate::parse::{Node, json};
use crate::sim::{Field, Invalid, Reason};

/// Below this many bytes a container's own init is killed before the program begins.
const LEAST_MEMORY: f64 = 6.0 * 1024.0 * 1024.0;

/// The value of `100m`, `64Mi`, `0.5` or `1e3`.
fn quantity(node: Node<'_>) -> Option<f64> {
    Quantity::of(node).map(Quantity::as_f64)
}

/// What a field says, as it stands there.
fn text(node: Node<'_>) -> String {
    node.as_str().map_or_else(|| json::to_value(node).to_string(), str::to_owned)
}

/// Why the API server refuses the resources of this container.
pub(super) fn refusals(title: &str, container: Node<'_>, out: &mut Vec<Invalid>) {
    for list in ["limits", "requests"] {
        for entry in container.at(&["resources", list]).into_iter().flat_map(Node::entries) {
            let name = entry.key.scalar().unwrap_or("");
            let Some(value) = quantity(entry.value).filter(|v| *v >= 0.0) else {
                let what = format!("`{}` is no quantity for {name} of {title}", text(entry.value));
                let at = Field::from(container)
                    .child(&format!("resources.{list}[{name}]"))
                    .at(entry.value.own_span());
                let fault = Invalid::of(at, text(entry.value), "must be greater than or equal to 0");
                out.push(fault.told(what));
                continue;
            };
            let limit = container.at(&["resources", "limits", name]).filter(|_| list == "requests");
            let both = limit.and_then(Amount::of).zip(Amount::of(entry.value));
            if let Some((most, asked)) = both
                && limit.and_then(quantity).is_some_and(|most| value > most)
            {
                let at = Field::from(container).child("resources.requests").at(entry.value.own_span());
                let said = format!("must be less than or equal to {name} limit of {most}");
                out.push(
                    Invalid::of(at, asked.to_string(), &said)
                        .told(format!("{title} requests more {name} than its limit")),
                );
            }
        }
    }
}

/// Why a container of these resources does not start.
pub(super) fn too_small(title: &str, container: Node<'_>) -> Option<Reason> {
    let limit = container.at(&["resources", "limits", "memory"])?;
    let bytes = quantity(limit)?;
    (bytes < LEAST_MEMORY && bytes > 0.0).then(|| {
        Reason::at(
            format!("{title} may use {bytes} bytes of memory, too few to start anything"),
            limit.own_span(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn quantities_are_read_with_their_suffixes() {
        let text = "[100m, 64Mi, '1e3', 2, 0.5, '', lots, 1 Gi, 1GB, inf, nan]";
        let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
        let read: Vec<_> = tree.root().unwrap().items().map(quantity).collect();
        assert_eq!(read[..5], [Some(0.1), Some(67_108_864.0), Some(1000.0), Some(2.0), Some(0.5)]);
        assert!(read[5..].iter().all(Option::is_none), "{read:?}");
    }

    #[test]
    fn numbers_of_json_are_quantities() {
        let tree =
            json::from_value(&serde_json::json!({ "resources": { "limits": { "cpu": 1, "memory": -1 } } }));
        let mut out = Vec::new();
        refusals("c", tree.root().unwrap(), &mut out);
        assert_eq!(out.len(), 1, "{out:?}");
        assert!(out[0].reason.text.starts_with("`-1` is no quantity for memory"), "{out:?}");
    }
}
