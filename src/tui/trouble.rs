//! What went wrong, as a title and a text: findings with their carets, errors with their way out.

use crate::session::{SessionError, StoreError};
use crate::text::{Finding, Sources, snippet};

use super::flow::{Flow, Route};

/// Why something cannot be shown or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// A few words.
    pub title: String,
    /// The rest, line by line.
    pub text: String,
}

impl Trouble {
    /// Findings in the course's own files.
    pub fn findings(title: &str, findings: &[Finding], sources: &Sources) -> Self {
        let shown: Vec<String> = findings.iter().map(|f| snippet::render(f, sources)).collect();
        let text = format!(
            "{}\n= help: mend the course's file, or tell its author; `sealegs course check` lists everything",
            shown.join("\n")
        );
        Self { title: title.to_owned(), text }
    }

    /// An error of the session.
    pub fn session(error: &SessionError, sources: &Sources) -> Self {
        match error {
            SessionError::Broken(broken) => {
                Self::findings("This part of the course is broken", &broken.findings, sources)
            }
            SessionError::BrokenLab(_, findings) => Self::findings("This lab is broken", findings, sources),
            SessionError::Store(error) => Self::from(error),
            other => Self { title: "This cannot be done".to_owned(), text: other.to_string() },
        }
    }

    /// A flow that shows it.
    pub fn flow(self) -> Flow {
        Flow::Open(Route::Message { title: self.title, text: self.text })
    }
}

impl From<&StoreError> for Trouble {
    fn from(error: &StoreError) -> Self {
        let text = format!("{error}\n\nnothing that was shown as saved is lost; try again, or start anew");
        Self { title: "Your progress could not be read or saved".to_owned(), text }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}
