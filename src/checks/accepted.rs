//! Findings that a file of the site's own accepts, each with its reason: what comments cannot say, or should not.

use std::fmt;
use std::sync::Arc;

use super::suppress::Suppressed;
use super::{Check, Day};
use crate::text::{Finding, Source};

/// Findings that are accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Of which checks.
    pub checks: Vec<&'static Check>,
    /// In which files.
    pub files: Files,
    /// Why.
    pub reason: String,
    /// The last day, and as it was written.
    pub until: Option<(Day, String)>,
}

/// Files by name.
#[derive(Clone)]
pub struct Files(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl Files {
    /// The files for whose names `holds` says so.
    pub fn new(holds: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(holds))
    }

    /// Whether the file of that name is one of them.
    pub fn hold(&self, name: &str) -> bool {
        (self.0)(name)
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Files")
    }
}

impl Accepted {
    /// Whether its last day has passed.
    pub fn is_over(&self, today: Option<Day>) -> bool {
        self.until.as_ref().zip(today).is_some_and(|((day, _), today)| today > *day)
    }
}

/// Takes out of `findings` what is accepted in the file of `source`.
pub(super) fn take(
    source: &Source,
    findings: &mut Vec<Finding>,
    accepted: &[Accepted],
    today: Option<Day>,
) -> Vec<Suppressed> {
    let numbered = accepted.iter().enumerate();
    let here = numbered.filter(|(_, a)| !a.is_over(today) && a.files.hold(source.name()));
    let here: Vec<(usize, &Accepted)> = here.collect();
    if here.is_empty() {
        return Vec::new();
    }
    let entry = |finding: &Finding| {
        let ours = finding.primary.span.file == source.id();
        here.iter().find(|(_, a)| ours && a.checks.iter().any(|check| finding.code == check.id))
    };
    let mut out = Vec::new();
    for finding in std::mem::take(findings) {
        match entry(&finding) {
            Some((number, by)) => {
                let until = by.until.as_ref().map(|(_, text)| text.clone());
                out.push(Suppressed { finding, reason: by.reason.clone(), until, entry: Some(*number) });
            }
            None => findings.push(finding),
        }
    }
    out
}
