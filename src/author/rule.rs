//! What a rule for authors is, what it is handed, and what it answers; the runner makes findings of the answers.

use std::borrow::Cow;

use super::material::{Bank, Item, Material, Reading, Talk};
use super::snippet::Snippet;
use crate::text::{Finding, Label, Severity, Span};

/// A rule: what it is called, what it weighs, what it says, and the functions that look.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What `# sealegs:ignore` names; never renamed.
    pub id: &'static str,
    /// What it weighs; a fault may say that it is worse.
    pub severity: Severity,
    /// The fault in a few words: lower case, no full stop.
    pub title: &'static str,
    /// Who looks for it.
    pub looks: &'static [Look],
}

/// A rule's function, by granularity.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    /// The course's loader enforces it, with findings of these ids; nothing of it can be suppressed.
    Loader(&'static [&'static str]),
    /// Looks at one question.
    Question(fn(&Item) -> Vec<Fault>),
    /// Looks at a bank of questions: the counted ones, then all.
    Bank(fn(&Bank<'_>) -> Vec<Fault>),
    /// Looks at one interview question.
    Interview(fn(&Talk) -> Vec<Fault>),
    /// Looks at one lesson.
    Lesson(fn(&Reading) -> Vec<Fault>),
    /// Looks at one piece of code of a lesson or brief.
    Snippet(fn(&Snippet) -> Vec<Fault>),
    /// Looks at the whole course.
    Course(fn(&Material) -> Vec<Fault>),
}

/// A fault that a rule found. The runner adds id, severity, title and the name of what it looked at.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// What it weighs, where that is not what the rule weighs.
    pub severity: Option<Severity>,
    /// What was measured, and what is allowed.
    pub detail: String,
    /// Other places that explain it.
    pub related: Vec<Label>,
    /// The change that mends it.
    pub help: String,
}

impl Fault {
    /// A fault at `span`.
    pub fn new(span: Span, detail: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, severity: None, detail: detail.into(), related: Vec::new(), help: help.into() }
    }

    /// Makes it an error where `worse` holds.
    #[must_use]
    pub fn error_if(mut self, worse: bool) -> Self {
        self.severity = worse.then_some(Severity::Error);
        self
    }

    /// Makes it a warning where `better` holds.
    #[must_use]
    pub fn warning_if(mut self, better: bool) -> Self {
        self.severity = better.then_some(Severity::Warning);
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        self.related.push(Label::new(span, text));
        self
    }
}

/// Everything that the rules find in a course.
pub fn run(rules: &[Rule], material: &Material) -> Vec<Finding> {
    let mut findings = Vec::new();
    let banks = material.banks();
    for rule in rules {
        for look in rule.looks {
            let mut add = |subject: &str, faults: Vec<Fault>| {
                findings.extend(faults.into_iter().map(|fault| finding(rule, subject, fault)));
            };
            match look {
                Look::Loader(_) => {}
                Look::Question(look) => {
                    material.items.iter().for_each(|item| add(&item.title(), look(item)));
                }
                Look::Bank(look) => banks.iter().for_each(|bank| add(bank.name, look(bank))),
                Look::Interview(look) => {
                    material.talks.iter().for_each(|talk| add(&talk.title(), look(talk)));
                }
                Look::Lesson(look) => {
                    for reading in &material.readings {
                        add(&format!("lesson `{}`", reading.entry.id), look(reading));
                    }
                }
                Look::Snippet(look) => {
                    material.snippets.iter().for_each(|snippet| add(&snippet.title, look(snippet)));
                }
                Look::Course(look) => add("", look(material)),
            }
        }
    }
    findings
}

fn finding(rule: &Rule, subject: &str, fault: Fault) -> Finding {
    let colon = if subject.is_empty() { "" } else { ": " };
    let severity = fault.severity.unwrap_or(rule.severity);
    let mut finding = Finding::new(rule.id, severity, rule.title, fault.span)
        .detail(format!("{subject}{colon}{}", fault.detail))
        .help(fault.help);
    finding.related = fault.related;
    finding
}
