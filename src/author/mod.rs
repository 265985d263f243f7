//! What authors ask: `course check` (all mistakes in one run), `course test` (labs proved both ways).
//!
//! Knows the course and what layers above it know; holds no rule about files itself.

mod awaited;

pub use awaited::AWAITED;

use crate::course::Course;
use crate::grade;
use crate::text::Finding;
use crate::text::near::nearest;

/// Every mistake of a course, sorted: its own, and ids of findings that are none of `known`.
pub fn check(course: &Course, known: &[&str]) -> Vec<Finding> {
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
