//! An arena of nodes with byte ranges: what YAML, JSON and TOML have in common.
//!
//! A node's text is borrowed from its [`Source`] where that can be; aliases are kept as references and followed
//! by every accessor, so that no document costs more memory than its text. Entries from `<<` merge keys come
//! after a mapping's own.

mod builder;
mod entries;
mod part;
mod place;

use std::collections::HashSet;
use std::sync::Arc;

use crate::text::{Source, Span};

pub(super) use builder::Builder;
pub use entries::Entry;
pub use place::Missing;

/// Index of a node in its tree.
pub type NodeId = u32;

const NONE: NodeId = NodeId::MAX;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A string that stands in the source as it is.
    Raw(u32, u32),
    /// A string that had escapes or folding.
    Text(Box<str>),
    /// Children `first..first + len`.
    Seq(u32, u32),
    /// Keys and values in turn, `first..first + 2 * len`.
    Map(u32, u32),
    Alias(NodeId),
}

#[derive(Clone, Debug)]
pub(super) struct Data {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) parent: NodeId,
    /// Of a key what most that are written otherwise differ in ([`mark`]), of a mapping the [`bit`]s of its keys.
    pub(super) mark: u16,
    pub(super) plain: bool,
    /// Whether it is the key of a pair.
    pub(super) keyed: bool,
    pub(super) value: Value,
}

/// A few bits of a scalar's text: keys whose marks differ need not be compared.
#[inline]
fn mark(text: &[u8]) -> u16 {
    let end = |byte: Option<&u8>| byte.map_or(0, |b| u16::from(*b));
    (text.len() as u16).wrapping_mul(0x0941) ^ end(text.first()) << 7 ^ end(text.last())
}

/// A key that is in a mapping has its bit in the mapping's mark.
#[inline]
fn bit(mark: u16) -> u16 {
    1 << ((mark ^ (mark >> 7)) % 16)
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: `key:`, `~`, `null`.
    Null,
    /// A boolean.
    Bool,
    /// An integer.
    Int,
    /// A number with a fraction or exponent.
    Float,
    /// A string.
    Str,
    /// A list.
    Seq,
    /// A mapping.
    Map,
}

impl Kind {
    /// What people call it, with its article.
    pub fn word(self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool => "a boolean",
            Self::Int => "an integer",
            Self::Float => "a number",
            Self::Str => "a string",
            Self::Seq => "a list",
            Self::Map => "a mapping",
        }
    }
}

/// The documents of one source.
#[derive(Clone, Debug)]
pub struct Tree {
    source: Arc<Source>,
    pub(super) nodes: Vec<Data>,
    pub(super) children: Vec<NodeId>,
    pub(super) roots: Vec<NodeId>,
    /// Whether a mapping has a `<<`: nobody looks for one where there is none.
    merges: bool,
    /// Whether two keys of a mapping may be the same: nobody compares them where no two can be.
    twins: bool,
    /// What aliases name.
    shared: HashSet<NodeId>,
    /// Whether changes of its text are found.
    mendable: bool,
}

impl Tree {
    /// The documents, in order; an empty document is a null node.
    pub fn documents(&self) -> impl ExactSizeIterator<Item = Node<'_>> {
        self.roots.iter().map(|id| Node { tree: self, id: *id })
    }

    /// The first document.
    pub fn root(&self) -> Option<Node<'_>> {
        self.documents().next()
    }

    /// The node with this id.
    pub fn node(&self, id: NodeId) -> Option<Node<'_>> {
        ((id as usize) < self.nodes.len()).then_some(Node { tree: self, id })
    }

    /// The text that it was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Whether a mapping has a `<<`; where none has, each pair stands in its mapping itself.
    pub fn merges(&self) -> bool {
        self.merges
    }

    /// Whether two keys of a mapping may be the same.
    pub(super) fn has_twins(&self) -> bool {
        self.twins
    }

    /// Whether [`super::edit`] finds changes of its text.
    pub fn is_mendable(&self) -> bool {
        self.mendable
    }

    /// For those who show no change of its text: none is found any more.
    pub fn forgo_edits(&mut self) {
        self.mendable = false;
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// A node of a tree. Cheap to copy; aliases are followed by every accessor but [`Node::own_span`].
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: NodeId,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.kind(), self.tree.source.slice(self.span()))
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }
}

