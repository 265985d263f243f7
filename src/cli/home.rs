//! The first screen line by line: where to go on, what is due, and the commands for it.

use std::io::Write;

use super::exit::{Done, Exit, Failure};
use super::open::Opener;
use crate::text::clean;

/// Prints it.
pub fn run(opener: &Opener, out: &mut dyn Write) -> Done {
    let session = opener.session()?;
    let overview = session.overview().map_err(|e| Failure::unjudged(e.to_string()))?;
    let sealegs = opener.command();
    let manifest = session.course().manifest();
    writeln!(out, "{}", clean::line(&manifest.title, 4))?;
    if let Some(lesson) = overview.next.as_ref().and_then(|id| manifest.lesson(id)) {
        writeln!(out, "Continue with lesson {}, {}.", lesson.number, clean::line(&lesson.title, 4))?;
        writeln!(out, "Read it: {sealegs} read {} --linear", lesson.number)?;
        writeln!(out, "Its quiz: {sealegs} quiz {} --linear", lesson.number)?;
    }
    match overview.due {
        0 => writeln!(out, "Drill: nothing is due.")?,
        due => writeln!(out, "Drill, {due} due: {sealegs} drill --linear")?,
    }
    writeln!(out, "Interview: {sealegs} interview --linear")?;
    writeln!(out, "All lessons: {sealegs} read")?;
    writeln!(out, "Labs: {sealegs} lab list")?;
    writeln!(out, "Glossary: {sealegs} read glossary --linear")?;
    writeln!(out, "Progress: {sealegs} progress")?;
    writeln!(out, "Everything else: {sealegs} --help")?;
    Ok(Exit::Yes)
}
