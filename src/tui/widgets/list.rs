//! A cursor in a list, how far the list is scrolled, and its rows on the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::key::Move;
use super::super::theme::{Theme, Tone};
use crate::render::Glyphs;

/// Which row is chosen and which is the first one shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The chosen row.
    pub at: usize,
    /// The first row shown.
    pub top: usize,
    height: usize,
    len: usize,
}

impl Cursor {
    /// A cursor on a row.
    pub fn on(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// Fits the cursor to so many rows, of which `height` can be seen.
    pub fn fit(&mut self, len: usize, height: u16) {
        self.len = len;
        self.height = usize::from(height).max(1);
        self.at = self.at.min(len.saturating_sub(1));
        // One row of context stays visible above and below where there is room for it.
        let margin = usize::from(self.height > 4);
        let lowest = (self.at + margin + 1).min(len).saturating_sub(self.height);
        self.top = self.top.clamp(lowest, self.at.saturating_sub(margin).max(lowest));
        self.top = self.top.min(len.saturating_sub(self.height));
    }

    /// What is in sight of the list, for the marks that say that there is more.
    pub fn sight(&self) -> Scroll {
        Scroll { top: self.top, height: self.height, len: self.len }
    }

    /// The same for a list in which the cursor stays on some rows only: what stands above the first of these comes
    /// into view with it.
    pub fn fit_among<R>(&mut self, rows: &[R], height: u16, stays: impl Fn(&R) -> bool) {
        self.fit(rows.len(), height);
        if !rows.iter().take(self.at).any(stays) {
            self.top = 0;
        }
    }

    /// Moves, past the rows on which it never stays.
    pub fn go_among<R>(&mut self, by: Move, rows: &[R], stays: impl Fn(&R) -> bool) {
        self.go(by);
        let below = rows.iter().skip(self.at).position(&stays).map(|n| self.at + n);
        let above = rows.iter().take(self.at + 1).rposition(&stays);
        let to = if matches!(by, Move::Up | Move::PageUp) { above.or(below) } else { below.or(above) };
        self.at = to.unwrap_or(0);
    }

    /// Moves.
    pub fn go(&mut self, by: Move) {
        let page = self.height.saturating_sub(1).max(1);
        let last = self.len.saturating_sub(1);
        self.at = match by {
            Move::Up => self.at.saturating_sub(1),
            Move::Down => (self.at + 1).min(last),
            Move::PageUp => self.at.saturating_sub(page),
            Move::PageDown => (self.at + page).min(last),
            Move::Top => 0,
            Move::Bottom => last,
        };
    }
}

/// What stands before a row: a mark before the chosen one.
pub fn bar(chosen: bool, glyphs: Glyphs, theme: &Theme) -> Span<'static> {
    Span::styled(if chosen { glyphs.pick("▌ ", "> ") } else { "  " }, theme.ink(Tone::Accent))
}

/// Draws the rows that can be seen. `line` is handed a row and whether it is chosen; air has none.
pub fn draw<'l, R>(
    cursor: &Cursor,
    rows: &[R],
    area: Rect,
    buf: &mut Buffer,
    theme: &Theme,
    line: impl Fn(&R, bool) -> Option<Line<'l>>,
) {
    for ((at, row), y) in rows.iter().enumerate().skip(cursor.top).zip(area.y..area.bottom()) {
        let chosen = at == cursor.at;
        let Some(line) = line(row, chosen) else { continue };
        buf.set_line(area.x, y, &line, area.width);
        if chosen {
            buf.set_style(Rect { y, height: 1, ..area }, theme.tone(Tone::Selected));
        }
    }
}

/// How far a text is scrolled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// The first line shown.
    pub top: usize,
    height: usize,
    len: usize,
}

impl Scroll {
    /// Fits to so many lines, of which `height` can be seen.
    pub fn fit(&mut self, len: usize, height: u16) {
        self.len = len;
        self.height = usize::from(height);
        self.top = self.top.min(self.last());
    }

    fn last(&self) -> usize {
        self.len.saturating_sub(self.height)
    }

    /// How many lines can be seen.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Whether the last line can be seen.
    pub fn at_end(&self) -> bool {
        self.top >= self.last()
    }

    /// Whether everything can be seen at once.
    pub fn all_seen(&self) -> bool {
        self.last() == 0
    }

    /// Scrolls.
    pub fn go(&mut self, by: Move) {
        let page = self.height.saturating_sub(2).max(1);
        self.top = match by {
            Move::Up => self.top.saturating_sub(1),
            Move::Down => self.top + 1,
            Move::PageUp => self.top.saturating_sub(page),
            Move::PageDown => self.top + page,
            Move::Top => 0,
            Move::Bottom => self.last(),
        }
        .min(self.last());
    }

    /// Scrolls so that `line` can be seen.
    pub fn show(&mut self, line: usize) {
        if line < self.top {
            self.top = line;
        } else if self.height > 0 && line >= self.top + self.height {
            self.top = line + 1 - self.height;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_view() {
        let mut c = Cursor::default();
        c.fit(10, 5);
        for _ in 0..20 {
            c.go(Move::Down);
            c.fit(10, 5);
            assert!(c.at >= c.top && c.at < c.top + 5);
        }
        assert_eq!((c.at, c.top), (9, 5));
        c.go(Move::PageUp);
        c.fit(10, 5);
        assert_eq!((c.at, c.top), (5, 4));
        c.fit(0, 5);
        c.go(Move::Down);
        assert_eq!((c.at, c.top), (0, 0));
    }

    #[test]
    fn the_cursor_passes_over_titles_and_brings_them_into_view() {
        let rows = ["Title", "a", "b", "", "Title", "c"];
        let stays = |row: &&str| row.len() == 1;
        let mut c = Cursor::default();
        let go = |c: &mut Cursor, by: Move| {
            c.go_among(by, &rows, stays);
            c.fit_among(&rows, 2, stays);
            (c.at, c.top)
        };
        c.fit_among(&rows, 2, stays);
        assert_eq!(go(&mut c, Move::Down), (1, 0));
        assert_eq!(go(&mut c, Move::Down).0, 2);
        assert_eq!(go(&mut c, Move::Down).0, 5, "past the air and the title");
        assert_eq!(go(&mut c, Move::Up).0, 2);
        assert_eq!(go(&mut c, Move::Top), (1, 0), "the title is seen");
        assert_eq!(go(&mut c, Move::Up), (1, 0), "nothing is above the first");
        assert_eq!(go(&mut c, Move::Bottom).0, 5);
        c.go_among(Move::Down, &rows[..1], stays);
        assert_eq!(c.at, 0, "a title alone");
    }

    #[test]
    fn scrolling_ends_with_the_last_line_at_the_bottom() {
        let mut s = Scroll::default();
        s.fit(10, 4);
        s.go(Move::Bottom);
        assert_eq!(s.top, 6);
        assert!(s.at_end());
        s.go(Move::Down);
        assert_eq!(s.top, 6);
        s.show(2);
        assert_eq!(s.top, 2);
        s.show(9);
        assert_eq!(s.top, 6);
        s.fit(3, 4);
        assert!(s.all_seen() && s.top == 0);
    }
}