impl<'t> Node<'t> {
    /// Its id in its tree.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// Its tree.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    fn raw(self) -> &'t Data {
        &self.tree.nodes[self.id as usize]
    }

    fn data(self) -> &'t Data {
        let mut data = self.raw();
        // An alias names an earlier node, so that this ends.
        while let Value::Alias(to) = data.value {
            data = &self.tree.nodes[to as usize];
        }
        data
    }

    /// Where its value stands: for an alias, where the anchor is.
    pub fn span(self) -> Span {
        let d = self.data();
        self.tree.source.span(d.start as usize, d.end as usize)
    }

    /// Where it stands itself: for an alias, the `*name`.
    pub fn own_span(self) -> Span {
        let d = self.raw();
        self.tree.source.span(d.start as usize, d.end as usize)
    }

    /// Whether an alias makes its text count in another place, too: its own, or that of what holds it.
    pub fn is_shared(self) -> bool {
        let shared = &self.tree.shared;
        !shared.is_empty()
            && std::iter::successors(Some(self), |n| n.parent()).any(|n| shared.contains(&n.id))
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        match self.data().value {
            Value::Null | Value::Alias(_) => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) => Kind::Int,
            Value::Float(_) => Kind::Float,
            Value::Raw(..) | Value::Text(_) => Kind::Str,
            Value::Seq(..) => Kind::Seq,
            Value::Map(..) => Kind::Map,
        }
    }

    /// Whether it is null, which in Kubernetes means unset.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Whether it was written without quotes.
    pub fn is_plain(self) -> bool {
        self.data().plain
    }

    /// The string, where it is one.
    pub fn as_str(self) -> Option<&'t str> {
        match &self.data().value {
            Value::Raw(start, end) => self.tree.source.text().get(*start as usize..*end as usize),
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, where it is one.
    pub fn as_bool(self) -> Option<bool> {
        if let Value::Bool(b) = self.data().value { Some(b) } else { None }
    }

    /// The integer, where it is one.
    pub fn as_int(self) -> Option<i64> {
        if let Value::Int(i) = self.data().value { Some(i) } else { None }
    }

    /// The number, where it is one, an integer too.
    pub fn as_float(self) -> Option<f64> {
        match self.data().value {
            Value::Int(i) => Some(i as f64),
            Value::Float(f) => Some(f),
            _ => None,
        }
    }

    /// Any scalar as it was written, strings without their quotes; `None` for collections and null.
    pub fn scalar(self) -> Option<&'t str> {
        match self.kind() {
            Kind::Str => self.as_str(),
            Kind::Bool | Kind::Int | Kind::Float => Some(self.tree.source.slice(self.span())),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(self) -> impl DoubleEndedIterator<Item = Node<'t>> + ExactSizeIterator + Clone {
        let range = match self.data().value {
            Value::Seq(first, len) => first as usize..(first + len) as usize,
            _ => 0..0,
        };
        let tree = self.tree;
        tree.children[range].iter().map(move |id| Node { tree, id: *id })
    }

    /// The pairs that stand in a mapping itself, `<<` among them; none for anything else.
    pub fn own_entries(self) -> impl Iterator<Item = Entry<'t>> + Clone {
        let range = match self.data().value {
            Value::Map(first, len) => first as usize..(first + 2 * len) as usize,
            _ => 0..0,
        };
        let tree = self.tree;
        tree.children[range]
            .chunks_exact(2)
            .map(move |p| Entry { key: Node { tree, id: p[0] }, value: Node { tree, id: p[1] } })
    }

    /// The pair with this key, null or not.
    #[inline]
    pub fn entry(self, key: &str) -> Option<Entry<'t>> {
        // Inlined, because of a key that is a literal nothing is left to be computed.
        self.entry_marked(key, mark(key.as_bytes()))
    }

    fn entry_marked(self, key: &str, mark: u16) -> Option<Entry<'t>> {
        let own = self.own_entry(key, mark);
        if own.is_some() || !self.tree.merges { own } else { self.find(key, mark, &mut HashSet::new(), 0) }
    }

    /// The pair of the mapping itself with this key. Asked more often than anything else.
    fn own_entry(self, key: &str, mark: u16) -> Option<Entry<'t>> {
        let data = self.data();
        let Value::Map(first, len) = data.value else { return None };
        if data.mark & bit(mark) == 0 {
            return None;
        }
        let tree = self.tree;
        for pair in tree.children.get(first as usize..(first + 2 * len) as usize)?.chunks_exact(2) {
            if tree.nodes[pair[0] as usize].mark == mark {
                let entry = Entry { key: Node { tree, id: pair[0] }, value: Node { tree, id: pair[1] } };
                if entry.key.is_called(key.as_bytes()) && !(tree.merges && entry.is_merge()) {
                    return Some(entry);
                }
            }
        }
        None
    }

    /// Whether it is a scalar that is written so.
    fn is_called(self, text: &[u8]) -> bool {
        self.text() == Some(text)
    }

    /// What [`Node::scalar`] is, as bytes: nobody looks where its characters begin.
    fn text(self) -> Option<&'t [u8]> {
        let data = self.data();
        let (start, end) = match &data.value {
            Value::Raw(start, end) => (*start, *end),
            Value::Text(own) => return Some(own.as_bytes()),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => (data.start, data.end),
            _ => return None,
        };
        self.tree.source.text().as_bytes().get(start as usize..end as usize)
    }

    /// The value under `key`, where it is set: a null counts as unset.
    #[inline]
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|e| e.value).filter(|v| !v.is_null())
    }

    /// The value at a path of keys.
    pub fn at(self, path: &[&str]) -> Option<Node<'t>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }
}
