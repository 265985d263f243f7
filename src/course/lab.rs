//! `labs/NN-slug/`: the story, the files, the steps that a submission must stand, and the proofs.

use std::sync::Arc;

use serde::Serialize;

use crate::ids::{ConceptId, LabId, LessonId, StepId};
use crate::parse::{NodeId, Tree};
use crate::text::{Source, Span};

/// A lab as its author wrote it.
#[derive(Clone, Debug)]
pub struct Lab {
    /// Its id, the name of its directory.
    pub id: LabId,
    /// The lesson that it belongs to.
    pub lesson: LessonId,
    /// Its title.
    pub title: String,
    /// What happened and what is asked, in Markdown.
    pub story: String,
    /// Three hints, in rising strength.
    pub hints: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What the learner starts from and edits.
    pub starter: Vec<File>,
    /// The world: files that the learner cannot edit.
    pub world: Vec<File>,
    /// Right answers, the first is `reference`; each holds only files that differ from the starter.
    pub solutions: Vec<Solution>,
    /// Wrong answers, each a step away from a right one.
    pub near_misses: Vec<NearMiss>,
    /// `lab.toml` as a tree: steps name their probes in it.
    pub tree: Arc<Tree>,
}

impl Lab {
    /// All points of its steps.
    pub fn points(&self) -> u32 {
        self.steps.iter().map(|s| s.points).sum()
    }
}

/// A file of a lab.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path within the learner's folder (or the world's), with `/`.
    pub path: String,
    /// Its text.
    pub source: Arc<Source>,
}

/// What kind of step it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// The implicit first step: the component takes each object.
    Accepted,
    /// What an attacker does; it must fail.
    Attack,
    /// What the workload needs; it must work.
    Duty,
    /// Findings of the checker that must be absent or present.
    Posture,
    /// An expression over the parsed submission.
    Fact,
}

impl StepKind {
    /// The word for it in `lab.toml` and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Attack => "attack",
            Self::Duty => "duty",
            Self::Posture => "posture",
            Self::Fact => "fact",
        }
    }
}

/// A step of a lab. Its probes stay nodes of [`Lab::tree`]: each simulator reads its own question's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its id, unique in its lab.
    pub id: StepId,
    /// What kind of step.
    pub kind: StepKind,
    /// What it is worth.
    pub points: u32,
    /// The heading that explains it.
    pub concept: ConceptId,
    /// The ATT&CK technique, as in `T1611`.
    pub technique: Option<String>,
    /// One sentence that says what is done.
    pub says: String,
    /// The probes of an attack or a duty.
    pub probes: Vec<NodeId>,
    /// Finding ids that must be absent (posture).
    pub absent: Vec<String>,
    /// Finding ids that must be present (posture).
    pub present: Vec<String>,
    /// The expression (fact).
    pub cel: Option<String>,
    /// Why no near miss fails here alone, where that is so.
    pub stays: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// A right answer.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The name of its directory.
    pub name: String,
    /// Files that differ from the starter.
    pub files: Vec<File>,
}

/// A plausible wrong answer.
#[derive(Clone, Debug)]
pub struct NearMiss {
    /// The name of its directory.
    pub name: String,
    /// The steps that it must fail, and no others.
    pub fails: Vec<StepId>,
    /// Why it is wrong.
    pub why: String,
    /// Files that differ from the starter.
    pub files: Vec<File>,
    /// Where it stands.
    pub span: Span,
}
