//! A screen that is a list with a filter: what keys and pasted text do to it, whatever its rows are.

use super::flow::Flow;
use super::key::{Bind, Hint, Key, Move};
use super::screen::Context;
use super::widgets::filter::{Filter, Meant, Typed};
use super::widgets::list::Cursor;

/// Where the learner is in such a list.
#[derive(Clone, Debug, Default)]
pub struct Browsing {
    /// What is looked for.
    pub filter: Filter,
    /// The row that is chosen.
    pub cursor: Cursor,
}

/// A list with a filter. A screen says what its rows are, and hands its keys to [`Browsable::browse`].
pub trait Browsable {
    /// A row.
    type Row: Copy + PartialEq;
    /// What its own keys ask for.
    type Msg: Copy + 'static;
    /// Its own keys.
    const KEYS: &'static [Bind<Self::Msg>];
    /// What Enter asks for while the filter is written and leaves one row: that is the one that was meant.
    const LONE: Option<Self::Msg> = None;

    /// Where the learner is.
    fn browsing(&self) -> &Browsing;

    /// The same, to go elsewhere.
    fn browsing_mut(&mut self) -> &mut Browsing;

    /// The rows that the filter leaves.
    fn rows(&self) -> Vec<Self::Row>;

    /// Whether the cursor stays on a row: never on air and titles.
    fn stays(row: &Self::Row) -> bool {
        let _ = row;
        true
    }

    /// Whether a filter is for such rows: it chooses the first of them.
    fn is_sought(row: &Self::Row) -> bool {
        Self::stays(row)
    }

    /// Whether a key of its own does anything now.
    fn works(&self, msg: Self::Msg) -> bool;

    /// Does what a key of its own asks for.
    fn update(&mut self, msg: Self::Msg, cx: &mut Context) -> Flow;

    /// The cursor was moved by hand.
    fn moved(&mut self) {}

    /// Makes a row visible that something else than the filter hides.
    fn unfold(&mut self, row: Self::Row) {
        let _ = row;
    }

    /// The chosen row.
    fn row(&self) -> Option<Self::Row> {
        self.rows().get(self.browsing().cursor.at).copied()
    }

    /// Chooses the first row that a filter is for.
    fn choose_first(&mut self) {
        let at = self.rows().iter().position(Self::is_sought);
        self.browsing_mut().cursor.at = at.unwrap_or(0);
    }

    /// Chooses a row, which may be hidden.
    fn choose(&mut self, row: Self::Row) {
        if !self.rows().contains(&row) {
            self.browsing_mut().filter.clear();
            self.unfold(row);
        }
        if let Some(at) = self.rows().iter().position(|other| *other == row) {
            self.browsing_mut().cursor.at = at;
        }
    }

    /// Puts the filter away; what was chosen stays chosen.
    fn show_all(&mut self) {
        let row = self.row();
        self.browsing_mut().filter.clear();
        match row {
            Some(row) => self.choose(row),
            None => self.choose_first(),
        }
    }

    /// Moves the cursor.
    fn go(&mut self, by: Move) {
        let rows = self.rows();
        self.browsing_mut().cursor.go_among(by, &rows, Self::stays);
        self.moved();
    }

    /// Fits the list to an area of this height.
    fn fit(&mut self, height: u16) {
        let rows = self.rows();
        self.browsing_mut().cursor.fit_among(&rows, height, Self::stays);
    }

    /// Takes a key.
    fn browse(&mut self, key: Key, cx: &mut Context) -> Flow {
        match self.browsing().filter.meant(Self::KEYS, key, |msg| self.works(msg)) {
            Meant::Filter => return typed(self, key, cx),
            Meant::Own(msg) => return self.update(msg, cx),
            Meant::Move(by) => self.go(by),
            Meant::Nothing => return Flow::Ignored,
        }
        Flow::Stay
    }

    /// Takes pasted text.
    fn paste(&mut self, text: &str) -> Flow {
        if self.browsing_mut().filter.paste(text) {
            self.choose_first();
        }
        Flow::Stay
    }

    /// The keys that work now.
    fn keys(&self) -> Vec<Hint> {
        let opens = Self::LONE.is_some() && self.rows().len() == 1;
        self.browsing().filter.hints(opens, Self::KEYS, |msg| self.works(msg))
    }
}

/// A key of the filter's.
fn typed<S: Browsable + ?Sized>(screen: &mut S, key: Key, cx: &mut Context) -> Flow {
    match screen.browsing_mut().filter.on_key(key) {
        Typed::Ignored => return Flow::Ignored,
        Typed::Changed => screen.choose_first(),
        Typed::Moved(by) => screen.go(by),
        Typed::Kept => {
            if let Some(msg) = S::LONE.filter(|_| screen.rows().len() == 1) {
                return screen.update(msg, cx);
            }
        }
        Typed::Clear => screen.show_all(),
    }
    Flow::Stay
}
