//! A TOML table that says what is wrong with it: typed getters that push findings and go on with a default.

use std::borrow::Cow;

use std::ops::RangeInclusive;

use super::Notes;
use crate::ids;
use crate::parse::{Kind, Node};
use crate::text::near::{list, nearest, suggest};
use crate::text::{Finding, Span};

/// A table while it is read. Its value counts only where no finding blocks, so that getters may answer with a
/// default after a mistake and every mistake is found in one run.
pub(crate) struct Table<'t, 'n> {
    node: Node<'t>,
    what: String,
    notes: &'n Notes,
    /// Known fields that an unknown one was probably meant to be: they are not said to be missing as well.
    misspelt: Vec<String>,
}

impl<'t, 'n> Table<'t, 'n> {
    /// Reads `node` as `what`, which may hold `fields` and nothing else.
    pub(crate) fn new(
        node: Node<'t>,
        what: impl Into<String>,
        fields: &[&str],
        notes: &'n Notes,
    ) -> Option<Self> {
        let mut table = Self { node, what: what.into(), notes, misspelt: Vec::new() };
        if node.kind() != Kind::Map {
            table.wrong_type(node, "a table");
            return None;
        }
        for entry in node.own_entries() {
            let key = entry.key.scalar().unwrap_or("");
            if !fields.contains(&key) {
                table.push(
                    Finding::error("course-unknown-field", "unknown field", entry.key.own_span())
                        .detail(format!("{} has no field `{key}`", table.what))
                        .help(suggest(key, fields)),
                );
                table.misspelt.extend(nearest(key, fields.iter().copied()).map(str::to_owned));
            }
        }
        Some(table)
    }

