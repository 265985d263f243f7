//! The quiz of a lesson or a brief: one question at a time, every answer with its reason, and what came of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ids::{BriefId, LessonId};
use crate::quiz::Answer;
use crate::render::Glyphs;
use crate::session::{Attempt, Marked, QuizResult, Subject};

use super::super::flow::{Flow, Reply, Route};
use super::super::key::{ARROWS, Bind, Hint, Key, foot, hints, lookup, movement};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::list::{self, Cursor};
use super::super::widgets::question::{self, Asking, Sheet};
use super::super::widgets::{meter, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Next,
    NextLesson,
    Lesson,
    Again,
    Open,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Enter, Key::Char(' ')], "next", Msg::Next),
    foot(&[Key::Enter], "read it", Msg::Open),
    foot(&[Key::Char('l')], "lesson", Msg::Lesson),
    foot(&[Key::Char('a')], "again", Msg::Again),
    foot(&[Key::Char('n')], "next lesson", Msg::NextLesson),
];

/// The rows above a question: its number and what came of it, and air.
const HEAD: u16 = 2;

enum Phase {
    Asking(Asking),
    Answered(Asking, Marked),
    End { result: QuizResult, cursor: Cursor },
}

/// The quiz screen.
pub struct QuizScreen {
    subject: Subject,
    title: String,
    /// The lesson after the one that is asked about.
    next: Option<LessonId>,
    attempt: Attempt,
    phase: Phase,
    sheet: Sheet,
    area: Rect,
    glyphs: Glyphs,
}

impl QuizScreen {
    /// The quiz of a lesson, at the first question without an answer.
    pub fn new(lesson: &LessonId, cx: &mut Context) -> Result<Self, Trouble> {
        Self::open(Subject::Lesson(lesson.clone()), cx)
    }

    /// The questions at the end of a brief.
    pub fn brief(id: &BriefId, cx: &mut Context) -> Result<Self, Trouble> {
        Self::open(Subject::Brief(id.clone()), cx)
    }

    fn open(subject: Subject, cx: &mut Context) -> Result<Self, Trouble> {
        let sources = cx.session.course().sources().clone();
        let failed = |error| Trouble::session(&error, &sources);
        let attempt = match &subject {
            Subject::Lesson(id) => cx.session.quiz_start(id),
            Subject::Brief(id) => cx.session.quiz_brief(id),
        };
        let attempt = attempt.map_err(failed)?;
        let manifest = cx.session.course().manifest();
        let title = match &subject {
            Subject::Lesson(id) => manifest.lesson(id).map(|l| format!("{} {}", l.number, l.title)),
            Subject::Brief(id) => manifest.brief(id).map(|b| b.title.clone()),
        };
        let next = match &subject {
            Subject::Lesson(id) => cx.session.lesson_after(id),
            Subject::Brief(_) => None,
        };
        let mut screen = Self {
            next,
            title: text::safe(&title.unwrap_or_default()),
            phase: Phase::End { result: empty(&subject), cursor: Cursor::default() },
            subject,
            attempt,
            sheet: Sheet::default(),
            area: Rect::default(),
            glyphs: cx.glyphs,
        };
        screen.next(cx)?;
        Ok(screen)
    }

    /// The next question; the end where there is none.
    fn next(&mut self, cx: &mut Context) -> Result<(), Trouble> {
        self.sheet.turn();
        self.phase = if let Some(shown) = self.attempt.current() {
            Phase::Asking(Asking::new(shown.question.clone(), shown.order.clone()))
        } else {
            let result = cx.session.quiz_finish(&mut self.attempt);
            let sources = cx.session.course().sources();
            let result = result.map_err(|error| Trouble::session(&error, sources))?;
            Phase::End { result, cursor: Cursor::default() }
        };
        Ok(())
    }

    fn answer(&mut self, answer: &Answer, cx: &mut Context) -> Flow {
        let Phase::Asking(asking) = &mut self.phase else { return Flow::Stay };
        match cx.session.quiz_answer(&mut self.attempt, answer, asking.guessed) {
            Ok(marked) => {
                self.phase = Phase::Answered(asking.clone(), marked);
                self.sheet.turn();
                self.sheet.reveal();
                Flow::Stay
            }
            Err(error) => {
                // What was not saved was not answered.
                asking.take_back();
                Trouble::session(&error, cx.session.course().sources()).flow()
            }
        }
    }

