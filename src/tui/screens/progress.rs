//! How far the learner is: sums, the lessons where points are missing, and tracks and exam domains, the weakest
//! first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::course::Status;
use crate::render::Glyphs;
use crate::session::{LessonRow, Progress, Standing};

use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, LETTERS, foot, hints, lookup, movement};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::list::{self, Cursor, Scroll};
use super::super::widgets::{meter, panel, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Open,
    Quiz,
    Standings,
    Sums,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Tab, Key::BackTab], "tracks, domains", Msg::Standings),
    foot(&[Key::Tab, Key::BackTab], "sums and lessons", Msg::Sums),
    foot(&[Key::Enter], "open", Msg::Open),
    foot(&[Key::Char('t')], "quiz", Msg::Quiz),
];

/// From this width on both parts stand side by side.
const WIDE: u16 = 120;
/// The columns of sums and lessons, where they do.
const LEFT: u16 = 48;
/// The columns between the parts, a rule in the middle.
const GAP: u16 = 3;
/// The columns of a standing's numbers.
const NUMBERS: [u16; 3] = [6, 11, 7];

/// The columns of labels, and of bars.
const COLUMNS: (u16, u16) = (21, 18);
/// The same beside tracks and domains.
const BESIDE: (u16, u16) = (19, 12);

/// The progress screen.
pub struct ProgressScreen {
    progress: Progress,
    /// Indices of lessons with missing points, the weakest first.
    weak: Vec<usize>,
    cursor: Cursor,
    /// Whether tracks and domains are shown where there is no room for both parts.
    standings: bool,
    scroll: Scroll,
    wide: bool,
    glyphs: Glyphs,
}

impl ProgressScreen {
    /// The progress so far.
    pub fn new(cx: &mut Context) -> Result<Self, Trouble> {
        let progress = cx.session.progress()?;
        let weak = weak(&progress.each_lesson);
        Ok(Self {
            progress,
            weak,
            cursor: Cursor::default(),
            standings: false,
            scroll: Scroll::default(),
            wide: false,
            glyphs: cx.glyphs,
        })
    }

    fn lines(&self, width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let overview = &self.progress.overview;
        let bar = |says: &str, done: u32, all: u32| {
            let columns = if self.wide { BESIDE } else { COLUMNS };
            meter::line(says, (done as usize, all as usize), columns, self.glyphs, theme)
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
        ];
        lines.push(Line::default());
        if self.weak.is_empty() {
            let taken = self.progress.each_lesson.iter().any(|l| l.attempts > 0);
            let says = if taken {
                "No quiz that you took has points missing."
            } else {
                "No quiz is taken yet: press t in any lesson."
            };
            lines.extend(text::styled(says, width, theme.tone(Tone::Dim)));
        } else {
            lines.push(Line::styled("Points missing, weakest first", theme.tone(Tone::Title)));
        }
        lines
    }

    /// Tracks and exam domains, each with its columns.
    fn standings(&self, width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let mut lines = self.table("Tracks", &self.progress.tracks, width, theme);
        for of_exam in self.progress.domains.chunk_by(|a, b| a.exam == b.exam) {
            let exam = of_exam.first().and_then(|d| d.exam.as_deref()).unwrap_or_default();
            lines.push(Line::default());
            lines.extend(self.table(&format!("{exam} domains"), of_exam, width, theme));
        }
        lines
    }

