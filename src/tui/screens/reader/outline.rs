//! The headings of a lesson: beside the text where there is room, else in a box.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::ids::HeadingId;
use crate::render::{Glyphs, Page};

use super::super::super::key::{Hint, Key, LETTERS, hints as table_hints, movement};
use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::list::Cursor;
use super::super::super::widgets::{panel, text};
use super::opened::Text;

/// The outline of a lesson.
pub struct Outline {
    headings: Vec<(HeadingId, u8, String)>,
    cursor: Option<Cursor>,
    area: Rect,
}

/// The keys while the outline is open.
pub fn hints() -> Vec<Hint> {
    let go = Hint { keys: &[Key::Enter], says: "go there", foot: true };
    let close = Hint { keys: &[Key::Esc, Key::Char('o')], says: "close", foot: true };
    [go, close].into_iter().chain(table_hints(LETTERS, |_| true)).collect()
}

impl Outline {
    /// The outline, closed.
    pub(super) fn new(opened: &Text) -> Self {
        let clean = |(id, level, title): (HeadingId, u8, String)| (id, level, text::safe(&title));
        let headings = opened.headings().into_iter().map(clean).collect();
        Self { headings, cursor: None, area: Rect::default() }
    }

    /// Whether the lesson has no headings.
    pub fn is_empty(&self) -> bool {
        self.headings.is_empty()
    }

    /// Whether keys go here.
    pub fn is_open(&self) -> bool {
        self.cursor.is_some()
    }

    fn index(&self, heading: Option<&HeadingId>) -> Option<usize> {
        self.headings.iter().position(|(id, ..)| Some(id) == heading)
    }

    /// Opens it at a heading.
    pub fn open(&mut self, at: Option<&HeadingId>) {
        self.cursor = Some(Cursor::on(self.index(at).unwrap_or(0)));
    }

    /// The heading after or before the line at the top.
    pub fn neighbour(&self, page: &Page, top: usize, forward: bool) -> Option<HeadingId> {
        let mut lines = self.headings.iter().filter_map(|(id, ..)| Some((page.line_of(id)?, id)));
        let found = if forward {
            lines.find(|(line, _)| *line > top)
        } else {
            lines.take_while(|(line, _)| *line < top).last()
        };
        found.map(|(_, id)| id.clone())
    }

    /// Fits the outline to its area.
    pub fn layout(&mut self, area: Rect) {
        self.area = area;
        let len = self.headings.len();
        let height = panel::inside(self.box_of(area)).height;
        if let Some(cursor) = &mut self.cursor {
            cursor.fit(len, height);
        }
    }

    fn box_of(&self, area: Rect) -> Rect {
        let widest = self.headings.iter().map(|(_, level, t)| t.width() + indent(*level)).max().unwrap_or(0);
        panel::place(area, (widest as u16, self.headings.len() as u16))
    }

    /// Takes a key; the heading to go to, if one was chosen.
    pub fn on_key(&mut self, key: Key) -> Option<HeadingId> {
        let cursor = self.cursor.as_mut()?;
        if let Some(by) = movement(LETTERS, key) {
            cursor.go(by);
            return None;
        }
        let chosen = cursor.at;
        match key {
            Key::Enter | Key::Right => {
                self.cursor = None;
                self.headings.get(chosen).map(|(id, ..)| id.clone())
            }
            Key::Esc | Key::Backspace | Key::Left | Key::Char('o' | 'q') => {
                self.cursor = None;
                None
            }
            _ => None,
        }
    }

    fn line(&self, i: usize, now: Option<usize>, width: u16, theme: &Theme) -> Line<'static> {
        let Some((_, level, title)) = self.headings.get(i) else { return Line::default() };
        let tone = if Some(i) == now { theme.tone(Tone::Accent) } else { theme.tone(Tone::Dim) };
        let lead = " ".repeat(indent(*level));
        let title = text::fit(title, usize::from(width).saturating_sub(lead.len()));
        Line::from(vec![Span::raw(lead), Span::styled(title, tone)])
    }

    /// Draws it beside the text.
    pub fn render_side(&self, area: Rect, now: Option<&HeadingId>, buf: &mut Buffer, theme: &Theme) {
        self.rows(area, now, buf, theme);
    }

    /// Draws it in a box.
    pub fn render_box(&self, now: Option<&HeadingId>, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
        let outer = self.box_of(self.area);
        panel::draw("Outline", outer, glyphs, buf, theme);
        self.rows(panel::inside(outer), now, buf, theme);
    }

    fn rows(&self, area: Rect, now: Option<&HeadingId>, buf: &mut Buffer, theme: &Theme) {
        let now = self.index(now);
        let top = match &self.cursor {
            Some(cursor) => cursor.top,
            // The current heading stays in view.
            None => (now.unwrap_or(0) + 2).saturating_sub(usize::from(area.height)),
        };
        for (i, y) in (top..self.headings.len()).zip(area.y..area.bottom()) {
            buf.set_line(area.x, y, &self.line(i, now, area.width, theme), area.width);
            if self.cursor.is_some_and(|c| c.at == i) {
                buf.set_style(Rect { y, height: 1, ..area }, theme.tone(Tone::Selected));
            }
        }
    }
}

fn indent(level: u8) -> usize {
    usize::from(level.saturating_sub(2).min(3)) * 2
}
