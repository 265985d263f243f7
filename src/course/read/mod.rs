//! The readers of a course's files: trees to types, by hand, so that every mistake has its place.
//!
//! Owns the gathering of findings and of mentions (links and ids that only the whole course can resolve).
//! Must not know other files than the one that is read; what needs two files is in `course::check`.

pub(super) mod brief;
pub(super) mod glossary;
mod header;
pub(super) mod lab;
mod lab_files;
pub(super) mod lesson;
pub(super) mod manifest;
mod options;
pub(super) mod prose;
pub(super) mod quiz;
mod table;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use table::{Table, named};

use super::origin::{Origin, Refused};
use crate::parse::{Limits, Tree, toml};
use crate::text::{Finding, Source, Sources, Span};

/// Before the id of a question or interview question, which no other may have.
pub(super) const QUESTION_ID: &str = "question:";

/// Before the id of a question that a brief asks: one in reserve.
pub(super) const BRIEF_QUESTION: &str = "brief-question:";

/// Something that a course names and that only the whole can resolve: `lesson:…`, `term:…`, `lab:…` and `finding:…` of
/// links, `concept:…` of questions and steps, `QUESTION_ID` and `BRIEF_QUESTION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// What is named, with its scheme.
    pub target: String,
    /// Where.
    pub span: Span,
}

/// What a reader gathers besides the value.
#[derive(Debug, Default)]
pub(super) struct Notes {
    findings: RefCell<Vec<Finding>>,
    mentions: RefCell<Vec<Mention>>,
}

impl Notes {
    pub(super) fn push(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }

    pub(super) fn extend(&self, findings: Vec<Finding>) {
        self.findings.borrow_mut().extend(findings);
    }

    pub(super) fn mention(&self, target: impl Into<String>, span: Span) {
        self.mentions.borrow_mut().push(Mention { target: target.into(), span });
    }

    pub(super) fn take(self) -> (Vec<Finding>, Vec<Mention>) {
        (self.findings.into_inner(), self.mentions.into_inner())
    }
}

/// The files of a course and the list that gives their texts ids.
#[derive(Clone, Debug)]
pub(super) struct Pack {
    pub(super) origin: Origin,
    pub(super) sources: Sources,
}

impl Pack {
    /// A file that has to be there. `needed` is the place that asks for it; the finding of a missing file
    /// stands there, any other at the file itself.
    pub(super) fn source(&self, path: &str, needed: Option<Span>, notes: &Notes) -> Option<Arc<Source>> {
        match self.origin.read(path) {
            Ok(text) => Some(self.sources.add(self.origin.name(path), text)),
            Err(refused) => {
                notes.push(self.refusal(path, &refused, needed));
                None
            }
        }
    }

    /// The finding for a file that was not read.
    pub(super) fn refusal(&self, path: &str, refused: &Refused, needed: Option<Span>) -> Finding {
        let (code, title, help) = refused.words();
        let missing = *refused == Refused::Missing;
        match needed.filter(|_| missing) {
            Some(span) => Finding::error(code, title, span)
                .detail(format!("`{path}` is not there"))
                .help(format!("{help} `{path}`, or set `status = \"planned\"`")),
            None => Finding::error(code, title, self.place(path)).help(help),
        }
    }

    /// A place for a finding about a file as such, whose text is not shown.
    pub(super) fn place(&self, path: &str) -> Span {
        self.sources.add(self.origin.name(path), "").whole()
    }

    /// A TOML file that has to be there, as a tree; none where its syntax is broken.
    pub(super) fn toml(&self, path: &str, needed: Option<Span>, notes: &Notes) -> Option<Tree> {
        let source = self.source(path, needed, notes)?;
        let (tree, findings) = toml::parse(&source, Limits::default());
        let sound = !findings.iter().any(Finding::blocks);
        notes.extend(findings);
        // After a syntax error, missing fields would be echoes of it.
        sound.then_some(tree)
    }
}

/// The ids of one kind that were there before, with their places.
#[derive(Default)]
pub(super) struct Seen(BTreeMap<String, Span>);

impl Seen {
    /// Whether the id is new; says so where it is not.
    pub(super) fn add(&mut self, id: &str, span: Span, kind: &str, notes: &Notes) -> bool {
        let Some(first) = self.0.get(id) else {
            self.0.insert(id.to_owned(), span);
            return true;
        };
        notes.push(
            Finding::error("course-duplicate-id", "id is used twice", span)
                .detail(format!("there is another {kind} `{id}`"))
                .related(*first, "first used here")
                .help("give one of the two an id of its own; the older one keeps its id"),
        );
        false
    }
}
