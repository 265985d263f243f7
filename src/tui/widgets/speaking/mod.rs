//! An open question: asked, then with its model answer and the rubric to tick, then with what is asked next. Used by
//! the interview and the drill.
//!
//! Knows rubric and ticks; does not know cards, nor where they are kept.

mod rubric;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::course::Interview;
use crate::render::{Glyphs, Layout, Paint};
use crate::study::{Next, Rating};

use super::super::key::{ARROWS, Bind, Hint, Key, Move, foot, hints, lookup, movement, quiet};
use super::super::theme::{Theme, Tone};
use super::list::Scroll;
use super::{panel, prose, question, ratings, text};
use rubric::Rubric;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Reveal,
    Tick,
    Pick(usize),
    Rate,
    Next,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Enter, Key::Char(' ')], "show the answer", Msg::Reveal),
    foot(&[Key::Char(' ')], "tick", Msg::Tick),
    foot(&[Key::Enter], "rate", Msg::Rate),
    foot(&[Key::Enter, Key::Char(' ')], "next", Msg::Next),
    quiet(&[Key::Char('1')], "tick the first point", Msg::Pick(0)),
    quiet(&[Key::Char('2')], "tick the second point", Msg::Pick(1)),
    quiet(&[Key::Char('3')], "tick the third point", Msg::Pick(2)),
    quiet(&[Key::Char('4')], "tick the fourth point", Msg::Pick(3)),
    quiet(&[Key::Char('5')], "tick the fifth point", Msg::Pick(4)),
    quiet(&[Key::Char('6')], "tick the sixth point", Msg::Pick(5)),
];

/// The rows below the text in which ratings stand.
const BELOW: u16 = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Asked,
    Answered,
    /// Rated; what came of it, in words.
    Rated(String),
}

/// What a key asks of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing more.
    Nothing,
    /// These points were said: save them, then call [`Speaking::rated`].
    Rate(BTreeSet<usize>),
    /// The next question.
    Next,
}

/// What shall be scrolled into view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    Answer,
    Cursor,
    FollowUp,
}

/// An open question on the screen.
pub struct Speaking {
    interview: Interview,
    next: [Next; 4],
    phase: Phase,
    rubric: Rubric,
    lines: Vec<Line<'static>>,
    scroll: Scroll,
    show: Option<Show>,
    area: Rect,
    glyphs: Glyphs,
}

impl Speaking {
    /// A question, and what each rating would lead to.
    pub fn new(interview: Interview, next: &[Next; 4]) -> Self {
        Self {
            interview,
            next: *next,
            phase: Phase::Asked,
            rubric: Rubric::default(),
            lines: Vec::new(),
            scroll: Scroll::default(),
            show: None,
            area: Rect::default(),
            glyphs: Glyphs::default(),
        }
    }

    /// The question.
    pub fn interview(&self) -> &Interview {
        &self.interview
    }

    /// Whether the answer was rated: the follow-up is shown.
    pub fn is_rated(&self) -> bool {
        matches!(self.phase, Phase::Rated(_))
    }

    /// Whether the answer is shown.
    pub fn is_revealed(&self) -> bool {
        self.phase != Phase::Asked
    }

    /// The rating is saved: shows what came of it, and the follow-up.
    pub fn rated(&mut self, says: String) {
        self.phase = Phase::Rated(says);
        self.rubric.leave();
        self.show = Some(Show::FollowUp);
    }

    fn rating(&self) -> Rating {
        Rating::of_rubric(self.rubric.said().len(), self.interview.rubric.len())
    }

    fn works(&self, msg: Msg) -> bool {
        match (&self.phase, msg) {
            (Phase::Asked, Msg::Reveal) | (Phase::Rated(_), Msg::Next) => true,
            (Phase::Answered, Msg::Rate | Msg::Tick) => true,
            (Phase::Answered, Msg::Pick(n)) => n < self.interview.rubric.len(),
            _ => false,
        }
    }

    /// The keys that work now.
    pub fn hints(&self) -> Vec<Hint> {
        let mut all = hints(KEYS, |msg| self.works(msg));
        if self.phase == Phase::Answered {
            all.insert(0, question::MOVE);
        } else if !self.scroll.all_seen() {
            all.insert(1.min(all.len()), question::SCROLL);
        }
        all.extend(hints(ARROWS, |_| true));
        all
    }

