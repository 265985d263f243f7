//! Blocks to lines: headings, paragraphs, lists, quotations, call-outs, rules. Tables and code have files of their own.

use super::glyphs::Glyphs;
use super::page::{CodeBlock, Line, Page, Piece, Role};
use super::paint::{Paint, Plain};
use super::wrap::{push, width, wrap};
use crate::ids::HeadingId;
use crate::parse::markdown::{Block, BlockKind, Callout, Document, Inline, parse_text};
use crate::text::clean;

/// Text narrower than this is not worth an indent: bars, bullets and indents are given up first.
pub(super) const ROOM: usize = 8;

/// The deepest nesting that is laid out; what lies deeper is shown as an ellipsis.
pub(super) const DEPTH: usize = 24;

/// How a page is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The widest line, code aside.
    pub width: u16,
    /// Which characters may be drawn.
    pub glyphs: Glyphs,
    /// Whether long lines of code are broken. Where not, they are whole: see [`Line::window`].
    pub wrap_code: bool,
    /// Whether the text must do without roles: code stands in backticks, and addresses on the web are written out
    /// behind their links.
    pub bare: bool,
}

impl Layout {
    /// For a screen with roles; code is not wrapped.
    pub fn new(width: u16, glyphs: Glyphs) -> Self {
        Self { width, glyphs, wrap_code: false, bare: false }
    }

    /// Lays `doc` out.
    pub fn page(self, doc: &Document, painter: &dyn Paint) -> Page {
        let mut builder = Builder { layout: self, painter, page: Page::default(), heading: None, lists: 0 };
        let lines = builder.blocks(&doc.blocks, usize::from(self.width.max(1)), 0);
        Page { lines, ..builder.page }
    }

    /// Lays out Markdown that stands in a field: a question, an option, a reason, a lab's story.
    pub fn text(self, markdown: &str, painter: &dyn Paint) -> Page {
        self.page(&parse_text(markdown), painter)
    }
}

/// Lays `doc` out for `width` columns; code is not wrapped.
pub fn page(doc: &Document, width: u16, glyphs: Glyphs, painter: &dyn Paint) -> Page {
    Layout::new(width, glyphs).page(doc, painter)
}

/// `doc` as text of `width` columns: headings underlined, code in backticks, addresses written out. Ends with a line
/// feed.
pub fn plain(doc: &Document, width: u16) -> String {
    let layout = Layout { bare: true, ..Layout::new(width, Glyphs::Unicode) };
    let page = layout.page(doc, &Plain);
    let mut out = String::new();
    for (index, line) in page.lines.iter().enumerate() {
        out += line.text().trim_end();
        out.push('\n');
        let role = |line: &Line| line.pieces.first().map(|p| p.role);
        let continues = page.lines.get(index + 1).is_some_and(|next| role(next) == role(line));
        let under = match role(line) {
            Some(Role::Title) if !continues => "═",
            Some(Role::Heading) if !continues => "─",
            _ => continue,
        };
        out += &under.repeat(line.width());
        out.push('\n');
    }
    out
}

/// Builds one page.
pub(super) struct Builder<'a> {
    pub(super) layout: Layout,
    pub(super) painter: &'a dyn Paint,
    pub(super) page: Page,
    heading: Option<HeadingId>,
    /// How many lists are open.
    lists: usize,
}

