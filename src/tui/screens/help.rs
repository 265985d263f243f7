//! The keys of the screen below, from its own table, and the way to the simulators' pages.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::render::Glyphs;

use super::super::flow::{Flow, Route};
use super::super::key::{DIGITS, Hint, Key, LETTERS, movement};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::widgets::list::Scroll;
use super::super::widgets::{meter, panel, text};

/// The help layer.
pub struct Help {
    screen: String,
    rows: Vec<(String, &'static str)>,
    keys: u16,
    scroll: Scroll,
    outer: Rect,
    glyphs: Glyphs,
}

impl Help {
    /// The help of a screen.
    pub fn new(screen: String, hints: &[Hint], glyphs: Glyphs) -> Self {
        let mut rows: Vec<(String, &'static str)> = Vec::new();
        let mut named: Vec<Key> = Vec::new();
        // Both arrows in one are for the footer; here each has its line.
        for hint in hints.iter().filter(|h| !h.foot || h.keys != [Key::Up, Key::Down]) {
            // A key does what the first table says that has it: it is named once.
            let keys: Vec<Key> = hint.keys.iter().copied().filter(|key| !named.contains(key)).collect();
            if keys.is_empty() {
                continue;
            }
            let written = if keys == DIGITS {
                "1 to 9".to_owned()
            } else {
                keys.iter().map(|key| key.name(glyphs)).collect::<Vec<_>>().join(" ")
            };
            rows.push((written, hint.says));
            named.extend(keys);
        }
        let keys = rows.iter().map(|(keys, _)| keys.width()).max().unwrap_or(0) as u16;
        Self { screen, rows, keys, scroll: Scroll::default(), outer: Rect::default(), glyphs }
    }
}

impl Screen for Help {
    fn name(&self) -> &'static str {
        "help"
    }

    fn place(&self) -> String {
        "Help".to_owned()
    }

    fn hints(&self) -> Vec<Hint> {
        let scrolls = !self.scroll.all_seen();
        let scroll = Hint { keys: &[Key::Up, Key::Down], says: "scroll", foot: true };
        let close = Hint { keys: &[Key::Esc, Key::Char('?')], says: "close", foot: true };
        let pages = Hint { keys: &[Key::Char('s')], says: "simulators", foot: true };
        scrolls.then_some(scroll).into_iter().chain([close, pages]).collect()
    }

    fn is_layer(&self) -> bool {
        true
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let says = self.rows.iter().map(|(_, says)| says.width()).max().unwrap_or(0) as u16;
        self.outer = panel::place(area, ((self.keys + 3 + says).max(36), self.rows.len() as u16));
        self.scroll.fit(self.rows.len(), panel::inside(self.outer).height);
    }

    fn on_key(&mut self, key: Key, _: &mut Context) -> Flow {
        if let Some(by) = movement(LETTERS, key) {
            self.scroll.go(by);
            return Flow::Stay;
        }
        match key {
            Key::Char('s') => Flow::Replace(Route::Pages),
            Key::Char('?' | 'q') | Key::F(1) | Key::Esc | Key::Enter | Key::Backspace => Flow::Back,
            _ => Flow::Ignored,
        }
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        panel::draw(&format!("Keys: {}", self.screen), self.outer, self.glyphs, buf, theme);
        let rows = panel::inside(self.outer);
        let line = |(keys, says): &(String, &'static str)| {
            Line::from(vec![
                Span::styled(meter::pad(keys, self.keys + 3), theme.tone(Tone::Accent)),
                Span::raw(*says),
            ])
        };
        let lines: Vec<Line> = self.rows.iter().map(line).collect();
        text::draw(&lines, self.scroll.top, rows, buf);
        text::more(&self.scroll, rows, self.glyphs, buf, theme);
    }
}
