//! `sealegs progress`: what was done, what is missing, and where it is kept.

use std::io::{self, Write};

use super::exit::{Done, Exit, Failure};
use super::open::Opener;
use crate::course::Status;
use crate::session::Standing;
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
    writeln!(out, "interview {} practised", o.interviews)?;
    for weak in &o.weak {
        writeln!(out, "weak      {}", weak.concept)?;
    }
    for words in &o.gap {
        writeln!(out, "missing   {words}")?;
    }
    writeln!(out, "kept in   {}", clean::line(&session.home().root().display().to_string(), 4))?;
    writeln!(out)?;
    table("track", &progress.tracks, out)?;
    for of_exam in progress.domains.chunk_by(|a, b| a.exam == b.exam) {
        let exam = of_exam.first().and_then(|d| d.exam.as_deref()).unwrap_or_default();
        writeln!(out)?;
        table(&format!("{exam} domain"), of_exam, out)?;
    }
    writeln!(out)?;
    for row in progress.each_lesson.iter().filter(|r| r.status == Status::Ready) {
        let read = if row.read { "read" } else { "    " };
        let lab = match (&row.lab, row.lab_marks.passed) {
            (None, _) => "",
            (Some(_), true) => "lab passed",
            (Some(_), false) => "lab open",
        };
        writeln!(
            out,
            "{:>2}. {read} quiz {}/{}  {lab:<10}  {}",
            row.number, row.points.best, row.points.total, row.title
        )?;
    }
    Ok(Exit::Yes)
}

/// Rows of the same columns, the weakest first.
fn table(head: &str, rows: &[Standing], out: &mut dyn Write) -> io::Result<()> {
    let cell = |done: u32, all: u32| format!("{done}/{all}");
    writeln!(out, "{head:<40} {:>8} {:>10} {:>8}", "read", "first try", "best")?;
    for row in rows {
        let (read, points) = (cell(row.read, row.lessons), row.points);
        let (first, best) = (cell(points.first, points.total), cell(points.best, points.total));
        writeln!(out, "{:<40} {read:>8} {first:>10} {best:>8}", clean::line(&row.title, 4))?;
    }
    Ok(())
}