impl Builder<'_> {
    /// A line under the current heading.
    pub(super) fn line(&self, pieces: Vec<Piece>) -> Line {
        Line { pieces, code: None, heading: self.heading.clone(), lead: 0 }
    }

    /// `runs` as lines of at most `columns`.
    pub(super) fn lines(&self, runs: &[Piece], columns: usize) -> Vec<Line> {
        wrap(runs, columns).into_iter().map(|pieces| self.line(pieces)).collect()
    }

    /// Keeps a link's target and gives its index; none when a page has too many.
    pub(super) fn link(&mut self, target: &str) -> Option<u16> {
        let index = u16::try_from(self.page.links.len()).ok()?;
        self.page.links.push(clean::line(target, 4));
        Some(index)
    }

    /// Keeps a block of code and gives its index; none when a page has too many.
    pub(super) fn keep_code(&mut self, code: CodeBlock) -> Option<u16> {
        let index = u16::try_from(self.page.codes.len()).ok()?;
        self.page.codes.push(code);
        Some(index)
    }

    fn blocks(&mut self, blocks: &[Block], columns: usize, depth: usize) -> Vec<Line> {
        let mut out = Vec::new();
        for block in blocks {
            if !out.is_empty() {
                out.push(self.line(Vec::new()));
            }
            out.extend(self.block(&block.kind, columns, depth));
        }
        out
    }

    fn block(&mut self, kind: &BlockKind, columns: usize, depth: usize) -> Vec<Line> {
        if depth > DEPTH {
            return vec![self.line(vec![self.drawn("…", ".", Role::Dim)])];
        }
        match kind {
            BlockKind::Heading { level, id, text } => {
                if let Some(id) = id.as_deref().and_then(HeadingId::new) {
                    self.heading = Some(id);
                }
                let role = match level {
                    1 => Role::Title,
                    2 => Role::Heading,
                    _ => Role::Subheading,
                };
                self.paragraph(text, role, columns)
            }
            BlockKind::Paragraph(text) => self.paragraph(text, Role::Text, columns),
            BlockKind::List { start, items } => self.list(*start, items, columns, depth),
            BlockKind::Table(table) => self.table(table, columns),
            BlockKind::Code(code) => self.code(code, columns),
            BlockKind::Quote(blocks) => {
                let bar = self.drawn("│ ", "| ", Role::Quote);
                self.barred(&bar, None, blocks, columns, depth)
            }
            BlockKind::Callout(kind, blocks) => {
                let role = callout_role(*kind);
                let bar = self.drawn("▌ ", "| ", role);
                self.barred(&bar, Some(Piece::new(kind.title(), role)), blocks, columns, depth)
            }
            BlockKind::Rule => {
                let rule = self.layout.glyphs.pick("─", "-").repeat(columns);
                vec![self.line(vec![Piece::new(rule, Role::Rule)])]
            }
        }
    }

    fn drawn(&self, unicode: &str, ascii: &str, role: Role) -> Piece {
        Piece::new(self.layout.glyphs.pick(unicode, ascii), role)
    }

    fn paragraph(&mut self, text: &[Inline], role: Role, columns: usize) -> Vec<Line> {
        let runs = self.runs(text, role);
        self.lines(&runs, columns)
    }

    fn list(&mut self, start: Option<u64>, items: &[Vec<Block>], columns: usize, depth: usize) -> Vec<Line> {
        let last = start.map(|first| first.saturating_add(items.len().saturating_sub(1) as u64));
        let digits = last.map_or(0, |last| last.to_string().len());
        let loose = items.iter().any(|item| !is_short(item));
        let bullet = if self.lists.is_multiple_of(2) { ("• ", "- ") } else { ("◦ ", "* ") };
        let mut out = Vec::new();
        self.lists += 1;
        for (index, item) in items.iter().enumerate() {
            if loose && index > 0 {
                out.push(self.line(Vec::new()));
            }
            let marker = match start {
                Some(first) => {
                    let number = first.saturating_add(index as u64);
                    Piece::new(format!("{number:>digits$}. "), Role::Marker)
                }
                None => self.drawn(bullet.0, bullet.1, Role::Marker),
            };
            let indent = width(&marker.text);
            if columns < indent + ROOM {
                out.extend(self.lines(std::slice::from_ref(&marker), columns));
                out.extend(self.item(item, columns, depth + 1));
            } else {
                let mut lines = self.item(item, columns - indent, depth + 1);
                if lines.is_empty() {
                    lines.push(self.line(Vec::new()));
                }
                let rest = Piece::new(" ".repeat(indent), Role::Text);
                prefix(&mut lines, &marker, &rest);
                out.extend(lines);
            }
        }
        self.lists -= 1;
        out
    }

    /// An item's blocks; a list directly below its text follows without a blank line.
    fn item(&mut self, item: &[Block], columns: usize, depth: usize) -> Vec<Line> {
        if !is_short(item) {
            return self.blocks(item, columns, depth);
        }
        item.iter().flat_map(|block| self.block(&block.kind, columns, depth)).collect()
    }

    fn barred(
        &mut self,
        bar: &Piece,
        title: Option<Piece>,
        blocks: &[Block],
        columns: usize,
        depth: usize,
    ) -> Vec<Line> {
        let indent = width(&bar.text);
        let narrow = columns < indent + ROOM;
        let inner = if narrow { columns } else { columns - indent };
        let mut lines = title.map_or_else(Vec::new, |title| self.lines(&[title], inner));
        lines.extend(self.blocks(blocks, inner, depth + 1));
        if !narrow {
            prefix(&mut lines, bar, bar);
        }
        lines
    }

    /// Text of a block as runs: cleaned, with roles and links.
    pub(super) fn runs(&mut self, inlines: &[Inline], role: Role) -> Vec<Piece> {
        let mut out = Vec::new();
        self.inlines(inlines, role, None, 0, &mut out);
        out
    }

    fn inlines(
        &mut self,
        inlines: &[Inline],
        role: Role,
        link: Option<u16>,
        depth: usize,
        out: &mut Vec<Piece>,
    ) {
        if depth > DEPTH {
            return push(out, self.layout.glyphs.pick("…", "."), Role::Dim, link);
        }
        // Within headings, heads of tables and links the role of the whole wins.
        let running = matches!(role, Role::Text | Role::Emphasis | Role::Strong);
        let pick = |own: Role| if running { own } else { role };
        for inline in inlines {
            match inline {
                Inline::Text(text) => push(out, &self.shown(text), role, link),
                Inline::Code(text) => {
                    let tick = if self.layout.bare { "`" } else { "" };
                    push(out, &format!("{tick}{}{tick}", self.shown(text)), pick(Role::Code), link);
                }
                Inline::Emphasis(inner) => self.inlines(inner, pick(Role::Emphasis), link, depth + 1, out),
                Inline::Strong(inner) => self.inlines(inner, pick(Role::Strong), link, depth + 1, out),
                Inline::Link { target, text, .. } => {
                    let index = self.link(target);
                    let mut inner = Vec::new();
                    self.inlines(text, Role::Link, index, depth + 1, &mut inner);
                    let words: String = inner.iter().map(|p| p.text.as_str()).collect();
                    for piece in inner {
                        push(out, &piece.text, piece.role, piece.link);
                    }
                    let on_the_web = target.starts_with("http://") || target.starts_with("https://");
                    if self.layout.bare && on_the_web && words != *target {
                        push(out, &format!(" <{}>", self.shown(target)), Role::Dim, index);
                    }
                }
                Inline::Break => push(out, "\n", role, link),
            }
        }
    }

    /// Text from a file as it may be shown on one line.
    pub(super) fn shown(&self, text: &str) -> String {
        self.layout.glyphs.adapt(&clean::line(text, 4))
    }
}

