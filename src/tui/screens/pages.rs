//! The simulators and what each asks; Enter opens a page with its fields and an example.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::render::Glyphs;
use crate::sim::cases::{SIMULATORS, Simulator};
use crate::sim::help;

use super::super::browsing::{Browsable, Browsing};
use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, foot};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::widgets::{list, meter, panel, text};

/// What a key of the list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msg {
    Open,
    Filter,
}

/// The columns of the names.
const NAME: u16 = 19;
/// The widest list.
const COLUMN: u16 = 100;
/// The rows below the list in which the question stands whole.
const BELOW: u16 = 4;

/// The list of pages.
pub struct Pages {
    browsing: Browsing,
    /// The filter, the list, and the question below it.
    parts: (Rect, Rect, Rect),
    glyphs: Glyphs,
}

impl Pages {
    /// All of them.
    pub fn new(cx: &Context) -> Self {
        let parts = (Rect::default(), Rect::default(), Rect::default());
        Self { browsing: Browsing::default(), parts, glyphs: cx.glyphs }
    }

    fn open(&self) -> Flow {
        let page = self.row().and_then(|at| help::find(SIMULATORS.get(at)?.name));
        page.map_or(Flow::Stay, |page| {
            // The name stands in the title already.
            let (_, text) = page.text.split_once('\n').unwrap_or(("", page.text));
            Flow::Open(Route::Text { title: page.name.to_owned(), markdown: text.to_owned() })
        })
    }
}

impl Browsable for Pages {
    /// A place in the table of simulators.
    type Row = usize;
    type Msg = Msg;
    const KEYS: &'static [Bind<Msg>] =
        &[foot(&[Key::Enter], "open", Msg::Open), foot(&[Key::Char('/')], "search", Msg::Filter)];
    const LONE: Option<Msg> = Some(Msg::Open);

    fn browsing(&self) -> &Browsing {
        &self.browsing
    }

    fn browsing_mut(&mut self) -> &mut Browsing {
        &mut self.browsing
    }

    /// Those whose name or page holds what is searched for.
    fn rows(&self) -> Vec<usize> {
        let wanted = self.browsing.filter.wanted();
        let holds = |s: &Simulator| {
            s.name.contains(&wanted)
                || s.asks.to_lowercase().contains(&wanted)
                || help::find(s.name).is_some_and(|page| page.text.to_lowercase().contains(&wanted))
        };
        SIMULATORS.iter().enumerate().filter(|(_, s)| holds(s)).map(|(at, _)| at).collect()
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Filter => true,
            Msg::Open => self.row().is_some(),
        }
    }

    fn update(&mut self, msg: Msg, _: &mut Context) -> Flow {
        match msg {
            Msg::Open => self.open(),
            Msg::Filter => {
                self.browsing.filter.begin();
                Flow::Stay
            }
        }
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
        self.keys()
    }

    fn typing(&self) -> bool {
        self.browsing.filter.is_typing()
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let area = text::column(text::inset(area), COLUMN);
        let (head, rest) = self.browsing.filter.split(area);
        let (list, below) = text::rows(rest, rest.height.saturating_sub(BELOW));
        self.parts = (head, list, below);
        self.fit(list.height);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        self.browse(key, cx)
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        self.paste(text)
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        let (head, list, below) = self.parts;
        self.browsing.filter.render(head, buf, theme);
        let rows = self.rows();
        if rows.is_empty() {
            return text::put("no page holds this; Esc shows all", theme.tone(Tone::Dim), list, buf);
        }
        list::draw(&self.browsing.cursor, &rows, list, buf, theme, |at, chosen| {
            let simulator = SIMULATORS.get(*at)?;
            let asks = text::fit(simulator.asks, usize::from(list.width.saturating_sub(NAME + 2)));
            Some(Line::from(vec![
                list::bar(chosen, self.glyphs, theme),
                Span::styled(meter::pad(simulator.name, NAME), theme.ink(Tone::Strong)),
                Span::styled(self.glyphs.adapt(&asks), theme.ink(Tone::Text)),
            ]))
        });
        if let Some(simulator) = self.row().and_then(|at| SIMULATORS.get(at)) {
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
        assert!(none.rows().is_empty() && none.hints().iter().all(|h| h.says != "open"));
        assert_eq!(open("/zzz<enter><esc>").1.rows().len(), SIMULATORS.len());
        let Flow::Open(Route::Text { title, .. }) = open("j<enter>").0 else { panic!() };
        assert_eq!(title, SIMULATORS[1].name);
        let (_, found) = open("/subjectaccess<esc>");
        assert_eq!(found.row().map(|at| SIMULATORS[at].name), Some("rbac"), "what was found stays chosen");
    }
}
