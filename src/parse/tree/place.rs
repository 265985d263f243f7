//! Where a node stands: its parents, its path, and the place of a key that is not there.

use std::fmt::Write as _;

use super::{NONE, Node, Value};
use crate::text::Span;

/// A key that a mapping does not hold; knows where it would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The empty span where the key would be written: at the first key of its parent.
    pub span: Span,
    /// The path that it would have.
    pub path: String,
}

impl<'t> Node<'t> {
    /// What can be said of `key` where it is not set: the place where it would go.
    pub fn missing(self, key: &str) -> Missing {
        let mut path = self.path();
        if !path.is_empty() {
            path.push('.');
        }
        path += key;
        Missing { span: self.place_of(key), path }
    }

    /// Where `key` would go, where it is not set.
    pub fn place_of(self, key: &str) -> Span {
        match self.entry(key) {
            Some(null) => null.key.own_span(),
            None => self.own_entries().next().map_or(self.own_span(), |e| e.key.own_span()).at_start(),
        }
    }

    /// The node that holds it.
    pub fn parent(self) -> Option<Node<'t>> {
        let parent = self.raw().parent;
        (parent != NONE).then_some(Node { tree: self.tree, id: parent })
    }

    /// The key under which it stands in its mapping.
    pub fn key(self) -> Option<Node<'t>> {
        let own = self.raw();
        // Nodes are numbered in the order of the file: before a value stands its key, or the last that this holds.
        let before = Node { tree: self.tree, id: self.id.checked_sub(1).filter(|_| !own.keyed)? };
        let is_key = |node: &Self| node.raw().keyed && node.raw().parent == own.parent;
        std::iter::successors(Some(before), |node| node.parent()).find(is_key)
    }

    /// The path from its document, in the manifest's own terms: `spec.containers[1].securityContext`.
    pub fn path(self) -> String {
        let mut path = String::with_capacity(64);
        self.write_path(&mut path);
        path
    }

    /// The same, at the end of `path`: that is empty, or a path that this one goes on from.
    pub fn write_path(self, path: &mut String) {
        let Some(parent) = self.parent() else { return };
        parent.write_path(path);
        if let Value::Seq(first, len) = parent.raw().value {
            // Items are numbered in the order of the file, so that this need not walk.
            let items = &self.tree.children[first as usize..(first + len) as usize];
            let (Ok(index) | Err(index)) = items.binary_search(&self.id);
            *path += "[";
            *path += itoa::Buffer::new().format(index);
            *path += "]";
            return;
        }
        let key = self.key().or(Some(self)).and_then(Node::scalar).unwrap_or("?");
        if key.bytes().any(|b| matches!(b, b'.' | b'/')) {
            let _ = write!(path, "[{key:?}]");
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            *path += key;
        }
    }
}
