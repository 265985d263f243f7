//! Finding words on the page.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::render::Page;

use super::super::super::key::Key;
use super::super::super::theme::Theme;
use super::super::super::widgets::input::Input;
use super::super::super::widgets::prose;

/// What is searched for, and where the search stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Find {
    input: Input,
    typing: bool,
    /// The line from which to search on.
    at: usize,
    /// Which hit of how many.
    hit: (usize, usize),
}

impl Find {
    /// Asks for the words.
    pub fn begin(&mut self) {
        *self = Self { typing: true, ..Self::default() };
    }

    /// Whether the words are being written.
    pub fn is_typing(&self) -> bool {
        self.typing
    }

    /// Whether there is something to go on to.
    pub fn is_active(&self) -> bool {
        !self.typing && !self.input.text().is_empty()
    }

    /// The words.
    pub fn wanted(&self) -> &str {
        self.input.text()
    }

    /// Begins the search at a line.
    pub fn from(&mut self, line: usize) {
        (self.at, self.hit) = (line, (0, 0));
    }

    /// Which hit was gone to last, from 0.
    pub fn current(&self) -> Option<usize> {
        self.hit.0.checked_sub(1).filter(|_| self.is_active())
    }

    /// `2 of 7`.
    pub fn says(&self) -> String {
        format!("“{}”: {} of {}", self.wanted(), self.hit.0, self.hit.1)
    }

    /// Takes a key while the words are written.
    pub fn typed(&mut self, key: Key) -> bool {
        match key {
            Key::Enter => self.typing = false,
            Key::Esc => *self = Self::default(),
            key => return self.input.on_key(key),
        }
        true
    }

    /// Takes pasted words.
    pub fn paste(&mut self, text: &str) {
        if self.typing {
            self.input.paste(text);
        }
    }

    /// The line of the next hit, round the page.
    pub fn next(&mut self, page: &Page, forward: bool) -> Option<usize> {
        let wanted = self.wanted().to_lowercase();
        let found = prose::found(page, &wanted);
        let hits: Vec<usize> = found.iter().filter_map(|hit| Some(hit.first()?.line)).collect();
        let first = self.hit.0 == 0;
        let index = match (first, forward) {
            (true, _) => hits.iter().position(|line| *line >= self.at).unwrap_or(0),
            (false, true) => self.hit.0 % hits.len().max(1),
            (false, false) => (self.hit.0 + hits.len()).checked_sub(2)? % hits.len().max(1),
        };
        let line = *hits.get(index)?;
        (self.at, self.hit) = (line, (index + 1, hits.len()));
        Some(line)
    }

    /// Draws the line in which the words are written.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        self.input.render("find", self.typing, area, buf, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Line, Piece, Role};

    #[test]
    fn hits_go_round() {
        let line = |text: &str| Line { pieces: vec![Piece::new(text, Role::Text)], ..Line::default() };
        let page = Page { lines: vec![line("root"), line("-"), line("Root root")], ..Page::default() };
        let mut find = Find::default();
        find.begin();
        assert!(Key::parse("root<enter>").into_iter().all(|key| find.typed(key)));
        find.from(1);
        let forward: Vec<_> = (0..4).map(|_| find.next(&page, true)).collect();
        assert_eq!(forward, [Some(2), Some(2), Some(0), Some(2)]);
        assert_eq!(find.says(), "“root”: 2 of 3");
        assert_eq!(find.next(&page, false), Some(0));
        assert_eq!(find.next(&page, false), Some(2));
        assert_eq!(find.current(), Some(2), "the last one");
        assert_eq!(find.next(&Page::default(), true), None);
        assert_eq!(find.next(&Page::default(), false), None);
    }
}
