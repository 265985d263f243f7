//! Taking a quiz: begin or go on, answer, finish.

use std::sync::Arc;

use super::sitting::{Attempt, Given, Marked, QuizResult, Shown, Subject};
use super::view::Points;
use super::{Session, SessionError};
use crate::course::{POINTS_PER_LESSON, Quiz, brief_name};
use crate::ids::{BriefId, LessonId, QuestionId};
use crate::quiz::{self, Answer, Ask, Asked, Seed};
use crate::store::{AskedFor, NewAnswer, NewAttempt, OpenAttempt, Score};
use crate::study::CardId;

impl Session {
    /// The lesson's quiz: goes on with an unfinished attempt, or begins one. The first asks the counted questions, a
    /// retake what was missed; with every point won it is practice with all questions.
    pub fn quiz_start(&mut self, lesson: &LessonId) -> Result<Attempt, SessionError> {
        let quiz = self.course.quiz(lesson)?;
        let score = self.store.score(lesson)?;
        let asks = if score.attempts == 0 {
            quiz::first_try(&quiz)
        } else {
            let asked = self.store.asked(lesson)?.into_iter();
            let history: Vec<Asked> = asked.map(|(point, question)| Asked { point, question }).collect();
            quiz::retake(&quiz, &score.won, &history)
        };
        if asks.is_empty() {
            return self.begin(&quiz, quiz::practice(&quiz, true), false, score.attempts);
        }
        self.begin(&quiz, asks, true, score.attempts + 1)
    }

    /// A test before reading: the reserve questions, so that it gives nothing of the counted ones away. Never
    /// counted, and what is missed does not become a card.
    pub fn quiz_pretest(&mut self, lesson: &LessonId) -> Result<Attempt, SessionError> {
        let quiz = self.course.quiz(lesson)?;
        let attempts = self.store.score(lesson)?.attempts;
        self.begin(&quiz, quiz::practice(&quiz, false), false, attempts)
    }

    /// The questions at the end of an interview brief: practice, whatever the learner did before. What is missed
    /// becomes a card.
    pub fn quiz_brief(&mut self, id: &BriefId) -> Result<Attempt, SessionError> {
        let brief = self.course.brief(id)?;
        // Kept among the attempts under the name that people type; the manifest's reader holds it short enough.
        let name = LessonId::new(&brief_name(id)).ok_or_else(|| SessionError::NoBrief(id.clone()))?;
        let questions = self.course.brief_questions(&brief);
        let quiz = Arc::new(Quiz { lesson: name, questions, interviews: Vec::new() });
        let attempt = self.begin(&quiz, quiz::practice(&quiz, true), false, 0)?;
        Ok(Attempt { of: Subject::Brief(id.clone()), makes_cards: true, ..attempt })
    }

    /// Answers [`Attempt::current`]. The answer is saved before this returns, and so is the card of a question that
    /// was missed or guessed.
    pub fn quiz_answer(
        &mut self,
        attempt: &mut Attempt,
        answer: &Answer,
        guessed: bool,
    ) -> Result<Marked, SessionError> {
        let now = self.now();
        let index = attempt.current_index().ok_or(SessionError::Answered)?;
        let shown = attempt.questions.get_mut(index).ok_or(SessionError::Answered)?;
        let right = quiz::mark(&shown.question, answer);
        let card = attempt.makes_cards && (!right || guessed);
        let saved = self.store.save_answer(
            NewAnswer {
                attempt: attempt.id,
                place: index,
                question: &shown.question.id,
                concept: &shown.question.concept,
                point: shown.point.as_ref(),
                chosen: &answer.words(),
                right,
                guessed,
                card,
            },
            now,
        )?;
        if !saved {
            return Err(SessionError::Answered);
        }
        shown.given = Some(Given { answer: answer.clone(), right, guessed });
        Ok(Marked { index, right, card: card.then(|| CardId::new(&shown.question.id)) })
    }

