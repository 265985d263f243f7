//! A sitting at a quiz as the front ends see it: the questions in their order, what was answered, what came of it.

use super::view::Points;
use crate::course::{Choice, Question, brief_name};
use crate::ids::{BriefId, LessonId, QuestionId};
use crate::quiz::Answer;
use crate::study::CardId;

/// What can be read and has a quiz.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A lesson.
    Lesson(LessonId),
    /// An interview brief, whose quiz never counts.
    Brief(BriefId),
}

impl Subject {
    /// What people type for it.
    pub fn name(&self) -> String {
        match self {
            Self::Lesson(id) => id.to_string(),
            Self::Brief(id) => brief_name(id),
        }
    }
}

/// An attempt at a quiz: the questions in the order in which they are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Its number in the store.
    pub(super) id: i64,
    /// Whether misses become cards: not before the lesson is read.
    pub(super) makes_cards: bool,
    /// What it is an attempt at.
    pub of: Subject,
    /// Whether it counts; practice does not.
    pub counted: bool,
    /// Which counted attempt at this lesson's quiz it is, from 1; for practice how many there were.
    pub number: u32,
    /// The questions, in the order shown.
    pub questions: Vec<Shown>,
}

impl Attempt {
    /// The index of the question to answer now; none when all are answered.
    pub fn current_index(&self) -> Option<usize> {
        self.questions.iter().position(|shown| shown.given.is_none())
    }

    /// The question to answer now.
    pub fn current(&self) -> Option<&Shown> {
        self.questions.get(self.current_index()?)
    }

    /// How many answers are right so far.
    pub fn right(&self) -> u32 {
        self.questions.iter().filter(|shown| shown.given.as_ref().is_some_and(|given| given.right)).count()
            as u32
    }
}

/// A question of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The question.
    pub question: Question,
    /// The counted question whose point is at stake; none in practice.
    pub point: Option<QuestionId>,
    /// Indices into the question's options, in the order shown.
    pub order: Vec<usize>,
    /// What was answered.
    pub given: Option<Given>,
}

impl Shown {
    /// The options, in the order shown.
    pub fn options(&self) -> impl Iterator<Item = &Choice> {
        self.order.iter().filter_map(|i| self.question.options.get(*i))
    }
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The answer.
    pub answer: Answer,
    /// Whether it is right.
    pub right: bool,
    /// Whether the learner says that it was guessed.
    pub guessed: bool,
}

/// What came of one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The question's index in [`Attempt::questions`].
    pub index: usize,
    /// Whether the answer is right.
    pub right: bool,
    /// The card that asks this again, where the answer was wrong or guessed.
    pub card: Option<CardId>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuizResult {
    /// What it was an attempt at.
    pub of: Subject,
    /// Whether it counted.
    pub counted: bool,
    /// Right answers in this attempt.
    pub right: u32,
    /// Questions in this attempt.
    pub asked: u32,
    /// The lesson's points with this attempt, of which `best` counts for the certificate; none for a brief.
    pub points: Option<Points>,
    /// Counted attempts, this one included.
    pub attempts: u32,
    /// Indices into [`Attempt::questions`] of what was wrong or guessed.
    pub revisit: Vec<usize>,
}