    /// Takes a key; none where it has no meaning here.
    pub fn on_key(&mut self, key: Key) -> Option<Wish> {
        if let Some(msg) = lookup(KEYS, key, |msg| self.works(msg)) {
            match msg {
                Msg::Reveal => {
                    self.phase = Phase::Answered;
                    self.show = Some(Show::Answer);
                }
                Msg::Tick => match self.rubric.at() {
                    Some(at) => self.tick(at),
                    None if self.points_in_sight() => self.tick(0),
                    // Who reads on with the space bar has not come to the points yet.
                    None => self.scroll.go(Move::PageDown),
                },
                Msg::Pick(n) => self.tick(n),
                Msg::Rate => return Some(Wish::Rate(self.rubric.said().clone())),
                Msg::Next => return Some(Wish::Next),
            }
            return Some(Wish::Nothing);
        }
        let by = movement(ARROWS, key)?;
        self.go(by);
        Some(Wish::Nothing)
    }

    /// Whether the first point can be seen.
    fn points_in_sight(&self) -> bool {
        let end = self.scroll.top + self.scroll.height();
        self.rubric.first_ends().is_some_and(|to| to < end)
    }

    fn tick(&mut self, point: usize) {
        self.rubric.tick(point);
        self.show = Some(Show::Cursor);
    }

    /// Arrows scroll through the answer until the points can be seen, and then go from point to point.
    fn go(&mut self, by: Move) {
        let ticking = self.phase == Phase::Answered;
        let to = self.rubric.step(by, self.points_in_sight()).filter(|_| ticking);
        match (to, by) {
            (Some(_), _) => self.show = Some(Show::Cursor),
            (None, Move::Up) if self.rubric.at() == Some(0) => {}
            (None, by) => self.scroll.go(by),
        }
        self.rubric.go(to);
    }

    /// Fits the question to its area.
    pub fn layout(&mut self, area: Rect, glyphs: Glyphs, paint: &dyn Paint, theme: &Theme) {
        if self.area != area && self.rubric.at().is_some() {
            self.show = self.show.or(Some(Show::Cursor));
        }
        (self.area, self.glyphs) = (area, glyphs);
        self.prepare(area.width, paint, theme);
        self.scroll.fit(self.lines.len(), self.body().height);
        match self.show.take() {
            // The answer stands at the top where it does not fit below the question.
            Some(Show::Answer) if !self.scroll.all_seen() => {
                self.scroll.top = self.answer_line();
                self.scroll.fit(self.lines.len(), self.body().height);
            }
            Some(Show::Cursor) => {
                if let Some((from, to)) = self.rubric.place() {
                    self.scroll.show(to);
                    self.scroll.show(from);
                }
            }
            Some(Show::FollowUp) => self.scroll.go(Move::Bottom),
            Some(Show::Answer) | None => {}
        }
    }

    fn body(&self) -> Rect {
        let below = if self.phase == Phase::Answered { BELOW } else { 0 };
        Rect { height: self.area.height.saturating_sub(below), ..self.area }
    }

    fn answer_line(&self) -> usize {
        let title = |line: &Line| line.spans.first().is_some_and(|span| span.content == ANSWER);
        self.lines.iter().position(title).unwrap_or(0)
    }

    fn prepare(&mut self, width: u16, paint: &dyn Paint, theme: &Theme) {
        let layout = Layout::new(width, self.glyphs);
        let markdown = |says: &str| prose::lines(&prose::markdown(says, layout, paint), theme);
        let title = |says: &'static str| Line::styled(says, theme.tone(Tone::Title));
        let mut lines = markdown(&self.interview.question);
        lines.push(Line::default());
        if self.phase == Phase::Asked {
            let says = "Say your answer aloud, for a minute. Then hold it against the model answer.";
            lines.extend(text::styled(says, width, theme.tone(Tone::Dim)));
            self.rubric.hide();
            self.lines = lines;
            return;
        }
        lines.push(Line::from(Span::styled(ANSWER, theme.tone(Tone::Title))));
        lines.push(Line::default());
        lines.extend(markdown(&self.interview.answer));
        lines.push(Line::default());
        lines.push(title(if self.is_rated() { "What you said" } else { "Which of these did you say?" }));
        lines.push(Line::default());
        self.rubric.draw(&self.interview.rubric, layout, paint, theme, &mut lines);
        if let Phase::Rated(says) = &self.phase {
            lines.push(Line::default());
            lines.extend(text::styled(&self.glyphs.adapt(says), width, theme.tone(Tone::Strong)));
            lines.push(Line::default());
            lines.push(title("They may go on to ask"));
            lines.push(Line::default());
            lines.extend(markdown(&self.interview.follow_up));
        }
        self.lines = lines;
    }

