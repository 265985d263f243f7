//! How far the learner is: sums, tracks, and the lessons where points are missing, the weakest first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::course::{Status, Track};
use crate::render::Glyphs;
use crate::session::{LessonRow, Progress};

use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, LETTERS, foot, hints, lookup, movement};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::list::Cursor;
use super::super::widgets::{meter, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Open,
    Quiz,
}

const KEYS: &[Bind<Msg>] =
    &[foot(&[Key::Enter], "open the lesson", Msg::Open), foot(&[Key::Char('t')], "quiz", Msg::Quiz)];

/// The columns of labels, and of bars.
const COLUMNS: (u16, u16) = (21, 18);

/// The progress screen.
pub struct ProgressScreen {
    progress: Progress,
    tracks: Vec<Track>,
    /// Indices of lessons with missing points, the weakest first.
    weak: Vec<usize>,
    cursor: Cursor,
    glyphs: Glyphs,
}

impl ProgressScreen {
    /// The progress so far.
    pub fn new(cx: &mut Context) -> Result<Self, Trouble> {
        let progress = cx.session.progress()?;
        let tracks = cx.session.course().manifest().tracks.clone();
        let weak = weak(&progress.each_lesson);
        Ok(Self { progress, tracks, weak, cursor: Cursor::default(), glyphs: cx.glyphs })
    }

    fn lines(&self, width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let overview = &self.progress.overview;
        let bar = |says: &str, done: u32, all: u32| {
            meter::line(says, (done as usize, all as usize), COLUMNS, self.glyphs, theme)
        };
        let note = |mut line: Line<'static>, says: &str| {
            line.spans.push(Span::styled(format!("   {says}"), theme.tone(Tone::Dim)));
            line
        };
        let counts = if width < 77 { "counts" } else { "counts for the certificate" };
        let mut lines = vec![
            Line::styled("Altogether", theme.tone(Tone::Title)),
            bar("Lessons read", overview.lessons.read, overview.lessons.total),
            note(bar("Points, best", overview.points.best, overview.points.total), counts),
            bar("Points, first try", overview.points.first, overview.points.total),
            bar("Labs passed", overview.labs.passed, overview.labs.total),
            Line::default(),
            Line::styled("Tracks: points", theme.tone(Tone::Title)),
        ];
        for track in &self.tracks {
            let of_track = || self.progress.each_lesson.iter().filter(|l| l.track == track.id);
            let best = of_track().map(|l| l.points.best).sum();
            let total = of_track().map(|l| l.points.total).sum();
            lines.push(bar(&text::short(&track.title), best, total));
        }
        lines.push(Line::default());
        if self.weak.is_empty() {
            let says = "No quiz has points missing. Take one with t in any lesson.";
            lines.extend(text::styled(says, width, theme.tone(Tone::Dim)));
        } else {
            lines.push(Line::styled("Points missing, weakest first", theme.tone(Tone::Title)));
        }
        lines
    }

    fn row(&self, at: usize, lesson: &LessonRow, width: u16, theme: &Theme) -> Line<'static> {
        let chosen = at == self.cursor.at;
        let bar = if chosen { self.glyphs.pick("▌ ", "> ") } else { "  " };
        let room = width.saturating_sub(2 + 6 + 24);
        let title =
            text::fit(&self.glyphs.adapt(&text::safe(&lesson.title)), usize::from(room.saturating_sub(2)));
        let points = &lesson.points;
        let says = format!("{}/{}  first try {}/{}", points.best, points.total, points.first, points.total);
        Line::from(vec![
            Span::styled(bar, theme.tone(Tone::Accent)),
            Span::styled(format!("{:>3}   ", lesson.number), theme.tone(Tone::Dim)),
            Span::raw(meter::pad(&title, room)),
            Span::styled(says, theme.tone(Tone::Dim)),
        ])
    }
}

/// Lessons whose quiz was taken and has points missing, those with most missing first.
fn weak(lessons: &[LessonRow]) -> Vec<usize> {
    let missing = |l: &LessonRow| l.points.total.saturating_sub(l.points.best);
    let taken = |l: &LessonRow| l.status == Status::Ready && l.attempts > 0 && missing(l) > 0;
    let mut weak: Vec<usize> = (0..lessons.len()).filter(|i| taken(&lessons[*i])).collect();
    weak.sort_by_key(|i| (std::cmp::Reverse(missing(&lessons[*i])), lessons[*i].points.first));
    weak
}

impl Screen for ProgressScreen {
    fn name(&self) -> &'static str {
        "progress"
    }

    fn place(&self) -> String {
        "Progress".to_owned()
    }

    fn hints(&self) -> Vec<Hint> {
        let mut all = hints(KEYS, |_| !self.weak.is_empty());
        all.extend(hints(LETTERS, |_| true));
        all
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        let top = 9 + self.tracks.len() as u16;
        self.cursor.fit(self.weak.len(), text::inset(area).height.saturating_sub(top));
    }

    fn on_key(&mut self, key: Key, _: &mut Context) -> Flow {
        if let Some(msg) = lookup(KEYS, key, |_| !self.weak.is_empty()) {
            let lesson = self.weak.get(self.cursor.at).and_then(|i| self.progress.each_lesson.get(*i));
            let Some(lesson) = lesson else { return Flow::Stay };
            let id = lesson.id.clone();
            return Flow::Open(match msg {
                Msg::Open => Route::Reader(id, None),
                Msg::Quiz => Route::Quiz(id),
            });
        }
        if let Some(by) = movement(LETTERS, key) {
            self.cursor.go(by);
            return Flow::Stay;
        }
        Flow::Ignored
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        match Self::new(cx) {
            Ok(new) => {
                *self = Self { cursor: self.cursor, ..new };
                Flow::Stay
            }
            Err(trouble) => trouble.flow(),
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let area = text::column(text::inset(area), 88);
        let lines = self.lines(area.width, theme);
        text::draw(&lines, 0, area, buf);
        let (_, rows) = text::rows(area, lines.len() as u16);
        let shown = self.weak.iter().enumerate().skip(self.cursor.top).zip(rows.y..rows.bottom());
        for ((at, index), y) in shown {
            let Some(lesson) = self.progress.each_lesson.get(*index) else { continue };
            buf.set_line(rows.x, y, &self.row(at, lesson, rows.width, theme), rows.width);
            if at == self.cursor.at {
                buf.set_style(Rect { y, height: 1, ..rows }, theme.tone(Tone::Selected));
            }
        }
    }
}
