//! The list of lessons: tracks that fold, marks for what was done, a filter. Nothing is locked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::course::{Status, Track};
use crate::render::Glyphs;
use crate::session::LessonRow;

use super::super::browsing::{Browsable, Browsing};
use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, foot, quiet};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::{list, text};

/// What a key of the list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msg {
    Open,
    Quiz,
    Lab,
    Toggle,
    Filter,
    All,
    Fold,
    Unfold,
}

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Air above a track; the cursor never stays there.
    Gap,
    Track(usize),
    Lesson(usize),
}

/// Below this width points and labs are said shorter.
const NARROW: u16 = 72;

/// The list screen.
pub struct Lessons {
    tracks: Vec<Track>,
    all: Vec<LessonRow>,
    folded: Vec<bool>,
    browsing: Browsing,
    glyphs: Glyphs,
}

impl Lessons {
    /// The list, the cursor on the lesson to go on with.
    pub fn new(cx: &mut Context) -> Result<Self, Trouble> {
        let tracks = cx.session.course().manifest().tracks.clone();
        let mut list = Self {
            folded: vec![false; tracks.len()],
            tracks,
            all: cx.session.lessons()?,
            browsing: Browsing::default(),
            glyphs: cx.glyphs,
        };
        let next = cx.session.overview()?.next;
        let is_next =
            |row: &Row| matches!(row, Row::Lesson(i) if list.all.get(*i).map(|l| &l.id) == next.as_ref());
        list.browsing.cursor.at = list.rows().iter().position(is_next).unwrap_or(0);
        Ok(list)
    }

    fn lesson(&self) -> Option<&LessonRow> {
        match self.row()? {
            Row::Lesson(i) => self.all.get(i),
            Row::Track(_) | Row::Gap => None,
        }
    }

    fn fold(&mut self, fold: Option<bool>) {
        let rows = self.rows();
        let up = rows.iter().take(self.browsing.cursor.at + 1).rposition(|r| matches!(r, Row::Track(_)));
        let Some((at, Row::Track(track))) = up.and_then(|at| Some((at, *rows.get(at)?))) else { return };
        if let Some(folded) = self.folded.get_mut(track) {
            *folded = fold.unwrap_or(!*folded);
            if *folded {
                self.browsing.cursor.at = at;
            }
        }
    }

    /// The filter, and the list below it.
    fn parts(&self, area: Rect) -> (Rect, Rect) {
        self.browsing.filter.split(text::column(text::inset(area), 100))
    }

    fn mark(&self, lesson: &LessonRow) -> (&'static str, Tone) {
        let glyph = |unicode, ascii| self.glyphs.pick(unicode, ascii);
        if lesson.status == Status::Planned {
            ("  ", Tone::Dim)
        } else if lesson.quiz_done() {
            (glyph("✓✓", "V "), Tone::Pass)
        } else if lesson.read {
            (glyph("✓ ", "v "), Tone::Pass)
        } else if lesson.opened {
            (glyph("› ", "> "), Tone::Accent)
        } else {
            (glyph("· ", ". "), Tone::Dim)
        }
    }

    fn lesson_line(&self, lesson: &LessonRow, width: u16, theme: &Theme) -> Line<'static> {
        let planned = lesson.status == Status::Planned;
        let (mark, tone) = self.mark(lesson);
        let star = if lesson.lab_marks.passed { self.glyphs.pick("★", "*") } else { " " };
        let narrow = width < NARROW;
        let points = match (planned, lesson.attempts) {
            (true, _) => "planned".to_owned(),
            (false, 0) => String::new(),
            (false, _) if narrow => format!("{}/{}", lesson.points.best, lesson.points.total),
            (false, _) => format!("quiz {}/{}", lesson.points.best, lesson.points.total),
        };
        let lab = match (&lesson.lab, narrow) {
            (Some(_), true) => format!("{star}lab"),
            (Some(_), false) => format!("{star} lab"),
            (None, _) => String::new(),
        };
        let (points_width, lab_width) = if narrow { (5, 4) } else { (11, 6) };
        // What a lesson has not takes no room from its title: points before the first quiz, a lab.
        let (behind, right) = match (points.is_empty(), lab.is_empty()) {
            (true, true) => (0, points),
            (true, false) => (lab_width, points),
            (false, _) => (points_width + lab_width, format!("{points:<points_width$}")),
        };
        // Mark and number before the title, and a gap behind it.
        let room = usize::from(width).saturating_sub(10 + 2 + behind);
        let title = text::fit(&text::safe(&lesson.title), room);
        let gap = room.saturating_sub(title.width()) + 2;
        let says = if planned { Tone::Dim } else { Tone::Text };
        let ink = theme.ink(says);
        Line::from(vec![
            Span::raw("  "),
            Span::styled(mark, theme.tone(tone)),
            Span::styled(format!("{:>4}  ", lesson.number), theme.tone(Tone::Dim)),
            Span::styled(title, ink),
            Span::raw(" ".repeat(gap)),
            Span::styled(right, theme.tone(Tone::Dim)),
            Span::styled(lab, theme.tone(if lesson.lab_marks.passed { Tone::Pass } else { Tone::Dim })),
        ])
    }

    fn track_line(&self, track: usize, width: u16, theme: &Theme) -> Line<'static> {
        let Some(entry) = self.tracks.get(track) else { return Line::default() };
        let of_track = || self.all.iter().filter(|l| l.track == entry.id);
        let (read, all) = (of_track().filter(|l| l.read).count(), of_track().count());
        let folded = self.folded.get(track).copied().unwrap_or(false) && !self.browsing.filter.is_set();
        let sign = if folded { self.glyphs.pick("▸", "+") } else { self.glyphs.pick("▾", "-") };
        let title = text::fit(&text::safe(&entry.title), usize::from(width).saturating_sub(12));
        Line::from(vec![
            Span::styled(format!("{sign} "), theme.tone(Tone::Dim)),
            Span::styled(title, theme.tone(Tone::Title)),
            Span::styled(format!("  {read}/{all}"), theme.tone(Tone::Dim)),
        ])
    }
}

