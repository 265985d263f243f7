//! Reads `content/glossary.md`.

use super::{Notes, Pack, Seen, lesson, prose};
use crate::course::glossary::{Glossary, Term};
use crate::ids::HeadingId;
use crate::parse::markdown::{self, Block, BlockKind, plain};
use crate::text::Finding;

pub(crate) const PATH: &str = "content/glossary.md";

/// The glossary; empty where there is no file.
pub(crate) fn read(pack: &Pack, notes: &Notes) -> Option<Glossary> {
    if !pack.origin.exists(PATH) {
        return Some(Glossary::default());
    }
    let source = pack.source(PATH, None, notes)?;
    let (document, findings) = markdown::parse(&source, 0);
    notes.extend(findings);
    prose::links(&document, None, notes);
    lesson::codes(&document.blocks, &source, notes);
    let mut terms: Vec<Term> = Vec::new();
    let mut seen = Seen::default();
    for block in document.blocks {
        match &block.kind {
            BlockKind::Heading { level: 1, .. } => {}
            BlockKind::Heading { level: 2, id, text } => {
                let Some(id) = term_id(id.as_deref(), &block, notes) else { continue };
                seen.add(id.as_str(), block.span, "term", notes);
                terms.push(Term { id, name: plain(text), body: Vec::new(), span: block.span });
            }
            BlockKind::Heading { .. } => notes.push(
                Finding::error("glossary-heading", "heading is no term", block.span)
                    .help("write terms as `## term {#id}`, and no heading below them"),
            ),
            _ => {
                if let Some(term) = terms.last_mut() {
                    term.body.push(block);
                }
            }
        }
    }
    for term in terms.iter().filter(|t| t.body.is_empty()) {
        notes.push(
            Finding::error("glossary-empty", "term is not explained", term.span)
                .detail(format!("term `{}`", term.id))
                .help("write what it means below its heading"),
        );
    }
    Some(Glossary { terms })
}

fn term_id(id: Option<&str>, block: &Block, notes: &Notes) -> Option<HeadingId> {
    let found = id.and_then(HeadingId::new);
    if found.is_none() {
        let detail = id.map_or("it has no id".to_owned(), |id| format!("`{id}` is not an id"));
        notes.push(
            Finding::error("glossary-heading", "heading is no term", block.span)
                .detail(detail)
                .help("write `## term {#id}`, the id from a-z, 0-9 and `-`"),
        );
    }
    found
}
