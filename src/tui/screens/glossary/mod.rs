//! The glossary: terms to choose from, a filter, and what the chosen one means beside or below them.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::course::{Glossary, Term};
use crate::ids::HeadingId;
use crate::parse::markdown::Document;
use crate::render::{Glyphs, Layout, Page};

use super::super::flow::Flow;
use super::super::key::{Bind, Hint, Key, Move, foot, quiet};
use super::super::links::{self, Target};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::filter::{Filter, Meant, Typed};
use super::super::widgets::list::{self, Cursor, Scroll};
use super::super::widgets::{panel, prose, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Follow,
    Filter,
    NextLink,
    PreviousLink,
    Return,
    ScrollDown,
    ScrollUp,
    Close,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Enter], "follow", Msg::Follow),
    foot(&[Key::Char('/')], "filter", Msg::Filter),
    foot(&[Key::Tab], "links", Msg::NextLink),
    quiet(&[Key::BackTab], "previous link", Msg::PreviousLink),
    foot(&[Key::Backspace], "the term before", Msg::Return),
    foot(&[Key::Right, Key::Char('l')], "read on", Msg::ScrollDown),
    quiet(&[Key::Left, Key::Char('h')], "read back", Msg::ScrollUp),
    quiet(&[Key::F(2)], "close the glossary", Msg::Close),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    /// Air and titles; the cursor never stays there.
    Gap,
    Title(&'static str),
    Term(usize),
}

/// From this width on the explanation stands beside the list.
const WIDE: u16 = 90;
/// The columns of the list beside the explanation.
const LIST: u16 = 32;
/// The widest explanation.
const COLUMN: u16 = 72;

