//! Sources and spans: a file's text with its line index, and byte ranges into it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, Weak};

/// Names a source within one [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

impl FileId {
    /// That of a text that stands in no file.
    pub const fn made(nth: u32) -> Self {
        Self(u32::MAX - nth)
    }
}

/// A half-open byte range of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The source that the range lies in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte; never before `start`.
    pub end: u32,
}

impl Span {
    /// A span over `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Self { file, start, end: end.max(start) }
    }

    /// The empty span at this span's start.
    #[must_use]
    pub fn at_start(self) -> Self {
        Self { end: self.start, ..self }
    }

    /// The smallest span that holds both; `self` where they lie in different files.
    #[must_use]
    pub fn to(self, other: Span) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The bytes as a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A place for people: both numbers count from 1, columns in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A named text with an index of its lines.
pub struct Source {
    id: FileId,
    name: String,
    text: String,
    /// Whether a column is as many bytes as characters.
    ascii: bool,
    /// What ends its lines.
    feed: &'static str,
    line_starts: Vec<u32>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?}, {} bytes)", self.name, self.text.len())
    }
}

impl Source {
    fn new(id: FileId, name: String, text: String) -> Self {
        let mut line_starts = Vec::with_capacity(text.len() / 24 + 1);
        line_starts.push(0);
        line_starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i as u32 + 1));
        let ascii = text.is_ascii();
        let returns = memchr::memchr(b'\r', text.as_bytes()).is_some_and(|at| text[at..].contains("\r\n"));
        let feed = if returns { "\r\n" } else { "\n" };
        Self { id, name, text, ascii, feed, line_starts }
    }

    /// A source that belongs to no [`Sources`]; for tests and single files.
    pub fn lone(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self::new(FileId(0), name.into(), text.into()))
    }

    /// A text that stands in no file: no position in it is one that people can look up. Numbers tell such texts apart.
    pub fn made(text: impl Into<String>, nth: u32) -> Arc<Self> {
        Arc::new(Self::new(FileId::made(nth), "<made>".to_owned(), text.into()))
    }

    /// Its id within its [`Sources`].
    pub fn id(&self) -> FileId {
        self.id
    }

    /// The name as people gave it: a path, or something like `<stdin>`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What ends its lines, for those that are written anew.
    pub fn feed(&self) -> &'static str {
        self.feed
    }

    /// The text under `span`; empty where the span does not fit this text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// A span of this source.
    pub fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.id, start, end)
    }

    /// The whole text as a span.
    pub fn whole(&self) -> Span {
        self.span(0, self.text.len())
    }

    /// Line and column of a byte offset; an offset past the end is the end's.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|s| *s <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        let end = (offset as usize).min(self.text.len());
        let before = if self.ascii {
            end.saturating_sub(start)
        } else {
            self.text.get(start..end).unwrap_or("").chars().count()
        };
        Position { line: line as u32, column: before as u32 + 1 }
    }

    /// How many lines there are; at least 1.
    pub fn lines(&self) -> u32 {
        self.line_starts.len() as u32
    }

    /// The text of a line (from 1) without its line break; empty past the end.
    pub fn line(&self, line: u32) -> &str {
        self.text.get(self.line_span(line).range()).unwrap_or("")
    }

    /// The span of a line (from 1) without its line break.
    pub fn line_span(&self, line: u32) -> Span {
        let Some(start) = self.line_starts.get((line.max(1) - 1) as usize) else {
            return self.span(self.text.len(), self.text.len());
        };
        let end =
            self.line_starts.get(line.max(1) as usize).map_or(self.text.len(), |next| *next as usize - 1);
        let text = &self.text[*start as usize..end];
        self.span(*start as usize, *start as usize + text.trim_end_matches('\r').len())
    }
}

/// The sources of one piece of work. A cheap handle: clones share the same list.
#[derive(Clone, Default, Debug)]
pub struct Sources(Arc<RwLock<Vec<Entry>>>);

/// A source of a list.
#[derive(Debug)]
enum Entry {
    /// It stays as long as the list.
    Held(Arc<Source>),
    /// It stays as long as others hold it; afterwards there is its name with no text.
    Lent { name: Arc<Source>, text: Weak<Source> },
}

impl Entry {
    fn source(&self) -> Arc<Source> {
        match self {
            Self::Held(source) => Arc::clone(source),
            Self::Lent { name, text } => text.upgrade().unwrap_or_else(|| Arc::clone(name)),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Held(source) | Self::Lent { name: source, .. } => source.name(),
        }
    }
}

impl Sources {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and gives it an id.
    pub fn add(&self, name: impl Into<String>, text: impl Into<String>) -> Arc<Source> {
        let mut list = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let source = Arc::new(Source::new(FileId(list.len() as u32), name.into(), text.into()));
        list.push(Entry::Held(Arc::clone(&source)));
        source
    }

    /// Holds the text of this source no longer than others do; its id and name stay.
    pub fn let_go(&self, id: FileId) {
        let mut list = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = list.get_mut(id.0 as usize) else { return };
        if let Entry::Held(source) = entry {
            let name = Arc::new(Source::new(id, source.name.clone(), String::new()));
            *entry = Entry::Lent { name, text: Arc::downgrade(source) };
        }
    }

    /// The names of the texts, in the order in which they were read.
    pub fn names(&self) -> Vec<String> {
        let list = self.0.read().unwrap_or_else(PoisonError::into_inner);
        list.iter().map(|entry| entry.name().to_owned()).collect()
    }

    /// The source with this id, where this list gave the id.
    pub fn get(&self, id: FileId) -> Option<Arc<Source>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(id.0 as usize).map(Entry::source)
    }

    /// Name, line and column of a span's start.
    pub fn locate(&self, span: Span) -> Option<(String, Position)> {
        let source = self.get(span.file)?;
        Some((source.name().to_owned(), source.position(span.start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_lines_from_one() {
        let s = Source::lone("a", "é: 1\r\nb\n");
        assert_eq!(s.position(0).to_string(), "1:1");
        assert_eq!(s.position(3).to_string(), "1:3");
        assert_eq!(s.position(7).to_string(), "2:1");
        assert_eq!(s.position(99).to_string(), "3:1");
        assert_eq!(s.line(1), "é: 1");
        assert_eq!(s.line(2), "b");
        assert_eq!(s.line(9), "");
    }
}
