//! The filter of a list: opened with `/`, written, kept or put away.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::key::{Hint, Key, Move};
use super::super::theme::Theme;
use super::input::Input;

/// What a key meant for a filter; the list does what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Nothing: the key is not for writing.
    Ignored,
    /// The text is another one.
    Changed,
    /// The cursor of the list moves.
    Moved(Move),
    /// Writing is over, the filter stays.
    Kept,
    /// It shall be put away: [`Filter::clear`].
    Clear,
}

/// A filter, and whether it is being written.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    input: Input,
    typing: bool,
}

impl Filter {
    /// Begins to write it.
    pub fn begin(&mut self) {
        self.typing = true;
    }

    /// Puts it away.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether letters are its text.
    pub fn is_typing(&self) -> bool {
        self.typing
    }

    /// Whether something is left out of the list.
    pub fn is_set(&self) -> bool {
        !self.input.text().is_empty()
    }

    /// Whether it takes a line of the screen.
    pub fn is_seen(&self) -> bool {
        self.typing || self.is_set()
    }

    /// What is wanted, in lower case.
    pub fn wanted(&self) -> String {
        self.input.text().to_lowercase()
    }

    /// Takes a key while it is written, or Escape while it is set.
    pub fn on_key(&mut self, key: Key) -> Typed {
        match key {
            Key::Esc => Typed::Clear,
            Key::Enter => {
                self.typing = false;
                Typed::Kept
            }
            Key::Up => Typed::Moved(Move::Up),
            Key::Down => Typed::Moved(Move::Down),
            key if self.input.on_key(key) => Typed::Changed,
            _ => Typed::Ignored,
        }
    }

    /// Takes pasted text; whether it is being written.
    pub fn paste(&mut self, text: &str) -> bool {
        if self.typing {
            self.input.paste(text);
        }
        self.typing
    }

    /// The keys while it is written; `opens` where Enter opens the one thing that is left.
    pub fn hints(opens: bool) -> Vec<Hint> {
        let says = if opens { "open it" } else { "keep the filter" };
        let enter = Hint { keys: &[Key::Enter], says, foot: true };
        vec![enter, Hint { keys: &[Key::Esc], says: "clear the filter", foot: true }]
    }

    /// Draws it in the first row of `area`.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        self.input.render("/", self.typing, area, buf, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_written_kept_and_put_away() {
        let mut filter = Filter::default();
        assert!(!filter.paste("not yet") && !filter.is_seen());
        filter.begin();
        for key in Key::parse("Ab") {
            assert_eq!(filter.on_key(key), Typed::Changed);
        }
        assert_eq!(filter.on_key(Key::Down), Typed::Moved(Move::Down));
        assert_eq!(filter.on_key(Key::F(2)), Typed::Ignored);
        assert_eq!(
            (filter.on_key(Key::Enter), filter.is_typing(), filter.is_seen()),
            (Typed::Kept, false, true)
        );
        assert_eq!((filter.wanted().as_str(), filter.on_key(Key::Esc)), ("ab", Typed::Clear));
        filter.clear();
        assert!(!filter.is_seen());
    }
}
