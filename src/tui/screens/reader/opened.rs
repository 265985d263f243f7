//! Opening a lesson: its text, where it stands in the course, or why it cannot be shown.

use std::sync::Arc;

use crate::course::{Lesson, Status};
use crate::ids::LessonId;

use super::super::super::screen::Context;
use super::super::super::trouble::Trouble;
use super::super::super::widgets::text;

/// The lesson, its place for the header, its title.
pub(super) fn load(id: &LessonId, cx: &mut Context) -> Result<(Arc<Lesson>, String, String), Trouble> {
    let course = cx.session.course();
    let entry = course.manifest().lesson(id).ok_or_else(|| Trouble {
        title: "No such lesson".to_owned(),
        text: format!("this course has no lesson “{id}”"),
    })?;
    let track = course.manifest().tracks.iter().find(|t| t.id == entry.track);
    let track = track.map_or_else(String::new, |t| format!("{} › ", text::short(&t.title)));
    let place = text::safe(&format!("{track}{} {}", entry.number, entry.title));
    if entry.status == Status::Planned {
        return Err(Trouble {
            title: format!("Lesson {} is planned", entry.number),
            text: format!("“{}” is not written yet.\nEverything else can be read without it.", entry.title),
        });
    }
    let number = entry.number;
    match course.lesson(id) {
        Ok(lesson) => Ok((lesson, place, text::safe(&entry.title))),
        Err(broken) => Err(Trouble::findings(
            &format!("Lesson {number} cannot be shown"),
            &broken.findings,
            course.sources(),
        )),
    }
}
