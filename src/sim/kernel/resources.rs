//! Quantities of `resources`: what the API server refuses in them, and what no container starts with.
//!
//! apimachinery `pkg/api/resource` (`ParseQuantity`), kubernetes `validation.go` (`ValidateResourceRequirements`);
//! runc refuses a container that has less memory than it takes itself.

use crate::model::Quantity;
use crate::parse::Node;
use crate::sim::Reason;

/// Below this many bytes a container's own init is killed before the program begins.
const LEAST_MEMORY: f64 = 6.0 * 1024.0 * 1024.0;

/// The value of `100m`, `64Mi`, `0.5` or `1e3`.
pub(super) fn quantity(text: &str) -> Option<f64> {
    Quantity::parse(text).map(Quantity::as_f64)
}

/// Why the API server refuses the resources of this container.
pub(super) fn refusals(title: &str, container: Node<'_>, out: &mut Vec<Reason>) {
    for list in ["limits", "requests"] {
        for entry in container.at(&["resources", list]).into_iter().flat_map(Node::entries) {
            let (name, text) = (entry.key.scalar().unwrap_or(""), entry.value.scalar().unwrap_or(""));
            let Some(value) = quantity(text).filter(|v| *v >= 0.0) else {
                let what = format!("`{text}` is no quantity for {name} of {title}");
                out.push(Reason::at(what, entry.value.own_span()));
                continue;
            };
            let limit = container.at(&["resources", "limits", name]).filter(|_| list == "requests");
            if limit.and_then(Node::scalar).and_then(quantity).is_some_and(|most| value > most) {
                let what = format!("{title} requests more {name} than its limit");
                out.push(Reason::at(what, entry.value.own_span()));
            }
        }
    }
}

/// Why a container of these resources does not start.
pub(super) fn too_small(title: &str, container: Node<'_>) -> Option<Reason> {
    let limit = container.at(&["resources", "limits", "memory"])?;
    let bytes = limit.scalar().and_then(quantity)?;
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

    #[test]
    fn quantities_are_read_with_their_suffixes() {
        assert_eq!(quantity("100m"), Some(0.1));
        assert_eq!(quantity("64Mi"), Some(67_108_864.0));
        assert_eq!(quantity("1e3"), Some(1000.0));
        assert_eq!(quantity("2"), Some(2.0));
        for wrong in ["", "lots", "1 Gi", "1GB", "inf", "nan"] {
            assert_eq!(quantity(wrong), None, "{wrong}");
        }
    }
}
