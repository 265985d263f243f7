//! Every lab of the course, proved: the starter fails, every solution passes, each near miss fails exactly where
//! it says, every step is needed; and the simulators' cases.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::path::Path;

use sealegs::course::{Course, Origin};
use sealegs::grade;
use sealegs::ids::LabId;
use sealegs::text::snippet;

/// The course with every lesson ready, so that a lab can be proved before its lesson is written.
fn course() -> (Course, tempfile::TempDir) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let there = tempfile::tempdir().unwrap();
    let manifest = std::fs::read_to_string(here.join("content/course.toml")).unwrap();
    std::fs::create_dir(there.path().join("content")).unwrap();
    std::fs::write(there.path().join("content/course.toml"), manifest.replace("\"planned\"", "\"ready\""))
        .unwrap();
    copy(&here.join("labs"), &there.path().join("labs"));
    match Course::open(Origin::Directory(there.path().to_owned())) {
        Ok(course) => (course, there),
        Err((sources, findings)) => {
            panic!("{}", findings.iter().map(|f| snippet::render(f, &sources)).collect::<String>())
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every directory below `labs/`, those of lessons that are still planned too.
fn labs() -> Vec<LabId> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/labs");
    let mut ids: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .filter_map(|entry| LabId::new(entry.unwrap().file_name().to_str()?))
        .collect();
    ids.sort();
    assert!(!ids.is_empty());
    ids
}

#[test]
fn every_lab_is_proved() {
    let (course, _directory) = course();
    let mut wrong = String::new();
    for id in labs() {
        let findings = match course.lab(&id) {
            Ok(lab) => grade::prove(&lab, course.sources()),
            Err(broken) => broken.findings.clone(),
        };
        for finding in findings {
            wrong += &snippet::render(&finding, course.sources());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A report as plain lines, for reading and for comparing.
fn lines(report: &grade::Report, sources: &sealegs::text::Sources) -> String {
    use std::fmt::Write;
    let mut out = format!("{} {:?} {}/{}\n", report.lab, report.outcome, report.points(), report.max());
    for step in &report.steps {
        writeln!(out, "  {} {:?}: {}", step.step, step.status, step.found).unwrap();
        for reason in &step.why {
            let at = reason.span.and_then(|s| sources.locate(s)).map(|(name, at)| format!(" [{name}:{at}]"));
            writeln!(out, "      {}{}", reason.text, at.unwrap_or_default()).unwrap();
        }
        if let Some(line) = &step.evidence {
            writeln!(out, "      > {line}").unwrap();
        }
    }
    out
}

#[test]
fn reports_are_the_same_every_time_and_always_say_why() {
    let (course, _directory) = course();
    for id in labs() {
        let lab = course.lab(&id).unwrap();
        let plan = grade::Plan::new(&lab, course.sources()).unwrap();
        let mut every: Vec<(&str, &[sealegs::course::File])> = vec![("starter", &[])];
        every.extend(lab.solutions.iter().map(|s| (s.name.as_str(), s.files.as_slice())));
        every.extend(lab.near_misses.iter().map(|n| (n.name.as_str(), n.files.as_slice())));
        for (name, over) in every {
            let submission = grade::submission(&lab, over);
            let report = grade::run(&plan, &submission, course.sources());
            let text = lines(&report, course.sources());
            println!("== {name}\n{text}");
            assert_eq!(text, lines(&grade::run(&plan, &submission, course.sources()), course.sources()));
            for step in &report.steps {
                assert!(!step.why.is_empty() && !step.found.is_empty() && !step.wanted.is_empty(), "{text}");
            }
        }
    }
}
