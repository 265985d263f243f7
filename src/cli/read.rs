//! `sealegs read`: a lesson as text, or the list of lessons.

use std::io::{self, Write};

use super::exit::{Done, Exit, Failure};
use super::open::{Opener, absent};
use crate::course::{Course, Status};
use crate::ids::{HeadingId, LessonId};
use crate::parse::markdown::Document;
use crate::render;
use crate::text::clean;

/// How wide a lesson is printed, in cells.
const WIDTH: u16 = 80;

/// Prints a lesson, or the list of lessons.
pub fn run(opener: &Opener, lesson: Option<&str>, linear: bool, out: &mut dyn Write) -> Done {
    let course = opener.course()?;
    let Some(text) = lesson else {
        list(&course, out)?;
        return Ok(Exit::Yes);
    };
    let (id, heading) = find(&course, text)?;
    let lesson = course.lesson(&id).map_err(|broken| absent(&broken, course.sources()))?;
    let title =
        course.manifest().lesson(&id).map(|l| format!("{}. {}", l.number, l.title)).unwrap_or_default();
    let mut body = lesson.body.clone();
    if let Some(heading) = &heading {
        body.blocks = lesson.section(heading);
    }
    writeln!(out, "{}\n", clean::line(&title, 4))?;
    writeln!(out, "{}", shown(&body, linear))?;
    Ok(Exit::Yes)
}

/// A page as text: laid out, or in the order in which it is read aloud. Without the line feed at its end.
pub fn shown(page: &Document, linear: bool) -> String {
    let text = if linear { render::linear(page) } else { render::plain(page, WIDTH) };
    text.trim_end().to_owned()
}

/// The lesson, and the heading behind a `#`, that people mean.
pub fn find(course: &Course, text: &str) -> Result<(LessonId, Option<HeadingId>), Failure> {
    let (name, heading) = text.split_once('#').map_or((text, None), |(name, heading)| (name, Some(heading)));
    let Some(entry) = course.find_lesson(name) else {
        return Err(Failure::usage(format!("no lesson {name:?}; `sealegs read` lists them")));
    };
    let heading = match heading {
        None => None,
        Some(text) => {
            let known = course.lesson(&entry.id).map(|l| l.headings()).unwrap_or_default();
            let found = known.into_iter().find(|(id, ..)| id.as_str() == text);
            Some(
                found
                    .map(|(id, ..)| id)
                    .ok_or_else(|| Failure::usage(format!("lesson {} has no section {text:?}", entry.id)))?,
            )
        }
    };
    Ok((entry.id.clone(), heading))
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
    Ok(())
}
