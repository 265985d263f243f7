//! The proof of a lab: the starter fails, every solution passes, each near miss fails exactly where it says, and
//! every step is needed. `sealegs course test` and our own tests run this one function.

use std::collections::BTreeSet;

use super::{Outcome, Plan, Report, Status, Submission, run};
use crate::course::{File, Lab, StepKind};
use crate::ids::StepId;
use crate::text::{Finding, Sources, Span};

/// How many solutions beside the reference, and how many near misses, a lab has at least.
const OTHER_SOLUTIONS: usize = 2;
const NEAR_MISSES: usize = 3;

/// Everything that keeps this lab from being proved; empty for a sound one.
pub fn prove(lab: &Lab, sources: &Sources) -> Vec<Finding> {
    let plan = match Plan::new(lab, sources) {
        Ok(plan) => plan,
        Err(findings) => return findings,
    };
    let mut proof = Proof { lab, plan, sources, findings: Vec::new() };
    proof.starter();
    proof.solutions();
    let missed = proof.near_misses();
    proof.steps(&missed);
    proof.findings
}

/// The starter with the files of a solution or near miss laid over it.
pub fn submission(lab: &Lab, over: &[File]) -> Submission {
    let mut files: Vec<_> = over.iter().map(|f| (f.path.clone(), f.source.clone())).collect();
    for file in &lab.starter {
        if !over.iter().any(|f| f.path == file.path) {
            files.push((file.path.clone(), file.source.clone()));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Submission { files }
}

struct Proof<'l> {
    lab: &'l Lab,
    plan: Plan,
    sources: &'l Sources,
    findings: Vec<Finding>,
}

impl Proof<'_> {
    fn grade(&self, over: &[File]) -> Report {
        run(&self.plan, &submission(self.lab, over), self.sources)
    }

    fn here(&self) -> Span {
        self.lab.tree.source().span(0, 0)
    }

    fn say(&mut self, span: Span, title: String, report: Option<&Report>, help: &'static str) {
        let mut detail: Vec<String> = Vec::new();
        for step in report.into_iter().flat_map(|r| &r.steps).filter(|s| s.status != Status::Passed) {
            let why = step.why.first().map_or("", |r| r.text.as_str());
            detail.push(format!("{}: {} ({why})", step.step, step.found));
        }
        let detail = detail.join("; ");
        self.findings.push(Finding::error("lab-unproved", title, span).detail(detail).help(help));
    }

    fn starter(&mut self) {
        let report = self.grade(&[]);
        let here = self.here();
        let open = |s: &super::StepResult| s.status == Status::Failed && s.kind != StepKind::Duty;
        if report.steps.iter().any(|s| s.kind == StepKind::Accepted && s.status != Status::Passed) {
            self.say(
                here,
                "the starter is not accepted".into(),
                Some(&report),
                "give learners objects that the API server takes",
            );
        } else if !report.steps.iter().any(open) {
            self.say(
                here,
                "the starter stops every attack".into(),
                Some(&report),
                "leave something to be mended",
            );
        }
        self.judged(&report, here, "the starter");
    }

    /// A step that cannot be judged is an author's error wherever the objects were accepted.
    fn judged(&mut self, report: &Report, span: Span, who: &str) {
        let accepted = report.steps.first().is_some_and(|s| s.status == Status::Passed);
        if accepted && report.steps.iter().any(|s| s.status == Status::NotJudged) {
            self.say(
                span,
                format!("{who}: a step cannot be judged"),
                Some(report),
                "ask what is modelled, or complete the world",
            );
        }
    }

    fn solutions(&mut self) {
        let here = self.here();
        let lab = self.lab;
        if lab.solutions.len() <= OTHER_SOLUTIONS {
            let title = format!("the lab has {} solutions", lab.solutions.len());
            self.say(here, title, None, "add the reference and at least two others, written differently");
        }
        for solution in &lab.solutions {
            let report = self.grade(&solution.files);
            let span = solution.files.first().map_or(here, |f| f.source.span(0, 0));
            if report.outcome != Outcome::Passed || report.points() != lab.points() {
                self.say(
                    span,
                    format!("the solution `{}` does not pass", solution.name),
                    Some(&report),
                    "mend the solution or the lab",
                );
            }
            if report != self.grade(&solution.files) {
                self.say(
                    span,
                    format!("the solution `{}` is graded differently twice", solution.name),
                    None,
                    "find what is not deterministic",
                );
            }
        }
    }

    /// The steps that some near miss fails.
    fn near_misses(&mut self) -> BTreeSet<StepId> {
        let here = self.here();
        let lab = self.lab;
        let mut missed = BTreeSet::new();
        if lab.near_misses.len() < NEAR_MISSES {
            let title = format!("the lab has {} near misses", lab.near_misses.len());
            self.say(here, title, None, "add plausible wrong answers until there are three");
        }
        for near in &lab.near_misses {
            let report = self.grade(&near.files);
            let failed: BTreeSet<StepId> =
                report.steps.iter().filter(|s| s.status == Status::Failed).map(|s| s.step.clone()).collect();
            let named: BTreeSet<StepId> = near.fails.iter().cloned().collect();
            if failed != named {
                let list = |set: &BTreeSet<StepId>| {
                    let words: Vec<&str> = set.iter().map(StepId::as_str).collect();
                    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
                };
                let title =
                    format!("the near miss `{}` fails {}, not {}", near.name, list(&failed), list(&named));
                self.say(near.span, title, Some(&report), "mend `fails`, the near miss or the lab");
            }
            self.judged(&report, near.span, &format!("the near miss `{}`", near.name));
            missed.extend(failed);
        }
        missed
    }

    fn steps(&mut self, missed: &BTreeSet<StepId>) {
        let starter = self.grade(&[]);
        for step in &self.lab.steps {
            let fails = |s: &super::StepResult| s.step == step.id && s.status == Status::Failed;
            let needed = missed.contains(&step.id) || starter.steps.iter().any(fails);
            if !needed && step.stays.is_none() {
                let title = format!("no near miss fails the step `{}`", step.id);
                self.say(step.span, title, None, "add a near miss for it, or say in `stays` why it stays");
            }
        }
    }
}
