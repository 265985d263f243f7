//! The exit codes, everywhere the same, and how a command ends.

use std::io;
use std::path::Path;

use crate::store::says;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: passed, clean, valid, done.
    Yes,
    /// 1: not passed, findings, changed or malformed certificate, course with errors.
    No,
    /// 2: the question was wrong: usage, no such file, cannot write.
    Usage,
    /// 3: it could not be judged: a broken course where one is needed, an unreadable or unknown subject, a newer format.
    Unjudged,
}

impl Exit {
    /// The code.
    pub fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Unjudged => 3,
        }
    }

    /// The worse of two, for commands with several subjects: an unjudged one beats a no, a wrong question beats both.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        let rank = |e: Self| match e {
            Self::Yes => 0,
            Self::No => 1,
            Self::Unjudged => 2,
            Self::Usage => 3,
        };
        if rank(self) >= rank(other) { self } else { other }
    }
}

/// Why a command stopped before it had an answer.
#[derive(Debug)]
pub struct Failure {
    /// The exit code that it ends with.
    pub exit: Exit,
    /// What is wrong, and the way out; may have several lines.
    pub message: String,
}

impl Failure {
    /// The question was wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }

    /// A file that cannot be read or written.
    pub fn file(path: &Path, error: &io::Error) -> Self {
        Self::usage(format!("{}: {}", path.display(), says(error)))
    }

    /// It could not be judged.
    pub fn unjudged(message: impl Into<String>) -> Self {
        Self { exit: Exit::Unjudged, message: message.into() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // A reader that has seen enough is no failure.
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { exit: Exit::Yes, message: String::new() };
        }
        Self::usage(format!("the output cannot be written: {}", says(&error)))
    }
}

/// What every command returns.
pub type Done = Result<Exit, Failure>;
