//! What `check` read and found, counted; and where it stands, as long as it is not told.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Standing;
use super::exit::Exit;
use super::findings;
use super::level::Refusals;
use super::places::Places;
use crate::checks::{Counts, Judged, Suppressed};
use crate::text::{Finding, Severity};

/// The sums of a run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Files that were read.
    pub files: usize,
    /// Objects, and documents of other forms.
    pub objects: usize,
    /// Those of which nothing was said but what they are.
    pub passed_over: usize,
    /// Their containers.
    pub containers: usize,
    /// Links that were not followed.
    pub links: usize,
    /// Paths that the configuration excludes.
    pub excluded: usize,
    /// What a level says of pods and workloads.
    pub level: Refusals,
    /// How often a directory was too large to be judged at once.
    pub cut: usize,
    /// What was found and is accepted.
    pub accepted: usize,
    /// The numbers of the configuration's entries that accepted something.
    pub entries: BTreeSet<usize>,
    /// What was found, by severity.
    pub found: BTreeMap<Severity, usize>,
    /// Where it stands, where findings are told all at once.
    pub places: Places,
}

impl Tally {
    /// Adds the sums of other files.
    pub fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.objects += other.objects;
        self.containers += other.containers;
        self.passed_over += other.passed_over;
        self.links += other.links;
        self.excluded += other.excluded;
        self.level.add(&other.level);
        self.cut += other.cut;
        self.accepted += other.accepted;
        self.entries.extend(&other.entries);
        for (severity, count) in &other.found {
            *self.found.entry(*severity).or_default() += count;
        }
        self.places.add(&other.places);
    }

    /// Adds what was read of a file.
    pub fn read(&mut self, read: &Counts) {
        self.objects += read.objects + read.others;
        self.containers += read.containers;
        self.passed_over += read.passed_over();
    }

    /// Adds what was found and is accepted.
    pub fn accepted(&mut self, suppressed: &[Suppressed]) {
        self.accepted += suppressed.len();
        self.entries.extend(suppressed.iter().filter_map(|one| one.entry));
    }

    /// Adds what was found.
    pub fn found(&mut self, findings: &[Finding]) {
        for finding in findings {
            *self.found.entry(finding.severity).or_default() += 1;
        }
    }

    /// Adds what a level says.
    pub fn levelled(&mut self, judged: &[Judged]) {
        for one in judged {
            self.level.count(one);
        }
    }

    /// Notes are no findings: they say what was not looked at. Nor are those that nobody can tell from what was read.
    pub fn exit(&self) -> Exit {
        let any = |wanted| self.found.keys().any(|severity| standing(*severity) == wanted);
        if any(Standing::Unjudged) {
            Exit::Unjudged
        } else if any(Standing::Failed) {
            Exit::No
        } else if self.objects <= self.passed_over {
            Exit::Unjudged
        } else {
            Exit::Yes
        }
    }

    /// In a line.
    pub fn words(&self) -> String {
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let mut words = format!(
            "read {}, {}, {}",
            count(self.files, "file"),
            count(self.objects, "object"),
            count(self.containers, "container")
        );
        if self.links > 0 {
            words += &format!(", {} not followed", count(self.links, "link"));
        }
        if self.excluded > 0 {
            words += &format!(", {} excluded", count(self.excluded, "path"));
        }
        if self.cut > 0 {
            words += &format!(", directories in {} more", count(self.cut, "part"));
        }
        if self.accepted > 0 {
            words += &format!(", {} accepted", count(self.accepted, "finding"));
        }
        if self.objects == 0 {
            words += ", so nothing was checked";
        }
        format!("{words}: {}", findings::sum(&self.found))
    }
}

/// An error says that something could not be judged, a note what was not looked at.
pub fn standing(severity: Severity) -> Standing {
    match severity {
        Severity::Error => Standing::Unjudged,
        Severity::Note | Severity::Unknown => Standing::Told,
        _ => Standing::Failed,
    }
}