    /// What it is, for messages.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// Its node.
    pub(crate) fn node(&self) -> Node<'t> {
        self.node
    }

    /// Where a field's value stands, or where it would.
    pub(crate) fn span(&self, key: &str) -> Span {
        self.node.get(key).map_or_else(|| self.place(), Node::own_span)
    }

    /// Where the table begins: its header, or its first key.
    pub(crate) fn place(&self) -> Span {
        place(self.node)
    }

    pub(crate) fn push(&self, finding: Finding) {
        self.notes.push(finding);
    }

    /// Pushes an error about a field: `title`, and a detail that follows "question `x`: ".
    pub(crate) fn refuse(
        &self,
        code: &'static str,
        key: &str,
        title: &'static str,
        detail: &str,
        help: impl Into<Cow<'static, str>>,
    ) {
        self.push(
            Finding::error(code, title, self.span(key)).detail(format!("{}: {detail}", self.what)).help(help),
        );
    }

    fn wrong_type(&self, node: Node<'_>, wanted: &str) {
        let path = if node.parent().is_none() || node == self.node {
            String::new()
        } else {
            format!(", field `{}`", field_of(node))
        };
        self.push(
            Finding::error("course-wrong-type", format!("not {wanted}"), node.own_span())
                .detail(format!("{}{path}: this is {}", self.what, node.kind().word()))
                .help(format!("write {wanted}")),
        );
    }

    fn missing(&self, key: &str, example: &str) {
        if self.misspelt.iter().any(|m| m == key) {
            return;
        }
        self.push(
            Finding::error("course-missing-field", "a field is missing", self.place())
                .detail(format!("{} has no `{key}`", self.what))
                .help(format!("add `{key} = {example}`")),
        );
    }

    fn need(&self, key: &str, example: &str) -> Option<Node<'t>> {
        let node = self.node.get(key);
        if node.is_none() {
            self.missing(key, example);
        }
        node
    }

    fn string(&self, node: Node<'t>) -> Option<&'t str> {
        let text = node.as_str();
        match text {
            None => self.wrong_type(node, "a string"),
            Some(t) if t.trim().is_empty() => {
                let key = field_of(node);
                self.push(
                    Finding::error("course-empty", "text is empty", node.own_span())
                        .detail(format!("{}: `{key}` says nothing", self.what))
                        .help("write it, or remove the field"),
                );
            }
            Some(_) => return text,
        }
        None
    }

    /// A text that has to be there; blank lines around it are cut off.
    pub(crate) fn text(&self, key: &str) -> String {
        let node = self.need(key, "\"…\"");
        node.and_then(|n| self.string(n)).map(|t| t.trim().to_owned()).unwrap_or_default()
    }

    /// A text that may be there.
    pub(crate) fn text_if(&self, key: &str) -> Option<String> {
        self.node.get(key).and_then(|n| self.string(n)).map(|t| t.trim().to_owned())
    }

    /// A text as it stands, with its blanks: code.
    pub(crate) fn verbatim(&self, key: &str) -> String {
        self.need(key, "\"…\"").and_then(|n| self.string(n)).unwrap_or_default().to_owned()
    }

    /// An id that has to be there.
    pub(crate) fn id<T>(&self, key: &str, make: fn(&str) -> Option<T>) -> Option<T> {
        let node = self.need(key, "\"…\"")?;
        self.id_of(node, make)
    }

    fn id_of<T>(&self, node: Node<'t>, make: fn(&str) -> Option<T>) -> Option<T> {
        let text = self.string(node)?;
        let id = make(text);
        if id.is_none() {
            self.push(bad_id(text, &self.what, node.own_span()));
        }
        id
    }

    /// A list of ids that may be empty.
    pub(crate) fn ids<T>(&self, key: &str, make: fn(&str) -> Option<T>) -> Vec<(T, Span)> {
        let items = self.items(key, "a list of strings");
        items.into_iter().filter_map(|n| Some((self.id_of(n, make)?, n.own_span()))).collect()
    }

    /// A whole number that has to be there and in `range`.
    pub(crate) fn number(&self, key: &str, range: RangeInclusive<u32>) -> u32 {
        let Some(node) = self.need(key, &range.start().to_string()) else { return *range.start() };
        self.number_of(node, range)
    }

    /// A whole number that is `default` where it is not there.
    pub(crate) fn number_or(&self, key: &str, default: u32, range: RangeInclusive<u32>) -> u32 {
        self.node.get(key).map_or(default, |n| self.number_of(n, range))
    }

    fn number_of(&self, node: Node<'t>, range: RangeInclusive<u32>) -> u32 {
        let Some(number) = node.as_int() else {
            self.wrong_type(node, "a whole number");
            return *range.start();
        };
        if let Some(fits) = u32::try_from(number).ok().filter(|n| range.contains(n)) {
            return fits;
        }
        let key = field_of(node);
        let help = match (range.start(), range.end()) {
            (from, to) if from == to => format!("use {from}"),
            (from, to) => format!("use a number from {from} to {to}"),
        };
        self.push(
            Finding::error("course-out-of-range", "number is out of range", node.own_span())
                .detail(format!("{}: `{key}` is {number}", self.what))
                .help(help),
        );
        *range.start()
    }

    /// A list of whole numbers that has to be there.
    pub(crate) fn numbers(&self, key: &str, range: &RangeInclusive<u32>) -> Vec<u32> {
        if self.need(key, "[1]").is_none() {
            return Vec::new();
        }
        let items = self.items(key, "a list of whole numbers");
        items.into_iter().map(|n| self.number_of(n, range.clone())).collect()
    }

    /// A boolean that is false where it is not there.
    pub(crate) fn flag(&self, key: &str) -> bool {
        let Some(node) = self.node.get(key) else { return false };
        if node.as_bool().is_none() {
            self.wrong_type(node, "true or false");
        }
        node.as_bool().unwrap_or(false)
    }

    /// One of a closed list of words.
    pub(crate) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let known: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
        let node = self.need(key, &format!("\"{}\"", known.first().unwrap_or(&"")))?;
        let text = self.string(node)?;
        let found = words.iter().find(|(w, _)| *w == text).map(|(_, t)| *t);
        if found.is_none() {
            self.push(
                Finding::error("course-unknown-word", format!("unknown {key}"), node.own_span())
                    .detail(format!("{}: `{text}` is none of {}", self.what, list(&known)))
                    .help(suggest(text, &known)),
            );
        }
        found
    }

    /// The strings of a list, each with its place; empty where the field is not there.
    pub(crate) fn texts(&self, key: &str) -> Vec<(String, Span)> {
        let items = self.items(key, "a list of strings");
        items.into_iter().filter_map(|n| Some((self.string(n)?.trim().to_owned(), n.own_span()))).collect()
    }

    /// The tables of `[[key]]`.
    pub(crate) fn tables(&self, key: &str) -> Vec<Node<'t>> {
        self.items(key, "a list of tables")
    }

    /// The tables of a field that holds one or a list of them.
    pub(crate) fn one_or_more(&self, key: &str) -> Vec<Node<'t>> {
        match self.node.get(key) {
            Some(one) if one.kind() == Kind::Map => vec![one],
            _ => self.items(key, "a table or a list of tables"),
        }
    }

    /// The table under `key`, where there is one.
    pub(crate) fn table(&self, key: &str, fields: &[&str]) -> Option<Table<'t, 'n>> {
        let node = self.node.get(key)?;
        Table::new(node, format!("`{key}` of {}", self.what), fields, self.notes)
    }

    fn items(&self, key: &str, wanted: &str) -> Vec<Node<'t>> {
        let Some(node) = self.node.get(key) else { return Vec::new() };
        if node.kind() != Kind::Seq {
            self.wrong_type(node, wanted);
        }
        node.items().collect()
    }
}

/// The field that a value stands in, or the list that it is an item of.
fn field_of(node: Node<'_>) -> &str {
    let key = node.key().or_else(|| node.parent().and_then(Node::key));
    key.and_then(Node::scalar).unwrap_or("?")
}

/// The finding for text that is no id.
pub(crate) fn bad_id(text: &str, what: &str, span: Span) -> Finding {
    Finding::error("course-bad-id", "not an id", span)
        .detail(format!("{what}: `{text}`"))
        .help(format!("use 1 to {} of the characters a-z, 0-9 and `-`", ids::MAX))
}

/// A table's name in messages: its id, or its number among its kind.
pub(crate) fn named(node: Node<'_>, kind: &str, index: usize) -> String {
    match node.get("id").and_then(Node::as_str) {
        Some(id) => format!("{kind} `{id}`"),
        None => format!("{kind} number {}", index + 1),
    }
}

fn place(node: Node<'_>) -> Span {
    let own = node.own_span();
    let text = node.tree().source().slice(own);
    // `[[question]]` and `{ … }` begin with a bracket; the whole file begins with its first key.
    if text.starts_with('[') {
        let header = text.lines().next().map_or(0, str::len);
        return Span { end: own.start + header as u32, ..own };
    }
    node.own_entries().next().map_or(own.at_start(), |e| e.key.own_span())
}
