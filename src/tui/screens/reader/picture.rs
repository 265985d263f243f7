//! The page in its window: what stands above the text, where text and outline are, and the drawing of both.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::render::{self, Layout, Piece, Role};
use crate::session::Subject;

use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::{panel, prose, text};
use super::Reader;

/// The widest text; longer lines are hard to read.
const COLUMN: u16 = 88;
/// From this width on the outline stands beside the text.
const WIDE: u16 = 110;
/// The outline's columns beside the text.
const SIDE: u16 = 28;

/// Where a page is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// The text.
    pub(super) text: Rect,
    /// The outline beside it, where there is room.
    pub(super) side: Option<Rect>,
    /// All of it.
    pub(super) area: Rect,
}

impl Parts {
    /// Text and outline in `area`; `find` is one row below the text.
    pub(super) fn fit(area: Rect, find: bool) -> Self {
        let inner = text::inset(area);
        let side = (area.width >= WIDE).then(|| text::split(inner, SIDE, 3));
        let (side, body) = side.map_or((None, inner), |(side, body)| (Some(side), body));
        let column = if side.is_some() {
            Rect { width: body.width.min(COLUMN), ..body }
        } else {
            text::column(body, COLUMN)
        };
        let text = Rect { height: column.height.saturating_sub(u16::from(find)), ..column };
        Self { text, side, area }
    }
}

impl Reader {
    /// The lines above the text: the title, how long it takes, what it was checked against.
    pub(super) fn above(&self, layout: Layout) -> Vec<render::Line> {
        let line = |text: &str, role| {
            let text = layout.glyphs.adapt(&text::safe(text));
            render::Line { pieces: vec![Piece::new(text, role)], ..render::Line::default() }
        };
        let titles = text::wrap(&self.opened.title, layout.width);
        let mut lines: Vec<render::Line> = titles.iter().map(|title| line(title, Role::Title)).collect();
        let mut facts =
            format!("{} minutes, checked against {}", self.opened.text.minutes(), self.opened.text.as_of());
        if self.opened.lab.is_none() && matches!(self.opened.subject, Subject::Lesson(_)) {
            facts += "; its lab is not written yet";
        }
        lines.extend(text::wrap(&facts, layout.width).iter().map(|facts| line(facts, Role::Dim)));
        lines.push(render::Line::default());
        lines
    }

    /// Draws the page.
    pub(super) fn draw(&self, buf: &mut Buffer, theme: &Theme) {
        let wanted = self.find.wanted().to_lowercase();
        let find = self.find.is_active().then_some(wanted.as_str());
        let view = prose::View {
            glyphs: self.glyphs,
            sideways: self.sideways,
            link: self.link,
            find,
            hit: self.find.current(),
        };
        let area = self.parts.text;
        prose::draw(&self.page, self.scroll.top, view, area, buf, theme);
        for (i, code) in self.picking.iter().enumerate() {
            let first = self.lines_in_sight().iter().position(|l| l.code == Some(*code));
            if let Some(row) = first {
                let badge = Span::styled(format!(" {} ", i + 1), theme.tone(Tone::BarKey));
                let x = area.right().saturating_sub(4);
                buf.set_span(x, area.y + row as u16, &badge, 3);
            }
        }
        if self.find.is_typing() {
            let row = Rect { y: area.bottom(), height: 1, ..area };
            self.find.render(row, buf, theme);
        }
        if let Some(side) = self.parts.side {
            let rule = Rect { x: side.right() + 1, width: 1, ..side };
            panel::rule(rule, self.glyphs, buf, theme);
            self.outline.render_side(side, self.heading().as_ref(), buf, theme);
        } else if self.outline.is_open() {
            self.outline.render_box(self.heading().as_ref(), self.glyphs, buf, theme);
        }
    }
}
