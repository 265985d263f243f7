//! The points of a rubric: which were said, which one the cursor is on, and where they stand in the text.

use std::collections::BTreeSet;

use ratatui::text::{Line, Span};

use crate::render::{Layout, Paint};

use super::super::super::key::Move;
use super::super::super::theme::{Theme, Tone};
use super::super::{prose, text};

/// Points to tick.
#[derive(Default)]
pub(super) struct Rubric {
    said: BTreeSet<usize>,
    /// The point that the cursor is on; none until it is moved there.
    at: Option<usize>,
    /// First and last line of each point.
    places: Vec<(usize, usize)>,
}

impl Rubric {
    /// The points that were said.
    pub(super) fn said(&self) -> &BTreeSet<usize> {
        &self.said
    }

    /// The point that the cursor is on.
    pub(super) fn at(&self) -> Option<usize> {
        self.at
    }

    /// The last line of the first point.
    pub(super) fn first_ends(&self) -> Option<usize> {
        self.places.first().map(|(_, to)| *to)
    }

    /// First and last line of the point that the cursor is on.
    pub(super) fn place(&self) -> Option<(usize, usize)> {
        self.places.get(self.at?).copied()
    }

    /// The cursor is nowhere.
    pub(super) fn leave(&mut self) {
        self.at = None;
    }

    /// Ticks a point, or no longer.
    pub(super) fn tick(&mut self, point: usize) {
        self.at = Some(point);
        if !self.said.remove(&point) {
            self.said.insert(point);
        }
    }

    /// Where the cursor goes from here; `enter` where it may begin at the first point.
    pub(super) fn step(&self, by: Move, enter: bool) -> Option<usize> {
        let last = self.places.len().saturating_sub(1);
        match (by, self.at) {
            (Move::Down, None) if enter => Some(0),
            (Move::Down, Some(at)) => Some((at + 1).min(last)),
            (Move::Up, Some(at)) => at.checked_sub(1),
            _ => None,
        }
    }

    /// Puts the cursor there.
    pub(super) fn go(&mut self, to: Option<usize>) {
        self.at = to;
    }

    /// No point is shown.
    pub(super) fn hide(&mut self) {
        self.places.clear();
    }

    /// Adds the points to the text of which `lines` is the beginning.
    pub(super) fn draw(
        &mut self,
        points: &[String],
        layout: Layout,
        paint: &dyn Paint,
        theme: &Theme,
        lines: &mut Vec<Line<'static>>,
    ) {
        self.hide();
        for (at, says) in points.iter().enumerate() {
            let from = lines.len();
            lines.extend(self.point(at, says, layout, paint, theme));
            self.places.push((from, lines.len().saturating_sub(1)));
        }
    }

    fn point(
        &self,
        at: usize,
        says: &str,
        layout: Layout,
        paint: &dyn Paint,
        theme: &Theme,
    ) -> Vec<Line<'static>> {
        let here = self.at == Some(at);
        let (mark, tone) = if self.said.contains(&at) { ("[x]", Tone::Pass) } else { ("[ ]", Tone::Dim) };
        let bar = if here { layout.glyphs.pick("▌", ">") } else { " " };
        let number = format!("{bar}{}  ", at + 1);
        let lead = number.chars().count() as u16 + 4;
        let narrow = Layout { width: layout.width.saturating_sub(lead).max(1), ..layout };
        let lines = prose::lines(&prose::markdown(says, narrow, paint), theme);
        let mut lines = text::hanging(Span::styled(format!("{mark} "), theme.tone(tone)), lines);
        let blank = " ".repeat(usize::from(lead) - 4);
        for (row, line) in lines.iter_mut().enumerate() {
            let number = if row == 0 { number.clone() } else { blank.clone() };
            line.spans.insert(0, Span::styled(number, theme.tone(Tone::Accent)));
            if here {
                line.style = line.style.patch(theme.tone(Tone::Selected));
            }
        }
        lines
    }
}
