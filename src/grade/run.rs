//! Plan and submission to report.

use super::accepted::{self, Taken};
use super::plan::{Plan, Planned};
use super::posture::Judged;
use super::{Outcome, Report, Status, StepResult, Submission};
use std::sync::Arc;

use crate::course::StepKind;
use crate::ids::StepId;
use crate::parse::Tree;
use crate::sim::question::Ask;
use crate::sim::world::World;
use crate::sim::{Answer, Reason};
use crate::text::{Finding, Sources};

/// Grades a submission. Deterministic: the same files give the same report.
pub fn run(plan: &Plan, submission: &Submission, sources: &Sources) -> Report {
    let mut files = submission.files.clone();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let (taken, mut findings, parsed) = match accepted::judge(&files, &plan.needs, &plan.world) {
        Taken::Yes(trees) => (Some((plan.world.with(trees.clone()), trees)), Vec::new(), true),
        Taken::Refused(findings) => (None, findings, true),
        Taken::Unparsed(findings) => (None, findings, false),
    };
    Finding::sort(&mut findings, sources);
    let mut steps = vec![first(&findings, parsed)];
    for planned in &plan.steps {
        steps.push(match &taken {
            Some((_, trees)) if planned.step.kind == StepKind::Posture => posture(planned, trees),
            Some((world, _)) => judge(planned, world),
            None => unasked(planned),
        });
    }
    let outcome = if !parsed {
        Outcome::NotJudged
    } else if steps.iter().any(|s| s.status == Status::Failed) {
        Outcome::Failed
    } else if steps.iter().any(|s| s.status == Status::NotJudged) {
        Outcome::NotJudged
    } else {
        Outcome::Passed
    };
    Report { lab: plan.lab.clone(), outcome, steps, findings }
}

fn first(findings: &[Finding], parsed: bool) -> StepResult {
    let why: Vec<Reason> = findings
        .iter()
        .map(|f| {
            let detail = if f.detail.is_empty() { String::new() } else { format!(": {}", f.detail) };
            Reason::at(format!("{}{detail}", f.title), f.primary.span)
        })
        .collect();
    let status = if findings.is_empty() { Status::Passed } else { Status::Failed };
    let found = match (status, parsed) {
        (Status::Passed, _) => "the API server takes every object",
        (_, true) => "the API server refuses what was written",
        (_, false) => "a file does not parse",
    };
    StepResult {
        step: StepId::accepted(),
        kind: StepKind::Accepted,
        says: "The API server takes each object.".to_owned(),
        technique: None,
        concept: None,
        status,
        found: found.to_owned(),
        wanted: "the API server takes every object".to_owned(),
        why: if why.is_empty() { vec![Reason::fact("every field is known and of its type")] } else { why },
        evidence: None,
        points: 0,
        max: 0,
    }
}

fn result(planned: &Planned, status: Status, found: String, wanted: String, why: Vec<Reason>) -> StepResult {
    let step = &planned.step;
    StepResult {
        step: step.id.clone(),
        kind: step.kind,
        says: step.says.clone(),
        technique: step.technique.clone(),
        concept: Some(step.concept.clone()),
        status,
        found,
        wanted,
        why,
        evidence: None,
        points: if status == Status::Passed { step.points } else { 0 },
        max: step.points,
    }
}

fn unasked(planned: &Planned) -> StepResult {
    let why = vec![Reason::fact("not asked: the objects have to be accepted first")];
    result(planned, Status::NotJudged, "not judged".to_owned(), wanted_of(planned), why)
}

fn posture(planned: &Planned, trees: &[Arc<Tree>]) -> StepResult {
    let wanted = planned.posture.wanted();
    match planned.posture.judge(trees) {
        Judged::Passed(why) => result(planned, Status::Passed, wanted.clone(), wanted, why),
        Judged::Failed(found, why) => result(planned, Status::Failed, found, wanted, why),
        Judged::Unread(why) => {
            result(planned, Status::NotJudged, "a file could not be read in full".to_owned(), wanted, why)
        }
    }
}

fn wanted_of(planned: &Planned) -> String {
    if planned.step.kind == StepKind::Posture {
        return planned.posture.wanted();
    }
    planned.probes.first().map_or_else(String::new, |p| sentence(&p.ask.says(), p.expect))
}

fn sentence(subject: &str, answer: Answer) -> String {
    match answer {
        Answer::Unmodelled => format!("{subject} could not be judged"),
        other => format!("{subject} is {}", other.word()),
    }
}

fn judge(planned: &Planned, world: &World) -> StepResult {
    let mut passed: Option<StepResult> = None;
    let mut asked: Vec<Ask> = Vec::new();
    for probe in &planned.probes {
        for ask in probe.ask.spread(world) {
            // `container = ["app", "*"]` asks of one container first and then of every other.
            if asked.contains(&ask) {
                continue;
            }
            let verdict = ask.answer(world);
            let says = ask.says();
            let status = match verdict.answer {
                Answer::Unmodelled => Status::NotJudged,
                answer if answer == probe.expect => Status::Passed,
                _ => Status::Failed,
            };
            let (found, wanted) = (sentence(&says, verdict.answer), sentence(&says, probe.expect));
            let mut out = result(planned, status, found, wanted, verdict.because);
            out.evidence = verdict.evidence;
            if status != Status::Passed {
                return out;
            }
            asked.push(ask);
            match &mut passed {
                None => passed = Some(out),
                Some(first) => also(first, out),
            }
        }
    }
    let Some(mut out) = passed else {
        let why = vec![Reason::fact("the step asks nothing: no container is there to ask about")];
        return result(planned, Status::NotJudged, "not judged".to_owned(), String::new(), why);
    };
    match asked.len() {
        1 => {}
        2 => out.found.push_str(", and so is 1 more"),
        more => out.found = format!("{}, and so are {} more", out.found, more - 1),
    }
    out
}

/// The most reasons that a step which passed shows.
const SHOWN: usize = 6;

/// Adds the deciding reason of another probe that went as wanted, where it says something new.
fn also(first: &mut StepResult, other: StepResult) {
    if let Some(reason) = other.why.into_iter().next()
        && first.why.len() < SHOWN
        && !first.why.contains(&reason)
    {
        first.why.push(reason);
    }
    if first.evidence.is_none() {
        first.evidence = other.evidence;
    }
}
