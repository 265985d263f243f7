//! What is asked of every Markdown text of a course, wherever it stands: its links lead somewhere.

use super::{Notes, Table};
use crate::parse::Limits;
use crate::parse::markdown::{self, Block, BlockKind, Document, Inline};
use crate::text::{Finding, Source, Span};

/// The schemes of links within a course.
pub(crate) const SCHEMES: [&str; 4] = ["lesson", "term", "finding", "lab"];

/// Takes note of every link of a document. `at` stands for places within TOML strings.
pub(crate) fn links(document: &Document, at: Option<Span>, notes: &Notes) {
    document.blocks.iter().for_each(|b| block(b, at, notes));
}

/// Reads a TOML string as Markdown: what it may not hold, and its links.
pub(crate) fn field(table: &Table<'_, '_>, key: &str, notes: &Notes) {
    let Some(node) = table.node().get(key) else { return };
    if let Some(text) = node.as_str() {
        check(text, node.own_span(), table.what(), notes);
    }
}

/// The same for a text at `span`.
pub(crate) fn check(text: &str, span: Span, what: &str, notes: &Notes) {
    if text.len() > Limits::default().file {
        return;
    }
    let (document, findings) = markdown::parse(&Source::lone("<text>", text), 0);
    for mut finding in findings {
        finding.primary.span = span;
        what.clone_into(&mut finding.detail);
        notes.push(finding);
    }
    links(&document, Some(span), notes);
}

fn block(block: &Block, at: Option<Span>, notes: &Notes) {
    let inner = |blocks: &[Block]| blocks.iter().for_each(|b| self::block(b, at, notes));
    let text = |inlines: &[Inline]| inlines.iter().for_each(|i| inline(i, at, notes));
    match &block.kind {
        BlockKind::Heading { text: inlines, .. } | BlockKind::Paragraph(inlines) => text(inlines),
        BlockKind::List { items, .. } => items.iter().for_each(|i| inner(i)),
        BlockKind::Table(table) => {
            table.head.iter().chain(table.rows.iter().flatten()).for_each(|cell| text(cell));
        }
        BlockKind::Quote(blocks) | BlockKind::Callout(_, blocks) => inner(blocks),
        BlockKind::Code(_) | BlockKind::Rule => {}
    }
}

fn inline(inline: &Inline, at: Option<Span>, notes: &Notes) {
    match inline {
        Inline::Emphasis(inner) | Inline::Strong(inner) => {
            for i in inner {
                self::inline(i, at, notes);
            }
        }
        Inline::Link { target, text, span } => {
            link(target, at.unwrap_or(*span), notes);
            for i in text {
                self::inline(i, at, notes);
            }
        }
        Inline::Text(_) | Inline::Code(_) | Inline::Break => {}
    }
}

fn link(target: &str, span: Span, notes: &Notes) {
    let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
    if SCHEMES.contains(&scheme) {
        notes.mention(target, span);
    } else if !target.starts_with("https://") && !target.starts_with("http://") {
        notes.push(
            Finding::error("course-bad-link", "link leads nowhere", span)
                .detail(format!("`{target}` is neither an address nor a place in the course"))
                .help("write `lesson:STEM#HEADING`, `term:ID`, `finding:ID`, `lab:ID` or `https://…`"),
        );
    }
}
