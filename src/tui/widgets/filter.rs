//! The filter of a list: opened with `/`, written, kept or put away.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::key::{Bind, Hint, Key, LETTERS, Move, hints, lookup, movement};
use super::super::theme::Theme;
use super::input::Input;
use super::text;

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

/// What a key means to a list with a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant<M> {
    /// It is the filter's: [`Filter::on_key`].
    Filter,
    /// What the list's own table says.
    Own(M),
    /// The cursor moves.
    Move(Move),
    /// Nothing here.
    Nothing,
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

    /// What `key` means to a list whose own keys are those of `table` that work. Escape puts away a filter that is set.
    pub fn meant<M: Copy>(&self, table: &[Bind<M>], key: Key, works: impl Fn(M) -> bool) -> Meant<M> {
        if self.typing {
            Meant::Filter
        } else if let Some(msg) = lookup(table, key, works) {
            Meant::Own(msg)
        } else if let Some(by) = movement(LETTERS, key) {
            Meant::Move(by)
        } else if key == Key::Esc && self.is_set() {
            Meant::Filter
        } else {
            Meant::Nothing
        }
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

    /// The keys of a list with this filter: while it is written the filter's, otherwise those of `table` that work.
    /// `opens` where Enter opens the one thing that is left.
    pub fn hints<M: Copy>(&self, opens: bool, table: &[Bind<M>], works: impl Fn(M) -> bool) -> Vec<Hint> {
        if self.typing {
            let says = if opens { "open it" } else { "keep the filter" };
            let enter = Hint { keys: &[Key::Enter], says, foot: true };
            return vec![enter, Hint { keys: &[Key::Esc], says: "clear the filter", foot: true }];
        }
        let mut all = hints(table, works);
        all.extend(hints(LETTERS, |_| true));
        all
    }

    /// The filter's rows, with one of air, and what is left for the list.
    pub fn split(&self, area: Rect) -> (Rect, Rect) {
        text::rows(area, if self.is_seen() { 2 } else { 0 })
    }

    /// Draws it in the first row of `area`, where it is seen.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        if self.is_seen() {
            self.input.render("/", self.typing, area, buf, theme);
        }
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
