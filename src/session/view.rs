//! What a session hands to the front ends: plain data, ready to be shown or written as JSON.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::course::{Interview, LessonEntry, Level, Question, Status};
use crate::grade::Report;
use crate::ids::{ConceptId, LabId, LessonId, QuestionId, TrackId};
use crate::store::{LabMarks, Place, Said};
use crate::study::{Card, Interval, Next};

/// Counted points of one lesson's quiz, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Points {
    /// Points of the first finished attempt.
    pub first: u32,
    /// Points that were ever won; these count for the certificate.
    pub best: u32,
    /// Points to be had.
    pub total: u32,
}

/// One line of the list of lessons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LessonRow {
    /// The lesson.
    pub id: LessonId,
    /// Its number in the course, from 1.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Its track.
    pub track: TrackId,
    /// Ready or planned.
    pub status: Status,
    /// Whether it was opened.
    pub opened: bool,
    /// Whether it was read to the end.
    pub read: bool,
    /// Its counted points.
    pub points: Points,
    /// How many counted attempts were finished.
    pub attempts: u32,
    /// Its lab, where there is one.
    pub lab: Option<LabId>,
    /// What was reached in it.
    pub lab_marks: LabMarks,
}

impl LessonRow {
    /// Whether 90 % of its points are won: the second tick.
    pub fn quiz_done(&self) -> bool {
        self.points.total > 0 && 100 * self.points.best >= 90 * self.points.total
    }
}

/// How many lessons there are, and how many are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LessonCount {
    /// Read to the end.
    pub read: u32,
    /// Ready to be read.
    pub ready: u32,
    /// Planned, not there yet.
    pub planned: u32,
    /// All.
    pub total: u32,
}

/// How many labs there are, and how many are passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabCount {
    /// Passed once.
    pub passed: u32,
    /// All that are there.
    pub total: u32,
}

/// A concept that goes wrong often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Weak {
    /// The heading that explains it.
    pub concept: ConceptId,
    /// How much more often it was missed than known.
    pub misses: u32,
}

/// Home, and `sealegs progress`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Lessons.
    pub lessons: LessonCount,
    /// Counted points of all lessons.
    pub points: Points,
    /// Labs.
    pub labs: LabCount,
    /// Open questions that were answered and held against their rubric.
    pub interviews: u32,
    /// Cards that the drill would ask now.
    pub due: u32,
    /// All cards that are due, whatever the cap says.
    pub due_in_all: u32,
    /// Up to three weak concepts, the weakest first.
    pub weak: Vec<Weak>,
    /// Where the learner left off.
    pub place: Option<Place>,
    /// The lesson to continue with: the one left off at, or the first that is not done; none when all are.
    pub next: Option<LessonId>,
    /// What is missing for the certificate, in words; empty when nothing is.
    pub gap: Vec<String>,
}

/// `sealegs progress --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The format's number.
    pub format: u32,
    /// The course's id.
    pub course: String,
    /// Its edition.
    pub edition: String,
    /// When this was asked.
    pub at: String,
    /// The sums.
    #[serde(flatten)]
    pub overview: Overview,
    /// Each track, the weakest first.
    pub tracks: Vec<Standing>,
    /// Each exam domain, the weakest of an exam first.
    pub domains: Vec<Standing>,
    /// Each lesson.
    pub each_lesson: Vec<LessonRow>,
}

/// How far the learner is in some of the lessons: those of a track, or those that serve an exam domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The track's or the domain's id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The exam, where it is a domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exam: Option<String>,
    /// How many lessons there are, planned ones included.
    pub lessons: u32,
    /// How many of them are read.
    pub read: u32,
    /// Their points.
    pub points: Points,
}

/// Which of the open questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// Those of a track.
    Track(TrackId),
    /// Those of a lesson.
    Lesson(LessonId),
}

impl Scope {
    /// Whether a lesson's questions are among them.
    pub fn holds(&self, lesson: &LessonEntry) -> bool {
        match self {
            Self::All => true,
            Self::Track(track) => lesson.track == *track,
            Self::Lesson(id) => lesson.id == *id,
        }
    }
}

/// One line of the list of open questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InterviewRow {
    /// The question's id.
    pub id: QuestionId,
    /// The heading that it belongs to.
    pub concept: ConceptId,
    /// Its lesson.
    pub lesson: LessonId,
    /// The lesson's number.
    pub number: u32,
    /// The lesson's track.
    pub track: TrackId,
    /// For whom.
    pub level: Level,
    /// The question, in Markdown.
    pub question: String,
    /// How it went the last time.
    pub last: Option<Said>,
}

/// A card as the drill asks it.
#[derive(Clone, Debug, PartialEq)]
pub struct DrillCard {
    /// The card.
    pub card: Card,
    /// What it asks.
    pub asks: Asks,
    /// What Again, Hard, Good and Easy would lead to.
    pub next: [Next; 4],
}

impl DrillCard {
    /// The heading that teaches it.
    pub fn concept(&self) -> &ConceptId {
        match &self.asks {
            Asks::Question { question, .. } => &question.concept,
            Asks::Interview(interview) => &interview.concept,
        }
    }
}

/// What a card asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Asks {
    /// A question of a quiz.
    Question {
        /// The question.
        question: Question,
        /// Indices into its options, in the order shown.
        order: Vec<usize>,
    },
    /// An open question.
    Interview(Interview),
}

/// What a rating led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Rated {
    /// The card with its new state.
    pub card: Card,
    /// When it comes again.
    pub interval: Interval,
    /// Whether this rating made it a leech: offer the lesson.
    pub leech: bool,
}

impl Rated {
    /// What came of a card's step to its next state.
    pub(super) fn new(before: Card, next: &Next) -> Self {
        let was_leech = before.is_leech();
        let card = Card { state: next.state, ..before };
        Self { interval: next.interval, leech: card.is_leech() && !was_leech, card }
    }
}

/// A file of the learner's copy of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabFile {
    /// Its path within the folder, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether it differs from the starter's, or is not in the starter.
    pub changed: bool,
}

/// A grading.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    /// What grading says.
    pub report: Report,
    /// Whether it was recorded; unchanged files use no try.
    pub recorded: bool,
    /// Why it was not recorded.
    pub because: Option<&'static str>,
    /// Cards that became due because a step of their concept failed.
    pub cards_due: u32,
    /// What was reached in this lab so far.
    pub marks: LabMarks,
}

/// What is missing for the certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Points of all lessons.
    pub points: Points,
    /// How many of them are needed.
    pub needed: u32,
    /// Ready lessons whose quiz was not taken.
    pub untaken: Vec<LessonId>,
    /// Planned lessons: their quizzes cannot be taken yet.
    pub planned: u32,
    /// Lessons below the threshold for each lesson.
    pub below: Vec<LessonId>,
    /// Labs.
    pub labs: LabCount,
    /// How many labs are needed.
    pub labs_needed: u32,
    /// All that is missing, in words; empty when nothing is.
    pub words: Vec<String>,
}

impl Gap {
    /// Whether the certificate can be issued.
    pub fn is_closed(&self) -> bool {
        self.words.is_empty()
    }
}

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its digest, as in `sha256:…`.
    pub digest: String,
    /// The files written, `.json` first.
    pub files: Vec<PathBuf>,
    /// When.
    pub at: Timestamp,
}
