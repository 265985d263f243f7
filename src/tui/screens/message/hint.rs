//! The next hint of a lab in a box, and from it the one after.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ids::LabId;
use crate::session::SessionError;

use super::super::super::flow::Flow;
use super::super::super::key::{Hint, Key};
use super::super::super::screen::{Context, Screen};
use super::super::super::theme::Theme;
use super::super::super::trouble::Trouble;
use super::Message;

/// The layer of a hint.
pub struct HintBox {
    lab: LabId,
    number: usize,
    /// How many the lab has.
    all: usize,
    page: Message,
}

impl HintBox {
    /// The first hint that was not shown yet; it counts as shown.
    pub fn new(lab: &LabId, cx: &mut Context) -> Result<Self, Trouble> {
        let mut hint =
            Self { lab: lab.clone(), number: 0, all: 0, page: Message::new("Hint", String::new()) };
        hint.next(cx)?;
        Ok(hint)
    }

    /// Goes on to the next hint, where there is one.
    fn next(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        let sources = cx.session.course().sources().clone();
        let failed = |error: SessionError| Trouble::session(&error, &sources);
        self.all = cx.session.course().lab(&self.lab).map_err(|b| failed(b.into()))?.hints.len();
        match cx.session.lab_hint(&self.lab).map_err(failed)? {
            Some((number, text)) => {
                self.number = number;
                self.page = Message::page(&format!("Hint {number} of {}", self.all), text);
            }
            None => cx.say("this was the last hint; all of them stand in the brief"),
        }
        Ok(())
    }
}

impl Screen for HintBox {
    fn name(&self) -> &'static str {
        "hint"
    }

    fn place(&self) -> String {
        self.page.place()
    }

    fn hints(&self) -> Vec<Hint> {
        let next = Hint { keys: &[Key::Char('h')], says: "next hint", foot: true };
        let more = (self.number < self.all).then_some(next);
        more.into_iter().chain(self.page.hints()).collect()
    }

    fn is_layer(&self) -> bool {
        true
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.page.layout(area, cx);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        match key {
            Key::Char('h') => self.next(cx).map_or_else(Trouble::flow, |()| Flow::Stay),
            _ => self.page.on_key(key, cx),
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        self.page.render(area, buf, theme);
    }
}
