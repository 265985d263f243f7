//! `content/NN-slug.md`: a TOML header, then Markdown.

use std::sync::Arc;

use crate::ids::{HeadingId, LessonId};
use crate::parse::markdown::{Block, BlockKind, Code, Document, plain};
use crate::text::{Source, Span};

/// A lesson's text.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its id.
    pub id: LessonId,
    /// How long it takes to read, in minutes.
    pub minutes: u32,
    /// What its facts were checked against, as in `Kubernetes 1.37`.
    pub as_of: String,
    /// The text.
    pub body: Document,
    /// The file.
    pub source: Arc<Source>,
}

impl Lesson {
    /// The blocks under a heading, the heading first, up to the next one of its level or above.
    pub fn section(&self, heading: &HeadingId) -> Vec<Block> {
        section(&self.body, heading)
    }

    /// The headings that are concepts, in order: id, level, text.
    pub fn headings(&self) -> Vec<(HeadingId, u8, String)> {
        headings(&self.body)
    }
}

/// The blocks of a text under a heading, the heading first, up to the next one of its level or above.
pub(super) fn section(body: &Document, heading: &HeadingId) -> Vec<Block> {
    let level = |block: &Block| match &block.kind {
        BlockKind::Heading { level, id, .. } => Some((*level, id.as_deref() == Some(heading.as_str()))),
        _ => None,
    };
    let blocks = &body.blocks;
    let Some(start) = blocks.iter().position(|b| level(b).is_some_and(|(_, here)| here)) else {
        return Vec::new();
    };
    let own = level(&blocks[start]).map_or(0, |(level, _)| level);
    let rest = blocks[start + 1..].iter().take_while(|b| level(b).is_none_or(|(level, _)| level > own));
    std::iter::once(&blocks[start]).chain(rest).cloned().collect()
}

/// The headings of a text that have an id, in order: id, level, text.
pub(super) fn headings(body: &Document) -> Vec<(HeadingId, u8, String)> {
    let heading = |kind: &BlockKind| match kind {
        BlockKind::Heading { id: Some(id), level, text } => Some((HeadingId::new(id)?, *level, plain(text))),
        _ => None,
    };
    body.blocks.iter().filter_map(|b| heading(&b.kind)).collect()
}

/// A Markdown text of a course, whatever it belongs to: for whoever looks at every piece of code.
#[derive(Clone, Debug)]
pub struct Writing {
    /// The file.
    pub source: Arc<Source>,
    /// The text.
    pub body: Document,
}

impl Writing {
    /// Its pieces of code, within lists and call-outs too.
    pub fn codes(&self) -> Vec<&Code> {
        let mut codes = Vec::new();
        each_code(&self.body.blocks, &mut |code| codes.push(code));
        codes
    }
}

/// Every piece of code of a text, within lists and call-outs too.
pub(super) fn each_code<'b>(blocks: &'b [Block], f: &mut impl FnMut(&'b Code)) {
    for block in blocks {
        match &block.kind {
            BlockKind::Code(code) => f(code),
            BlockKind::Quote(inner) | BlockKind::Callout(_, inner) => each_code(inner, f),
            BlockKind::List { items, .. } => items.iter().for_each(|i| each_code(i, f)),
            _ => {}
        }
    }
}

/// `#~ finding-id` at the end of a line of code: the checker finds that here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line within the code, from 1.
    pub line: u32,
    /// The finding's id.
    pub id: String,
    /// Where the mark stands, from `#~` on.
    pub span: Span,
}

/// What begins a mark.
const MARK: &str = "#~";

/// The marks of a piece of code. A line may have several ids behind one `#~`.
pub fn marks(code: &Code, source: &Source) -> Vec<Mark> {
    let text = source.slice(code.text_span);
    let mut out = Vec::new();
    let mut start = code.text_span.start as usize;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if let Some(at) = line.find(MARK) {
            let span = source.span(start + at, start + line.trim_end().len());
            let ids = line.get(at + MARK.len()..).unwrap_or("").split([' ', ',']).map(str::trim);
            let ids = ids.filter(|id| !id.is_empty());
            out.extend(ids.map(|id| Mark { line: index as u32 + 1, id: id.to_owned(), span }));
        }
        start += line.len();
    }
    out
}

/// The code as learners see it, without its marks.
pub fn without_marks(text: &str) -> String {
    let cut = |line: &str| match line.find(MARK) {
        Some(at) => format!("{}\n", line.get(..at).unwrap_or("").trim_end()),
        None => format!("{line}\n"),
    };
    text.lines().map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::markdown;

    #[test]
    fn marks_have_lines_and_places_and_learners_do_not_see_them() {
        let text = "x\n\n```yaml fail\na: 1\nb: 2  #~ one, two\nc: 3 # kept\n```\n";
        let source = Source::lone("l.md", text);
        let (document, _) = markdown::parse(&source, 0);
        let Some(BlockKind::Code(code)) = document.blocks.last().map(|b| &b.kind) else { panic!("no code") };
        let found = marks(code, &source);
        let short: Vec<_> = found.iter().map(|m| (m.line, m.id.as_str())).collect();
        assert_eq!(short, [(2, "one"), (2, "two")]);
        assert_eq!(source.slice(found[0].span), "#~ one, two");
        assert_eq!(without_marks(&code.text), "a: 1\nb: 2\nc: 3 # kept\n");
    }
}
