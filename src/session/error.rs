//! What a session could not do, and the way out.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::course::Broken;
use crate::ids::{BriefId, LabId, LessonId, QuestionId};
use crate::store::StoreError;
use crate::study::CardId;
use crate::text::Finding;

/// What a session could not do.
#[derive(Debug)]
pub enum SessionError {
    /// The learner's data could not be read or saved.
    Store(StoreError),
    /// There is no such card.
    NoCard(CardId),
    /// The course has no such thing, it is planned, or its files are broken: then render the findings with the
    /// course's sources.
    Broken(Arc<Broken>),
    /// A lab's steps cannot be judged; render the findings with the course's sources.
    BrokenLab(LabId, Vec<Finding>),
    /// The course has no such open question, or its quiz is broken.
    NoQuestion(QuestionId),
    /// The course has no such brief.
    NoBrief(BriefId),
    /// The lesson's quiz has no question to ask.
    NoQuestions(LessonId),
    /// The attempt still has questions without an answer.
    Unfinished,
    /// The attempt has no question left, or it was answered from another window: start again to see where it stands.
    Answered,
    /// The card was rated from another window at the same moment.
    Rated(CardId),
    /// The lab was not started.
    NotStarted(LabId),
    /// A file of the learner's copy, or of a submission, cannot be taken.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        says: String,
    },
    /// The certificate cannot be issued yet; what is missing, in words.
    Gap(Vec<String>),
    /// The name cannot stand on a certificate.
    Name(String),
    /// The certificate would not stand its own verification.
    Refused(String),
}

impl SessionError {
    /// A file that cannot be taken.
    pub(super) fn file(path: impl Into<PathBuf>, says: impl fmt::Display) -> Self {
        Self::File { path: path.into(), says: says.to_string() }
    }
}

impl From<StoreError> for SessionError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Arc<Broken>> for SessionError {
    fn from(broken: Arc<Broken>) -> Self {
        Self::Broken(broken)
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::NoCard(id) => write!(f, "no card \"{id}\""),
            Self::Broken(broken) => broken.fmt(f),
            Self::BrokenLab(id, findings) => write!(f, "lab {id} has {}", errors(findings.len())),
            Self::NoQuestion(id) => write!(f, "no open question \"{id}\""),
            Self::NoBrief(id) => write!(f, "no brief \"{id}\""),
            Self::NoQuestions(id) => write!(f, "the quiz of lesson {id} has no questions"),
            Self::Unfinished => f.write_str("the quiz has questions without an answer"),
            Self::Answered => f.write_str("this question was answered already; open the quiz again to go on"),
            Self::Rated(id) => {
                write!(f, "card {id} was rated in another window; open the drill again to go on")
            }
            Self::NotStarted(id) => {
                write!(f, "lab {id} was not started; start it with \"sealegs lab start {id}\"")
            }
            Self::File { path, says } => write!(f, "{}: {says}", path.display()),
            Self::Gap(words) => write!(f, "the certificate cannot be issued yet: {}", words.join("; ")),
            Self::Name(says) => f.write_str(says),
            Self::Refused(says) => write!(f, "the certificate was not issued: {says}"),
        }
    }
}

impl std::error::Error for SessionError {}

fn errors(count: usize) -> String {
    if count == 1 { "1 error".into() } else { format!("{count} errors") }
}