    fn works(&self, msg: Msg) -> bool {
        match (&self.phase, msg) {
            (Phase::Answered(..), Msg::Next | Msg::Lesson) | (Phase::End { .. }, Msg::Again) => true,
            (Phase::End { .. }, Msg::NextLesson) => self.next.is_some(),
            (Phase::End { result, .. }, Msg::Open) => !result.revisit.is_empty(),
            _ => false,
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Flow {
        let next = match msg {
            Msg::Next => self.next(cx),
            Msg::NextLesson => {
                return self.next.clone().map_or(Flow::Stay, |id| Flow::Reply(Reply::Lesson(id)));
            }
            Msg::Again => {
                let again = Self::open(self.subject.clone(), cx);
                again.map(|screen| {
                    let area = self.area;
                    *self = screen;
                    self.area = area;
                })
            }
            Msg::Lesson | Msg::Open => {
                let question = match &self.phase {
                    Phase::Asking(asking) | Phase::Answered(asking, _) => Some(asking.question()),
                    Phase::End { result, cursor } => {
                        let index = result.revisit.get(cursor.at);
                        index.and_then(|i| self.attempt.questions.get(*i)).map(|shown| &shown.question)
                    }
                };
                let Some(question) = question else { return Flow::Stay };
                let concept = question.concept.clone();
                return Flow::Open(Route::Reader(concept.lesson, Some(concept.heading)));
            }
        };
        next.map_or_else(Trouble::flow, |()| Flow::Stay)
    }

    fn head(&self, theme: &Theme) -> Vec<Line<'static>> {
        let number = |index: usize| {
            let says = format!("Question {} of {}", index + 1, self.attempt.questions.len());
            Span::styled(says, theme.tone(Tone::Title))
        };
        match &self.phase {
            Phase::Asking(asking) => {
                let counts = if self.attempt.counted {
                    "   counts for the certificate"
                } else {
                    "   practice, counts for nothing"
                };
                let mut spans = vec![number(self.attempt.current_index().unwrap_or(0))];
                spans.push(Span::styled(counts, theme.tone(Tone::Dim)));
                if asking.guessed {
                    spans.push(Span::styled("   I guess", theme.tone(Tone::Warn)));
                }
                vec![Line::from(spans)]
            }
            Phase::Answered(_, marked) => {
                let (word, tone) = if marked.right {
                    (format!("   {} CORRECT", self.glyphs.pick("✓", "+")), Tone::Pass)
                } else {
                    (format!("   {} NOT YET", self.glyphs.pick("✗", "x")), Tone::Fail)
                };
                let mut spans = vec![number(marked.index), Span::styled(word, theme.tone(tone))];
                if marked.card.is_some() {
                    spans.push(Span::styled("   comes back in the drill", theme.tone(Tone::Dim)));
                }
                vec![Line::from(spans)]
            }
            Phase::End { .. } => Vec::new(),
        }
    }

    /// The points that a lesson's quiz has won so far, and what that means.
    fn points(&self, result: &QuizResult, width: u16, theme: &Theme, lines: &mut Vec<Line<'static>>) {
        let Some(points) = &result.points else {
            let says = "These questions never count. What you missed or guessed comes back in the drill.";
            return lines.extend(text::styled(says, width, theme.tone(Tone::Dim)));
        };
        let (label, bar) = if width < 77 { (11, 8) } else { (22, 18) };
        let mut best = meter::line(
            "Best",
            (points.best as usize, points.total as usize),
            (label, bar),
            self.glyphs,
            theme,
        );
        best.spans.push(Span::styled("   counts for the certificate", theme.tone(Tone::Dim)));
        lines.push(best);
        let first = (points.first as usize, points.total as usize);
        lines.push(meter::line("First try", first, (label, bar), self.glyphs, theme));
        let attempts = Span::styled(meter::pad("Attempts", label), theme.tone(Tone::Dim));
        lines.push(Line::from(vec![attempts, Span::raw(result.attempts.to_string())]));
        let says = if !result.counted {
            "This was practice: every point was won before."
        } else if points.best < points.total {
            "Again asks only for the points that are missing, with other questions where there are any."
        } else {
            return;
        };
        lines.push(Line::default());
        lines.extend(text::styled(says, width, theme.tone(Tone::Dim)));
    }

    fn end(&self, result: &QuizResult, cursor: &Cursor, width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let all = result.right == result.asked;
        let tone = if all { Tone::Pass } else { Tone::Title };
        let mut lines = vec![
            Line::styled(format!("{} of {} right", result.right, result.asked), theme.tone(tone)),
            Line::default(),
        ];
        self.points(result, width, theme, &mut lines);
        if !result.revisit.is_empty() {
            lines.push(Line::default());
            lines.push(Line::styled("To look at again", theme.tone(Tone::Title)));
            for (row, index) in result.revisit.iter().enumerate() {
                let Some(shown) = self.attempt.questions.get(*index) else { continue };
                let chosen = row == cursor.at;
                let bar = list::bar(chosen, self.glyphs, theme);
                let right = shown.given.as_ref().is_some_and(|given| given.right);
                let why = if right { "guessed" } else { "missed" };
                let stem =
                    text::fit(&text::plain(&shown.question.stem), usize::from(width).saturating_sub(13));
                let stem = self.glyphs.adapt(&stem);
                let mut line = Line::from(vec![
                    bar,
                    Span::styled(format!("{why:<9}"), theme.tone(Tone::Dim)),
                    Span::raw(stem),
                ]);
                if chosen {
                    line.style = theme.tone(Tone::Selected);
                }
                lines.push(line);
            }
        }
        lines
    }
}

fn empty(subject: &Subject) -> QuizResult {
    QuizResult {
        of: subject.clone(),
        counted: false,
        right: 0,
        asked: 0,
        points: None,
        attempts: 0,
        revisit: Vec::new(),
    }
}

impl Screen for QuizScreen {
    fn name(&self) -> &'static str {
        "quiz"
    }

