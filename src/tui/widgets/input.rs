//! One line that the learner writes: a filter, a word to find, a name.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::super::key::Key;
use super::super::theme::{Theme, Tone};
use super::text;

/// The longest text, in characters.
const LONGEST: usize = 120;

/// A line being written; the cursor stays at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input(String);

impl Input {
    /// What it says.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Takes a key; whether it was one for writing.
    pub fn on_key(&mut self, key: Key) -> bool {
        match key {
            Key::Char(c) => self.push(c),
            Key::Backspace => {
                let last = self.0.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
                self.0.truncate(last);
            }
            Key::Ctrl('u') => self.0.clear(),
            _ => return false,
        }
        true
    }

    /// Takes pasted text; only its first line.
    pub fn paste(&mut self, text: &str) {
        text.lines().next().unwrap_or("").chars().for_each(|c| self.push(c));
    }

    fn push(&mut self, c: char) {
        if !c.is_control() && self.0.chars().count() < LONGEST {
            self.0.push(c);
        }
    }

    /// Draws `label`, the text, and while it is written a cursor.
    pub fn render(&self, label: &str, active: bool, area: Rect, buf: &mut Buffer, theme: &Theme) {
        text::put(label, theme.tone(Tone::Accent), area, buf);
        let x = area.x + (label.width() as u16 + 1).min(area.width);
        let room = usize::from(area.right() - x).saturating_sub(1);
        // The end is what is being written; the beginning may be out of sight.
        let shown = text::safe(&self.0);
        let skip = shown.width().saturating_sub(room);
        let shown: String = shown.graphemes(true).skip(skip).collect();
        text::put(&shown, theme.tone(Tone::Strong), Rect { x, width: area.right() - x, ..area }, buf);
        let cursor = x + shown.width() as u16;
        if active && cursor < area.right() && area.height > 0 {
            buf[(cursor, area.y)].set_style(theme.tone(Tone::Text).add_modifier(Modifier::REVERSED));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_and_taking_back() {
        let mut input = Input::default();
        for key in Key::parse("añ́x<backspace><backspace>b") {
            assert!(input.on_key(key));
        }
        input.paste("c\td\nsecond line");
        assert_eq!(input.text(), "abcd");
        assert!(!input.on_key(Key::Enter));
        input.on_key(Key::Ctrl('u'));
        assert_eq!(input.text(), "");
    }
}
