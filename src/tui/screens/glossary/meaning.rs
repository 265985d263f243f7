//! What the chosen term means: its text laid out, the link that is marked, and how far it is scrolled.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::course::Term;
use crate::parse::markdown::Document;
use crate::render::{Glyphs, Layout, Page, Paint};

use super::super::super::key::Move;
use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::list::Scroll;
use super::super::super::widgets::{prose, text};

/// The widest explanation.
pub(super) const COLUMN: u16 = 72;
/// The rows above the text: the term's name, and air.
const NAME: u16 = 2;

/// An explanation on the screen.
#[derive(Default)]
pub(super) struct Meaning {
    /// The term that is laid out, and for which width.
    shown: Option<(usize, u16)>,
    /// Whether code was painted since then.
    stale: bool,
    name: String,
    page: Page,
    link: Option<u16>,
    scroll: Scroll,
}

impl Meaning {
    /// Fits a term, by its place in the glossary, to its area.
    pub(super) fn layout(
        &mut self,
        term: Option<(usize, &Term)>,
        area: Rect,
        glyphs: Glyphs,
        paint: &dyn Paint,
    ) {
        let width = area.width.min(COLUMN);
        let wanted = term.map(|(at, _)| (at, width));
        if wanted != self.shown {
            (self.link, self.scroll) = (None, Scroll::default());
        }
        if wanted != self.shown || self.stale {
            (self.shown, self.stale) = (wanted, false);
            self.name = term.map(|(_, term)| text::safe(&term.name)).unwrap_or_default();
            let blocks = term.map(|(_, term)| term.body.clone()).unwrap_or_default();
            let layout = Layout { wrap_code: true, ..Layout::new(width.max(1), glyphs) };
            self.page = layout.page(&Document { blocks }, paint);
        }
        self.scroll.fit(self.page.lines.len(), area.height.saturating_sub(NAME));
    }

    /// Code was painted: it is laid out anew, at the same place.
    pub(super) fn painted(&mut self) {
        self.stale = true;
    }

    pub(super) fn has_links(&self) -> bool {
        !self.page.links.is_empty()
    }

    /// The link that is marked.
    pub(super) fn marked(&self) -> Option<&str> {
        self.page.links.get(usize::from(self.link?)).map(String::as_str)
    }

    /// Marks the next link or the one before, round the page.
    pub(super) fn mark(&mut self, forward: bool) {
        let count = self.page.links.len().max(1) as u16;
        let next = match (self.link, forward) {
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

    /// Marks none.
    pub(super) fn unmark(&mut self) {
        self.link = None;
    }

    pub(super) fn all_seen(&self) -> bool {
        self.scroll.all_seen()
    }

    pub(super) fn scroll(&mut self, by: Move) {
        self.scroll.go(by);
    }

    /// Draws it; nothing where no term is chosen.
    pub(super) fn render(&self, area: Rect, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
        if self.shown.is_none() {
            return;
        }
        let (title, body) = text::rows(area, NAME);
        let name = text::fit(&self.name, usize::from(title.width));
        text::put(&glyphs.adapt(&name), theme.tone(Tone::Title), title, buf);
        let view = prose::View { glyphs, link: self.link, ..prose::View::default() };
        prose::draw(&self.page, self.scroll.top, view, body, buf, theme);
        text::more(&self.scroll, Rect { width: body.width.min(COLUMN), ..body }, glyphs, buf, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::HeadingId;
    use crate::parse::markdown;
    use crate::render::Plain;

    #[test]
    fn painted_code_changes_neither_the_link_nor_the_place() {
        let body = format!("[a](term:a)\n\n{}", "One more paragraph.\n\n".repeat(20));
        let term = Term {
            id: HeadingId::new("t").unwrap(),
            name: "t".to_owned(),
            body: markdown::parse_text(&body).blocks,
            span: crate::text::Source::lone("t", "").whole(),
        };
        let area = Rect::new(0, 0, 40, 10);
        let mut meaning = Meaning::default();
        let fit = |meaning: &mut Meaning| meaning.layout(Some((0, &term)), area, Glyphs::Unicode, &Plain);
        fit(&mut meaning);
        meaning.mark(true);
        meaning.scroll(Move::Down);
        meaning.painted();
        fit(&mut meaning);
        assert_eq!((meaning.marked(), meaning.scroll.top), (Some("term:a"), 1));
        meaning.layout(Some((1, &term)), area, Glyphs::Unicode, &Plain);
        assert_eq!((meaning.marked(), meaning.scroll.top), (None, 0), "another term begins at its top");
    }
}
