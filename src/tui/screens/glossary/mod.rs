//! The glossary: terms to choose from, a filter, and what the chosen one means beside or below them.

mod meaning;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::course::{Glossary, Term};
use crate::ids::HeadingId;
use crate::render::Glyphs;

use super::super::browsing::{Browsable, Browsing};
use super::super::flow::Flow;
use super::super::key::{Bind, Hint, Key, Move, foot, quiet};
use super::super::links::{self, Target};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::{list, panel, text};
use meaning::{COLUMN, Meaning};

/// What a key of the glossary asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msg {
    Follow,
    Filter,
    NextLink,
    PreviousLink,
    Return,
    ScrollDown,
    ScrollUp,
    Close,
}

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Air and titles; the cursor never stays there.
    Gap,
    Title(&'static str),
    /// A term, by its place in the glossary.
    Term(usize),
}

/// From this width on the explanation stands beside the list.
const WIDE: u16 = 90;
/// The columns of the list beside the explanation.
const LIST: u16 = 32;

/// The glossary screen.
pub struct GlossaryScreen {
    glossary: Arc<Glossary>,
    /// Indices of the terms of the page that was read.
    here: Vec<usize>,
    browsing: Browsing,
    /// Terms to which Backspace returns.
    history: Vec<usize>,
    meaning: Meaning,
    parts: Parts,
    glyphs: Glyphs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parts {
    head: Rect,
    list: Rect,
    text: Rect,
    wide: bool,
}

impl GlossaryScreen {
    /// The glossary, at a term where one is given; the terms of `here` stand first.
    pub fn new(at: Option<&HeadingId>, here: &[HeadingId], cx: &mut Context) -> Result<Self, Trouble> {
        let course = cx.session.course();
        let glossary = course.glossary().map_err(|broken| {
            Trouble::findings("The glossary is broken", &broken.findings, course.sources())
        })?;
        let index = |id: &HeadingId| glossary.terms.iter().position(|t| t.id == *id);
        let here = here.iter().filter_map(index).collect();
        let at = at.and_then(index);
        let mut screen = Self {
            glossary,
            here,
            browsing: Browsing::default(),
            history: Vec::new(),
            meaning: Meaning::default(),
            parts: Parts::default(),
            glyphs: cx.glyphs,
        };
        match at {
            Some(term) => screen.choose(Row::Term(term)),
            None => screen.choose_first(),
        }
        Ok(screen)
    }

    /// The chosen term, and its place in the glossary.
    fn term(&self) -> Option<(usize, &Term)> {
        let Row::Term(at) = self.row()? else { return None };
        Some((at, self.glossary.terms.get(at)?))
    }

    fn follow(&mut self, cx: &mut Context) -> Flow {
        let Some(link) = self.meaning.marked() else { return Flow::Stay };
        let target = Target::of(link, None);
        let Target::Term(id) = &target else { return links::open(&target, cx) };
        match self.glossary.terms.iter().position(|t| t.id.as_str() == id) {
            Some(to) => {
                self.history.extend(self.term().map(|(from, _)| from));
                self.choose(Row::Term(to));
                Flow::Stay
            }
            None => links::open(&target, cx),
        }
    }

    fn fit_parts(&self, area: Rect) -> Parts {
        let wide = area.width >= WIDE;
        let area = text::column(text::inset(area), LIST + 3 + COLUMN);
        let (head, rest) = self.browsing.filter.split(area);
        let (list, text) = if wide {
            text::split(rest, LIST, 3)
        } else {
            text::rows(rest, rest.height.saturating_sub((rest.height / 2).max(6)))
        };
        let text =
            if wide { text } else { Rect { y: text.y + 1, height: text.height.saturating_sub(1), ..text } };
        Parts { head, list, text, wide }
    }
}

impl Browsable for GlossaryScreen {
    type Row = Row;
    type Msg = Msg;
    const KEYS: &'static [Bind<Msg>] = &[
        foot(&[Key::Enter], "follow", Msg::Follow),
        foot(&[Key::Char('/')], "filter", Msg::Filter),
        foot(&[Key::Tab], "links", Msg::NextLink),
        quiet(&[Key::BackTab], "previous link", Msg::PreviousLink),
        foot(&[Key::Backspace], "the term before", Msg::Return),
        foot(&[Key::Right, Key::Char('l')], "read on", Msg::ScrollDown),
        quiet(&[Key::Left, Key::Char('h')], "read back", Msg::ScrollUp),
        quiet(&[Key::F(2)], "close the glossary", Msg::Close),
    ];

    fn browsing(&self) -> &Browsing {
        &self.browsing
    }

    fn browsing_mut(&mut self) -> &mut Browsing {
        &mut self.browsing
    }

    fn rows(&self) -> Vec<Row> {
        let wanted = self.browsing.filter.wanted();
        let fits = |at: &usize| {
            let term = self.glossary.terms.get(*at);
            term.is_some_and(|t| t.name.to_lowercase().contains(&wanted) || t.id.as_str().contains(&wanted))
        };
        let mut here = self.here.iter().copied().filter(fits).map(Row::Term).peekable();
        let mut all = (0..self.glossary.terms.len()).filter(fits).map(Row::Term).peekable();
        let mut rows = Vec::new();
        if here.peek().is_some() {
            rows.push(Row::Title("On this page"));
            rows.extend(here);
            rows.push(Row::Gap);
            if all.peek().is_some() {
                rows.push(Row::Title("All terms"));
            }
        }
        rows.extend(all);
        rows
    }

