//! What authors ask: `course check` (all mistakes in one run, and how things are written), `course test` (labs proved both
//! ways), `course stats` and `course blind`.
//!
//! Knows the course and what layers above it know. What makes a file unreadable is the course's to say; here is what
//! makes a question or lesson bad: `table` lists the rules, `rule` runs them, `material` is what they look at.

mod awaited;
mod bank;
mod blind;
mod ignore;
mod interview;
mod items;
mod lesson;
mod material;
mod place;
mod rule;
mod same;
mod snippet;
mod stats;
mod table;
mod words;

pub use awaited::AWAITED;
pub use blind::{Blind, Score};
pub use rule::{Look, Rule};
pub use stats::{Questions, Share, Stats};
pub use table::RULES;

use crate::checks::Suppressed;
use crate::course::Course;
use crate::grade;
use crate::text::Finding;
use crate::text::near::nearest;
use material::Material;

/// What came of a course.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was found, by place.
    pub findings: Vec<Finding>,
    /// What authors have answered for with `# sealegs:ignore`.
    pub suppressed: Vec<Suppressed>,
}

/// Everything that is wrong with a course: mistakes, and how it is written.
pub fn check(course: &Course, known: &[&str]) -> Checked {
    let mut findings = mistakes(course, known);
    let mut written = written(&Material::of(course));
    findings.append(&mut written.findings);
    Finding::sort(&mut findings, course.sources());
    Checked { findings, suppressed: written.suppressed }
}

/// How it is written: what the rules find and authors have not answered for.
fn written(material: &Material) -> Checked {
    let mut findings = rule::run(RULES, material);
    let suppressed = ignore::apply(RULES, &material.quizzes, &mut findings);
    Checked { findings, suppressed }
}

/// What a course holds, counted.
pub fn stats(course: &Course) -> Stats {
    let material = Material::of(course);
    Stats::of(course, &material, written(&material).suppressed.len())
}

/// What somebody reaches who knows nothing: in the counted questions, and in all.
pub fn blind(course: &Course) -> Vec<Blind> {
    Material::of(course).banks().iter().map(Blind::of).collect()
}

/// Every mistake of a course, sorted: its own, and ids of findings that are none of `known`.
pub fn mistakes(course: &Course, known: &[&str]) -> Vec<Finding> {
    let mut findings = course.check();
    for mention in course.mentions() {
        let id = mention.target.strip_prefix("finding:").unwrap_or(&mention.target);
        if known.contains(&id) {
            continue;
        }
        let help = match nearest(id, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "choose one that `sealegs explain --list` shows".to_owned(),
        };
        findings.push(
            Finding::error("course-unknown-finding", "no such finding", mention.span)
                .detail(format!("the checker finds nothing with the id `{id}`"))
                .help(help),
        );
    }
    Finding::sort(&mut findings, course.sources());
    findings
}

/// What keeps the labs of a course from being proved: each must fail as it starts, pass with every solution and
/// fail exactly the named steps with each near miss.
pub fn prove(course: &Course) -> Vec<Finding> {
    let mut findings = Vec::new();
    for id in course.labs() {
        match course.lab(&id) {
            Ok(lab) => findings.extend(grade::prove(&lab, course.sources())),
            Err(broken) => findings.extend(broken.findings.iter().cloned()),
        }
    }
    Finding::sort(&mut findings, course.sources());
    findings
}
