//! Where everything starts: one line to go on with, then what is due, what is done and what is missing.

mod entries;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::render::Glyphs;
use crate::session::{LessonRow, Session};

use super::super::flow::{Flow, Route};
use super::super::key::{Bind, DIGITS, Hint, Key, LETTERS, foot, hints, lookup, movement, quiet};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::list::{self, Cursor};
use super::super::widgets::{meter, panel, text};
use entries::{Entry, Group, entries};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Open,
    Pick,
    Glossary,
    Theme,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Enter, Key::Right, Key::Char('l')], "open", Msg::Open),
    quiet(DIGITS, "open that line", Msg::Pick),
    foot(&[Key::F(2)], "glossary", Msg::Glossary),
    foot(&[Key::Char('T')], "colours", Msg::Theme),
];

/// The columns of a line's name.
const NAMES: u16 = 14;
/// The columns of the right pane, where there is one.
const ASIDE: u16 = 40;

struct TrackProgress {
    title: String,
    read: u32,
    all: u32,
}

/// What Home's numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nothing was read: another screen may hide Home at the start.
    Nothing,
    /// The learner's work and the manifest: no quiz is read before the first frame.
    AtAGlance,
    /// The quizzes, too.
    Exactly,
}

/// The home screen.
pub struct Home {
    course: String,
    entries: Vec<Entry>,
    tracks: Vec<TrackProgress>,
    trouble: Option<Trouble>,
    /// What the numbers come from.
    known: Known,
    cursor: Cursor,
    wide: bool,
    glyphs: Glyphs,
}

impl Home {
    /// The home of a session.
    pub fn new(cx: &mut Context) -> Self {
        Self {
            course: text::safe(&cx.session.course().manifest().title),
            entries: Vec::new(),
            tracks: Vec::new(),
            trouble: None,
            cursor: Cursor::default(),
            wide: false,
            known: Known::Nothing,
            glyphs: cx.glyphs,
        }
    }

    fn load(&mut self, known: Known, session: &Session) {
        self.known = known;
        let read = match known {
            Known::AtAGlance => session.glance(),
            _ => session.overview().and_then(|overview| Ok((overview, session.lessons()?))),
        };
        match read {
            Ok((overview, lessons)) => {
                self.trouble = None;
                self.entries = entries(&overview, session);
                self.tracks = tracks(&lessons, session);
            }
            Err(error) => self.trouble = Some(Trouble::from(error)),
        }
    }

    fn open(&self, at: usize) -> Flow {
        self.entries.get(at).map_or(Flow::Stay, |entry| Flow::Open(entry.route.clone()))
    }

    fn entry_lines(&self, at: usize, entry: &Entry, width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let chosen = at == self.cursor.at;
        let first = entry.group == Group::Next;
        let name = if first || chosen { Tone::Accent } else { Tone::Strong };
        let mut spans = vec![
            list::bar(chosen, self.glyphs, theme),
            Span::styled(meter::pad(entry.name, NAMES), theme.tone(name)),
        ];
        let room = width.saturating_sub(NAMES + 4);
        let says = self.glyphs.adapt(&text::fit(&entry.says, usize::from(room)));
        match entry.meter {
            Some((done, all)) if room >= 50 => {
                let bar = meter::meter(done as usize, all as usize, 16, self.glyphs, theme);
                spans.extend(bar);
                spans.push(Span::raw(format!("  {says}")));
            }
            _ if first => spans.push(Span::styled(says, theme.tone(Tone::Strong))),
            _ => spans.push(Span::raw(says)),
        }
        let mut lines = vec![Line::from(spans)];
        if !entry.more.is_empty() {
            let bar = if chosen { self.glyphs.pick("▌ ", "  ") } else { "  " };
            let more = self.glyphs.adapt(&text::fit(&entry.more, usize::from(room)));
            let more =
                Span::styled(format!("{}{more}", " ".repeat(usize::from(NAMES))), theme.tone(Tone::Dim));
            lines.push(Line::from(vec![Span::styled(bar, theme.tone(Tone::Accent)), more]));
        }
        lines
    }

    fn aside(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let mut lines = vec![Line::styled("Tracks", theme.tone(Tone::Title)), Line::default()];
        for track in &self.tracks {
            let count = (track.read as usize, track.all as usize);
            lines.push(meter::line(&track.title, count, (16, 14), self.glyphs, theme));
        }
        text::draw(&lines, 0, area, buf);
    }
}

