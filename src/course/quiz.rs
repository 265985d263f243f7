//! `quizzes/NN-slug.toml`: the questions of one lesson, counted and in reserve, and its interview questions.

use serde::Serialize;

use crate::ids::{ConceptId, LessonId, OptionId, QuestionId};
use crate::text::Span;

/// The questions of one lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiz {
    /// The lesson.
    pub lesson: LessonId,
    /// Its questions, counted and reserve, in the file's order.
    pub questions: Vec<Question>,
    /// Its interview questions.
    pub interviews: Vec<Interview>,
}

impl Quiz {
    /// The counted questions.
    pub fn core(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|q| q.core)
    }

    /// The interview question with this id.
    pub fn interview(&self, id: &QuestionId) -> Option<&Interview> {
        self.interviews.iter().find(|i| i.id == *id)
    }

    /// The question with this id.
    pub fn question(&self, id: &QuestionId) -> Option<&Question> {
        self.questions.iter().find(|q| q.id == *id)
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its id, unique in the course.
    pub id: QuestionId,
    /// The heading that teaches it.
    pub concept: ConceptId,
    /// Counted (`true`) or in reserve.
    pub core: bool,
    /// How it is answered.
    pub kind: Kind,
    /// The question, in Markdown.
    pub stem: String,
    /// Code that it is about.
    pub code: Option<CodeSample>,
    /// What the answer depends on, where it depends on a version.
    pub as_of: Option<String>,
    /// The options, as stored; none for [`Kind::Line`]. For [`Kind::Order`] in the right order.
    pub options: Vec<Choice>,
    /// Where it stands.
    pub span: Span,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Choose one option.
    Single,
    /// Choose exactly `choose` options.
    Multiple {
        /// How many.
        choose: usize,
    },
    /// Put all options into order.
    Order,
    /// Point at a line of the code.
    Line {
        /// The right lines, from 1; any of them will do.
        key_lines: Vec<u32>,
        /// Why.
        reason: String,
    },
}

impl Kind {
    /// The word for it in quiz files and in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Multiple { .. } => "multiple",
            Self::Order => "order",
            Self::Line { .. } => "line",
        }
    }
}

/// An option of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its id, unique in its question.
    pub id: OptionId,
    /// Its text, in Markdown.
    pub text: String,
    /// Whether it is right.
    pub key: bool,
    /// Why it is right or wrong.
    pub reason: String,
}

/// Code that a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeSample {
    /// As behind a fence: `yaml`, `dockerfile`, `sh`, `text`.
    pub language: String,
    /// The code.
    pub text: String,
}

/// An open question with a model answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Interview {
    /// Its id, unique in the course.
    pub id: QuestionId,
    /// The heading that it belongs to.
    pub concept: ConceptId,
    /// For whom.
    pub level: Level,
    /// The question.
    pub question: String,
    /// A model answer of 60 to 220 words.
    pub answer: String,
    /// Three to six points that a good answer holds.
    pub rubric: Vec<String>,
    /// What the interviewer asks next.
    pub follow_up: String,
    /// Where it stands.
    pub span: Span,
}

/// The level of an interview question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Mid-level engineers.
    Mid,
    /// Senior engineers.
    Senior,
    /// Staff engineers.
    Staff,
}

impl Level {
    /// The word for it in quiz files and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mid => "mid",
            Self::Senior => "senior",
            Self::Staff => "staff",
        }
    }
}
