//! What every simulator answers: allowed, denied, or honest ignorance, and always why.

use crate::text::Span;

/// Whether what was asked happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It happens.
    Allowed,
    /// It does not.
    Denied,
    /// Not modelled: shown as "not judged", an author's error in a shipped lab, never taken as allowed.
    Unmodelled,
}

impl Answer {
    /// The word for it in `lab.toml`, JSON and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Unmodelled => "not judged",
        }
    }
}

/// Why, and where that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// One sentence without full stop; names the control, the container and the field.
    pub text: String,
    /// The line that decides, or where the missing field would go; `None` for facts of the component itself.
    pub span: Option<Span>,
}

impl Reason {
    /// A reason with a place.
    pub fn at(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span: Some(span) }
    }

    /// A reason that stands nowhere in a file.
    pub fn fact(text: impl Into<String>) -> Self {
        Self { text: text.into(), span: None }
    }
}

/// An answer and its reasons, which are never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The answer.
    pub answer: Answer,
    /// Why: the deciding reason first.
    pub because: Vec<Reason>,
    /// The line that an operator would see (a log line, an audit event, an error message), where there is one.
    pub evidence: Option<String>,
}

impl Verdict {
    /// It happens, because.
    pub fn allowed(because: Reason) -> Self {
        Self { answer: Answer::Allowed, because: vec![because], evidence: None }
    }

    /// It does not happen, because.
    pub fn denied(because: Reason) -> Self {
        Self { answer: Answer::Denied, because: vec![because], evidence: None }
    }

    /// It cannot be said.
    pub fn unmodelled(because: impl Into<String>) -> Self {
        Self { answer: Answer::Unmodelled, because: vec![Reason::fact(because)], evidence: None }
    }

    /// Adds a further reason.
    #[must_use]
    pub fn and(mut self, reason: Reason) -> Self {
        self.because.push(reason);
        self
    }

    /// Adds what an operator would see.
    #[must_use]
    pub fn evidence(mut self, line: impl Into<String>) -> Self {
        self.evidence = Some(line.into());
        self
    }
}
