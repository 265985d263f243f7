//! The list of briefs and open questions: grouped by track and lesson, with how each went, and a filter.

mod contents;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::course::Course;
use crate::render::Glyphs;
use crate::session::Scope;

use super::super::browsing::{Browsable, Browsing};
use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, foot};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::{list, panel, text};
use contents::{Contents, Row};

/// What a key of the list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msg {
    Open,
    Lesson,
    Filter,
}

/// The rows below the list in which the question stands whole.
const BELOW: u16 = 4;
/// What a brief is.
const BRIEF: &str = "The subject as an interviewer wants to hear it, with three questions that never count.";

/// The list screen.
pub struct Interviews {
    scope: Scope,
    place: String,
    contents: Contents,
    browsing: Browsing,
    glyphs: Glyphs,
}

impl Interviews {
    /// The questions of a scope; with all of them the briefs.
    pub fn new(scope: Scope, cx: &mut Context) -> Result<Self, Trouble> {
        let mut list = Self {
            place: place(&scope, cx.session.course()),
            contents: Contents::of(&scope, cx.session)?,
            scope,
            browsing: Browsing::default(),
            glyphs: cx.glyphs,
        };
        list.choose_first();
        Ok(list)
    }

    fn open(&self, cx: &mut Context) -> Flow {
        match self.row() {
            Some(Row::Brief(at)) => match self.contents.briefs.get(at) {
                Some((brief, true)) => return Flow::Open(Route::Brief(brief.id.clone(), None)),
                Some(_) => cx.say("this brief is not written yet"),
                None => {}
            },
            Some(Row::Question(at)) => {
                // They follow each other as the list shows them.
                let shown: Vec<usize> = self.rows().into_iter().filter_map(Row::question).collect();
                let place = shown.iter().position(|i| *i == at).unwrap_or(0);
                let questions = shown.iter().filter_map(|i| self.contents.questions.get(*i));
                return Flow::Open(Route::Speak(questions.map(|row| row.id.clone()).collect(), place));
            }
            _ => {}
        }
        Flow::Stay
    }

    fn lesson(&self) -> Flow {
        let row = self.row().and_then(|row| self.contents.question(row));
        row.map_or(Flow::Stay, |row| {
            let concept = row.concept.clone();
            Flow::Open(Route::Reader(concept.lesson, Some(concept.heading)))
        })
    }

    fn parts(&self, area: Rect) -> (Rect, Rect, Rect) {
        let area = text::column(text::inset(area), 100);
        let (head, rest) = self.browsing.filter.split(area);
        let (list, below) = text::rows(rest, rest.height.saturating_sub(BELOW));
        (head, list, below)
    }
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

impl Browsable for Interviews {
    type Row = Row;
    type Msg = Msg;
    const KEYS: &'static [Bind<Msg>] = &[
        foot(&[Key::Enter], "open", Msg::Open),
        foot(&[Key::Char('/')], "filter", Msg::Filter),
        foot(&[Key::Char('l'), Key::Right], "lesson", Msg::Lesson),
    ];

    fn browsing(&self) -> &Browsing {
        &self.browsing
    }

    fn browsing_mut(&mut self) -> &mut Browsing {
        &mut self.browsing
    }

    fn rows(&self) -> Vec<Row> {
        self.contents.rows(&self.browsing.filter.wanted())
    }

    fn stays(row: &Row) -> bool {
        matches!(row, Row::Brief(_) | Row::Question(_))
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Open => self.row().is_some_and(|row| Self::stays(&row)),
            Msg::Filter => true,
            Msg::Lesson => self.row().is_some_and(|row| row.question().is_some()),
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Flow {
        match msg {
            Msg::Open => self.open(cx),
            Msg::Lesson => self.lesson(),
            Msg::Filter => {
                self.browsing.filter.begin();
                Flow::Stay
            }
        }
    }
}

impl Screen for Interviews {
    fn name(&self) -> &'static str {
        "interview"
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    fn aside(&self) -> Option<String> {
        let questions = &self.contents.questions;
        let done = questions.iter().filter(|row| row.last.is_some()).count();
        Some(format!("{done}/{} practised", questions.len()))
    }

    fn hints(&self) -> Vec<Hint> {
        self.keys()
    }

    fn typing(&self) -> bool {
        self.browsing.filter.is_typing()
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let (_, list, _) = self.parts(area);
        self.fit(list.height);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        self.browse(key, cx)
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        self.paste(text)
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        match Contents::of(&self.scope, cx.session) {
            Ok(contents) => {
                self.contents = contents;
                Flow::Stay
            }
            Err(error) => Trouble::from(error).flow(),
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let (head, list, below) = self.parts(area);
        self.browsing.filter.render(head, buf, theme);
        let rows = self.rows();
        if rows.is_empty() {
            let says = if self.contents.questions.is_empty() {
                "no open question is written here yet"
            } else {
                "no question fits; Esc shows all"
            };
            text::put(says, theme.tone(Tone::Dim), list, buf);
        }
        list::draw(&self.browsing.cursor, &rows, list, buf, theme, |row, chosen| {
            Some(self.contents.line(*row, chosen, list.width, self.glyphs, theme))
        });
        let (says, tone) = match self.row() {
            Some(Row::Question(at)) => (self.contents.says(at), Tone::Text),
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
        assert_eq!(keys("/o<down><down><down><enter><enter>"), keys("G<enter>"), "what was gone to stays");
        assert_eq!(keys("/senior<esc><enter>"), keys("G<enter>"), "and so does what was found");
        assert_eq!(keys("/senior<enter><enter>"), Flow::Open(Route::Speak(ids[1..].to_vec(), 0)));
        let (flow, _) = press(|cx| Interviews::new(Scope::All, cx).unwrap_or_else(|e| panic!("{e:?}")), "Gl");
        assert!(matches!(flow, Flow::Open(Route::Reader(lesson, Some(_))) if lesson.as_str() == "02-tokens"));
    }
}
