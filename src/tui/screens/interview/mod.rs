//! The list of briefs and open questions: grouped by track and lesson, with how each went, and a filter.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::course::{BriefEntry, Course, Track};
use crate::render::Glyphs;
use crate::session::{InterviewRow, Scope};
use crate::study::Rating;

use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, Move, foot};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::filter::{Filter, Meant, Typed};
use super::super::widgets::list::{self, Cursor};
use super::super::widgets::{meter, panel, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Open,
    Lesson,
    Filter,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Enter], "open", Msg::Open),
    foot(&[Key::Char('/')], "filter", Msg::Filter),
    foot(&[Key::Char('l'), Key::Right], "lesson", Msg::Lesson),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    /// Air; the cursor never stays there, nor on the two below.
    Gap,
    /// Above the briefs.
    Briefs,
    Track(usize),
    /// The lesson of this question and the ones below it.
    Lesson(usize),
    Brief(usize),
    Question(usize),
}

/// The rows below the list in which the question stands whole.
const BELOW: u16 = 4;
/// What a brief is.
const BRIEF: &str = "The subject as an interviewer wants to hear it, with three questions that never count.";
/// Below this width how it went is said shorter.
const NARROW: u16 = 72;

/// The list screen.
pub struct Interviews {
    scope: Scope,
    place: String,
    tracks: Vec<Track>,
    /// The briefs, and whether each is written.
    briefs: Vec<(BriefEntry, bool)>,
    all: Vec<InterviewRow>,
    /// Questions without markup, and titles of their lessons.
    says: Vec<(String, String)>,
    filter: Filter,
    cursor: Cursor,
    glyphs: Glyphs,
}

impl Interviews {
    /// The questions of a scope; with all of them the briefs.
    pub fn new(scope: Scope, cx: &mut Context) -> Result<Self, Trouble> {
        let all = cx.session.interviews(&scope)?;
        let course = cx.session.course();
        let manifest = course.manifest();
        let title = |row: &InterviewRow| {
            let title = manifest.lesson(&row.lesson).map_or("", |l| l.title.as_str());
            (plain(&row.question), text::safe(&format!("{} {title}", row.number)))
        };
        let briefs = match scope {
            Scope::All => manifest.briefs.iter().map(|b| (b.clone(), course.has_brief(&b.id))).collect(),
            _ => Vec::new(),
        };
        let mut list = Self {
            place: place(&scope, course),
            scope,
            tracks: manifest.tracks.clone(),
            briefs,
            says: all.iter().map(title).collect(),
            all,
            filter: Filter::default(),
            cursor: Cursor::default(),
            glyphs: cx.glyphs,
        };
        list.cursor.at = list.rows().iter().position(is_door).unwrap_or(0);
        Ok(list)
    }

    fn rows(&self) -> Vec<Row> {
        let wanted = self.filter.wanted();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        let mut rows = Vec::new();
        let briefs: Vec<Row> = self
            .briefs
            .iter()
            .enumerate()
            .filter(|(_, (b, _))| has(&b.title))
            .map(|(i, _)| Row::Brief(i))
            .collect();
        if !briefs.is_empty() {
            rows.push(Row::Briefs);
            rows.extend(briefs);
        }
        let matches = |(at, row): &(usize, &InterviewRow)| {
            let says = self.says.get(*at);
            has(row.level.word()) || says.is_some_and(|(question, lesson)| has(question) || has(lesson))
        };
        for (t, track) in self.tracks.iter().enumerate() {
            let of_track = self.all.iter().enumerate().filter(|(_, row)| row.track == track.id);
            let mut lesson = None;
            for (at, row) in of_track.filter(matches) {
                if lesson.is_none() {
                    if !rows.is_empty() {
                        rows.push(Row::Gap);
                    }
                    rows.push(Row::Track(t));
                }
                if lesson != Some(&row.lesson) {
                    lesson = Some(&row.lesson);
                    rows.push(Row::Lesson(at));
                }
                rows.push(Row::Question(at));
            }
        }
        rows
    }

    fn row(&self) -> Option<Row> {
        self.rows().get(self.cursor.at).copied()
    }

    fn question(&self) -> Option<&InterviewRow> {
        match self.row()? {
            Row::Question(at) => self.all.get(at),
            _ => None,
        }
    }

