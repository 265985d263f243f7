//! Where a node stands: its parents, its path, and the place of a key that is not there.

use std::fmt::Write as _;

use super::{Kind, NONE, Node, NodeId, Value};
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
        let parent = self.parent()?;
        let Value::Map(first, len) = parent.raw().value else { return None };
        // Keys and values are numbered in the order of the file, so that this need not walk.
        let children = &self.tree.children[first as usize..(first + 2 * len) as usize];
        let at = children
            .binary_search(&self.id)
            .or_else(|_| children.iter().position(|id| *id == self.id).ok_or(()));
        let at = at.ok().filter(|at| at % 2 == 1)?;
        Some(Node { tree: self.tree, id: children[at - 1] })
    }

    /// Which item of this list `id` is. Items are numbered in the order of the file, so that this need not walk.
    fn index_of(self, id: NodeId) -> usize {
        let Value::Seq(first, len) = self.data().value else { return 0 };
        let items = &self.tree.children[first as usize..(first + len) as usize];
        items.binary_search(&id).or_else(|_| items.iter().position(|i| *i == id).ok_or(())).unwrap_or(0)
    }

    /// The path from its document, in the manifest's own terms: `spec.containers[1].securityContext`.
    pub fn path(self) -> String {
        let mut path = String::with_capacity(64);
        self.write_path(&mut path);
        path
    }

    fn write_path(self, path: &mut String) {
        let Some(parent) = self.parent() else { return };
        parent.write_path(path);
        if parent.kind() == Kind::Seq {
            *path += "[";
            *path += itoa::Buffer::new().format(parent.index_of(self.id));
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
