//! Where the parts of a quiz stand in its file: the fields and tables that findings point at and comments stand above.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::parse::{Limits, Node, toml};
use crate::text::{Source, Span};

/// The places of a quiz, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct QuizPlaces {
    /// Of its questions.
    pub questions: Vec<Places>,
    /// Of its interview questions.
    pub interviews: Vec<Places>,
    /// Of every string, so that what looks like a comment there is none.
    pub strings: Vec<Span>,
}

/// The places of a table: a question, an option, an interview question.
#[derive(Clone, Debug)]
pub struct Places {
    /// From its first byte to the next table of its kind.
    pub whole: Span,
    /// The values of its fields.
    fields: BTreeMap<String, Span>,
    /// The items of its lists: the points of a rubric.
    items: BTreeMap<String, Vec<Span>>,
    /// Its options.
    pub options: Vec<Places>,
}

impl Places {
    /// Where the value of a field stands; the table's beginning where it has no such field.
    pub fn field(&self, name: &str) -> Span {
        self.fields.get(name).copied().unwrap_or_else(|| self.whole.at_start())
    }

    /// Where an item of a list stands; the list itself where there is no such item.
    pub fn item(&self, name: &str, index: usize) -> Span {
        let item = self.items.get(name).and_then(|items| items.get(index));
        item.copied().unwrap_or_else(|| self.field(name))
    }

    fn of(node: Node<'_>) -> Self {
        let entries: Vec<_> = node.own_entries().filter_map(|e| Some((e.key.scalar()?, e.value))).collect();
        let items = |n: Node<'_>| n.items().map(Node::own_span).collect::<Vec<_>>();
        Self {
            whole: node.own_span(),
            fields: entries.iter().map(|(key, value)| ((*key).to_owned(), value.own_span())).collect(),
            items: entries.iter().map(|(key, value)| ((*key).to_owned(), items(*value))).collect(),
            options: tables(node, "option"),
        }
    }
}

fn tables(node: Node<'_>, key: &str) -> Vec<Places> {
    node.get(key).map(|list| list.items().map(Places::of).collect()).unwrap_or_default()
}

impl QuizPlaces {
    /// Reads a quiz file again, for its places alone.
    pub fn read(source: &Arc<Source>) -> Self {
        let (tree, _) = toml::parse(source, Limits::default());
        let Some(root) = tree.root() else { return Self::default() };
        let (mut questions, mut interviews) = (tables(root, "question"), tables(root, "interview"));
        let options = questions.iter().flat_map(|q| &q.options);
        let outer: Vec<u32> = questions.iter().chain(&interviews).map(|p| p.whole.start).collect();
        let inner: Vec<u32> = outer.iter().copied().chain(options.map(|o| o.whole.start)).collect();
        for places in questions.iter_mut().chain(&mut interviews) {
            places.whole.end = end(source, &outer, places.whole.start);
            for option in &mut places.options {
                option.whole.end = end(source, &inner, option.whole.start);
            }
        }
        let nodes = (0..tree.len()).filter_map(|id| tree.node(id as u32));
        let strings = nodes.filter(|n| n.as_str().is_some()).map(Node::own_span).collect();
        Self { questions, interviews, strings }
    }

    /// Every table that a comment may stand above.
    pub fn tables(&self) -> impl Iterator<Item = &Places> {
        let outer = self.questions.iter().chain(&self.interviews);
        outer.flat_map(|p| std::iter::once(p).chain(&p.options))
    }
}

/// Where the next of `starts` begins.
fn end(source: &Source, starts: &[u32], start: u32) -> u32 {
    let next = starts.iter().copied().filter(|s| *s > start).min();
    next.unwrap_or(source.text().len() as u32)
}