    /// Moves, past what cannot be opened.
    fn go(&mut self, by: Move) {
        self.cursor.go_among(by, &self.rows(), is_door);
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Open => self.row().is_some_and(|row| is_door(&row)),
            Msg::Filter => true,
            Msg::Lesson => self.question().is_some(),
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Flow {
        match (msg, self.row()) {
            (Msg::Filter, _) => self.filter.begin(),
            (Msg::Open, Some(Row::Brief(at))) => match self.briefs.get(at) {
                Some((brief, true)) => return Flow::Open(Route::Brief(brief.id.clone(), None)),
                Some(_) => cx.say("this brief is not written yet"),
                None => {}
            },
            (Msg::Open, Some(Row::Question(at))) => {
                // They follow each other as the list shows them.
                let rows = self.rows();
                let shown: Vec<usize> = rows
                    .iter()
                    .filter_map(|row| match row {
                        Row::Question(at) => Some(*at),
                        _ => None,
                    })
                    .collect();
                let place = shown.iter().position(|i| *i == at).unwrap_or(0);
                let ids = shown.iter().filter_map(|i| self.all.get(*i)).map(|row| row.id.clone()).collect();
                return Flow::Open(Route::Speak(ids, place));
            }
            (Msg::Lesson, _) => {
                if let Some(concept) = self.question().map(|row| row.concept.clone()) {
                    return Flow::Open(Route::Reader(concept.lesson, Some(concept.heading)));
                }
            }
            (Msg::Open, _) => {}
        }
        Flow::Stay
    }

    fn typed(&mut self, key: Key) -> Flow {
        match self.filter.on_key(key) {
            Typed::Ignored => return Flow::Ignored,
            Typed::Moved(by) => self.go(by),
            Typed::Changed | Typed::Kept => self.first(),
            Typed::Clear => {
                self.filter.clear();
                self.first();
            }
        }
        Flow::Stay
    }

    fn first(&mut self) {
        self.cursor.at = self.rows().iter().position(is_door).unwrap_or(0);
        self.cursor.top = 0;
    }

    fn line(&self, row: Row, chosen: bool, width: u16, theme: &Theme) -> Line<'static> {
        let room = |taken: u16| usize::from(width.saturating_sub(taken));
        let bar = list::bar(chosen, self.glyphs, theme);
        let fit = |says: &str, taken: u16| self.glyphs.adapt(&text::fit(says, room(taken)));
        match row {
            Row::Gap => Line::default(),
            Row::Briefs => Line::styled("Briefs", theme.tone(Tone::Title)),
            Row::Track(track) => {
                let Some(entry) = self.tracks.get(track) else { return Line::default() };
                let of_track = || self.all.iter().filter(|row| row.track == entry.id);
                let done = of_track().filter(|row| row.last.is_some()).count();
                Line::from(vec![
                    Span::styled(fit(&text::safe(&entry.title), 20), theme.tone(Tone::Title)),
                    Span::styled(format!("  {done}/{} practised", of_track().count()), theme.tone(Tone::Dim)),
                ])
            }
            Row::Lesson(at) => {
                let title = self.says.get(at).map_or("", |(_, lesson)| lesson.as_str());
                Line::styled(format!("  {}", fit(title, 4)), theme.tone(Tone::Dim))
            }
            Row::Brief(at) => {
                let Some((brief, written)) = self.briefs.get(at) else { return Line::default() };
                let (tone, after) = if *written { (Tone::Text, "") } else { (Tone::Dim, "not written yet") };
                let ink = theme.ink(tone);
                let title = fit(&text::safe(&brief.title), 4 + after.len() as u16);
                let gap = format!("  {after}");
                Line::from(vec![bar, Span::styled(title, ink), Span::styled(gap, theme.tone(Tone::Dim))])
            }
            Row::Question(at) => {
                let (Some(row), Some((says, _))) = (self.all.get(at), self.says.get(at)) else {
                    return Line::default();
                };
                let narrow = width < NARROW;
                let (went, tone) = self.went(row, narrow);
                let last = if narrow { 6 } else { 11 };
                let says = fit(says, 2 + 2 + 8 + 2 + last);
                Line::from(vec![
                    bar,
                    Span::raw("  "),
                    Span::styled(meter::pad(row.level.word(), 8), theme.tone(Tone::Dim)),
                    Span::raw(meter::pad(&says, room(2 + 2 + 8 + last) as u16)),
                    Span::styled(went, theme.tone(tone)),
                ])
            }
        }
    }

    /// How it went the last time.
    fn went(&self, row: &InterviewRow, narrow: bool) -> (String, Tone) {
        let Some(last) = row.last else { return (self.glyphs.pick("·", ".").to_owned(), Tone::Dim) };
        let rating = Rating::of_rubric(last.said as usize, last.points as usize);
        let tone = match rating {
            Rating::Again => Tone::Fail,
            Rating::Hard => Tone::Warn,
            Rating::Good | Rating::Easy => Tone::Pass,
        };
        let ticks = format!("{}/{}", last.said, last.points);
        (if narrow { ticks } else { format!("{} {ticks}", rating.word()) }, tone)
    }

    fn parts(&self, area: Rect) -> (Rect, Rect, Rect) {
        let area = text::column(text::inset(area), 100);
        let (head, rest) = self.filter.split(area);
        let (list, below) = text::rows(rest, rest.height.saturating_sub(BELOW));
        (head, list, below)
    }
}