/// The glossary screen.
pub struct GlossaryScreen {
    glossary: Arc<Glossary>,
    /// Indices of the terms of the page that was read.
    here: Vec<usize>,
    filter: Filter,
    cursor: Cursor,
    /// Terms to which Backspace returns.
    history: Vec<usize>,
    /// The term that is laid out, and for which width.
    shown: Option<(usize, u16)>,
    page: Page,
    link: Option<u16>,
    scroll: Scroll,
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
            filter: Filter::default(),
            cursor: Cursor::default(),
            history: Vec::new(),
            shown: None,
            page: Page::default(),
            link: None,
            scroll: Scroll::default(),
            parts: Parts::default(),
            glyphs: cx.glyphs,
        };
        match at {
            Some(term) => screen.choose(term),
            None => screen.first(),
        }
        Ok(screen)
    }

    fn rows(&self) -> Vec<Row> {
        let wanted = self.filter.wanted();
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

    fn chosen(&self) -> Option<usize> {
        match self.rows().get(self.cursor.at)? {
            Row::Term(at) => Some(*at),
            _ => None,
        }
    }

    fn term(&self) -> Option<&Term> {
        self.glossary.terms.get(self.chosen()?)
    }

    fn first(&mut self) {
        self.cursor.at = self.rows().iter().position(is_term).unwrap_or(0);
    }

    /// Puts the cursor on a term, which a filter may hide.
    fn choose(&mut self, term: usize) {
        let find = |screen: &Self| screen.rows().iter().position(|row| *row == Row::Term(term));
        if find(self).is_none() {
            self.filter.clear();
        }
        self.cursor.at = find(self).unwrap_or(0);
    }

    fn go(&mut self, by: Move) {
        self.cursor.go_among(by, &self.rows(), is_term);
        self.history.clear();
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Follow => self.link.is_some(),
            Msg::Filter | Msg::Close => true,
            Msg::NextLink | Msg::PreviousLink => !self.page.links.is_empty(),
            Msg::Return => !self.history.is_empty(),
            Msg::ScrollDown | Msg::ScrollUp => !self.scroll.all_seen(),
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Flow {
        match msg {
            Msg::Follow => return self.follow(cx),
            Msg::Filter => self.filter.begin(),
            Msg::Close => return Flow::Back,
            Msg::NextLink | Msg::PreviousLink => {
                let count = self.page.links.len().max(1) as u16;
                let next = match (self.link, msg == Msg::NextLink) {
                    (None, true) => 0,
                    (None, false) => count - 1,
                    (Some(link), true) => (link + 1) % count,
                    (Some(link), false) => (link + count - 1) % count,
                };
                self.link = Some(next);
                if let Some(line) = self.page.line_of_link(next) {
                    self.scroll.show(line);
                }
            }
            Msg::Return => {
                if let Some(term) = self.history.pop() {
                    self.choose(term);
                }
            }
            Msg::ScrollDown => self.scroll.go(Move::Down),
            Msg::ScrollUp => self.scroll.go(Move::Up),
        }
        Flow::Stay
    }

    fn follow(&mut self, cx: &mut Context) -> Flow {
        let link = self.link.and_then(|link| self.page.links.get(usize::from(link))).cloned();
        let Some(link) = link else { return Flow::Stay };
        let target = Target::of(&link, None);
        let Target::Term(id) = &target else { return links::open(&target, cx) };
        match self.glossary.terms.iter().position(|t| t.id.as_str() == id) {
            Some(term) => {
                self.history.extend(self.chosen());
                self.choose(term);
                Flow::Stay
            }
            None => links::open(&target, cx),
        }
    }

    fn typed(&mut self, key: Key) -> Flow {
        match self.filter.on_key(key) {
            Typed::Ignored => return Flow::Ignored,
            Typed::Changed => self.first(),
            Typed::Moved(by) => self.go(by),
            Typed::Kept => {}
            Typed::Clear => {
                let term = self.chosen();
                self.filter.clear();
                if let Some(term) = term {
                    self.choose(term);
                }
            }
        }
        Flow::Stay
    }

    fn fit(&self, area: Rect) -> Parts {
        let wide = area.width >= WIDE;
        let area = text::column(text::inset(area), LIST + 3 + COLUMN);
        let (head, rest) = self.filter.split(area);
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

fn is_term(row: &Row) -> bool {
    matches!(row, Row::Term(_))
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
        self.filter.hints(false, KEYS, |msg| self.works(msg))
    }

    fn typing(&self) -> bool {
        self.filter.is_typing()
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.parts = self.fit(area);
        self.cursor.fit_among(&self.rows(), self.parts.list.height, is_term);
        let width = self.parts.text.width.min(COLUMN);
        let wanted = self.chosen().map(|term| (term, width));
        if wanted != self.shown {
            self.shown = wanted;
            (self.link, self.scroll) = (None, Scroll::default());
            let blocks = self.term().map(|term| term.body.clone()).unwrap_or_default();
            let layout = Layout { wrap_code: true, ..Layout::new(width.max(1), cx.glyphs) };
            self.page = layout.page(&Document { blocks }, cx.highlighter);
        }
        // Two rows for the name.
        self.scroll.fit(self.page.lines.len(), self.parts.text.height.saturating_sub(2));
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        // The first Escape puts away what was marked, then the filter; the next goes back.
        if key == Key::Esc && self.link.is_some() && !self.filter.is_typing() {
            self.link = None;
            return Flow::Stay;
        }
        match self.filter.meant(KEYS, key, |msg| self.works(msg)) {
            Meant::Filter => self.typed(key),
            Meant::Own(msg) => self.update(msg, cx),
            Meant::Move(by) => {
                self.go(by);
                Flow::Stay
            }
            Meant::Nothing => Flow::Ignored,
        }
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        if self.filter.paste(text) {
            self.first();
        }
        Flow::Stay
    }

    fn on_painted(&mut self) {
        self.shown = None;
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        let Parts { head, list: names, text: beside, wide } = self.parts;
        self.filter.render(head, buf, theme);
        let rows = self.rows();
        if rows.is_empty() {
            let says = if self.glossary.terms.is_empty() {
                "this course has no glossary yet"
            } else {
                "no term fits; Esc shows all"
            };
            return text::put(says, theme.tone(Tone::Dim), names, buf);
        }
        list::draw(&self.cursor, &rows, names, buf, theme, |row, chosen| match row {
            Row::Gap => None,
            Row::Title(says) => Some(Line::styled(*says, theme.tone(Tone::Title))),
            Row::Term(term) => {
                let term = self.glossary.terms.get(*term)?;
                let name = text::fit(&text::safe(&term.name), usize::from(names.width.saturating_sub(2)));
                let bar = list::bar(chosen, self.glyphs, theme);
                Some(Line::from(vec![bar, Span::raw(self.glyphs.adapt(&name))]))
            }
        });
        if wide {
            let rule = Rect { x: beside.x.saturating_sub(2), width: 1, ..beside };
            panel::rule(rule, self.glyphs, buf, theme);
        } else {
            let row = Rect { y: beside.y.saturating_sub(1), height: 1, ..beside };
            panel::divider("", row, self.glyphs, buf, theme);
        }
        let Some(term) = self.term() else { return };
        let (title, body) = text::rows(beside, 2);
        let name = text::fit(&text::safe(&term.name), usize::from(title.width));
        text::put(&self.glyphs.adapt(&name), theme.tone(Tone::Title), title, buf);
        let view = prose::View { glyphs: self.glyphs, link: self.link, ..prose::View::default() };
        prose::draw(&self.page, self.scroll.top, view, body, buf, theme);
        text::more(&self.scroll, Rect { width: body.width.min(COLUMN), ..body }, self.glyphs, buf, theme);
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
        screen.term().map_or("", |t| t.id.as_str())
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
