//! `sealegs course`: for authors.

use std::io::Write;
use std::path::PathBuf;

use super::answer::{Answer, Standing};
use super::args::{CheckFormat, CourseCommand, Format};
use super::exit::{Done, Exit, Failure};
use super::findings;
use super::numbers;
use super::open::Opener;
use super::places::Places;
use crate::author;
use crate::checks::{self, Suppressed};
use crate::course::Course;
use crate::text::{Finding, Severity, Sources};

/// Runs one of the course commands.
pub fn run(opener: &Opener, command: CourseCommand, out: &mut dyn Write) -> Done {
    match command {
        CourseCommand::Check { path, format } => check(opener, path, format, out),
        CourseCommand::Test { path } => {
            let course = Opener::course_at(path.or_else(|| opener.course.clone()))?;
            let found = author::prove(&course);
            say(&found, &[], course.sources(), CheckFormat::Text, out)?;
            let labs = course.labs().len();
            writeln!(out, "{labs} labs proved both ways: {}", findings::count(&found))?;
            Ok(verdict(&found))
        }
        CourseCommand::Stats { path, format } => {
            let course = Opener::course_at(path.or_else(|| opener.course.clone()))?;
            let stats = author::stats(&course);
            match format {
                Format::Text => numbers::stats(&stats, out)?,
                Format::Json => json(&stats, out)?,
            }
            Ok(Exit::Yes)
        }
        CourseCommand::Blind { path, format } => {
            let course = Opener::course_at(path.or_else(|| opener.course.clone()))?;
            let banks = author::blind(&course);
            match format {
                Format::Text => numbers::blind(&banks, out)?,
                Format::Json => json(&banks, out)?,
            }
            Ok(Exit::Yes)
        }
    }
}

fn json(value: &impl serde::Serialize, out: &mut dyn Write) -> std::io::Result<()> {
    let value = serde_json::to_value(value).map_err(std::io::Error::other)?;
    writeln!(out, "{value:#}")
}

fn check(opener: &Opener, path: Option<PathBuf>, format: CheckFormat, out: &mut dyn Write) -> Done {
    let path = path.or_else(|| opener.course.clone());
    if let Some(path) = &path
        && !path.is_dir()
    {
        return Err(Failure::usage(format!("{}: no such directory", path.display())));
    }
    // A manifest that cannot be read is a mistake like any other here, not a failure of the command.
    let origin = path.map_or(crate::course::Origin::Embedded, crate::course::Origin::Directory);
    let (checked, sources) = match Course::open(origin) {
        Ok(course) => (author::check(&course, &known()), course.sources().clone()),
        Err((sources, findings)) => (author::Checked { findings, suppressed: Vec::new() }, sources),
    };
    let found = checked.findings;
    say(&found, &checked.suppressed, &sources, format, out)?;
    if findings::is_followed_by_a_sum(format) {
        let suppressed = match checked.suppressed.len() {
            0 => String::new(),
            n => format!(" ({n} suppressed)"),
        };
        writeln!(out, "{}{suppressed}", findings::count(&found))?;
    }
    Ok(verdict(&found))
}

/// Every id that a course may name.
fn known() -> Vec<&'static str> {
    checks::all().iter().map(|c| c.id).chain(author::AWAITED.iter().copied()).collect()
}

fn say(
    found: &[Finding],
    accepted: &[Suppressed],
    sources: &Sources,
    format: CheckFormat,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let exit = verdict(found);
    let places = match format {
        CheckFormat::Text | CheckFormat::Short => Places::default(),
        _ => {
            let all = found.iter().chain(accepted.iter().map(|one| &one.finding));
            Places::of(&all.collect::<Vec<_>>(), sources)
        }
    };
    let (places, configuration, level) = (&places, None, None);
    let answer = Answer { findings: found, accepted, sources, places, exit, standing, configuration, level };
    findings::print(out, &answer, format)
}

/// What decides over yes or no.
fn standing(severity: Severity) -> Standing {
    if severity == Severity::Error { Standing::Failed } else { Standing::Told }
}

/// Warnings and notes are no errors.
fn verdict(found: &[Finding]) -> Exit {
    if found.iter().any(|f| f.severity == Severity::Error) { Exit::No } else { Exit::Yes }
}
