//! The first run: what this is, how it goes, where files live. It comes once.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::render::Glyphs;

use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, foot, hints, lookup};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::widgets::text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Begin,
    Theme,
    Back,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Enter, Key::Char(' ')], "begin", Msg::Begin),
    foot(&[Key::Char('t')], "other colours", Msg::Theme),
    foot(&[Key::Esc, Key::Char('q')], "look around", Msg::Back),
];

/// The five steps, each with what it is; the last one's rule is the course's.
const STEPS: [(&str, &str); 4] = [
    ("read", "a short lesson on one thing"),
    ("quiz", "three questions; every answer says why"),
    ("lab", "mend the files until the attacks fail and the application works"),
    ("drill", "what you missed comes back when you are about to forget it"),
];

/// The setting that says that it was read.
pub const SEEN: &str = "welcome-seen";

/// The welcome screen.
pub struct Welcome {
    course: String,
    home: String,
    /// The percentage of the points that the certificate asks for.
    overall: u32,
    first: Option<(u32, Route)>,
    glyphs: Glyphs,
}

impl Welcome {
    /// The welcome to a course.
    pub fn new(cx: &mut Context) -> Self {
        let manifest = cx.session.course().manifest();
        let next = cx.session.overview().ok().and_then(|o| o.next);
        let first = next.and_then(|id| Some((manifest.lesson(&id)?.number, Route::Reader(id, None))));
        Self {
            course: text::safe(&manifest.title),
            home: text::safe(&cx.session.home().root().display().to_string()),
            overall: manifest.certificate.overall,
            first,
            glyphs: cx.glyphs,
        }
    }
}

impl Screen for Welcome {
    fn name(&self) -> &'static str {
        "welcome"
    }

    fn place(&self) -> String {
        "Welcome".to_owned()
    }

    fn hints(&self) -> Vec<Hint> {
        hints(KEYS, |msg| msg != Msg::Begin || self.first.is_some())
    }

    fn layout(&mut self, _: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        let msg = lookup(KEYS, key, |_| true);
        if matches!(msg, Some(Msg::Begin | Msg::Back)) {
            // Where this cannot be saved, the welcome comes once more.
            let _ = cx.session.set_setting(SEEN, "1");
        }
        match msg {
            Some(Msg::Begin) => self.first.clone().map_or(Flow::Back, |(_, route)| Flow::Replace(route)),
            Some(Msg::Theme) => Flow::Theme(cx.theme.name().next()),
            Some(Msg::Back) => Flow::Back,
            None => Flow::Ignored,
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let area = text::inset(area);
        let area = text::column(area, 76);
        let mut lines = vec![
            Line::default(),
            Line::styled(self.glyphs.adapt(&self.course), theme.tone(Tone::Title)),
            Line::styled("No cluster, no account, no network.", theme.tone(Tone::Dim)),
            Line::default(),
        ];
        let arrow = self.glyphs.pick("→", ">");
        let certificate = format!("{} % of the points; anybody can check the certificate", self.overall);
        for (i, (name, says)) in STEPS.into_iter().chain([("certify", certificate.as_str())]).enumerate() {
            let lead = if i == 0 { " " } else { arrow };
            let name = Span::styled(format!("{lead} {name:<9}"), theme.tone(Tone::Accent));
            lines.extend(text::hanging(
                name,
                text::styled(says, area.width.saturating_sub(11), theme.tone(Tone::Text)),
            ));
        }
        lines.push(Line::default());
        let files = format!("Your progress and your labs lie in {}", self.home);
        lines.extend(text::styled(&files, area.width, theme.tone(Tone::Dim)));
        lines.extend(text::styled(
            "Everything is saved as you go. ? shows the keys of any screen.",
            area.width,
            theme.tone(Tone::Dim),
        ));
        lines.push(Line::default());
        let mut last = vec![];
        if let Some((number, _)) = &self.first {
            last.push(Span::styled("Enter", theme.tone(Tone::Accent)));
            last.push(Span::raw(format!(" begin with lesson {number}     ")));
        }
        last.push(Span::styled("Esc", theme.tone(Tone::Accent)));
        last.push(Span::raw(" look around first"));
        lines.push(Line::from(last));
        text::draw(&lines, 0, area, buf);
    }
}
