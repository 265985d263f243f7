//! Where in the policy it was decided.

use super::anchor;
use crate::parse::{Kind, Node};
use crate::text::Span;

/// The deepest node of a rule on the way that `path` names: keys below `validate`, then the path at which the resource
/// failed. `shift` is what autogen put before the pattern.
pub(super) fn of(rule: Node<'_>, path: &[String], shift: &str) -> Span {
    let Some(mut node) = rule.get("validate").or_else(|| rule.get("mutate")).or_else(|| rule.get("generate"))
    else {
        return rule.own_span();
    };
    let mut skipped = shift.split('/').filter(|s| !s.is_empty()).peekable();
    let mut inside = false;
    for key in path {
        if inside && skipped.peek() == Some(&key.as_str()) {
            skipped.next();
            continue;
        }
        let next = match node.kind() {
            Kind::Map => {
                let found = node
                    .entries()
                    .into_iter()
                    .find(|e| e.key.scalar().is_some_and(|k| k == key || anchor::bare(k) == key));
                found.map(|e| e.value)
            }
            // One pattern of a list stands for all items; alternatives and loops are counted.
            Kind::Seq if inside && node.items().len() == 1 => node.items().next(),
            Kind::Seq => key.parse().ok().and_then(|at| node.items().nth(at)),
            _ => None,
        };
        let Some(next) = next else { break };
        inside |= key == "pattern" || key == "anyPattern";
        node = next;
    }
    node.own_span()
}
