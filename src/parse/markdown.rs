//! Markdown as our own blocks, each with its place in the source.
//!
//! What a lesson may hold is a closed list: headings with ids, paragraphs, lists, tables, quotes, call-outs in
//! the GitHub forms, code with tags behind its language, rules. HTML and images become findings.

mod read;

use crate::text::{Source, Span};
pub use read::parse;

/// A Markdown text: its blocks in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The blocks.
    pub blocks: Vec<Block>,
}

/// One block and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its bytes in the source.
    pub span: Span,
}

/// The kinds of blocks.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockKind {
    /// A heading; `level` 1 to 6, `id` from `{#id}`.
    Heading {
        /// 1 to 6.
        level: u8,
        /// The concept id, as written.
        id: Option<String>,
        /// Its text.
        text: Vec<Inline>,
    },
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; `start` is the first number of an ordered one.
    List {
        /// First number, for ordered lists.
        start: Option<u64>,
        /// The items, each with blocks of its own.
        items: Vec<Vec<Block>>,
    },
    /// A table.
    Table(Table),
    /// Code, fenced or indented. Indented code and fences without a language are diagrams or messages.
    Code(Code),
    /// A quotation.
    Quote(Vec<Block>),
    /// A call-out.
    Callout(Callout, Vec<Block>),
    /// A horizontal rule.
    Rule,
}

/// The call-outs of a lesson, in the GitHub forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callout {
    /// `[!NOTE]`: try it.
    Try,
    /// `[!TIP]`: interview tip.
    Interview,
    /// `[!WARNING]`: pitfall.
    Pitfall,
    /// `[!CAUTION]`: incident.
    Incident,
}

impl Callout {
    /// What stands above it on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Try => "Try it",
            Self::Interview => "Interview",
            Self::Pitfall => "Pitfall",
            Self::Incident => "Incident",
        }
    }
}

/// A piece of code.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// The first word behind the fence: `yaml`, `dockerfile`, `sh`; `None` for indented code and bare fences.
    pub language: Option<String>,
    /// The other words behind the fence.
    pub tags: Vec<String>,
    /// The text, each line ended by a line feed.
    pub text: String,
    /// Where the text stands, without the fences.
    pub text_span: Span,
    /// Where the words behind the fence stand; empty where there are none.
    pub info_span: Span,
}

/// A table: a head and rows, cells of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// How each column is aligned.
    pub align: Vec<Align>,
    /// The head's cells.
    pub head: Vec<Vec<Inline>>,
    /// The rows' cells.
    pub rows: Vec<Vec<Vec<Inline>>>,
}

/// Alignment of a table's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// To the left, and where nothing is said.
    Left,
    /// Centred.
    Centre,
    /// To the right.
    Right,
}

/// Text within a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// `code`.
    Code(String),
    /// *Emphasis*.
    Emphasis(Vec<Inline>),
    /// **Strong emphasis**.
    Strong(Vec<Inline>),
    /// A link: `lesson:…`, `term:…`, `finding:…`, `lab:…`, or an address.
    Link {
        /// Where to, as written.
        target: String,
        /// What is shown.
        text: Vec<Inline>,
        /// Where the whole link stands.
        span: Span,
    },
    /// A line break that the author asked for.
    Break,
}

/// The text of inlines without any markup.
pub fn plain(inlines: &[Inline]) -> String {
    let mut out = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(t) | Inline::Code(t) => out.push_str(t),
            Inline::Emphasis(i) | Inline::Strong(i) => out.push_str(&plain(i)),
            Inline::Link { text, .. } => out.push_str(&plain(text)),
            Inline::Break => out.push(' '),
        }
    }
    out
}

/// Reads inline Markdown (a question's stem, an option, a reason) as blocks.
pub fn parse_text(text: &str) -> Document {
    parse(&Source::lone("<text>", text), 0).0
}
