//! `sealegs grade PATH...`: lab folders, of one learner or of many.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::Format;
use super::exit::{Done, Exit, Failure};
use super::open::{Opener, absent, rendered};
use super::{json, lab, report};
use crate::course::Course;
use crate::grade::{Outcome, Report};
use crate::ids::LabId;
use crate::session::{self, SessionError};

/// Grades each folder; one that cannot be judged does not stop the others.
pub fn run(
    opener: &Opener,
    paths: &[PathBuf],
    id: Option<&str>,
    format: Format,
    out: &mut dyn Write,
) -> Done {
    let course = opener.course()?;
    let mut exit = Exit::Yes;
    let mut values = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        match one(&course, path, id) {
            Ok(graded) => {
                exit = exit.worst(match graded.outcome {
                    Outcome::Passed => Exit::Yes,
                    Outcome::Failed => Exit::No,
                    Outcome::NotJudged => Exit::Unjudged,
                });
                if format == Format::Json {
                    let mut value = json::report(&graded, course.sources());
                    value["path"] = path.display().to_string().into();
                    values.push(value);
                    continue;
                }
                if index > 0 {
                    writeln!(out)?;
                }
                report::print(out, &graded, course.sources())?;
            }
            Err(failure) if paths.len() > 1 || format == Format::Json => {
                exit = exit.worst(failure.exit);
                let why = failure.message;
                if format == Format::Json {
                    values.push(serde_json::json!({ "path": path.display().to_string(), "notGraded": why }));
                } else {
                    writeln!(out, "\n{}: not graded: {why}", path.display())?;
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    if format == Format::Json {
        writeln!(out, "{:#}", serde_json::Value::from(values))?;
    }
    Ok(exit)
}

fn one(course: &Course, path: &Path, id: Option<&str>) -> Result<Report, Failure> {
    if !path.is_dir() {
        return Err(Failure::usage(format!("{}: no such directory", path.display())));
    }
    let id = match id {
        Some(id) => lab::find(course, id)?,
        None => named_by(course, path)?,
    };
    session::grade_folder(course, &id, path).map_err(|error| match error {
        SessionError::Broken(broken) => absent(&broken, course.sources()),
        SessionError::BrokenLab(_, findings) => Failure::unjudged(rendered(&findings, course.sources())),
        SessionError::File { .. } if path.is_dir() => Failure::unjudged(error.to_string()),
        other => Failure::usage(other.to_string()),
    })
}

/// The lab whose id is the folder's name.
fn named_by(course: &Course, path: &Path) -> Result<LabId, Failure> {
    let absolute = std::path::absolute(path)?;
    let name = absolute.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    LabId::new(&name).filter(|id| course.labs().contains(id)).ok_or_else(|| {
        Failure::usage(format!("{} is not named after a lab; say which with --lab ID", path.display()))
    })
}
