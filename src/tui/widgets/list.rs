//! A cursor in a list, and how far the list is scrolled.

use super::super::key::Move;

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
