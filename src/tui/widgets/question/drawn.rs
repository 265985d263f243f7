//! A question as lines of text: options, order, code, and after the answer every reason.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::course::Kind;
use crate::quiz::Answer;
use crate::render::{Layout, Paint};

use super::super::super::theme::{Theme, Tone};
use super::super::list::Scroll;
use super::super::prose;
use super::{Asking, Choosing};

/// A question as lines of text, with the ones that must be seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Prepared {
    /// The lines.
    pub(super) lines: Vec<Line<'static>>,
    /// Whether the cursor is on the first option or line.
    pub(super) at_first: bool,
    /// First and last line of what the cursor is on.
    pub(super) focus: Option<(usize, usize)>,
}

impl Prepared {
    /// Scrolls to what the cursor is on; on the first of all, back to what is asked.
    pub(super) fn show(&self, scroll: &mut Scroll) {
        let Some((from, to)) = self.focus else { return };
        if self.at_first {
            scroll.show(0);
        }
        scroll.show(to);
        scroll.show(from);
    }
}

/// A question being drawn.
pub(super) struct View<'a> {
    pub(super) asking: &'a Asking,
    pub(super) layout: Layout,
    pub(super) paint: &'a dyn Paint,
    pub(super) theme: &'a Theme,
}

impl View<'_> {
    fn answered(&self) -> bool {
        self.asking.is_revealed()
    }

    fn ground(&self, focused: bool) -> Style {
        if focused { self.theme.tone(Tone::Selected) } else { Style::new() }
    }

    fn glyph(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        self.layout.glyphs.pick(unicode, ascii)
    }

    /// An entry: lead, text wrapped under itself, and after the answer a mark and the reason.
    fn entry(&self, lead: Vec<Span<'static>>, says: &str, focused: bool, out: &mut Prepared) {
        let indent: usize = lead.iter().map(Span::width).sum();
        let width = self.layout.width.saturating_sub(indent as u16).max(10);
        let page = prose::markdown(says, Layout { width, ..self.layout }, self.paint);
        let mut lines = prose::lines(&page, self.theme);
        if lines.is_empty() {
            lines.push(Line::default());
        }
        if focused {
            out.focus = Some((out.lines.len(), out.lines.len() + lines.len() - 1));
        }
        let mut lead = Some(lead);
        for mut line in lines {
            let spans = lead.take().unwrap_or_else(|| vec![Span::raw(" ".repeat(indent))]);
            line.spans.splice(0..0, spans);
            line.style = self.ground(focused);
            out.lines.push(line);
        }
    }

    fn reason(&self, mark: Option<(String, Tone)>, reason: &str, indent: u16, out: &mut Prepared) {
        let width = self.layout.width.saturating_sub(indent).max(10);
        let page = prose::markdown(reason, Layout { width, ..self.layout }, self.paint);
        let blank = || Span::raw(" ".repeat(usize::from(indent)));
        if let Some((mark, tone)) = mark {
            out.lines.push(Line::from(vec![blank(), Span::styled(mark, self.theme.tone(tone))]));
        }
        for mut line in prose::lines(&page, self.theme) {
            for span in &mut line.spans {
                span.style = span.style.patch(self.theme.tone(Tone::Dim));
            }
            line.spans.insert(0, blank());
            out.lines.push(line);
        }
        out.lines.push(Line::default());
    }

    pub(super) fn options(&self, out: &mut Prepared) {
        let several = matches!(self.asking.choosing, Choosing::Several { .. });
        for (row, option) in self.asking.shown.iter().enumerate() {
            let Some(choice) = self.asking.question.options.get(*option) else { continue };
            let (focused, chosen) = match &self.asking.choosing {
                Choosing::One(at) => (*at == Some(row), *at == Some(row)),
                Choosing::Several { at, chosen } => (*at == row, chosen.contains(&row)),
                _ => (false, false),
            };
            let box_of = match (several, chosen) {
                (true, true) => "[x]",
                (true, false) => "[ ]",
                (false, true) => self.glyph("(●)", "(*)"),
                (false, false) => "( )",
            };
            let letter = char::from(b'a' + (row % 26) as u8);
            let style = if chosen { Tone::Accent } else { Tone::Dim };
            let lead = vec![
                Span::styled(format!(" {letter}  "), self.theme.tone(Tone::Accent)),
                Span::styled(format!("{box_of} "), self.theme.tone(style)),
            ];
            let from = out.lines.len();
            self.entry(lead, &choice.text, focused && !self.answered(), out);
            if self.answered() {
                let mark = match (choice.key, chosen) {
                    (true, true) => {
                        Some((format!("{} right, your choice", self.glyph("✓", "+")), Tone::Pass))
                    }
                    (true, false) => Some((format!("{} right", self.glyph("✓", "+")), Tone::Pass)),
                    (false, true) => Some((format!("{} your choice", self.glyph("✗", "x")), Tone::Fail)),
                    (false, false) => None,
                };
                let counts = mark.is_some();
                self.reason(mark, &choice.reason, 8, out);
                if counts {
                    // What was chosen and what is right must be seen, with their reasons, before all else.
                    let first = out.focus.map_or(from, |(first, _)| first);
                    out.focus = Some((first, out.lines.len().saturating_sub(2)));
                }
            } else {
                out.lines.push(Line::default());
            }
        }
    }

    pub(super) fn order(&self, order: &[usize], (at, held): (usize, bool), out: &mut Prepared) {
        // Where nothing was handed in there is nothing to judge: the right order is shown.
        let judged = self.asking.given.is_some();
        let right: Vec<usize> = (0..order.len()).collect();
        let order = if self.answered() && !judged { &right } else { order };
        for (row, option) in order.iter().enumerate() {
            let Some(choice) = self.asking.question.options.get(*option) else { continue };
            let focused = row == at && !self.answered();
            let hand = if focused && held { self.glyph("↕", "=") } else { " " };
            let lead = vec![
                Span::styled(format!(" {hand} "), self.theme.tone(Tone::Accent)),
                Span::styled(format!("{}.  ", row + 1), self.theme.tone(Tone::Accent)),
            ];
            self.entry(lead, &choice.text, focused, out);
            if self.answered() {
                let mark = if *option == row {
                    (format!("{} right place", self.glyph("✓", "+")), Tone::Pass)
                } else {
                    (format!("{} belongs in place {}", self.glyph("✗", "x"), option + 1), Tone::Fail)
                };
                self.reason(judged.then_some(mark), &choice.reason, 7, out);
            }
        }
    }

    pub(super) fn code(&self, out: &mut Prepared) {
        let Some(code) = &self.asking.question.code else { return };
        // Two columns are the mark's.
        let layout = Layout { width: self.layout.width.saturating_sub(2), ..self.layout };
        let lines = prose::code_rows(&code.language, &code.text, layout, self.paint, self.theme);
        let (cursor, keys): (Option<usize>, &[u32]) =
            match (&self.asking.choosing, &self.asking.question.kind) {
                (Choosing::Line { at, .. }, Kind::Line { key_lines, .. }) => (*at, key_lines),
                _ => (None, &[]),
            };
        for (i, rows) in lines.into_iter().enumerate() {
            let here = cursor == Some(i);
            let key = keys.contains(&(i as u32 + 1));
            let (mark, tone) = match (self.answered(), here, key) {
                (true, _, true) => (self.glyph("✓ ", "+ "), Tone::Pass),
                (true, true, false) => (self.glyph("✗ ", "x "), Tone::Fail),
                (false, true, _) => (self.glyph("▸ ", "> "), Tone::Accent),
                _ => ("  ", Tone::Dim),
            };
            if here {
                out.focus = Some((out.lines.len(), out.lines.len() + rows.len().saturating_sub(1)));
            }
            for (row, mut line) in rows.into_iter().enumerate() {
                let mark = if row == 0 { mark } else { "  " };
                line.spans.insert(0, Span::styled(mark, self.theme.tone(tone)));
                line.style = self.theme.tone(Tone::Code);
                if here {
                    line.style = line.style.patch(self.theme.tone(Tone::Selected));
                }
                out.lines.push(line);
            }
        }
        out.lines.push(Line::default());
    }

    pub(super) fn line_reason(&self, out: &mut Prepared) {
        let (true, Kind::Line { key_lines, reason }) = (self.answered(), &self.asking.question.kind) else {
            return;
        };
        let right: Vec<String> = key_lines.iter().map(ToString::to_string).collect();
        let says = match (&self.asking.given, self.asking.is_right()) {
            (Some(Answer::Line(line)), false) => {
                let right = right.join(" or ");
                (
                    format!("{} line {line}, your choice; right: line {right}", self.glyph("✗", "x")),
                    Tone::Fail,
                )
            }
            (Some(Answer::Line(line)), true) => {
                (format!("{} line {line}, your choice", self.glyph("✓", "+")), Tone::Pass)
            }
            _ => (format!("{} line {}", self.glyph("✓", "+"), right.join(" or ")), Tone::Pass),
        };
        let from = out.lines.len();
        self.reason(Some(says), reason, 2, out);
        out.focus = Some((from, out.lines.len().saturating_sub(1)));
    }
}
