//! Where everything starts: one line to go on with, then what is due, what is done and what is missing.

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::course::LessonEntry;
use crate::ids::ConceptId;
use crate::render::Glyphs;
use crate::session::{LessonRow, Overview, Scope, Session};

use super::super::flow::{Flow, Route};
use super::super::key::{Bind, DIGITS, Hint, Key, LETTERS, foot, hints, lookup, movement, quiet};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::list::{self, Cursor};
use super::super::widgets::{meter, panel, text};

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

struct Entry {
    name: &'static str,
    says: String,
    /// A second line, under `says`.
    more: String,
    meter: Option<(u32, u32)>,
    route: Option<Route>,
}

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

    fn open(&self, at: usize, cx: &mut Context) -> Flow {
        match self.entries.get(at) {
            Some(Entry { route: Some(route), .. }) => Flow::Open(route.clone()),
            Some(entry) => {
                cx.say(format!("{}: {}", entry.name, entry.says));
                Flow::Stay
            }
            None => Flow::Stay,
        }
    }

    fn entry_lines(&self, at: usize, entry: &Entry, width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let chosen = at == self.cursor.at;
        let name = if at == 0 || chosen { Tone::Accent } else { Tone::Strong };
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
            _ if at == 0 => spans.push(Span::styled(says, theme.tone(Tone::Strong))),
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

fn lesson_name(entry: &LessonEntry) -> String {
    text::safe(&format!("{}  {}", entry.number, entry.title))
}

fn entries(overview: &Overview, session: &Session) -> Vec<Entry> {
    let manifest = session.course().manifest();
    let plain = |name, says: String, route| Entry { name, says, more: String::new(), meter: None, route };
    let mut entries = Vec::new();
    let place = session.place().filter(|place| Some(&place.lesson) == overview.next.as_ref());
    let next = overview.next.as_ref().and_then(|id| manifest.lesson(id));
    entries.push(match next {
        Some(entry) => {
            let heading = place.as_ref().and_then(|p| p.heading.clone());
            let more = heading.as_ref().map_or_else(String::new, |heading| {
                let title =
                    heading_title(session, &ConceptId { lesson: entry.id.clone(), heading: heading.clone() });
                format!("at “{title}”")
            });
            let begun = place.is_some() || overview.lessons.read > 0;
            Entry {
                name: if begun { "Continue" } else { "Begin" },
                more,
                ..plain("", lesson_name(entry), Some(Route::Reader(entry.id.clone(), heading)))
            }
        }
        None => plain("Lessons", "everything that is written is done".to_owned(), Some(Route::Lessons)),
    });
    let due = match (overview.due, overview.due_in_all) {
        (0, _) => "no card is due".to_owned(),
        (due, all) if all > due => format!("{} due, {all} in all", cards(due)),
        (due, _) => format!("{} due", cards(due)),
    };
    entries.push(plain("Drill", due, Some(Route::Drill)));
    let lessons = &overview.lessons;
    let planned = if lessons.planned > 0 { format!(", {} planned", lessons.planned) } else { String::new() };
    let count =
        |name, done, all, says, route| Entry { meter: Some((done, all)), ..plain(name, says, Some(route)) };
    let says = format!("{} of {} read{planned}", lessons.read, lessons.ready);
    entries.push(count("Lessons", lessons.read, lessons.ready, says, Route::Lessons));
    let labs = &overview.labs;
    let says = match labs.total {
        0 => "none is written yet".to_owned(),
        total => format!("{} of {total} passed", labs.passed),
    };
    entries.push(count("Labs", labs.passed, labs.total, says, Route::Labs));
    let says = match overview.interviews {
        0 => "briefs, and questions to answer aloud".to_owned(),
        1 => "1 question practised".to_owned(),
        count => format!("{count} questions practised"),
    };
    entries.push(plain("Interview", says, Some(Route::Interview(Scope::All))));
    let points = &overview.points;
    let says = format!("{} of {} points", points.best, points.total);
    entries.push(count("Progress", points.best, points.total, says, Route::Progress));
    let certificate = match overview.gap.first() {
        None => "ready to be issued".to_owned(),
        Some(gap) => format!("locked: {gap}"),
    };
    entries.push(plain("Certificate", certificate, Some(Route::Certificate)));
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let says = "your own manifests, Dockerfiles and configuration".to_owned();
    entries.push(plain("Check a file", says, Some(Route::Browse(here))));
    for weak in &overview.weak {
        let number = manifest.lesson(&weak.concept.lesson).map(|l| l.number);
        let title = heading_title(session, &weak.concept);
        let says = number.map_or_else(|| title.clone(), |n| format!("{title}, lesson {n}"));
        let route = Route::Reader(weak.concept.lesson.clone(), Some(weak.concept.heading.clone()));
        entries.push(plain("Weak spot", says, Some(route)));
    }
    entries
}

fn cards(count: u32) -> String {
    if count == 1 { "1 card".to_owned() } else { format!("{count} cards") }
}

/// The heading's text; its id where the lesson cannot be read.
fn heading_title(session: &Session, concept: &ConceptId) -> String {
    let lesson = session.course().lesson(&concept.lesson).ok();
    let found = lesson.and_then(|l| l.headings().into_iter().find(|(id, ..)| *id == concept.heading));
    found.map_or_else(|| concept.heading.as_str().replace('-', " "), |(_, _, title)| text::safe(&title))
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
            Some(Msg::Open) => return self.open(self.cursor.at, cx),
            Some(Msg::Pick) => {
                let at = DIGITS.iter().position(|digit| *digit == key);
                let Some(at) = at.filter(|at| *at < self.entries.len()) else { return Flow::Ignored };
                self.cursor.at = at;
                return self.open(at, cx);
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
            // Weak spots stand apart, and so does the first line.
            let first_weak = entry.name == "Weak spot" && at > 0 && self.entries[at - 1].name != "Weak spot";
            y += u16::from(at == 1 || first_weak);
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
