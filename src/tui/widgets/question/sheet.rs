//! A question in its area: laid out, and scrolled so that what is chosen, or its reason, can be seen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::render::{Glyphs, Paint};

use super::super::super::key::Move;
use super::super::super::theme::Theme;
use super::super::list::Scroll;
use super::super::text;
use super::Asking;
use super::drawn::Prepared;

/// A question on the screen.
#[derive(Default)]
pub struct Sheet {
    prepared: Prepared,
    scroll: Scroll,
    /// Whether the choice or its reason shall be scrolled into view.
    reveal: bool,
    area: Rect,
    /// How many rows at the end of the area are not the question's.
    below: u16,
    glyphs: Glyphs,
}

impl Sheet {
    /// Goes to the top: another question, or another side of it.
    pub fn turn(&mut self) {
        self.scroll = Scroll::default();
    }

    /// What is chosen, or its reason, shall be seen.
    pub fn reveal(&mut self) {
        self.reveal = true;
    }

    /// Scrolls.
    pub fn go(&mut self, by: Move) {
        self.scroll.go(by);
    }

    /// Whether everything can be seen at once.
    pub fn all_seen(&self) -> bool {
        self.scroll.all_seen()
    }

    /// Fits a question to an area of which the last rows, `below`, are somebody else's.
    pub fn layout(
        &mut self,
        asking: &Asking,
        (area, below): (Rect, u16),
        glyphs: Glyphs,
        paint: &dyn Paint,
        theme: &Theme,
    ) {
        // What was chosen stays in sight in a window of another size.
        self.reveal |= self.area != area;
        (self.area, self.below, self.glyphs) = (area, below, glyphs);
        self.prepared = asking.prepare(area.width, glyphs, paint, theme);
        self.scroll.fit(self.prepared.lines.len(), area.height.saturating_sub(below));
        if std::mem::take(&mut self.reveal) {
            self.prepared.show(&mut self.scroll);
        }
    }

    /// Draws it; what it leaves of its area.
    pub fn render(&self, buf: &mut Buffer, theme: &Theme) -> Rect {
        let (body, rest) = text::rows(self.area, self.area.height.saturating_sub(self.below));
        text::draw(&self.prepared.lines, self.scroll.top, body, buf);
        text::more(&self.scroll, body, self.glyphs, buf, theme);
        rest
    }
}
