//! Every question of a lab with its answer, one by one: a report tells a step's deciding one, a matrix all of them.

use super::accepted::{self, Taken};
use super::plan::Plan;
use super::report::Submission;
use crate::ids::StepId;
use crate::sim::question::Ask;
use crate::sim::{Answer, Verdict};

/// One question of a step, and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The step that asks it.
    pub step: StepId,
    /// The question.
    pub ask: Ask,
    /// The answer that the step wants.
    pub wanted: Answer,
    /// The answer that it got.
    pub verdict: Verdict,
}

/// All questions of the lab's steps, in their order, asked of a submission; none where a file of it does not parse, or
/// the API server refuses it.
pub fn asked(plan: &Plan, submission: &Submission) -> Option<Vec<Asked>> {
    let mut files = submission.files.clone();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let Taken::Yes(trees) = accepted::judge(&files, &plan.needs, &plan.world) else { return None };
    let world = plan.world.with(trees);
    let mut out: Vec<Asked> = Vec::new();
    for planned in &plan.steps {
        let first = out.len();
        for probe in &planned.probes {
            for ask in probe.ask.spread(&world) {
                if out.iter().skip(first).all(|known| known.ask != ask) {
                    let verdict = ask.answer(&world);
                    out.push(Asked { step: planned.step.id.clone(), ask, wanted: probe.expect, verdict });
                }
            }
        }
    }
    Some(out)
}
