//! `sealegs read`: a lesson, a brief or the glossary as text, or the list of what there is.

use std::io::{self, Write};

use super::exit::{Done, Exit, Failure};
use super::named::{self, Named};
use super::open::{Opener, absent};
use super::question::words;
use crate::course::{Course, Status, Term, brief_name};
use crate::ids::{BriefId, HeadingId, LessonId};
use crate::parse::markdown::Document;
use crate::render;
use crate::session::Subject;
use crate::text::clean;

/// How wide a lesson is printed, in cells.
const WIDTH: u16 = 80;

/// Prints what has this name, or the list of what there is.
pub fn run(opener: &Opener, name: Option<&str>, linear: bool, out: &mut dyn Write) -> Done {
    let course = opener.course()?;
    let Some(name) = name else {
        list(&course, out)?;
        return Ok(Exit::Yes);
    };
    match named::find(&course, name)? {
        Named::Text(Subject::Lesson(id), heading) => lesson(&course, &id, heading.as_ref(), linear, out)?,
        Named::Text(Subject::Brief(id), heading) => {
            brief(&course, &id, heading.as_ref(), &opener.command(), linear, out)?;
        }
        Named::Term(id) => glossary(&course, Some(&id), linear, out)?,
        Named::Glossary => glossary(&course, None, linear, out)?,
    }
    Ok(Exit::Yes)
}

fn lesson(
    course: &Course,
    id: &LessonId,
    heading: Option<&HeadingId>,
    linear: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let lesson = course.lesson(id).map_err(|broken| absent(&broken, course.sources()))?;
    let title =
        course.manifest().lesson(id).map(|l| format!("{}. {}", l.number, l.title)).unwrap_or_default();
    let mut body = lesson.body.clone();
    if let Some(heading) = heading {
        body.blocks = lesson.section(heading);
    }
    writeln!(out, "{}\n", clean::line(&title, 4))?;
    writeln!(out, "{}", shown(&body, linear))?;
    if heading.is_none() && course.lab_of(id).is_none() {
        writeln!(out, "\nThe lab of this lesson is not written yet.")?;
    }
    Ok(())
}

/// A brief, and at its end what its quiz asks.
fn brief(
    course: &Course,
    id: &BriefId,
    heading: Option<&HeadingId>,
    sealegs: &str,
    linear: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let brief = course.brief(id).map_err(|broken| absent(&broken, course.sources()))?;
    if let Some(heading) = heading {
        let body = Document { blocks: brief.section(heading) };
        writeln!(out, "{}", shown(&body, linear))?;
        return Ok(());
    }
    let title = course.manifest().brief(id).map_or("", |b| b.title.as_str());
    writeln!(out, "{}\n", clean::line(title, 4))?;
    writeln!(out, "{}\n", shown(&brief.body, linear))?;
    writeln!(out, "Questions, which never count: {sealegs} quiz {}", brief_name(id))?;
    for (number, question) in course.brief_questions(&brief).iter().enumerate() {
        let text = format!("{}. {}", number + 1, words(&question.stem));
        let text =
            if linear { text } else { render::plain(&crate::parse::markdown::parse_text(&text), WIDTH) };
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

/// The glossary, or one of its terms.
fn glossary(
    course: &Course,
    id: Option<&HeadingId>,
    linear: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let glossary = course.glossary().map_err(|broken| absent(&broken, course.sources()))?;
    if glossary.terms.is_empty() {
        writeln!(out, "This course has no glossary.")?;
    }
    let wanted: Vec<&Term> = glossary.terms.iter().filter(|t| id.is_none_or(|id| t.id == *id)).collect();
    for (index, term) in wanted.into_iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{} (term-{})", clean::line(&term.name, 4), term.id)?;
        writeln!(out, "{}", shown(&Document { blocks: term.body.clone() }, linear))?;
    }
    Ok(())
}

/// A page as text: laid out, or in the order in which it is read aloud. Without the line feed at its end.
pub fn shown(page: &Document, linear: bool) -> String {
    let text = if linear { render::linear(page) } else { render::plain(page, WIDTH) };
    text.trim_end().to_owned()
}

fn list(course: &Course, out: &mut dyn Write) -> io::Result<()> {
    let manifest = course.manifest();
    writeln!(out, "{}, edition {}", clean::line(&manifest.title, 4), clean::line(&manifest.edition, 4))?;
    for track in &manifest.tracks {
        writeln!(out, "\n{}", clean::line(&track.title, 4))?;
        for lesson in manifest.lessons.iter().filter(|l| l.track == track.id) {
            let planned = if lesson.status == Status::Planned { " (planned)" } else { "" };
            writeln!(out, "  {:>2}. {}{planned}", lesson.number, clean::line(&lesson.title, 4))?;
        }
    }
    if !manifest.briefs.is_empty() {
        writeln!(out, "\nInterview briefs")?;
    }
    for brief in &manifest.briefs {
        let planned = if course.has_brief(&brief.id) { "" } else { " (not written yet)" };
        writeln!(out, "  {:<14} {}{planned}", brief_name(&brief.id), clean::line(&brief.title, 4))?;
    }
    writeln!(out, "\nGlossary\n  {:<14} all terms; {:<14} one of them", "glossary", "term-ID")?;
    Ok(())
}