impl Browsable for Lessons {
    type Row = Row;
    type Msg = Msg;
    const KEYS: &'static [Bind<Msg>] = &[
        foot(&[Key::Enter], "open", Msg::Open),
        foot(&[Key::Enter], "fold or unfold", Msg::Toggle),
        foot(&[Key::Char('t')], "quiz", Msg::Quiz),
        foot(&[Key::Char('e')], "lab", Msg::Lab),
        foot(&[Key::Esc], "all lessons", Msg::All),
        foot(&[Key::Char('/')], "filter", Msg::Filter),
        quiet(&[Key::Left, Key::Char('h')], "fold the track", Msg::Fold),
        quiet(&[Key::Right, Key::Char('l')], "unfold the track", Msg::Unfold),
    ];

    fn browsing(&self) -> &Browsing {
        &self.browsing
    }

    fn browsing_mut(&mut self) -> &mut Browsing {
        &mut self.browsing
    }

    fn rows(&self) -> Vec<Row> {
        let wanted = self.browsing.filter.wanted();
        let matches = |lesson: &LessonRow| {
            lesson.title.to_lowercase().contains(&wanted) || lesson.number.to_string() == wanted
        };
        let mut rows = Vec::new();
        for (t, track) in self.tracks.iter().enumerate() {
            let of_track = self.all.iter().enumerate().filter(|(_, l)| l.track == track.id && matches(l));
            let lessons: Vec<Row> = of_track.map(|(i, _)| Row::Lesson(i)).collect();
            if lessons.is_empty() && !wanted.is_empty() {
                continue;
            }
            if !rows.is_empty() {
                rows.push(Row::Gap);
            }
            rows.push(Row::Track(t));
            // A filter looks into folded tracks too.
            if !self.folded.get(t).copied().unwrap_or(false) || !wanted.is_empty() {
                rows.extend(lessons);
            }
        }
        rows
    }

    fn stays(row: &Row) -> bool {
        *row != Row::Gap
    }

    fn is_sought(row: &Row) -> bool {
        matches!(row, Row::Lesson(_))
    }

    /// Unfolds the track of a lesson.
    fn unfold(&mut self, row: Row) {
        let Row::Lesson(lesson) = row else { return };
        let track = self.all.get(lesson).and_then(|l| self.tracks.iter().position(|t| t.id == l.track));
        if let Some(folded) = track.and_then(|track| self.folded.get_mut(track)) {
            *folded = false;
        }
    }

    fn works(&self, msg: Msg) -> bool {
        let ready = self.lesson().is_some_and(|l| l.status == Status::Ready);
        match msg {
            Msg::Filter | Msg::Fold | Msg::Unfold => true,
            Msg::Open => self.lesson().is_some(),
            Msg::Toggle => self.lesson().is_none(),
            Msg::All => self.browsing.filter.is_set(),
            Msg::Quiz => ready,
            Msg::Lab => self.lesson().is_some_and(|l| l.lab.is_some()),
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Flow {
        match msg {
            Msg::Filter => self.browsing.filter.begin(),
            Msg::All => self.show_all(),
            Msg::Toggle => self.fold(None),
            Msg::Fold => self.fold(Some(true)),
            Msg::Unfold => self.fold(Some(false)),
            Msg::Open | Msg::Quiz | Msg::Lab => {
                let Some(lesson) = self.lesson() else { return Flow::Stay };
                if lesson.status == Status::Planned {
                    cx.say(format!("lesson {} is planned; it is not written yet", lesson.number));
                    return Flow::Stay;
                }
                let id = lesson.id.clone();
                return Flow::Open(match (msg, &lesson.lab) {
                    (Msg::Quiz, _) => Route::Quiz(id),
                    (Msg::Lab, Some(lab)) => Route::Lab(lab.clone()),
                    _ => Route::Reader(id, None),
                });
            }
        }
        Flow::Stay
    }
}

impl Screen for Lessons {
    fn name(&self) -> &'static str {
        "lessons"
    }

    fn place(&self) -> String {
        "Lessons".to_owned()
    }

    fn hints(&self) -> Vec<Hint> {
        self.keys()
    }

    fn typing(&self) -> bool {
        self.browsing.filter.is_typing()
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let (_, list) = self.parts(area);
        self.fit(list.height);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        let ready = self.lesson().is_some_and(|l| l.status == Status::Ready);
        match self.browse(key, cx) {
            Flow::Ignored if key == Key::Char('e') && ready => {
                cx.say("this lesson has no lab yet");
                Flow::Stay
            }
            flow => flow,
        }
    }

    fn on_paste(&mut self, text: &str, _: &mut Context) -> Flow {
        self.paste(text)
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        match cx.session.lessons() {
            Ok(lessons) => {
                self.all = lessons;
                Flow::Stay
            }
            Err(error) => Trouble::from(error).flow(),
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let (head, list) = self.parts(area);
        self.browsing.filter.render(head, buf, theme);
        let rows = self.rows();
        if rows.is_empty() {
            return text::put("no lesson fits; Esc shows all", theme.tone(Tone::Dim), list, buf);
        }
        list::draw(&self.browsing.cursor, &rows, list, buf, theme, |row, _| match row {
            Row::Gap => None,
            Row::Track(track) => Some(self.track_line(*track, list.width, theme)),
            Row::Lesson(lesson) => Some(self.lesson_line(self.all.get(*lesson)?, list.width, theme)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::press;
    use super::*;
    use crate::ids::LessonId;

    fn keys(keys: &str) -> Flow {
        press(|cx| Lessons::new(cx).unwrap(), keys).0
    }

    #[test]
    fn enter_on_a_row_opens_that_lesson() {
        let id = |id: &str| LessonId::new(id).unwrap();
        assert_eq!(keys("<enter>"), Flow::Open(Route::Reader(id("01-root"), None)));
        assert_eq!(keys("<down><enter>"), Flow::Open(Route::Reader(id("02-tokens"), None)));
        assert_eq!(keys("Gt"), Flow::Open(Route::Quiz(id("02-tokens"))));
        assert_eq!(keys("/token<enter><enter>"), Flow::Open(Route::Reader(id("02-tokens"), None)));
        assert_eq!(keys("e"), Flow::Stay, "there is no lab, and that is said");
        assert_eq!(keys("g<enter><down><enter>"), Flow::Stay, "a folded track is unfolded again");
    }

    #[test]
    fn the_cursor_stays_on_its_lesson_when_the_filter_goes() {
        for path in ["/token<esc>", "/token<enter><esc>", "<left>/token<enter><esc>"] {
            let (_, list) = press(|cx| Lessons::new(cx).unwrap(), path);
            assert_eq!(list.lesson().map(|l| l.id.as_str()), Some("02-tokens"), "{path}");
        }
    }

    #[test]
    fn a_filter_chooses_the_first_lesson_that_fits_however_it_is_written() {
        let pasted = |cx: &mut Context| {
            let mut list = Lessons::new(cx).unwrap();
            list.browsing.filter.begin();
            let _ = list.paste("token");
            list
        };
        let (_, list) = press(pasted, "");
        assert_eq!(list.lesson().map(|l| l.id.as_str()), Some("02-tokens"));
        let (_, list) = press(|cx| Lessons::new(cx).unwrap(), "<left>/t<backspace>");
        assert_ne!(list.row(), Some(Row::Gap), "air is never chosen, whatever is folded");
    }

    #[test]
    fn only_keys_that_work_are_named() {
        let (_, list) = press(|cx| Lessons::new(cx).unwrap(), "g");
        assert!(list.hints().iter().all(|h| h.says != "quiz"), "a track has no quiz");
        let (_, list) = press(|cx| Lessons::new(cx).unwrap(), "G");
        assert!(list.hints().iter().any(|h| h.says == "quiz"));
    }
}