fn tracks(lessons: &[LessonRow], session: &Session) -> Vec<TrackProgress> {
    let of = |track: &crate::course::Track| {
        let of_track = || lessons.iter().filter(|l| l.track == track.id);
        TrackProgress {
            title: text::short(&track.title),
            read: of_track().filter(|l| l.read).count() as u32,
            all: of_track().count() as u32,
        }
    };
    session.course().manifest().tracks.iter().map(of).collect()
}

impl Screen for Home {
    fn name(&self) -> &'static str {
        "home"
    }

    fn place(&self) -> String {
        "Home".to_owned()
    }

    fn hints(&self) -> Vec<Hint> {
        let mut all = hints(KEYS, |_| true);
        all.extend(hints(LETTERS, |_| true));
        all
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        if self.known == Known::Nothing {
            self.load(Known::AtAGlance, cx.session);
        }
        self.wide = area.width >= 100;
        self.cursor.fit(self.entries.len(), area.height);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        if let Some(trouble) = &self.trouble {
            if key == Key::Enter {
                return trouble.clone().flow();
            }
            return Flow::Ignored;
        }
        match lookup(KEYS, key, |_| true) {
            Some(Msg::Open) => return self.open(self.cursor.at),
            Some(Msg::Pick) => {
                let at = DIGITS.iter().position(|digit| *digit == key);
                let Some(at) = at.filter(|at| *at < self.entries.len()) else { return Flow::Ignored };
                self.cursor.at = at;
                return self.open(at);
            }
            Some(Msg::Glossary) => return Flow::Open(Route::Glossary { at: None, here: Vec::new() }),
            Some(Msg::Theme) => {
                let next = cx.theme.name().next();
                cx.say(format!("colours: {}", next.word()));
                return Flow::Theme(next);
            }
            None => {}
        }
        if let Some(by) = movement(LETTERS, key) {
            self.cursor.go(by);
            return Flow::Stay;
        }
        Flow::Ignored
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        self.load(Known::Exactly, cx.session);
        Flow::Stay
    }

    fn on_idle(&mut self, cx: &mut Context) {
        if self.known == Known::AtAGlance {
            self.load(Known::Exactly, cx.session);
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let area = text::column(text::inset(area), 116);
        let (head, rest) = text::rows(area, 2);
        text::put(&self.glyphs.adapt(&self.course), theme.tone(Tone::Title), head, buf);
        if let Some(trouble) = &self.trouble {
            let lines = text::styled(
                &format!("{}\n\n{}", trouble.title, trouble.text),
                rest.width,
                theme.tone(Tone::Fail),
            );
            return text::draw(&lines, 0, rest, buf);
        }
        let (menu, aside) = if self.wide {
            text::split(rest, rest.width.saturating_sub(ASIDE + 5), 3)
        } else {
            (rest, Rect::default())
        };
        let mut y = menu.y;
        for (at, entry) in self.entries.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| self.entries.get(before));
            y += u16::from(before.is_some_and(|before| before.group != entry.group));
            for line in self.entry_lines(at, entry, menu.width, theme) {
                if y < menu.bottom() {
                    let row = Rect { y, height: 1, ..menu };
                    buf.set_line(row.x, y, &line, row.width);
                    if at == self.cursor.at {
                        buf.set_style(row, theme.tone(Tone::Selected));
                    }
                }
                y += 1;
            }
        }
        if self.wide {
            let height = aside.height.min(2 + self.tracks.len() as u16);
            panel::rule(Rect { width: 1, height, ..aside }, self.glyphs, buf, theme);
            let inner = Rect { x: aside.x + 2, width: aside.width.saturating_sub(2), ..aside };
            self.aside(inner, buf, theme);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::press;
    use super::super::super::theme::ThemeName;
    use super::*;
    use crate::ids::LessonId;
    use crate::session::Scope;

    #[test]
    fn every_line_is_a_door() {
        let door = |keys: &str| press(Home::new, keys).0;
        let first = LessonId::new("01-root").unwrap();
        assert_eq!(door("<enter>"), Flow::Open(Route::Reader(first, None)));
        for (keys, route) in [
            ("2", Route::Drill),
            ("3", Route::Lessons),
            ("4", Route::Labs),
            ("5", Route::Interview(Scope::All)),
            ("6", Route::Progress),
            ("7", Route::Certificate),
            ("<f2>", Route::Glossary { at: None, here: Vec::new() }),
            ("8", Route::Browse(std::env::current_dir().unwrap())),
            ("G<up><enter>", Route::Certificate),
        ] {
            assert_eq!(door(keys), Flow::Open(route), "{keys}");
        }
        assert_eq!(door("9"), Flow::Ignored, "there is no ninth line");
        assert_eq!(door("T"), Flow::Theme(ThemeName::Light));
    }
}