    fn place(&self) -> String {
        format!("Quiz › {}", self.title)
    }

    fn hints(&self) -> Vec<Hint> {
        let mut all = hints(KEYS, |msg| self.works(msg));
        if matches!(self.phase, Phase::Answered(..)) && !self.sheet.all_seen() {
            all.push(question::SCROLL);
        }
        if let Phase::Asking(asking) = &self.phase {
            all.push(question::MOVE);
            all.extend(hints(question::KEYS, |msg| asking.works(msg)));
        }
        all.extend(hints(ARROWS, |_| true));
        all
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.area = text::column(text::inset(area), 88);
        let (_, body) = text::rows(self.area, HEAD);
        match &mut self.phase {
            Phase::Asking(asking) | Phase::Answered(asking, _) => {
                self.sheet.layout(asking, (body, 0), cx.glyphs, cx.highlighter, &cx.theme);
            }
            Phase::End { result, cursor } => cursor.fit(result.revisit.len(), self.area.height),
        }
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        if let Phase::Asking(asking) = &mut self.phase
            && let Some(msg) = lookup(question::KEYS, key, |msg| asking.works(msg))
        {
            self.sheet.reveal();
            return match asking.update(msg) {
                Ok(Some(answer)) => self.answer(&answer, cx),
                Ok(None) => Flow::Stay,
                Err(missing) => {
                    cx.say(missing);
                    Flow::Stay
                }
            };
        }
        if let Some(msg) = lookup(KEYS, key, |msg| self.works(msg)) {
            return self.update(msg, cx);
        }
        if let Some(by) = movement(ARROWS, key) {
            match &mut self.phase {
                Phase::End { cursor, .. } => cursor.go(by),
                _ => self.sheet.go(by),
            }
            return Flow::Stay;
        }
        if key.is_stray() { Flow::Stay } else { Flow::Ignored }
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        match &self.phase {
            Phase::Asking(_) | Phase::Answered(..) => {
                let (head, _) = text::rows(self.area, HEAD);
                text::draw(&self.head(theme), 0, head, buf);
                self.sheet.render(buf, theme);
            }
            Phase::End { result, cursor } => {
                text::draw(&self.end(result, cursor, self.area.width, theme), 0, self.area, buf);
            }
        }
    }
}