    /// Draws it.
    pub fn render(&self, buf: &mut Buffer, theme: &Theme) {
        let body = self.body();
        text::draw(&self.lines, self.scroll.top, body, buf);
        text::more(&self.scroll, body, self.glyphs, buf, theme);
        if self.phase == Phase::Answered {
            let below = Rect { y: body.bottom(), height: self.area.height - body.height, ..body };
            panel::divider("", below, self.glyphs, buf, theme);
            let (_, rows) = text::rows(below, 1);
            let mut lines = ratings::lines(&self.next, self.rating(), false, self.glyphs, theme);
            let says =
                format!(" {} of {} points said", self.rubric.said().len(), self.interview.rubric.len());
            lines.push(Line::styled(says, theme.tone(Tone::Dim)));
            text::draw(&lines, 0, rows, buf);
        }
    }
}

const ANSWER: &str = "Model answer";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Level;
    use crate::ids::{ConceptId, LessonId, QuestionId};
    use crate::render::Plain;
    use crate::study::{Day, Retention, Scheduler, State};
    use crate::text::Source;
    use crate::tui::theme::{Depth, ThemeName};

    fn speaking(height: u16) -> Speaking {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let day = Day::of(now, jiff::tz::Offset::UTC);
        let next = Scheduler::new(Retention::default()).next(&State::new(now), now, day);
        let interview = Interview {
            id: QuestionId::new("q").unwrap(),
            concept: ConceptId::parse("c", &LessonId::new("01-x").unwrap()).unwrap(),
            level: Level::Mid,
            question: "Why?".into(),
            answer: "Because. ".repeat(40),
            rubric: ["one", "two", "three"].map(String::from).to_vec(),
            follow_up: "And then?".into(),
            span: Source::lone("q", "").whole(),
        };
        let mut speaking = Speaking::new(interview, &next);
        fit(&mut speaking, height);
        speaking
    }

    fn fit(speaking: &mut Speaking, height: u16) {
        let theme = Theme::new(ThemeName::Dark, Depth::True);
        speaking.layout(Rect::new(0, 0, 60, height), Glyphs::Unicode, &Plain, &theme);
    }

    fn keys(speaking: &mut Speaking, keys: &str, height: u16) -> Option<Wish> {
        let mut last = None;
        for key in Key::parse(keys) {
            last = speaking.on_key(key);
            fit(speaking, height);
        }
        last
    }

    #[test]
    fn ticks_are_toggled_and_handed_over() {
        let mut s = speaking(40);
        assert_eq!(keys(&mut s, "1", 40), None, "nothing is ticked before the answer is shown");
        assert_eq!(keys(&mut s, "<enter>13<up><space>1<enter>", 40), Some(Wish::Rate([1, 2].into())));
        let mut s = speaking(40);
        assert_eq!(
            keys(&mut s, "<space><down><space><down><space><enter>", 40),
            Some(Wish::Rate([0, 1].into()))
        );
        s.rated("Hard".into());
        fit(&mut s, 40);
        assert_eq!(keys(&mut s, "1", 40), None, "what is rated stays");
        assert_eq!(keys(&mut s, "<enter>", 40), Some(Wish::Next));
    }

    #[test]
    fn arrows_read_the_answer_before_they_reach_the_points() {
        let mut s = speaking(9);
        keys(&mut s, "<enter>", 9);
        assert_eq!(s.scroll.top, s.answer_line());
        let mut downs = 0;
        while s.rubric.at().is_none() {
            keys(&mut s, "<down>", 9);
            downs += 1;
            assert!(downs < 30, "the points are reached");
        }
        assert!(downs > 2);
        keys(&mut s, "<down><down><down>", 9);
        assert_eq!(s.rubric.at(), Some(2));
        keys(&mut s, "<up><up><up><up>", 9);
        assert!(s.rubric.at().is_none(), "and back into the answer");
        let mut s = speaking(9);
        keys(&mut s, "<space><space>", 9);
        assert!(s.rubric.at().is_none() && s.rubric.said().is_empty(), "the space bar reads on");
        keys(&mut s, "<space><space><space><space><space>", 9);
        assert_eq!(s.rubric.at(), Some(0), "and ticks where there is something to tick");
    }
}