    /// Finishes an attempt whose questions are all answered. Finishing it twice changes nothing.
    pub fn quiz_finish(&mut self, attempt: &mut Attempt) -> Result<QuizResult, SessionError> {
        if attempt.current_index().is_some() {
            return Err(SessionError::Unfinished);
        }
        self.store.finish_attempt(attempt.id, self.now())?;
        let (points, attempts) = match &attempt.of {
            Subject::Lesson(lesson) => {
                let score = self.store.score(lesson)?;
                (Some(self.points(lesson, &score)), score.attempts)
            }
            Subject::Brief(_) => (None, 0),
        };
        let revisit = |shown: &Shown| shown.given.as_ref().is_none_or(|given| !given.right || given.guessed);
        Ok(QuizResult {
            of: attempt.of.clone(),
            counted: attempt.counted,
            right: attempt.right(),
            asked: attempt.questions.len() as u32,
            points,
            attempts,
            revisit: (0..).zip(&attempt.questions).filter(|(_, q)| revisit(q)).map(|(i, _)| i).collect(),
        })
    }

    /// A lesson's points. Only questions that the course counts today count.
    pub(super) fn points(&self, lesson: &LessonId, score: &Score) -> Points {
        // A quiz is read for this only where something was won: nobody waits for the others.
        let quiz = (!score.won.is_empty()).then(|| self.course.quiz(lesson));
        let best = match quiz {
            Some(Ok(quiz)) => quiz.core().filter(|q| score.won.contains(&q.id)).count(),
            _ => 0,
        };
        let total = POINTS_PER_LESSON;
        Points { first: score.first.min(total), best: (best as u32).min(total), total }
    }

    fn begin(
        &mut self,
        quiz: &Arc<Quiz>,
        mut asks: Vec<Ask<'_>>,
        counted: bool,
        number: u32,
    ) -> Result<Attempt, SessionError> {
        let lesson = &quiz.lesson;
        let now = self.now();
        if let Some(open) = self.store.open_attempt(lesson, counted)? {
            if let Some(attempt) = show(quiz, &open, counted, number) {
                return Ok(attempt);
            }
            self.store.discard_attempt(open.id, now)?;
        }
        if asks.is_empty() {
            return Err(SessionError::NoQuestions(lesson.clone()));
        }
        let seed = Seed::new(lesson.as_str(), self.store.begun(lesson)?);
        quiz::shuffle(&mut asks, seed);
        let word = |id: &QuestionId| id.to_string();
        let asked: Vec<AskedFor> = asks
            .iter()
            .map(|ask| AskedFor { question: word(&ask.question.id), point: ask.point.map(word) })
            .collect();
        let edition = &self.course.manifest().edition;
        let new = NewAttempt { lesson, counted, seed: seed.bits(), asked: &asked, edition };
        let open = self.store.start_attempt(new, now)?;
        show(quiz, &open, counted, number).ok_or(SessionError::Answered)
    }
}

/// An attempt as it is shown; none where the course no longer has one of its questions.
fn show(quiz: &Quiz, open: &OpenAttempt, counted: bool, number: u32) -> Option<Attempt> {
    let questions = open.asked.iter().enumerate().map(|(index, asked)| {
        let question = quiz.question(&QuestionId::new(&asked.question)?)?.clone();
        let order = quiz::shown_options(&question, Seed::from_bits(open.seed));
        let given = match open.answers.get(&index) {
            Some(given) => Some(Given {
                answer: Answer::from_words(&question.kind, &given.chosen)?,
                right: given.right,
                guessed: given.guessed,
            }),
            None => None,
        };
        let point = asked.point.as_deref().and_then(QuestionId::new);
        Some(Shown { question, point, order, given })
    });
    let questions = questions.collect::<Option<Vec<_>>>()?;
    let makes_cards = counted || questions.iter().any(|shown| shown.question.core);
    let of = Subject::Lesson(quiz.lesson.clone());
    Some(Attempt { id: open.id, makes_cards, of, counted, number, questions })
}
