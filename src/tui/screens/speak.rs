//! Open questions one after the other: say the answer, tick what was said, hear the follow-up.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ids::QuestionId;
use crate::render::Glyphs;
use crate::session::Asks;
use crate::study::Rating;

use super::super::flow::{Flow, Route};
use super::super::key::{Bind, Hint, Key, foot, hints, lookup};
use super::super::screen::{Context, Screen};
use super::super::theme::{Theme, Tone};
use super::super::trouble::Trouble;
use super::super::widgets::speaking::{Speaking, Wish};
use super::super::widgets::text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Msg {
    Lesson,
    Undo,
    Skip,
}

const KEYS: &[Bind<Msg>] = &[
    foot(&[Key::Char('u')], "undo", Msg::Undo),
    foot(&[Key::Char('l')], "lesson", Msg::Lesson),
    foot(&[Key::Char('n')], "another one", Msg::Skip),
];

/// The screen of an open question.
pub struct Speak {
    questions: Vec<QuestionId>,
    at: usize,
    speaking: Speaking,
    /// Level, lesson and section, above the question.
    head: String,
    place: String,
    area: Rect,
    glyphs: Glyphs,
}

impl Speak {
    /// The questions, at one of them.
    pub fn new(questions: Vec<QuestionId>, at: usize, cx: &mut Context) -> Result<Self, Trouble> {
        let missing = || Trouble {
            title: "No such question".to_owned(),
            text: "this course has no open question here".to_owned(),
        };
        let id = questions.get(at).ok_or_else(missing)?;
        let card = cx.session.interview(id);
        let card = card.map_err(|error| Trouble::session(&error, cx.session.course().sources()))?;
        let Asks::Interview(interview) = card.asks else { return Err(missing()) };
        let course = cx.session.course();
        let lesson = course.manifest().lesson(&interview.concept.lesson);
        let lesson = lesson.map_or_else(String::new, |l| format!("{} {}", l.number, l.title));
        let headings = course.lesson(&interview.concept.lesson).map(|l| l.headings()).unwrap_or_default();
        let section = headings.into_iter().find(|(id, ..)| *id == interview.concept.heading);
        let section = section.map_or_else(String::new, |(_, _, title)| format!(": {title}"));
        Ok(Self {
            head: text::safe(&format!("{}   {lesson}{section}", interview.level.word())),
            place: text::safe(&format!("Interview › {lesson}")),
            speaking: Speaking::new(interview, &card.next),
            questions,
            at,
            area: Rect::default(),
            glyphs: cx.glyphs,
        })
    }

    fn works(&self, msg: Msg) -> bool {
        match msg {
            Msg::Lesson => self.speaking.is_revealed(),
            Msg::Undo => self.speaking.is_rated(),
            Msg::Skip => !self.speaking.is_rated() && self.questions.len() > 1,
        }
    }

    fn update(&mut self, msg: Msg, cx: &mut Context) -> Result<Flow, Trouble> {
        match msg {
            Msg::Lesson => {
                let concept = self.speaking.interview().concept.clone();
                return Ok(Flow::Open(Route::Reader(concept.lesson, Some(concept.heading))));
            }
            Msg::Undo => {
                let undone = cx.session.undo();
                undone.map_err(|error| Trouble::session(&error, cx.session.course().sources()))?;
                self.go(self.at, cx)?;
                cx.say("taken back; the question is due in the drill");
            }
            Msg::Skip => self.go((self.at + 1) % self.questions.len().max(1), cx)?,
        }
        Ok(Flow::Stay)
    }

    fn go(&mut self, at: usize, cx: &mut Context) -> Result<(), Trouble> {
        *self = Self::new(self.questions.clone(), at, cx)?;
        Ok(())
    }

    /// Saves what was said; the drill asks the question from now on.
    fn rate(&mut self, said: &BTreeSet<usize>, cx: &mut Context) -> Result<Flow, Trouble> {
        let interview = self.speaking.interview();
        let rating = Rating::of_rubric(said.len(), interview.rubric.len());
        let rated = cx.session.interview_rate(&interview.id, said);
        let rated = rated.map_err(|error| Trouble::session(&error, cx.session.course().sources()))?;
        self.speaking.rated(format!("{}: the drill asks it again in {}", rating.word(), rated.interval));
        Ok(Flow::Stay)
    }