    fn stays(row: &Row) -> bool {
        matches!(row, Row::Term(_))
    }

    fn moved(&mut self) {
        self.history.clear();
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Follow => self.meaning.marked().is_some(),
            Msg::Filter | Msg::Close => true,
            Msg::NextLink | Msg::PreviousLink => self.meaning.has_links(),
            Msg::Return => !self.history.is_empty(),
            Msg::ScrollDown | Msg::ScrollUp => !self.meaning.all_seen(),
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Flow {
        match msg {
            Msg::Follow => return self.follow(cx),
            Msg::Filter => self.browsing.filter.begin(),
            Msg::Close => return Flow::Back,
            Msg::NextLink | Msg::PreviousLink => self.meaning.mark(msg == Msg::NextLink),
            Msg::Return => {
                if let Some(term) = self.history.pop() {
                    self.choose(Row::Term(term));
                }
            }
            Msg::ScrollDown => self.meaning.scroll(Move::Down),
            Msg::ScrollUp => self.meaning.scroll(Move::Up),
        }
        Flow::Stay
    }
}

impl Screen for GlossaryScreen {
    fn name(&self) -> &'static str {
        "glossary"
    }

    fn place(&self) -> String {
        "Glossary".to_owned()
    }

    fn aside(&self) -> Option<String> {
        let count = self.glossary.terms.len();
        Some(if count == 1 { "1 term".to_owned() } else { format!("{count} terms") })
    }

    fn hints(&self) -> Vec<Hint> {
        self.keys()
    }

    fn typing(&self) -> bool {
        self.browsing.filter.is_typing()
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.parts = self.fit_parts(area);
        self.fit(self.parts.list.height);
        let term = match self.row() {
            Some(Row::Term(at)) => self.glossary.terms.get(at).map(|term| (at, term)),
            _ => None,
        };
        self.meaning.layout(term, self.parts.text, cx.glyphs, cx.highlighter);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        // The first Escape puts away what was marked, then the filter; the next goes back.
        if key == Key::Esc && self.meaning.marked().is_some() && !self.typing() {
            self.meaning.unmark();
            return Flow::Stay;
        }
        self.browse(key, cx)
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        self.paste(text)
    }

    fn on_painted(&mut self) {
        self.meaning.painted();
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        let Parts { head, list: names, text: beside, wide } = self.parts;
        self.browsing.filter.render(head, buf, theme);
        let rows = self.rows();
        if rows.is_empty() {
            let says = if self.glossary.terms.is_empty() {
                "this course has no glossary yet"
            } else {
                "no term fits; Esc shows all"
            };
            return text::put(says, theme.tone(Tone::Dim), names, buf);
        }
        list::draw(&self.browsing.cursor, &rows, names, buf, theme, |row, chosen| match row {
            Row::Gap => None,
            Row::Title(says) => Some(Line::styled(*says, theme.tone(Tone::Title))),
            Row::Term(term) => {
                let term = self.glossary.terms.get(*term)?;
                let name = text::fit(&text::safe(&term.name), usize::from(names.width.saturating_sub(2)));
                let bar = list::bar(chosen, self.glyphs, theme);
                Some(Line::from(vec![bar, Span::raw(self.glyphs.adapt(&name))]))
            }
        });
        panel::between(beside, wide, self.glyphs, buf, theme);
        self.meaning.render(beside, self.glyphs, buf, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::flow::Route;
    use super::super::super::testing::press;
    use super::*;

    fn open(at: Option<&str>, here: &[&str], keys: &str) -> (Flow, GlossaryScreen) {
        let id = |text: &str| HeadingId::new(text).unwrap();
        let here: Vec<_> = here.iter().map(|t| id(t)).collect();
        let at = at.map(id);
        press(|cx| GlossaryScreen::new(at.as_ref(), &here, cx).unwrap_or_else(|e| panic!("{e:?}")), keys)
    }

    fn chosen(screen: &GlossaryScreen) -> &str {
        screen.term().map_or("", |(_, t)| t.id.as_str())
    }

    #[test]
    fn it_opens_at_a_term_and_follows_links_to_others() {
        let (_, screen) = open(None, &[], "");
        assert_eq!(chosen(&screen), "root");
        let (_, screen) = open(Some("token"), &[], "<tab><enter>");
        assert_eq!(chosen(&screen), "service-account");
        let (_, screen) = open(Some("token"), &[], "<tab><enter><backspace>");
        assert_eq!(chosen(&screen), "token");
        let (flow, _) = open(None, &[], "<tab><enter>");
        assert!(matches!(flow, Flow::Open(Route::Reader(..))), "{flow:?}");
    }

    #[test]
    fn terms_of_the_page_stand_first_and_a_filter_finds_the_others() {
        let (_, screen) = open(None, &["token", "no-such"], "");
        assert_eq!(chosen(&screen), "token");
        let (_, screen) = open(None, &["token"], "<down>");
        assert_eq!(chosen(&screen), "root", "titles are passed over");
        let (_, screen) = open(None, &[], "/account<enter>");
        assert_eq!(chosen(&screen), "service-account");
        let (_, screen) = open(None, &[], "/account<esc>");
        assert_eq!(chosen(&screen), "service-account", "what was found stays chosen");
        assert_eq!(open(None, &[], "<f2>").0, Flow::Back);
        assert_eq!(open(None, &[], "<esc>").0, Flow::Ignored);
    }
}
