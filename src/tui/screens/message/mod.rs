//! Something to be read and closed: an error with its way out, the findings of a broken lesson.

mod hint;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::render::{Glyphs, Layout};

use super::super::flow::Flow;
use super::super::key::{Hint, Key, LETTERS, hints, movement};
use super::super::screen::{Context, Screen};
use super::super::theme::Theme;
use super::super::widgets::list::Scroll;
use super::super::widgets::{panel, prose, text};
pub use hint::HintBox;

/// The widest page; longer lines are hard to read.
const COLUMN: u16 = 80;

enum Body {
    /// Lines as they are: findings have carets that must stay under what they point at.
    Lines(String),
    Markdown(String),
}

/// The message layer.
pub struct Message {
    title: String,
    body: Body,
    lines: Vec<Line<'static>>,
    scroll: Scroll,
    outer: Rect,
    glyphs: Glyphs,
}

impl Message {
    /// A message; the lines of `text` are kept where they fit.
    pub fn new(title: &str, text: String) -> Self {
        Self::with(title, Body::Lines(text))
    }

    /// A page of Markdown.
    pub fn page(title: &str, markdown: String) -> Self {
        Self::with(title, Body::Markdown(markdown))
    }

    fn with(title: &str, body: Body) -> Self {
        let (scroll, outer) = (Scroll::default(), Rect::default());
        Self { title: text::safe(title), body, lines: Vec::new(), scroll, outer, glyphs: Glyphs::default() }
    }
}

impl Screen for Message {
    fn name(&self) -> &'static str {
        "message"
    }

    fn place(&self) -> String {
        self.title.clone()
    }

    fn hints(&self) -> Vec<Hint> {
        let scrolls = !self.scroll.all_seen();
        let scroll = Hint { keys: &[Key::Up, Key::Down], says: "scroll", foot: true };
        let close = Hint { keys: &[Key::Enter, Key::Esc], says: "close", foot: true };
        let mut all: Vec<Hint> = scrolls.then_some(scroll).into_iter().chain([close]).collect();
        all.extend(hints(LETTERS, |_| scrolls));
        all
    }

    fn is_layer(&self) -> bool {
        true
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let room = area.width.saturating_sub(10).max(1);
        self.lines = match &self.body {
            Body::Lines(says) => {
                let lines = text::kept(says, room);
                lines.into_iter().map(|line| Line::raw(cx.glyphs.adapt(&line))).collect()
            }
            Body::Markdown(says) => {
                let layout = Layout { wrap_code: true, ..Layout::new(room.min(COLUMN), cx.glyphs) };
                prose::lines(&prose::markdown(says, layout, cx.highlighter), &cx.theme)
            }
        };
        let widest = self.lines.iter().map(Line::width).max().unwrap_or(0) as u16;
        let width = widest.max(40).min(room);
        self.outer = panel::place(area, (width, self.lines.len() as u16));
        self.scroll.fit(self.lines.len(), panel::inside(self.outer).height);
    }

    fn on_key(&mut self, key: Key, _: &mut Context) -> Flow {
        if let Some(by) = movement(LETTERS, key) {
            self.scroll.go(by);
            return Flow::Stay;
        }
        match key {
            Key::Char('q') | Key::Esc | Key::Enter | Key::Backspace => Flow::Back,
            _ => Flow::Ignored,
        }
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        panel::draw(&self.title, self.outer, self.glyphs, buf, theme);
        let rows = panel::inside(self.outer);
        text::draw(&self.lines, self.scroll.top, rows, buf);
        text::more(&self.scroll, rows, self.glyphs, buf, theme);
    }
}