    /// The next question; after the last one back to the list.
    fn next(&mut self, cx: &mut Context) -> Result<Flow, Trouble> {
        if self.at + 1 >= self.questions.len() {
            cx.say("that was the last one");
            return Ok(Flow::Back);
        }
        self.go(self.at + 1, cx)?;
        Ok(Flow::Stay)
    }
}

impl Screen for Speak {
    fn name(&self) -> &'static str {
        "open question"
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    fn aside(&self) -> Option<String> {
        Some(format!("{} of {}", self.at + 1, self.questions.len()))
    }

    fn hints(&self) -> Vec<Hint> {
        let mut all = self.speaking.hints();
        let own = hints(KEYS, |msg| self.works(msg));
        // After the keys of the question itself, before those that move.
        let at = all.iter().rposition(|h| h.foot).map_or(0, |at| at + 1);
        all.splice(at..at, own);
        all
    }

    fn layout(&mut self, area: Rect, cx: &mut Context) {
        self.glyphs = cx.glyphs;
        self.area = text::column(text::inset(area), 88);
        let (_, body) = text::rows(self.area, 2);
        self.speaking.layout(body, cx.glyphs, cx.highlighter, &cx.theme);
    }

    fn on_key(&mut self, key: Key, cx: &mut Context) -> Flow {
        let done = match self.speaking.on_key(key) {
            Some(Wish::Nothing) => Ok(Flow::Stay),
            Some(Wish::Rate(said)) => self.rate(&said, cx),
            Some(Wish::Next) => self.next(cx),
            None => match lookup(KEYS, key, |msg| self.works(msg)) {
                Some(msg) => self.update(msg, cx),
                None if key.is_stray() => Ok(Flow::Stay),
                None => Ok(Flow::Ignored),
            },
        };
        done.unwrap_or_else(Trouble::flow)
    }

    fn render(&self, _: Rect, buf: &mut Buffer, theme: &Theme) {
        let head = self.glyphs.adapt(&text::fit(&self.head, usize::from(self.area.width)));
        let (level, rest) = head.split_once(' ').unwrap_or((&head, ""));
        let line = Line::from(vec![
            Span::styled(level.to_owned(), theme.tone(Tone::Accent)),
            Span::styled(format!(" {rest}"), theme.tone(Tone::Dim)),
        ]);
        text::draw(&[line], 0, self.area, buf);
        self.speaking.render(buf, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::press;
    use super::*;

    fn keys(keys: &str) -> (Flow, Speak) {
        let ids = ["01-why-not-root", "02-no-token"].map(|id| QuestionId::new(id).unwrap()).to_vec();
        press(|cx| Speak::new(ids, 0, cx).unwrap_or_else(|e| panic!("{e:?}")), keys)
    }

    #[test]
    fn a_question_leads_to_its_lesson_and_to_the_next_one() {
        let (flow, _) = keys("<enter>l");
        assert!(matches!(flow, Flow::Open(Route::Reader(lesson, Some(_))) if lesson.as_str() == "01-root"));
        let (flow, screen) = keys("<enter>1<enter><enter>");
        assert_eq!((flow, screen.at), (Flow::Stay, 1));
        let (flow, _) = keys("<enter>1<enter><enter><enter><enter><enter>");
        assert_eq!(flow, Flow::Back, "after the last one");
        let (_, screen) = keys("n");
        assert_eq!(screen.at, 1);
        assert_eq!(keys("x").0, Flow::Stay);
        assert_eq!(keys("q").0, Flow::Ignored);
    }

    #[test]
    fn a_rating_is_taken_back() {
        let (_, screen) = keys("<enter>123<enter>u");
        assert!(!screen.speaking.is_revealed(), "it is asked anew");
        assert!(screen.hints().iter().all(|h| h.says != "undo"));
    }
}
