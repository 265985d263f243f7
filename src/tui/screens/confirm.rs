//! A yes-or-no question over the screen that asks it. Anything but yes is no.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::render::Glyphs;

use super::super::flow::{Flow, Reply};
use super::super::key::{Bind, Hint, Key, foot, hints, lookup};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::widgets::{panel, text};

const KEYS: &[Bind<bool>] = &[
    foot(&[Key::Char('y')], "yes", true),
    foot(&[Key::Char('n'), Key::Char('q'), Key::Esc, Key::Backspace], "no", false),
];

/// The question layer.
pub struct Confirm {
    title: String,
    text: String,
    lines: Vec<String>,
    outer: Rect,
    glyphs: Glyphs,
}

impl Confirm {
    /// A question.
    pub fn new(title: String, text: String) -> Self {
        Self { title, text, lines: Vec::new(), outer: Rect::default(), glyphs: Glyphs::default() }
    }
}

impl Screen for Confirm {
    fn name(&self) -> &'static str {
        "question"
    }

    fn place(&self) -> String {
        self.title.clone()
    }

    fn hints(&self) -> Vec<Hint> {
        hints(KEYS, |_| true)
    }

    fn is_layer(&self) -> bool {
        true
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let width = area.width.saturating_sub(10).clamp(1, 56);
        self.lines = text::kept(&self.text, width);
        self.outer = panel::place(area, (width, self.lines.len() as u16 + 2));
    }

    fn on_key(&mut self, key: Key, _: &mut Context) -> Flow {
        let answer = |yes: bool| Flow::Reply(if yes { Reply::Yes } else { Reply::No });
        lookup(KEYS, key, |_| true).map_or(Flow::Stay, answer)
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        panel::draw(&self.title, self.outer, self.glyphs, buf, theme);
        let rows = panel::inside(self.outer);
        let mut lines: Vec<Line> = self.lines.iter().map(|l| Line::raw(self.glyphs.adapt(l))).collect();
        lines.push(Line::default());
        lines.push(Line::from(vec![
            Span::styled("y", theme.tone(Tone::Accent)),
            Span::raw(" yes     "),
            Span::styled("n", theme.tone(Tone::Accent)),
            Span::raw(" no"),
        ]));
        text::draw(&lines, 0, rows, buf);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::press;
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        let answer = |keys: &str| press(|_| Confirm::new("Sure?".into(), "It is.".into()), keys).0;
        assert_eq!(answer("y"), Flow::Reply(Reply::Yes));
        for keys in ["n", "q", "<esc>", "<backspace>"] {
            assert_eq!(answer(keys), Flow::Reply(Reply::No), "{keys}");
        }
        for keys in ["x", "<enter>", "<space>", "Y"] {
            assert_eq!(answer(keys), Flow::Stay, "{keys}");
        }
    }
}
