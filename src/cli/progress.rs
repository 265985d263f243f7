//! `sealegs progress`: what was done, what is missing, and where it is kept.

use std::io::Write;

use super::exit::{Done, Exit, Failure};
use super::open::Opener;
use crate::course::Status;
use crate::text::clean;

/// Prints the learner's progress.
pub fn run(opener: &Opener, json: bool, out: &mut dyn Write) -> Done {
    let session = opener.session()?;
    let progress = session.progress().map_err(|e| Failure::unjudged(e.to_string()))?;
    if json {
        let value = serde_json::to_value(&progress).map_err(|e| Failure::unjudged(e.to_string()))?;
        writeln!(out, "{value:#}")?;
        return Ok(Exit::Yes);
    }
    let o = &progress.overview;
    writeln!(out, "lessons   {} of {} read, {} planned", o.lessons.read, o.lessons.total, o.lessons.planned)?;
    writeln!(out, "points    best {} of {}, first try {}", o.points.best, o.points.total, o.points.first)?;
    writeln!(out, "labs      {} of {} passed", o.labs.passed, o.labs.total)?;
    writeln!(out, "drill     {} due", o.due)?;
    for weak in &o.weak {
        writeln!(out, "weak      {}", weak.concept)?;
    }
    for words in &o.gap {
        writeln!(out, "missing   {words}")?;
    }
    writeln!(out, "kept in   {}", clean::line(&session.home().root().display().to_string(), 4))?;
    writeln!(out)?;
    for row in progress.each_lesson.iter().filter(|r| r.status == Status::Ready) {
        let read = if row.read { "read" } else { "    " };
        let lab = match (&row.lab, row.lab_marks.passed) {
            (None, _) => "",
            (Some(_), true) => ", lab passed",
            (Some(_), false) => ", lab open",
        };
        writeln!(
            out,
            "{:>2}. {read} quiz {}/{}{lab}  {}",
            row.number, row.points.best, row.points.total, row.title
        )?;
    }
    Ok(Exit::Yes)
}
