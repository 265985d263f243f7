//! What is wrong, where, and what to do: one type for syntax errors, authors' errors and learners' errors.

use std::borrow::Cow;

use serde::Serialize;

use super::{Fix, Sources, Span};

/// How bad a finding is. Some speak of files and courses (a note, a warning, an error that blocks), one of what
/// nobody can tell from what was read, the other five of risk: impact if exploited, times how little else is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Neither passed nor failed: what was read does not tell.
    Unknown,
    /// Hygiene or compatibility.
    Info,
    /// Hardening with little effect alone.
    Low,
    /// Something that an author should mend.
    Warning,
    /// Removes a layer of defence or widens reach.
    Medium,
    /// One step from takeover, or disables a boundary.
    High,
    /// Alone gives node or cluster takeover, or puts a credential in clear text.
    Critical,
    /// The file cannot be taken as it stands.
    Error,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 9] = [
        Self::Error,
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Warning,
        Self::Low,
        Self::Info,
        Self::Unknown,
        Self::Note,
    ];

    /// The word that is printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Info => "info",
            Self::Low => "low",
            Self::Warning => "warning",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
            Self::Error => "error",
        }
    }

    /// The severity of this word, as [`Severity::word`] prints it.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// The id of a kind of finding: kebab-case, names the fault, never renamed.
pub type Code = Cow<'static, str>;

/// A span and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// A few words beside the caret; may be empty.
    pub text: Cow<'static, str>,
}

impl Label {
    /// A label at `span`.
    pub fn new(span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        Self { span, text: text.into() }
    }
}

/// One thing found in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Kind of finding.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// Short and stable; lower case, no full stop.
    pub title: Cow<'static, str>,
    /// Names the object, the container and the field; may be empty.
    pub detail: String,
    /// The place that the finding is about.
    pub primary: Label,
    /// Other places that explain it (the first of two duplicate keys, an inherited value).
    pub related: Vec<Label>,
    /// An imperative that names the change; may be empty.
    pub help: Cow<'static, str>,
    /// The same as a change of the text, where that can be written down.
    pub fix: Option<Fix>,
}

impl Finding {
    /// A finding with its code, severity, title and place.
    pub fn new(
        code: impl Into<Code>,
        severity: Severity,
        title: impl Into<Cow<'static, str>>,
        span: Span,
    ) -> Self {
        Self {
            code: code.into(),
            severity,
            title: title.into(),
            detail: String::new(),
            primary: Label::new(span, ""),
            related: Vec::new(),
            help: Cow::Borrowed(""),
            fix: None,
        }
    }

    /// A finding of severity [`Severity::Error`].
    pub fn error(code: impl Into<Code>, title: impl Into<Cow<'static, str>>, span: Span) -> Self {
        Self::new(code, Severity::Error, title, span)
    }

    /// A finding of severity [`Severity::Warning`].
    pub fn warning(code: impl Into<Code>, title: impl Into<Cow<'static, str>>, span: Span) -> Self {
        Self::new(code, Severity::Warning, title, span)
    }

    /// Adds the detail.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds words beside the caret.
    #[must_use]
    pub fn label(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        self.related.push(Label::new(span, text));
        self
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = help.into();
        self
    }

    /// Whether nothing may go on with the file that this is about.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Sorts findings by file name, place and code, so that output never depends on the order of work.
    pub fn sort(findings: &mut [Finding], sources: &Sources) {
        findings.sort_by_cached_key(|f| {
            let name = sources.get(f.primary.span.file).map(|s| s.name().to_owned()).unwrap_or_default();
            (name, f.primary.span.start, f.code.clone(), f.detail.clone())
        });
    }
}