/// Whether a list's item is one text, perhaps with a list below it: such items need no blank lines between them.
pub(super) fn is_short(item: &[Block]) -> bool {
    match item {
        [] => true,
        [first] => matches!(first.kind, BlockKind::Paragraph(_) | BlockKind::List { .. }),
        [first, second] => {
            matches!(first.kind, BlockKind::Paragraph(_)) && matches!(second.kind, BlockKind::List { .. })
        }
        _ => false,
    }
}

fn callout_role(kind: Callout) -> Role {
    match kind {
        Callout::Try => Role::CalloutTry,
        Callout::Interview => Role::CalloutInterview,
        Callout::Pitfall => Role::CalloutPitfall,
        Callout::Incident => Role::CalloutIncident,
    }
}

/// Puts `first` before the first line and `rest` before the others; blanks before empty lines are left out.
fn prefix(lines: &mut [Line], first: &Piece, rest: &Piece) {
    for (index, line) in lines.iter_mut().enumerate() {
        let piece = if index == 0 { first } else { rest };
        let empty = line.pieces.is_empty();
        let text = if empty { piece.text.trim_end() } else { &piece.text };
        if !text.is_empty() {
            line.pieces.insert(0, Piece { text: text.to_owned(), ..piece.clone() });
        }
        line.lead = line.lead.saturating_add(width(text) as u16);
    }
}
