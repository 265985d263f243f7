//! What a lab's attacks and duties come to before and after: in the starter, and in the learner's files as they are.

use std::collections::BTreeMap;

use super::labs::submitted;
use super::{Session, SessionError};
use crate::grade::{Asked, Plan, Report, asked, run, submission};
use crate::ids::{LabId, StepId};
use crate::sim::question::Ask;
use crate::sim::rbac::probe::Who;
use crate::sim::{Answer, Verdict};

/// A lab's attacks and duties, before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Attacks {
    /// The files that the lab begins with.
    pub before: Report,
    /// The learner's.
    pub after: Report,
    /// Who reaches whom, or may do what, where the lab's steps ask that.
    pub matrix: Option<Matrix>,
}

/// Who → whom: only what the steps ask.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    /// Those who open connections, or send requests; in the order in which the steps name them.
    pub who: Vec<String>,
    /// What they reach for.
    pub whom: Vec<String>,
    /// What is asked of a pair, by the indices of both.
    pub cells: BTreeMap<(usize, usize), Vec<Crossing>>,
}

/// One question about a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// What tells it from the others of its pair: port and protocol. Empty where a pair has one question.
    pub how: String,
    /// The step that asks it.
    pub step: StepId,
    /// What the step wants.
    pub wanted: Answer,
    /// The answer of the starter; none where the API server refuses it.
    pub before: Option<Verdict>,
    /// The answer of the learner's files; none where the API server refuses them, or they do not parse.
    pub after: Option<Verdict>,
}

impl Crossing {
    /// The answer of the starter.
    pub fn was(&self) -> Answer {
        answer(self.before.as_ref())
    }

    /// The answer of the learner's files.
    pub fn is(&self) -> Answer {
        answer(self.after.as_ref())
    }

    /// Whether the learner's files give the answer that is wanted.
    pub fn holds(&self) -> bool {
        self.is() == self.wanted
    }
}

fn answer(verdict: Option<&Verdict>) -> Answer {
    verdict.map_or(Answer::Unmodelled, |v| v.answer)
}

impl Session {
    /// Asks every question of a lab of its starter and of the learner's copy. Nothing is recorded.
    pub fn lab_attacks(&self, lab: &LabId) -> Result<Attacks, SessionError> {
        let files = self.lab_files(lab)?;
        let lab = self.course.lab(lab)?;
        let sources = self.course.sources();
        let plan = Plan::new(&lab, sources).map_err(|f| SessionError::BrokenLab(lab.id.clone(), f))?;
        let (starter, own) = (submission(&lab, &[]), submitted(sources, &files));
        let matrix = matrix(asked(&plan, &starter), asked(&plan, &own));
        Ok(Attacks {
            before: run(&plan, &starter, sources),
            after: run(&plan, &own, sources),
            matrix: Some(matrix).filter(|m| !m.cells.is_empty()),
        })
    }
}

/// Who, whom and how of a question that has two ends.
fn ends(ask: &Ask) -> Option<(String, String, String)> {
    match ask {
        Ask::Network(probe) => {
            let how = format!("{}/{}", probe.port, probe.protocol.word());
            Some((probe.from.clone(), probe.to.clone(), how))
        }
        Ask::Rbac(question) => {
            let who = match &question.who {
                Who::Caller(caller) => caller.to_string(),
                Who::Pod(pod) => match &pod.namespace {
                    Some(namespace) => format!("{namespace}/{}", pod.name),
                    None => pod.name.clone(),
                },
            };
            Some((who, question.what.to_string(), String::new()))
        }
        _ => None,
    }
}

fn matrix(before: Option<Vec<Asked>>, after: Option<Vec<Asked>>) -> Matrix {
    let mut out = Matrix::default();
    for (asked, learners) in [(before, false), (after, true)] {
        for one in asked.into_iter().flatten() {
            let Some((who, whom, how)) = ends(&one.ask) else { continue };
            let at = (index(&mut out.who, who), index(&mut out.whom, whom));
            let cell = out.cells.entry(at).or_default();
            let known = cell.iter().position(|c| c.how == how && c.step == one.step);
            let known = known.unwrap_or_else(|| {
                cell.push(Crossing { how, step: one.step, wanted: one.wanted, before: None, after: None });
                cell.len() - 1
            });
            if let Some(crossing) = cell.get_mut(known) {
                let side = if learners { &mut crossing.after } else { &mut crossing.before };
                *side = Some(one.verdict);
            }
        }
    }
    out
}

fn index(names: &mut Vec<String>, name: String) -> usize {
    names.iter().position(|known| *known == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    })
}
