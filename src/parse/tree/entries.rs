//! The pairs of a mapping, with those that `<<` merges in.

use std::collections::HashSet;

use super::{Kind, Node, NodeId, Value};

/// Up to so many keys are compared each with each.
const FEW: usize = 8;

/// The key that merges other mappings in.
pub(super) const MERGE: &str = "<<";

/// How far it is followed through merged mappings that merge others.
const MERGE_DEPTH: usize = 16;

/// A key and its value in a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'t> {
    /// The key's node.
    pub key: Node<'t>,
    /// The value's node.
    pub value: Node<'t>,
}

impl Entry<'_> {
    pub(super) fn is_merge(&self) -> bool {
        self.key.is_plain() && self.key.as_str() == Some(MERGE)
    }
}

impl<'t> Node<'t> {
    /// The pairs of a mapping: its own, then those that `<<` merges in and that it does not set itself.
    pub fn entries(self) -> Vec<Entry<'t>> {
        if !self.tree.merges {
            // A key that is set twice counts once, as below.
            let own: Vec<_> = self.own_entries().collect();
            if !self.tree.twins {
                return own;
            }
            let twice = |n: usize, e: &Entry<'t>| own[..n].iter().any(|o| o.key.scalar() == e.key.scalar());
            if own.len() <= FEW && !own.iter().enumerate().any(|(n, e)| twice(n, e)) {
                return own;
            }
        }
        let mut out: Vec<Entry<'t>> = Vec::new();
        self.collect(&mut out, &mut HashSet::new(), &mut HashSet::new(), 0);
        out
    }

    fn collect(
        self,
        out: &mut Vec<Entry<'t>>,
        known: &mut HashSet<Option<&'t str>>,
        seen: &mut HashSet<NodeId>,
        depth: usize,
    ) {
        // What was merged once has nothing new to say.
        if !seen.insert(self.target()) {
            return;
        }
        for entry in self.own_entries().filter(|e| !e.is_merge()) {
            if known.insert(entry.key.scalar()) {
                out.push(entry);
            }
        }
        if depth < MERGE_DEPTH {
            for merged in self.merged() {
                merged.collect(out, known, seen, depth + 1);
            }
        }
    }

    fn merged(self) -> Vec<Node<'t>> {
        let mut out = Vec::new();
        for entry in self.own_entries().filter(Entry::is_merge) {
            match entry.value.kind() {
                Kind::Map => out.push(entry.value),
                Kind::Seq => out.extend(entry.value.items().filter(|n| n.kind() == Kind::Map)),
                _ => {}
            }
        }
        out
    }

    pub(super) fn find(
        self,
        key: &str,
        mark: u16,
        seen: &mut HashSet<NodeId>,
        depth: usize,
    ) -> Option<Entry<'t>> {
        if !seen.insert(self.target()) {
            return None;
        }
        let own = self.own_entry(key, mark);
        if own.is_some() || depth >= MERGE_DEPTH {
            return own;
        }
        self.merged().into_iter().find_map(|m| m.find(key, mark, seen, depth + 1))
    }

    /// The node that an alias names; otherwise itself.
    fn target(self) -> NodeId {
        let mut id = self.id;
        while let Value::Alias(to) = self.tree.nodes[id as usize].value {
            id = to;
        }
        id
    }
}
