//! The labs that are there, and what was reached in each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ids::LabId;
use crate::render::Glyphs;
use crate::session::{LabMarks, Session};

use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, LETTERS, foot, hints, lookup, movement};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::list::{self, Cursor};
use super::super::widgets::{meter, text};

const KEYS: &[Bind<()>] = &[foot(&[Key::Enter, Key::Right, Key::Char('l'), Key::Char('e')], "open", ())];

struct Row {
    id: LabId,
    number: u32,
    title: String,
    marks: LabMarks,
}

/// The list screen.
pub struct Labs {
    rows: Vec<Row>,
    cursor: Cursor,
    glyphs: Glyphs,
}

impl Labs {
    /// The list, the cursor on the first lab that is not passed.
    pub fn new(cx: &mut Context) -> Result<Self, Trouble> {
        let rows = rows(cx.session)?;
        let at = rows.iter().position(|row| !row.marks.passed).unwrap_or(0);
        Ok(Self { rows, cursor: Cursor::on(at), glyphs: cx.glyphs })
    }
}

fn rows(session: &Session) -> Result<Vec<Row>, Trouble> {
    let lessons = session.lessons()?;
    let row = |lesson: crate::session::LessonRow| {
        let id = lesson.lab?;
        // A broken lab keeps its place under its lesson's title; opening it says what is wrong.
        let title = session.course().lab(&id).map_or(lesson.title, |lab| lab.title.clone());
        Some(Row { id, number: lesson.number, title: text::safe(&title), marks: lesson.lab_marks })
    };
    Ok(lessons.into_iter().filter_map(row).collect())
}

impl Screen for Labs {
    fn name(&self) -> &'static str {
        "labs"
    }

    fn place(&self) -> String {
        "Labs".to_owned()
    }

    fn hints(&self) -> Vec<Hint> {
        let mut all = hints(KEYS, |()| !self.rows.is_empty());
        all.extend(hints(LETTERS, |_| true));
        all
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.cursor.fit(self.rows.len(), text::inset(area).height);
    }

    fn on_key(&mut self, key: Key, _: &mut Context) -> Flow {
        if lookup(KEYS, key, |()| true).is_some() {
            let row = self.rows.get(self.cursor.at);
            return row.map_or(Flow::Stay, |row| Flow::Open(Route::Lab(row.id.clone())));
        }
        if let Some(by) = movement(LETTERS, key) {
            self.cursor.go(by);
            return Flow::Stay;
        }
        Flow::Ignored
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        match rows(cx.session) {
            Ok(rows) => {
                self.rows = rows;
                Flow::Stay
            }
            Err(trouble) => trouble.flow(),
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let area = text::column(text::inset(area), 100);
        if self.rows.is_empty() {
            let says = "No lab is written yet. Lessons and quizzes can be done without.";
            return text::draw(&text::styled(says, area.width, theme.tone(Tone::Dim)), 0, area, buf);
        }
        list::draw(&self.cursor, &self.rows, area, buf, theme, |row, chosen| {
            let (mark, tone) = match (row.marks.passed, row.marks.tries) {
                (true, _) => (self.glyphs.pick("★", "*"), Tone::Pass),
                (false, 0) => (self.glyphs.pick("·", "."), Tone::Dim),
                (false, _) => (self.glyphs.pick("›", ">"), Tone::Accent),
            };
            let says = match (row.marks.passed, row.marks.tries) {
                (true, _) => "passed".to_owned(),
                (false, 0) => String::new(),
                (false, _) => format!("{}/{} points", row.marks.best, row.marks.max),
            };
            // A lab that was not tried has no points, and its title may go to the edge.
            let room = area.width.saturating_sub(if says.is_empty() { 10 } else { 10 + 15 });
            let title = self.glyphs.adapt(&text::fit(&row.title, usize::from(room)));
            Some(Line::from(vec![
                list::bar(chosen, self.glyphs, theme),
                Span::styled(mark, theme.tone(tone)),
                Span::styled(format!("{:>4}   ", row.number), theme.tone(Tone::Dim)),
                Span::raw(meter::pad(&title, room)),
                Span::styled(says, theme.tone(if row.marks.passed { Tone::Pass } else { Tone::Dim })),
            ]))
        });
        text::more(&self.cursor.sight(), area, self.glyphs, buf, theme);
    }
}