fn is_door(row: &Row) -> bool {
    matches!(row, Row::Brief(_) | Row::Question(_))
}

/// A question on one line.
fn plain(question: &str) -> String {
    let words = question.split_whitespace().collect::<Vec<_>>().join(" ");
    text::safe(&words.replace('`', ""))
}

fn place(scope: &Scope, course: &Course) -> String {
    let manifest = course.manifest();
    let of = match scope {
        Scope::All => None,
        Scope::Track(id) => manifest.tracks.iter().find(|t| t.id == *id).map(|t| text::short(&t.title)),
        Scope::Lesson(id) => manifest.lesson(id).map(|l| text::safe(&format!("{} {}", l.number, l.title))),
    };
    of.map_or_else(|| "Interview".to_owned(), |of| format!("Interview › {of}"))
}

impl Screen for Interviews {
    fn name(&self) -> &'static str {
        "interview"
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    fn aside(&self) -> Option<String> {
        let done = self.all.iter().filter(|row| row.last.is_some()).count();
        Some(format!("{done}/{} practised", self.all.len()))
    }

    fn hints(&self) -> Vec<Hint> {
        self.filter.hints(false, KEYS, |msg| self.works(msg))
    }

    fn typing(&self) -> bool {
        self.filter.is_typing()
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let (_, list, _) = self.parts(area);
        self.cursor.fit_among(&self.rows(), list.height, is_door);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        match self.filter.meant(KEYS, key, |msg| self.works(msg)) {
            Meant::Filter => self.typed(key),
            Meant::Own(msg) => self.update(msg, cx),
            Meant::Move(by) => {
                self.go(by);
                Flow::Stay
            }
            Meant::Nothing => Flow::Ignored,
        }
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        if self.filter.paste(text) {
            self.first();
        }
        Flow::Stay
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        match cx.session.interviews(&self.scope) {
            Ok(all) => {
                self.all = all;
                Flow::Stay
            }
            Err(error) => Trouble::from(error).flow(),
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let (head, list, below) = self.parts(area);
        self.filter.render(head, buf, theme);
        let rows = self.rows();
        if rows.is_empty() {
            let says = if self.all.is_empty() {
                "no open question is written here yet"
            } else {
                "no question fits; Esc shows all"
            };
            text::put(says, theme.tone(Tone::Dim), list, buf);
        }
        list::draw(&self.cursor, &rows, list, buf, theme, |row, chosen| {
            Some(self.line(*row, chosen, list.width, theme))
        });
        let (says, tone) = match self.row() {
            Some(Row::Question(at)) => (self.says.get(at).map_or("", |(says, _)| says.as_str()), Tone::Text),
            Some(Row::Brief(_)) => (BRIEF, Tone::Dim),
            _ => return,
        };
        panel::divider("", below, self.glyphs, buf, theme);
        let (_, rows) = text::rows(below, 1);
        let mut lines = text::wrap(says, rows.width);
        let room = usize::from(rows.height);
        if room > 0 && lines.len() > room {
            // What is missing stands on the question's own screen.
            let rest = lines.split_off(room - 1).join(" ");
            lines.push(text::fit(&rest, usize::from(rows.width)));
        }
        let shown = |line: &String| Line::styled(self.glyphs.adapt(line), theme.tone(tone));
        let lines: Vec<Line> = lines.iter().map(shown).collect();
        text::draw(&lines, 0, rows, buf);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::press;
    use super::*;
    use crate::ids::{BriefId, QuestionId};

    fn keys(keys: &str) -> Flow {
        press(|cx| Interviews::new(Scope::All, cx).unwrap_or_else(|e| panic!("{e:?}")), keys).0
    }

    #[test]
    fn briefs_stand_on_top_and_questions_below() {
        let brief = Flow::Open(Route::Brief(BriefId::new("basics").unwrap(), None));
        assert_eq!(keys("<enter>"), brief);
        assert_eq!(keys("<down><enter>"), Flow::Stay, "the other one is not written yet");
        let ids = ["01-why-not-root", "02-no-token"].map(|id| QuestionId::new(id).unwrap()).to_vec();
        assert_eq!(keys("<down><down><enter>"), Flow::Open(Route::Speak(ids.clone(), 0)));
        assert_eq!(keys("G<enter>"), Flow::Open(Route::Speak(ids.clone(), 1)));
        assert_eq!(keys("Gg<enter>"), brief, "titles are passed over");
        assert_eq!(keys("/senior<enter><enter>"), Flow::Open(Route::Speak(ids[1..].to_vec(), 0)));
        let (flow, _) = press(|cx| Interviews::new(Scope::All, cx).unwrap_or_else(|e| panic!("{e:?}")), "Gl");
        assert!(matches!(flow, Flow::Open(Route::Reader(lesson, Some(_))) if lesson.as_str() == "02-tokens"));
    }
}
