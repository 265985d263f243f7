//! Keys that are set twice in one mapping: errors, as in the API server's strict decoding.

use std::collections::HashMap;

use crate::parse::{MOST, Node, too_many};
use crate::text::Finding;

/// Finds keys that are set twice, by hashing above a handful of keys.
pub(super) fn find(node: Node<'_>, findings: &mut Vec<Finding>) {
    let mut stack = vec![node];
    let mut seen: HashMap<&str, Node<'_>> = HashMap::new();
    while let Some(node) = stack.pop() {
        if node.own_span() != node.span() {
            continue; // an alias: its target is judged where it stands
        }
        stack.extend(node.items());
        let few = node.own_entries().size_hint().0 <= 16;
        seen.clear();
        for (index, entry) in node.own_entries().enumerate() {
            stack.push(entry.value);
            let Some(key) = entry.key.scalar() else { continue };
            let first = if few {
                node.own_entries().take(index).map(|e| e.key).find(|k| k.scalar() == Some(key))
            } else {
                let known = seen.get(key).copied();
                seen.entry(key).or_insert(entry.key);
                known
            };
            if let Some(first) = first
                && key != "<<"
            {
                if findings.len() >= MOST {
                    let at = entry.key.own_span().start as usize;
                    findings.push(too_many(entry.key.tree().source(), at));
                    return;
                }
                findings.push(
                    Finding::error("duplicate-key", "key is set twice", entry.key.own_span())
                        .detail(format!("{}, which strict decoding refuses", entry.value.path()))
                        .related(first.own_span(), "first set here")
                        .help("keep one of the two"),
                );
            }
        }
    }
}
