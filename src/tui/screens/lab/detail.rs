//! One step explained, in a box over the lab: its keys and its picture.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::super::super::flow::Flow;
use super::super::super::key::{ARROWS, Hint, Key, movement};
use super::super::super::screen::Context;
use super::super::super::theme::Theme;
use super::super::super::trouble::Trouble;
use super::super::super::widgets::list::Scroll;
use super::super::super::widgets::{panel, text};
use super::{LabScreen, Msg};

/// The keys while a step is explained.
pub(super) const HINTS: [Hint; 4] = [
    Hint { keys: &[Key::Esc, Key::Enter], says: "close", foot: true },
    Hint { keys: &[Key::Char('l')], says: "lesson", foot: true },
    Hint { keys: &[Key::Char('e')], says: "edit there", foot: true },
    Hint { keys: &[Key::Up, Key::Down], says: "scroll", foot: false },
];

/// The step that is explained.
#[derive(Default)]
pub(super) struct Detail {
    lines: Vec<Line<'static>>,
    scroll: Scroll,
    outer: Rect,
}

impl LabScreen {
    pub(super) fn in_detail(&mut self, key: Key, cx: &mut Context) -> Flow {
        if let Some(detail) = &mut self.detail
            && let Some(by) = movement(ARROWS, key)
        {
            detail.scroll.go(by);
            return Flow::Stay;
        }
        let next = match key {
            Key::Char('l') => Some(Msg::Lesson),
            Key::Char('e') => Some(Msg::Edit),
            Key::Enter | Key::Esc | Key::Backspace | Key::Char('q') => None,
            _ => return Flow::Ignored,
        };
        self.detail = None;
        next.map_or(Flow::Stay, |msg| self.update(msg, cx).unwrap_or_else(Trouble::flow))
    }

    pub(super) fn lay_detail(&mut self, cx: &mut Context) {
        let Some(detail) = &mut self.detail else { return };
        let width = self.parts.area.width.saturating_sub(10).min(84);
        let sources = cx.session.course().sources();
        detail.lines = self.steps.detail(self.cursor.at, width, sources, cx.glyphs, &cx.theme);
        detail.outer = panel::place(self.parts.area, (width, detail.lines.len() as u16));
        detail.scroll.fit(detail.lines.len(), panel::inside(detail.outer).height);
    }

    pub(super) fn render_detail(&self, buf: &mut Buffer, theme: &Theme) {
        let Some(detail) = &self.detail else { return };
        let title = format!("Step {} of {}", self.cursor.at + 1, self.steps.len());
        panel::draw(&title, detail.outer, self.glyphs, buf, theme);
        let inside = panel::inside(detail.outer);
        text::draw(&detail.lines, detail.scroll.top, inside, buf);
        text::more(&detail.scroll, inside, self.glyphs, buf, theme);
    }
}
