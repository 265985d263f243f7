//! What a command found, as one value: SARIF, `JUnit` and annotations are ways to write it down.

use std::collections::BTreeMap;

use super::exit::Exit;
use super::places::{Locate, Place, Places};
use crate::checks::{Anchor, Suppressed};
use crate::text::{Finding, Severity, Sources, clean};

/// What a finding means for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It makes the answer a no.
    Failed,
    /// Because of it there is no answer.
    Unjudged,
    /// It is told, and changes nothing.
    Told,
}

/// What a command found.
pub struct Answer<'a> {
    /// By file name and place.
    pub findings: &'a [Finding],
    /// What was found and is accepted.
    pub accepted: &'a [Suppressed],
    /// What was read, with or without a finding.
    pub sources: &'a Sources,
    /// Where it stands.
    pub places: &'a Places,
    /// How the command ends.
    pub exit: Exit,
    /// What a finding of this severity means.
    pub standing: fn(Severity) -> Standing,
    /// The configuration that was used.
    pub configuration: Option<&'a str>,
    /// The level of the Pod Security Standards that alone was asked.
    pub level: Option<String>,
}

/// A finding, and what does not change about it when lines move.
pub struct Item<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Where it is accepted: by which comment.
    pub accepted: Option<&'a Suppressed>,
    /// Its file; empty where it stands in none.
    pub file: &'a str,
    /// Where it stands.
    pub place: Option<Place<'a>>,
    /// What its place is called.
    pub anchor: Option<&'a Anchor>,
    /// How many in the same file before it have the same id and anchor.
    pub index: usize,
    /// What it means for the answer.
    pub standing: Standing,
}

impl<'a> Answer<'a> {
    /// All findings, the accepted ones in their places.
    pub fn items(&self) -> Vec<Item<'a>> {
        let open = self.findings.iter().map(|f| (f, None));
        let accepted = self.accepted.iter().map(|s| (&s.finding, Some(s)));
        let (places, standing) = (self.places, self.standing);
        let item = |(finding, accepted): (&'a Finding, Option<&'a Suppressed>)| {
            let span = finding.primary.span;
            let (file, place, anchor) = (places.file(span), places.place(span), places.anchor(span));
            Item { finding, accepted, file, place, anchor, index: 0, standing: standing(finding.severity) }
        };
        let mut items: Vec<Item<'a>> = open.chain(accepted).map(item).collect();
        items.sort_by(|a, b| {
            let key = |i: &Item<'a>| (i.file, i.finding.primary.span.start, &i.finding.code);
            key(a).cmp(&key(b)).then_with(|| a.finding.detail.cmp(&b.finding.detail))
        });
        for of_one in items.chunk_by_mut(|a, b| a.file == b.file) {
            let mut seen: BTreeMap<_, usize> = BTreeMap::new();
            for item in of_one {
                let count = seen.entry((&item.finding.code, item.anchor)).or_default();
                item.index = *count;
                *count += 1;
            }
        }
        items
    }
}

impl Item<'_> {
    /// What is said of it: the title and the detail, the words at the place, the way out.
    pub fn text(&self) -> String {
        let finding = self.finding;
        let mut text = self.title();
        for (before, more) in [("", &finding.primary.text), ("help: ", &finding.help)] {
            if !more.is_empty() {
                text += &format!("\n{before}{}", clean::clean(more));
            }
        }
        text
    }

    /// What stays when lines move: id, object and path.
    pub fn parts(&self) -> [&str; 3] {
        let (object, path) = self.anchor.map_or(("", ""), |a| (&a.object, &a.path));
        [&*self.finding.code, object, path]
    }

    /// The title and the detail.
    pub fn title(&self) -> String {
        let colon = if self.finding.detail.is_empty() { "" } else { ": " };
        clean::line(&format!("{}{colon}{}", self.finding.title, self.finding.detail), 4)
    }

    /// The same in each run, whatever stands in the lines above: id, object and path; the second of two equal ones
    /// and those after it have a number.
    pub fn name(&self) -> String {
        let parts = self.parts();
        let mut name = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ");
        if self.index > 0 {
            name += &format!(" ({})", self.index + 1);
        }
        clean::line(&name, 4)
    }
}

/// The three levels that other programs know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// An error, or a high risk.
    Error,
    /// A warning, or a medium risk.
    Warning,
    /// Everything below.
    Note,
}

impl Level {
    /// The level of a severity.
    pub fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error | Severity::Critical | Severity::High => Self::Error,
            Severity::Warning | Severity::Medium => Self::Warning,
            Severity::Low | Severity::Info | Severity::Note | Severity::Unknown => Self::Note,
        }
    }
}
