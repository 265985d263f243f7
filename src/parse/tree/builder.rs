//! Trees from the events of a parser.

use std::collections::HashSet;
use std::sync::Arc;

use super::entries::MERGE;
use super::{Data, NONE, Node, NodeId, Tree, Value, bit, mark};
use crate::text::Source;

/// Among more keys nobody looks for two whose marks are the same.
const MANY: usize = 64;

/// Makes trees from the events of a parser.
pub(in crate::parse) struct Builder {
    tree: Tree,
    /// Finished nodes whose collection is still open.
    pending: Vec<NodeId>,
    /// Open collections: their node and where their children begin in `pending`.
    open: Vec<(NodeId, usize)>,
}

impl Builder {
    pub(in crate::parse) fn new(source: Arc<Source>) -> Self {
        let guess = source.text().len() / 8;
        let tree = Tree {
            source,
            nodes: Vec::with_capacity(guess),
            children: Vec::with_capacity(guess),
            roots: Vec::new(),
            merges: false,
            twins: false,
            shared: HashSet::new(),
            mendable: true,
        };
        Self { tree, pending: Vec::new(), open: Vec::new() }
    }

    pub(in crate::parse) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Adds a finished node; `plain` says that it was written without quotes.
    pub(in crate::parse) fn leaf(&mut self, start: usize, end: usize, plain: bool, value: Value) -> NodeId {
        if let Value::Alias(target) = value {
            self.tree.shared.insert(target);
        }
        let id = self.push(start, end, plain, value);
        self.finish(id);
        id
    }

    pub(in crate::parse) fn open(&mut self, start: usize, map: bool) -> NodeId {
        let value = if map { Value::Map(0, 0) } else { Value::Seq(0, 0) };
        let id = self.push(start, start, false, value);
        self.open.push((id, self.pending.len()));
        id
    }

    /// Closes the innermost collection. `end` counts where it lies past the last child (flow style).
    pub(in crate::parse) fn close(&mut self, end: Option<usize>) -> Option<NodeId> {
        let (id, base) = self.open.pop()?;
        let first = self.tree.children.len() as u32;
        let count = (self.pending.len() - base) as u32;
        let last = self.pending.last().filter(|_| count > 0).copied();
        for child in &self.pending[base..] {
            self.tree.nodes[*child as usize].parent = id;
        }
        if matches!(self.tree.nodes[id as usize].value, Value::Map(..)) {
            self.tree.nodes[id as usize].mark = self.mark_keys(base);
        }
        self.tree.children.extend(self.pending.drain(base..));
        let last = last.map_or(0, |n| self.tree.nodes[n as usize].end);
        let node = &mut self.tree.nodes[id as usize];
        node.end = node.end.max(last).max(end.unwrap_or(0) as u32);
        node.value = match node.value {
            Value::Map(..) => Value::Map(first, count / 2),
            _ => Value::Seq(first, count),
        };
        self.finish(id);
        Some(id)
    }

    /// Ends a document: closes what is still open and makes the one pending node its root.
    pub(in crate::parse) fn end_document(&mut self, at: usize) {
        while !self.open.is_empty() {
            // A mapping cut off by an error after a key: the key gets a null, so that pairs stay pairs.
            if let Some((id, base)) = self.open.last()
                && matches!(self.tree.nodes[*id as usize].value, Value::Map(..))
                && (self.pending.len() - base) % 2 == 1
            {
                self.leaf(at, at, true, Value::Null);
            }
            self.close(None);
        }
        let root = self.pending.pop().unwrap_or_else(|| self.push(at, at, true, Value::Null));
        self.pending.clear();
        self.tree.roots.push(root);
    }

    pub(in crate::parse) fn done(self) -> Tree {
        self.tree
    }

    /// Marks the keys of a mapping, whose children are pending from `base` on; hands out the mapping's own mark.
    fn mark_keys(&mut self, base: usize) -> u16 {
        let merge = mark(MERGE.as_bytes());
        let mut own = 0;
        for at in (base..self.pending.len()).step_by(2) {
            let key = self.pending[at];
            self.tree.nodes[key as usize].keyed = true;
            let Some(mark) = (Node { tree: &self.tree, id: key }).text().map(mark) else {
                self.tree.twins = true;
                continue;
            };
            if mark == merge && !self.tree.merges {
                self.tree.merges = (Node { tree: &self.tree, id: key }).is_called(MERGE.as_bytes());
            }
            if own & bit(mark) != 0 && !self.tree.twins {
                let mut before = self.pending[base..at].iter().step_by(2);
                let many = at - base > 2 * MANY;
                self.tree.twins = many || before.any(|key| self.tree.nodes[*key as usize].mark == mark);
            }
            own |= bit(mark);
            self.tree.nodes[key as usize].mark = mark;
        }
        own
    }

    fn push(&mut self, start: usize, end: usize, plain: bool, value: Value) -> NodeId {
        let id = self.tree.nodes.len() as NodeId;
        self.tree.nodes.push(Data {
            start: start as u32,
            end: end as u32,
            parent: NONE,
            mark: 0,
            plain,
            keyed: false,
            value,
        });
        id
    }

    fn finish(&mut self, id: NodeId) {
        self.pending.push(id);
    }
}
