//! The simulators and what each asks; Enter opens a page with its fields and an example.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::render::Glyphs;
use crate::sim::cases::{SIMULATORS, Simulator};
use crate::sim::help;

use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, foot};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::widgets::filter::{Filter, Meant, Typed};
use super::super::widgets::list::{self, Cursor};
use super::super::widgets::{meter, panel, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Open,
    Filter,
}

const KEYS: &[Bind<Msg>] =
    &[foot(&[Key::Enter], "open", Msg::Open), foot(&[Key::Char('/')], "search", Msg::Filter)];

/// The columns of the names.
const NAME: u16 = 19;
/// The widest list.
const COLUMN: u16 = 100;
/// The rows below the list in which the question stands whole.
const BELOW: u16 = 4;

/// The list of pages.
pub struct Pages {
    filter: Filter,
    cursor: Cursor,
    /// The filter, the list, and the question below it.
    parts: (Rect, Rect, Rect),
    glyphs: Glyphs,
}

impl Pages {
    /// All of them.
    pub fn new(cx: &Context) -> Self {
        let parts = (Rect::default(), Rect::default(), Rect::default());
        Self { filter: Filter::default(), cursor: Cursor::default(), parts, glyphs: cx.glyphs }
    }

    /// Those whose name or page holds what is searched for.
    fn shown(&self) -> Vec<&'static Simulator> {
        let wanted = self.filter.wanted();
        let holds = |s: &&Simulator| {
            s.name.contains(&wanted)
                || s.asks.to_lowercase().contains(&wanted)
                || help::find(s.name).is_some_and(|page| page.text.to_lowercase().contains(&wanted))
        };
        SIMULATORS.iter().filter(holds).collect()
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Filter => true,
            Msg::Open => !self.shown().is_empty(),
        }
    }

    fn open(&self) -> Flow {
        let page = self.shown().get(self.cursor.at).and_then(|simulator| help::find(simulator.name));
        page.map_or(Flow::Stay, |page| {
            // The name stands in the title already.
            let (_, text) = page.text.split_once('\n').unwrap_or(("", page.text));
            Flow::Open(Route::Text { title: page.name.to_owned(), markdown: text.to_owned() })
        })
    }

    fn typed(&mut self, key: Key) -> Flow {
        match self.filter.on_key(key) {
            Typed::Ignored => return Flow::Ignored,
            Typed::Changed => self.cursor = Cursor::default(),
            Typed::Moved(by) => self.cursor.go(by),
            Typed::Kept if self.shown().len() == 1 => return self.open(),
            Typed::Kept => {}
            Typed::Clear => self.filter.clear(),
        }
        Flow::Stay
    }
}

impl Screen for Pages {
    fn name(&self) -> &'static str {
        "simulators"
    }

    fn place(&self) -> String {
        "Help › Simulators".to_owned()
    }

    fn hints(&self) -> Vec<Hint> {
        self.filter.hints(self.shown().len() == 1, KEYS, |msg| self.works(msg))
    }

    fn typing(&self) -> bool {
        self.filter.is_typing()
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let area = text::column(text::inset(area), COLUMN);
        let (head, rest) = self.filter.split(area);
        let (list, below) = text::rows(rest, rest.height.saturating_sub(BELOW));
        self.parts = (head, list, below);
        self.cursor.fit(self.shown().len(), self.parts.1.height);
    }

    fn on_key(&mut self, key: Key, _: &mut Context) -> Flow {
        match self.filter.meant(KEYS, key, |msg| self.works(msg)) {
            Meant::Filter => return self.typed(key),
            Meant::Own(Msg::Open) => return self.open(),
            Meant::Own(Msg::Filter) => self.filter.begin(),
            Meant::Move(by) => self.cursor.go(by),
            Meant::Nothing => return Flow::Ignored,
        }
        Flow::Stay
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        if self.filter.paste(text) {
            self.cursor = Cursor::default();
        }
        Flow::Stay
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        let (head, list, below) = self.parts;
        self.filter.render(head, buf, theme);
        let shown = self.shown();
        if shown.is_empty() {
            return text::put("no page holds this; Esc shows all", theme.tone(Tone::Dim), list, buf);
        }
        list::draw(&self.cursor, &shown, list, buf, theme, |simulator, chosen| {
            let asks = text::fit(simulator.asks, usize::from(list.width.saturating_sub(NAME + 2)));
            Some(Line::from(vec![
                list::bar(chosen, self.glyphs, theme),
                Span::styled(meter::pad(simulator.name, NAME), theme.ink(Tone::Strong)),
                Span::styled(self.glyphs.adapt(&asks), theme.ink(Tone::Text)),
            ]))
        });
        if let Some(simulator) = shown.get(self.cursor.at) {
            panel::divider("", below, self.glyphs, buf, theme);
            let (_, rows) = text::rows(below, 1);
            let lines = text::styled(&self.glyphs.adapt(simulator.asks), rows.width, theme.ink(Tone::Text));
            text::draw(&lines, 0, rows, buf);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::press;
    use super::*;

    #[test]
    fn a_page_is_found_by_what_it_says() {
        let open = |keys: &str| press(|cx| Pages::new(cx), keys);
        let Flow::Open(Route::Text { title, markdown }) = open("/subjectaccess<enter>").0 else { panic!() };
        assert_eq!(title, "rbac");
        assert!(markdown.contains("## Example"));
        let (_, none) = open("/zzz<enter>");
        assert!(none.shown().is_empty() && none.hints().iter().all(|h| h.says != "open"));
        assert_eq!(open("/zzz<enter><esc>").1.shown().len(), SIMULATORS.len());
        let Flow::Open(Route::Text { title, .. }) = open("j<enter>").0 else { panic!() };
        assert_eq!(title, SIMULATORS[1].name);
    }
}
