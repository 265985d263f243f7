//! The file with line numbers, and before them the worst finding of each line.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::render::{self, Glyphs};
use crate::session::Inspected;
use crate::text::{Finding, Severity, Source, clean};

use super::super::super::key::Move;
use super::super::super::screen::Context;
use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::list::Scroll;
use super::super::super::widgets::{code, text};

/// The columns before the line numbers.
const SIGNS: u16 = 2;
/// Columns kept in sight before a finding that stands far to the right.
const BEFORE: u16 = 12;

/// The sign of a severity: its shape says what its colour says.
pub fn sign(severity: Severity, glyphs: Glyphs) -> &'static str {
    match severity {
        Severity::Error => glyphs.pick("✗", "E"),
        Severity::Critical => glyphs.pick("◆", "C"),
        Severity::High => glyphs.pick("●", "H"),
        Severity::Medium | Severity::Warning => glyphs.pick("▲", "M"),
        Severity::Low | Severity::Info => glyphs.pick("·", "."),
        Severity::Unknown => "?",
        Severity::Note => glyphs.pick("–", "-"),
    }
}

/// The tone of a severity.
pub fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error | Severity::Critical | Severity::High => Tone::Fail,
        Severity::Medium | Severity::Warning | Severity::Unknown => Tone::Warn,
        _ => Tone::Dim,
    }
}

/// Where the chosen finding stands: its line from 0, its columns, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    line: usize,
    column: u16,
    width: u16,
}

/// The file in its window.
#[derive(Default)]
pub struct Gutter {
    lines: Vec<render::Line>,
    /// The worst finding of each line, from 0.
    worst: BTreeMap<usize, Severity>,
    mark: Option<Mark>,
    /// Whether the mark was not brought into sight yet.
    fresh: bool,
    sideways: u16,
    scroll: Scroll,
}

impl Gutter {
    /// Marks the place of a finding.
    pub fn show(&mut self, finding: Option<&Finding>, source: &Source) {
        self.mark = finding.map(|finding| {
            let span = finding.primary.span;
            let at = source.position(span.start);
            let text = source.line(at.line);
            let split = text.char_indices().nth(at.column as usize - 1).map_or(text.len(), |(i, _)| i);
            let (before, rest) = text.split_at(split);
            let under = source.slice(span).lines().next().unwrap_or("");
            let under = if rest.starts_with(under) { under } else { rest };
            let wide = |text: &str| clean::line(text, 4).width() as u16;
            Mark { line: at.line as usize - 1, column: wide(before), width: wide(under).max(1) }
        });
        self.fresh = true;
    }

    /// Scrolls.
    pub fn go(&mut self, by: Move) {
        self.scroll.go(by);
    }

    /// Whether the whole file is in sight.
    pub fn all_seen(&self) -> bool {
        self.scroll.all_seen()
    }

    /// The first line in sight, from 1.
    pub fn top_line(&self) -> u32 {
        self.scroll.top as u32 + 1
    }

    /// Lays the file out.
    pub fn layout(&mut self, file: &Inspected, area: Rect, cx: &mut Context) {
        let name = file.path.to_string_lossy();
        self.lines = render::code_lines(code::language(&name), file.source.text(), cx.glyphs, cx.highlighter);
        self.worst.clear();
        for finding in &file.findings {
            let line = file.source.position(finding.primary.span.start).line as usize - 1;
            let worst = self.worst.entry(line).or_insert(finding.severity);
            *worst = (*worst).max(finding.severity);
        }
        self.scroll.fit(self.lines.len(), area.height);
        if !std::mem::take(&mut self.fresh) {
            return;
        }
        if let Some(mark) = self.mark {
            let near = usize::from(area.height) / 3;
            if mark.line < self.scroll.top || mark.line + 2 > self.scroll.top + usize::from(area.height) {
                self.scroll.top = mark.line.saturating_sub(near);
                self.scroll.fit(self.lines.len(), area.height);
            }
            let lead = self.lines.get(mark.line).map_or(0, |line| line.lead);
            let room = area.width.saturating_sub(SIGNS + lead + 1);
            let hidden = mark.column + mark.width.min(BEFORE) > room;
            self.sideways = if hidden { mark.column.saturating_sub(BEFORE) } else { 0 };
        }
    }

    /// Draws the file.
    pub fn render(&self, area: Rect, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
        let room = area.width.saturating_sub(SIGNS + 1);
        let shown = self.lines.iter().enumerate().skip(self.scroll.top).zip(area.y..area.bottom());
        for ((at, line), y) in shown {
            let row = Rect { y, height: 1, ..area };
            buf.set_style(row, theme.tone(Tone::Code));
            let chosen = self.mark.filter(|mark| mark.line == at);
            if chosen.is_some() {
                buf.set_style(row, theme.tone(Tone::Selected));
            }
            let mut spans = vec![match self.worst.get(&at) {
                Some(worst) => Span::styled(format!("{} ", sign(*worst, glyphs)), theme.ink(tone(*worst))),
                None => Span::raw("  "),
            }];
            let pieces = line.window(self.sideways, room);
            spans.extend(pieces.into_iter().map(|p| Span::styled(p.text, theme.role(p.role))));
            if line.width() > usize::from(self.sideways) + usize::from(room) {
                spans.push(Span::styled(glyphs.pick("›", ">"), theme.ink(Tone::Accent)));
            }
            buf.set_line(row.x, y, &Line::from(spans), row.width);
            if let Some(mark) = chosen {
                let from = (row.x + SIGNS + line.lead + mark.column).saturating_sub(self.sideways);
                let from = from.min(row.right());
                let width = mark.width.min(row.right() - from);
                buf.set_style(Rect { x: from, width, ..row }, theme.tone(Tone::Found));
            }
        }
        text::more(&self.scroll, area, glyphs, buf, theme);
    }
}