    fn table(&self, head: &str, rows: &[Standing], width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let name = width.saturating_sub(NUMBERS.iter().sum()).min(48);
        let line = |says: &str, cells: [String; 3], tones: (Tone, Tone)| {
            let says = text::fit(&text::safe(says), usize::from(name.saturating_sub(1)));
            let says = self.glyphs.adapt(&says);
            let [read, first, best] = cells;
            let [a, b, c] = NUMBERS.map(usize::from);
            let cells = format!("{read:>a$}{first:>b$}{best:>c$}");
            Line::from(vec![
                Span::styled(meter::pad(&says, name), theme.tone(tones.0)),
                Span::styled(cells, theme.tone(tones.1)),
            ])
        };
        let words = ["read", "first try", "best"].map(str::to_owned);
        let mut lines = vec![line(head, words, (Tone::Title, Tone::Dim))];
        for row in rows {
            let of = |done: u32, all: u32| format!("{done}/{all}");
            let points = &row.points;
            let cells =
                [of(row.read, row.lessons), of(points.first, points.total), of(points.best, points.total)];
            lines.push(line(&row.title, cells, (Tone::Dim, Tone::Text)));
        }
        lines
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Standings => !self.wide && !self.standings,
            Msg::Sums => !self.wide && self.standings,
            Msg::Open | Msg::Quiz => !self.weak.is_empty() && (self.wide || !self.standings),
        }
    }

    /// The sums and lessons, and the tracks and domains; an empty area for what is not shown.
    fn parts(&self, area: Rect) -> (Rect, Rect) {
        let inner = text::inset(area);
        if self.wide {
            return text::split(text::column(inner, LEFT + GAP + 73), LEFT, GAP);
        }
        let area = text::column(inner, 88);
        if self.standings { (Rect::default(), area) } else { (area, Rect::default()) }
    }

    fn row(&self, lesson: &LessonRow, chosen: bool, width: u16, theme: &Theme) -> Line<'static> {
        let bar = list::bar(chosen, self.glyphs, theme);
        let room = width.saturating_sub(2 + 6 + if self.wide { 6 } else { 20 });
        let title =
            self.glyphs.adapt(&text::fit(&text::safe(&lesson.title), usize::from(room.saturating_sub(2))));
        let points = &lesson.points;
        let mut says = format!("{}/{}", points.best, points.total);
        if !self.wide {
            says += &format!("  first try {}/{}", points.first, points.total);
        }
        Line::from(vec![
            bar,
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
        let mut all = hints(KEYS, |msg| self.works(msg));
        all.extend(hints(LETTERS, |_| true));
        all
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.wide = area.width >= WIDE;
        let (left, right) = self.parts(area);
        let top = self.lines(left.width, &cx.theme).len() as u16;
        self.cursor.fit(self.weak.len(), left.height.saturating_sub(top));
        self.scroll.fit(self.standings(right.width, &cx.theme).len(), right.height);
    }

    fn on_key(&mut self, key: Key, _: &mut Context) -> Flow {
        if let Some(msg) = lookup(KEYS, key, |msg| self.works(msg)) {
            if matches!(msg, Msg::Standings | Msg::Sums) {
                self.standings = msg == Msg::Standings;
                return Flow::Stay;
            }
            let lesson = self.weak.get(self.cursor.at).and_then(|i| self.progress.each_lesson.get(*i));
            let Some(lesson) = lesson else { return Flow::Stay };
            let id = lesson.id.clone();
            return Flow::Open(match msg {
                Msg::Quiz => Route::Quiz(id),
                _ => Route::Reader(id, None),
            });
        }
        if let Some(by) = movement(LETTERS, key) {
            // In a wide window everything of the right part is seen, or nearly.
            if !self.wide && self.standings || self.weak.is_empty() {
                self.scroll.go(by);
            } else {
                self.cursor.go(by);
            }
            return Flow::Stay;
        }
        Flow::Ignored
    }

    fn on_resume(&mut self, cx: &mut Context) -> Flow {
        match Self::new(cx) {
            Ok(new) => {
                *self = Self { cursor: self.cursor, standings: self.standings, ..new };
                Flow::Stay
            }
            Err(trouble) => trouble.flow(),
        }
    }

    fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let (area, right) = self.parts(area);
        if right.width > 0 {
            text::draw(&self.standings(right.width, theme), self.scroll.top, right, buf);
            text::more(&self.scroll, right, self.glyphs, buf, theme);
        }
        if self.wide {
            let rule = Rect { x: right.x.saturating_sub(2), width: 1, ..right };
            panel::rule(rule, self.glyphs, buf, theme);
        }
        if area.width == 0 {
            return;
        }
        let lines = self.lines(area.width, theme);
        text::draw(&lines, 0, area, buf);
        let (_, rows) = text::rows(area, lines.len() as u16);
        list::draw(&self.cursor, &self.weak, rows, buf, theme, |index, chosen| {
            Some(self.row(self.progress.each_lesson.get(*index)?, chosen, rows.width, theme))
        });
    }
}
