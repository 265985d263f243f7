//! What a level of the Pod Security Standards says of each pod and workload, as text and as JSON.

use serde_json::{Value, json};

use super::places::Locate;
use crate::checks::Judged;
use crate::sim::admission::pod_security::{LevelVersion, NEWEST, Version};
use crate::text::{Sources, clean};

/// The line of one that is refused, in the API server's words.
pub fn line(one: &Judged, sources: &Sources) -> Option<String> {
    let says = one.says.as_ref()?;
    let at = sources.locate(one.span);
    let at = at.map_or_else(String::new, |(name, at)| format!("{}:{at}: ", clean::line(&name, 1)));
    let what = if one.of_pod { "refused" } else { "stored, its pods refused" };
    Some(format!("{what}: {at}{} {}", clean::line(&one.title, 1), clean::line(says, 1)))
}

/// How many pods and workloads were judged, and how many of them refused. Enforce judges pods alone, so that workloads
/// are counted apart.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    pods: (usize, usize),
    workloads: (usize, usize),
}

impl Refusals {
    /// Counts one.
    pub fn count(&mut self, one: &Judged) {
        let (refused, all) = if one.of_pod { &mut self.pods } else { &mut self.workloads };
        *refused += usize::from(one.says.is_some());
        *all += 1;
    }

    /// Adds other counts.
    pub fn add(&mut self, other: &Self) {
        let sum = |a: (usize, usize), b: (usize, usize)| (a.0 + b.0, a.1 + b.1);
        self.pods = sum(self.pods, other.pods);
        self.workloads = sum(self.workloads, other.workloads);
    }

    /// In a line.
    pub fn words(&self, by: LevelVersion) -> String {
        let version = match by.version {
            Version::Latest => format!(" (v1.{NEWEST})"),
            Version::Minor(minor) if minor > NEWEST => {
                format!(" (judged as v1.{NEWEST}, the newest known here)")
            }
            Version::Minor(_) => String::new(),
        };
        let ((pods, of_pods), (workloads, of_workloads)) = (self.pods, self.workloads);
        if of_pods + of_workloads == 0 {
            return format!("{by}{version}: no pod and no workload was read");
        }
        format!(
            "{by}{version} refuses {pods} of {of_pods} pods, and the pods of {workloads} of {of_workloads} workloads; \
             enforce judges pods alone, so the workloads themselves are stored"
        )
    }
}

/// The same for programs.
pub fn json(by: LevelVersion, judged: &[Judged], known: &impl Locate) -> Value {
    let objects = judged.iter().map(|one| {
        let at = known.place(one.span);
        let line = at.as_ref().map(|place| place.range.map_or(1, |range| range.start.line));
        let file = at.map(|place| place.file);
        json!({ "object": one.title, "file": file, "line": line, "isPod": one.of_pod,
                "allowed": one.says.is_none(), "checks": one.checks, "message": one.says })
    });
    json!({ "level": by.level.word(), "version": by.version.to_string(), "judgedAs": format!("v1.{}", by.version.minor()),
            "objects": objects.collect::<Vec<_>>() })
}
