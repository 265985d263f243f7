//! Reads Markdown into blocks; the events are pulldown-cmark's. What cannot be shown becomes a finding.

use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag};

use super::{Align, Block, BlockKind, Callout, Code, Document, Inline, Table};
use crate::text::{Finding, Source, Span};

/// Reads `source` from byte `start` on.
pub fn parse(source: &Arc<Source>, start: usize) -> (Document, Vec<Finding>) {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_STRIKETHROUGH;
    let text = source.text().get(start..).unwrap_or("");
    let mut reader =
        Reader { source, start, frames: vec![Frame::new(Open::Document, 0..0)], findings: Vec::new() };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        reader.event(event, range);
    }
    let blocks = reader.frames.pop().map(|f| f.blocks).unwrap_or_default();
    (Document { blocks }, reader.findings)
}

enum Open {
    Document,
    Heading { level: u8, id: Option<String> },
    Paragraph,
    List(Option<u64>),
    Item,
    Quote,
    Callout(Callout),
    Code { info: String },
    Table(Vec<Align>),
    Row,
    Cell,
    Emphasis,
    Strong,
    Link(String),
    Dropped,
}

/// The deepest nesting of quotations, lists and marks. Without a limit a line of `>` would exhaust the stack.
const DEPTH: usize = 100;

struct Frame {
    open: Open,
    range: Range<usize>,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    items: Vec<Vec<Block>>,
    cells: Vec<Vec<Inline>>,
    head: Vec<Vec<Inline>>,
    rows: Vec<Vec<Vec<Inline>>>,
    code: String,
    code_range: Option<Range<usize>>,
}

impl Frame {
    fn new(open: Open, range: Range<usize>) -> Self {
        Self {
            open,
            range,
            blocks: Vec::new(),
            inlines: Vec::new(),
            items: Vec::new(),
            cells: Vec::new(),
            head: Vec::new(),
            rows: Vec::new(),
            code: String::new(),
            code_range: None,
        }
    }
}

struct Reader<'s> {
    source: &'s Arc<Source>,
    start: usize,
    frames: Vec<Frame>,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn span(&self, range: &Range<usize>) -> Span {
        self.source.span(self.start + range.start, self.start + range.end)
    }

    fn refuse(&mut self, what: &str, range: &Range<usize>, help: &'static str) {
        let span = self.span(range);
        let finding =
            Finding::error("markdown-unsupported", format!("{what} cannot be shown in a terminal"), span);
        self.findings.push(finding.help(help));
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text, &range),
            Event::Code(text) => self.inline(Inline::Code(text.into_string())),
            Event::SoftBreak => self.inline(Inline::Text(" ".to_owned())),
            Event::HardBreak => self.inline(Inline::Break),
            Event::Rule => {
                let span = self.span(&range);
                self.block(Block { kind: BlockKind::Rule, span });
            }
            Event::Html(_) | Event::InlineHtml(_) => self.refuse("HTML", &range, "write it as Markdown"),
            _ => self.refuse("this Markdown", &range, "see CONTRIBUTING.md for what a lesson may hold"),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        if self.frames.len() > DEPTH {
            if self.frames.len() == DEPTH + 1 {
                self.refuse("Markdown nested this deeply", &range, "nest less");
            }
            self.frames.push(Frame::new(Open::Dropped, range));
            return;
        }
        let open = match tag {
            Tag::Heading { level, id, .. } => {
                Open::Heading { level: level_number(level), id: id.map(pulldown_cmark::CowStr::into_string) }
            }
            Tag::Paragraph => Open::Paragraph,
            Tag::List(first) => Open::List(first),
            Tag::Item => Open::Item,
            Tag::BlockQuote(None) => Open::Quote,
            Tag::BlockQuote(Some(kind)) => Open::Callout(match kind {
                BlockQuoteKind::Note => Callout::Try,
                BlockQuoteKind::Tip => Callout::Interview,
                BlockQuoteKind::Warning | BlockQuoteKind::Important => Callout::Pitfall,
                BlockQuoteKind::Caution => Callout::Incident,
            }),
            Tag::CodeBlock(CodeBlockKind::Indented) => Open::Code { info: String::new() },
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => Open::Code { info: info.into_string() },
            Tag::Table(align) => Open::Table(
                align
                    .into_iter()
                    .map(|a| match a {
                        Alignment::Center => Align::Centre,
                        Alignment::Right => Align::Right,
                        _ => Align::Left,
                    })
                    .collect(),
            ),
            Tag::TableHead | Tag::TableRow => Open::Row,
            Tag::TableCell => Open::Cell,
            Tag::Emphasis => Open::Emphasis,
            Tag::Strong => Open::Strong,
            Tag::Link { dest_url, .. } => Open::Link(dest_url.into_string()),
            Tag::Image { .. } => {
                self.refuse("an image", &range, "draw it with box characters");
                Open::Dropped
            }
            Tag::HtmlBlock => Open::Dropped,
            _ => {
                self.refuse("this Markdown", &range, "see CONTRIBUTING.md for what a lesson may hold");
                Open::Dropped
            }
        };
        self.frames.push(Frame::new(open, range));
    }

    fn text(&mut self, text: &str, range: &Range<usize>) {
        let Some(top) = self.frames.last_mut() else { return };
        if let Open::Code { .. } = top.open {
            top.code.push_str(text);
            let first = top.code_range.as_ref().map_or(range.start, |r| r.start);
            top.code_range = Some(first..range.end);
        } else {
            self.inline(Inline::Text(text.to_owned()));
        }
    }

    fn inline(&mut self, inline: Inline) {
        let Some(top) = self.frames.last_mut() else { return };
        if let (Some(Inline::Text(last)), Inline::Text(more)) = (top.inlines.last_mut(), &inline) {
            last.push_str(more);
        } else {
            top.inlines.push(inline);
        }
    }

    fn block(&mut self, block: Block) {
        if let Some(top) = self.frames.last_mut() {
            top.blocks.push(block);
        }
    }

    fn end(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        let span = self.span(&frame.range);
        // Text that stands in an item without a paragraph of its own ("tight" lists) becomes one.
        if matches!(frame.open, Open::Item) && !frame.inlines.is_empty() {
            let kind = BlockKind::Paragraph(std::mem::take(&mut frame.inlines));
            frame.blocks.insert(0, Block { kind, span });
        }
        let kind = match frame.open {
            Open::Document | Open::Dropped => return,
            Open::Heading { level, id } => BlockKind::Heading { level, id, text: frame.inlines },
            Open::Paragraph => BlockKind::Paragraph(frame.inlines),
            Open::List(start) => BlockKind::List { start, items: frame.items },
            Open::Quote => BlockKind::Quote(frame.blocks),
            Open::Callout(kind) => BlockKind::Callout(kind, frame.blocks),
            Open::Code { info } => {
                BlockKind::Code(self.code(&info, frame.code, frame.code_range, &frame.range))
            }
            Open::Table(align) => BlockKind::Table(Table { align, head: frame.head, rows: frame.rows }),
            Open::Item => return self.parent(|top| top.items.push(frame.blocks)),
            Open::Row => {
                return self.parent(|top| {
                    if top.head.is_empty() {
                        top.head = frame.cells;
                    } else {
                        top.rows.push(frame.cells);
                    }
                });
            }
            Open::Cell => return self.parent(|top| top.cells.push(frame.inlines)),
            Open::Emphasis => return self.inline(Inline::Emphasis(frame.inlines)),
            Open::Strong => return self.inline(Inline::Strong(frame.inlines)),
            Open::Link(target) => return self.inline(Inline::Link { target, text: frame.inlines, span }),
        };
        // A nested block of a tight item comes after the text that stands before it.
        self.parent(|top| {
            if matches!(top.open, Open::Item) && !top.inlines.is_empty() {
                let text = BlockKind::Paragraph(std::mem::take(&mut top.inlines));
                top.blocks.push(Block { kind: text, span });
            }
            top.blocks.push(Block { kind, span });
        });
    }

    fn parent(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(top) = self.frames.last_mut() {
            change(top);
        }
    }

    fn code(&self, info: &str, text: String, inner: Option<Range<usize>>, whole: &Range<usize>) -> Code {
        let mut words = info.split_whitespace().map(str::to_owned);
        let inner = inner.unwrap_or(whole.end..whole.end);
        let source = self.source.text();
        let offset = source
            .get(self.start + whole.start..self.start + inner.start)
            .and_then(|fence| fence.find(info))
            .filter(|_| !info.is_empty());
        let at = whole.start + offset.unwrap_or(0);
        let info_span = self.span(&(at..at + offset.map_or(0, |_| info.len())));
        Code { language: words.next(), tags: words.collect(), text, text_span: self.span(&inner), info_span }
    }
}

fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::super::plain;
    use super::*;

    #[test]
    fn a_lesson_in_small() {
        let text = "## Flat {#flat}\n\nOne *two* `three`\nfour [x](lesson:01-a#b).\n\n- a\n- b\n  ```yaml fail\n  k: v\n  ```\n\n> [!TIP]\n> Say it.\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n    ┌─┐\n";
        let source = Source::lone("l.md", text);
        let (doc, findings) = parse(&source, 0);
        assert!(findings.is_empty(), "{findings:?}");
        let kinds: Vec<_> = doc.blocks.iter().map(|b| &b.kind).collect();
        let [
            BlockKind::Heading { level: 2, id: Some(id), .. },
            BlockKind::Paragraph(words),
            BlockKind::List { start: None, items },
            BlockKind::Callout(Callout::Interview, tip),
            BlockKind::Table(table),
            BlockKind::Code(diagram),
        ] = kinds[..]
        else {
            panic!("{kinds:?}")
        };
        assert_eq!(id, "flat");
        assert_eq!(plain(words), "One two three four x.");
        assert_eq!(tip.len(), 1);
        assert_eq!((table.head.len(), table.rows.len(), table.align[1]), (2, 1, Align::Right));
        assert_eq!((diagram.language.as_deref(), diagram.text.as_str()), (None, "┌─┐\n"));
        assert_eq!(items.len(), 2);
        let [Block { kind: BlockKind::Paragraph(_), .. }, Block { kind: BlockKind::Code(code), .. }] =
            &items[1][..]
        else {
            panic!("{items:?}")
        };
        assert_eq!((code.language.as_deref(), &code.tags[..]), (Some("yaml"), &["fail".to_owned()][..]));
        assert_eq!(source.slice(code.info_span), "yaml fail");
        assert!(source.slice(code.text_span).contains("k: v"));
    }

    #[test]
    fn deep_nesting_is_refused_and_leaves_the_stack_alone() {
        for mark in ["> ", "- ", "*a "] {
            let text = mark.repeat(50_000) + "x" + &" a*".repeat(50_000);
            let (_, findings) = parse(&Source::lone("l.md", text), 0);
            assert!(findings.iter().any(|f| f.title.contains("nested")), "{mark}");
        }
    }

    #[test]
    fn html_and_images_are_refused() {
        let (_, findings) = parse(&Source::lone("l.md", "<b>x</b>\n\n![a](b.png)\n"), 0);
        assert_eq!(findings.len(), 3, "{findings:?}");
    }
}
