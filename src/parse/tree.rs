//! An arena of nodes with byte ranges: what YAML, JSON and TOML have in common.
//!
//! A node's text is borrowed from its [`Source`] where that can be; aliases are kept as references and followed
//! by every accessor, so that no document costs more memory than its text. Entries from `<<` merge keys come
//! after a mapping's own.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::text::{Source, Span};

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
    /// What most scalars that are written otherwise differ in ([`mark`]).
    pub(super) mark: u16,
    pub(super) plain: bool,
    pub(super) value: Value,
}

/// A few bits of a scalar's text: keys whose marks differ need not be compared.
fn mark(text: &[u8]) -> u16 {
    let end = |byte: Option<&u8>| byte.map_or(0, |b| u16::from(*b));
    (text.len() as u16).wrapping_mul(0x0941) ^ end(text.first()) << 7 ^ end(text.last())
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

/// Makes trees from the events of a parser.
pub(super) struct Builder {
    tree: Tree,
    /// Finished nodes whose collection is still open.
    pending: Vec<NodeId>,
    /// Open collections: their node and where their children begin in `pending`.
    open: Vec<(NodeId, usize)>,
}

impl Builder {
    pub(super) fn new(source: Arc<Source>) -> Self {
        let guess = source.text().len() / 12;
        let tree = Tree {
            source,
            nodes: Vec::with_capacity(guess),
            children: Vec::with_capacity(guess),
            roots: Vec::new(),
            merges: false,
            shared: HashSet::new(),
            mendable: true,
        };
        Self { tree, pending: Vec::new(), open: Vec::new() }
    }

    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Adds a finished node; `plain` says that it was written without quotes.
    pub(super) fn leaf(&mut self, start: usize, end: usize, plain: bool, value: Value) -> NodeId {
        if let Value::Alias(target) = value {
            self.tree.shared.insert(target);
        }
        let id = self.push(start, end, plain, value);
        self.finish(id);
        id
    }

    pub(super) fn open(&mut self, start: usize, map: bool) -> NodeId {
        let value = if map { Value::Map(0, 0) } else { Value::Seq(0, 0) };
        let id = self.push(start, start, false, value);
        self.open.push((id, self.pending.len()));
        id
    }

    /// Closes the innermost collection. `end` counts where it lies past the last child (flow style).
    pub(super) fn close(&mut self, end: Option<usize>) -> Option<NodeId> {
        let (id, base) = self.open.pop()?;
        let first = self.tree.children.len() as u32;
        let count = (self.pending.len() - base) as u32;
        let last = self.pending.last().filter(|_| count > 0).copied();
        for child in &self.pending[base..] {
            self.tree.nodes[*child as usize].parent = id;
        }
        if matches!(self.tree.nodes[id as usize].value, Value::Map(..)) && !self.tree.merges {
            let mut keys = self.pending[base..].iter().step_by(2);
            self.tree.merges = keys.any(|id| Node { tree: &self.tree, id: *id }.is_called(MERGE.as_bytes()));
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
    pub(super) fn end_document(&mut self, at: usize) {
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

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(super) fn done(self) -> Tree {
        self.tree
    }

    fn push(&mut self, start: usize, end: usize, plain: bool, value: Value) -> NodeId {
        let id = self.tree.nodes.len() as NodeId;
        let text = |from: usize, to: usize| self.tree.source.text().as_bytes().get(from..to);
        let mark = match &value {
            Value::Raw(from, to) => text(*from as usize, *to as usize).map_or(0, mark),
            Value::Text(text) => mark(text.as_bytes()),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => text(start, end).map_or(0, mark),
            Value::Alias(to) => self.tree.nodes.get(*to as usize).map_or(0, |node| node.mark),
            Value::Null | Value::Seq(..) | Value::Map(..) => 0,
        };
        self.tree.nodes.push(Data { start: start as u32, end: end as u32, parent: NONE, mark, plain, value });
        id
    }

    fn finish(&mut self, id: NodeId) {
        self.pending.push(id);
    }
}

/// A key and its value in a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'t> {
    /// The key's node.
    pub key: Node<'t>,
    /// The value's node.
    pub value: Node<'t>,
}

/// A key that a mapping does not hold; knows where it would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The empty span where the key would be written: at the first key of its parent.
    pub span: Span,
    /// The path that it would have.
    pub path: String,
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

    /// The pairs of a mapping: its own, then those that `<<` merges in and that it does not set itself.
    pub fn entries(self) -> Vec<Entry<'t>> {
        if !self.tree.merges {
            // A key that is set twice counts once, as below.
            let own: Vec<_> = self.own_entries().collect();
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

    /// The pair with this key, null or not.
    pub fn entry(self, key: &str) -> Option<Entry<'t>> {
        let own = self.own_entry(key);
        if own.is_some() || !self.tree.merges { own } else { self.find(key, &mut HashSet::new(), 0) }
    }

    /// The pair of the mapping itself with this key. Asked more often than anything else.
    fn own_entry(self, key: &str) -> Option<Entry<'t>> {
        let Value::Map(first, len) = self.data().value else { return None };
        let (tree, key) = (self.tree, key.as_bytes());
        let mark = mark(key);
        let pairs = tree.children.get(first as usize..(first + 2 * len) as usize)?.chunks_exact(2);
        for pair in pairs.filter(|pair| tree.nodes[pair[0] as usize].mark == mark) {
            let entry = Entry { key: Node { tree, id: pair[0] }, value: Node { tree, id: pair[1] } };
            if entry.key.is_called(key) && !entry.is_merge() {
                return Some(entry);
            }
        }
        None
    }

    fn find(self, key: &str, seen: &mut HashSet<NodeId>, depth: usize) -> Option<Entry<'t>> {
        if !seen.insert(self.target()) {
            return None;
        }
        let own = self.own_entry(key);
        if own.is_some() || depth >= MERGE_DEPTH {
            return own;
        }
        self.merged().into_iter().find_map(|m| m.find(key, seen, depth + 1))
    }

    /// Whether it is a scalar that is written so.
    fn is_called(self, text: &[u8]) -> bool {
        match &self.data().value {
            Value::Raw(start, end) => {
                self.tree.source.text().as_bytes().get(*start as usize..*end as usize) == Some(text)
            }
            Value::Text(own) => own.as_bytes() == text,
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                self.scalar().map(str::as_bytes) == Some(text)
            }
            _ => false,
        }
    }

    /// The node that an alias names; otherwise itself.
    fn target(self) -> NodeId {
        let mut id = self.id;
        while let Value::Alias(to) = self.tree.nodes[id as usize].value {
            id = to;
        }
        id
    }

    /// The value under `key`, where it is set: a null counts as unset.
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|e| e.value).filter(|v| !v.is_null())
    }

    /// The value at a path of keys.
    pub fn at(self, path: &[&str]) -> Option<Node<'t>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

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

/// Up to so many keys are compared each with each.
const FEW: usize = 8;

/// The key that merges other mappings in.
const MERGE: &str = "<<";

/// How far it is followed through merged mappings that merge others.
const MERGE_DEPTH: usize = 16;

impl Entry<'_> {
    fn is_merge(&self) -> bool {
        self.key.is_plain() && self.key.as_str() == Some("<<")
    }
}
