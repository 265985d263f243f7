//! What anchors name, and how many nodes a document would be if its aliases were written out.

use std::collections::HashMap;

use crate::parse::tree::NodeId;

/// The anchors of a text. Anchor 0 is none.
#[derive(Default)]
pub(super) struct Anchors {
    named: HashMap<usize, NodeId>,
    /// What each anchored node would be if its aliases were written out; not known of what is open.
    sizes: HashMap<NodeId, u64>,
    /// What is open, innermost last.
    open: Vec<Open>,
    /// How much the aliases of this document would add.
    expanded: u64,
}

/// An open collection.
struct Open {
    /// How many nodes it would be if its aliases were written out.
    size: u64,
    /// Whether an alias may name it.
    anchored: bool,
}

/// What an alias names.
pub(super) enum Named {
    /// Nothing that was read.
    Nothing,
    /// What it stands in, which cannot be written out at all.
    Itself,
    /// This node.
    Node(NodeId),
}

impl Anchors {
    pub(super) fn begin_document(&mut self) {
        self.expanded = 0;
    }

    pub(super) fn end_document(&mut self) {
        self.open.clear();
    }

    /// A collection begins.
    pub(super) fn open(&mut self, anchor: usize, id: NodeId) {
        self.open.push(Open { size: 1, anchored: anchor != 0 });
        if anchor != 0 {
            self.named.insert(anchor, id);
        }
    }

    /// The innermost collection ends.
    pub(super) fn close(&mut self, id: NodeId) {
        let Some(closed) = self.open.pop() else { return };
        if closed.anchored {
            self.sizes.insert(id, closed.size);
        }
        self.add(closed.size);
    }

    /// A scalar.
    pub(super) fn leaf(&mut self, anchor: usize, id: NodeId) {
        if anchor != 0 {
            self.named.insert(anchor, id);
            self.sizes.insert(id, 1);
        }
        self.add(1);
    }

    /// An alias.
    pub(super) fn alias(&mut self, anchor: usize) -> Named {
        let Some(target) = self.named.get(&anchor).copied() else { return Named::Nothing };
        let Some(size) = self.sizes.get(&target).copied() else { return Named::Itself };
        self.expanded = self.expanded.saturating_add(size);
        self.add(size);
        Named::Node(target)
    }

    /// How much the aliases of this document would add.
    pub(super) fn expanded(&self) -> u64 {
        self.expanded
    }

    fn add(&mut self, size: u64) {
        if let Some(open) = self.open.last_mut() {
            open.size = open.size.saturating_add(size);
        }
    }
}
