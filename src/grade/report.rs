//! What grading says. Both front ends and every output format print this one value.

use std::sync::Arc;

use crate::course::StepKind;
use crate::ids::{ConceptId, LabId, StepId};
use crate::sim::Reason;
use crate::text::{Finding, Source};

/// The learner's files: path within the lab's folder, and text.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    /// In the order of their paths.
    pub files: Vec<(String, Arc<Source>)>,
}

/// What came of it as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every step passed.
    Passed,
    /// Some step failed.
    Failed,
    /// It could not be judged: a file does not parse, or a step asks what is not modelled.
    NotJudged,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The attack failed, the duty worked, the findings are as asked.
    Passed,
    /// It is not so.
    Failed,
    /// It could not be said, or was not asked because an earlier step makes it meaningless.
    NotJudged,
}

/// One step and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StepResult {
    /// The step; `accepted` for the implicit first one.
    pub step: StepId,
    /// What kind.
    pub kind: StepKind,
    /// What the step does, in the author's words.
    pub says: String,
    /// The ATT&CK technique.
    pub technique: Option<String>,
    /// The heading that explains it; none for the implicit first step.
    pub concept: Option<ConceptId>,
    /// What came of it.
    pub status: Status,
    /// What was found, in a sentence: the deciding probe's answer.
    pub found: String,
    /// What was wanted.
    pub wanted: String,
    /// Why: the deciding reason first, each with its line where it has one.
    pub why: Vec<Reason>,
    /// The line that an operator would see.
    pub evidence: Option<String>,
    /// Points reached.
    pub points: u32,
    /// Points to be had.
    pub max: u32,
}

/// What came of a submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The lab.
    pub lab: LabId,
    /// As a whole.
    pub outcome: Outcome,
    /// The steps, in the lab's order, the implicit `accepted` first.
    pub steps: Vec<StepResult>,
    /// What is wrong with the files themselves (syntax, unknown fields).
    pub findings: Vec<Finding>,
}

impl Report {
    /// Points reached.
    pub fn points(&self) -> u32 {
        self.steps.iter().map(|s| s.points).sum()
    }

    /// Points to be had.
    pub fn max(&self) -> u32 {
        self.steps.iter().map(|s| s.max).sum()
    }

    /// The first step that did not pass.
    pub fn first_failed(&self) -> Option<&StepResult> {
        self.steps.iter().find(|s| s.status != Status::Passed)
    }
}
