//! Opening a lesson or a brief: its text, where it stands in the course, or why it cannot be shown.

use std::sync::Arc;

use crate::course::{Brief, Lesson, Status};
use crate::ids::{BriefId, HeadingId, LabId, LessonId};
use crate::parse::markdown::{self, Document};
use crate::session::Subject;

use super::super::super::screen::Context;
use super::super::super::trouble::Trouble;
use super::super::super::widgets::text;

/// What is read.
pub(super) enum Text {
    Lesson(Arc<Lesson>),
    /// A brief, and its text with the questions at its end.
    Brief(Arc<Brief>, Document),
}

/// A text that was opened.
pub(super) struct Opened {
    pub(super) text: Text,
    pub(super) subject: Subject,
    /// For the header.
    pub(super) place: String,
    pub(super) title: String,
    /// The lab of a lesson.
    pub(super) lab: Option<LabId>,
    /// The lesson after it.
    pub(super) next: Option<LessonId>,
}

impl Text {
    pub(super) fn body(&self) -> &Document {
        match self {
            Self::Lesson(lesson) => &lesson.body,
            Self::Brief(_, body) => body,
        }
    }

    pub(super) fn headings(&self) -> Vec<(HeadingId, u8, String)> {
        match self {
            Self::Lesson(lesson) => lesson.headings(),
            Self::Brief(brief, _) => brief.headings(),
        }
    }

    pub(super) fn minutes(&self) -> u32 {
        match self {
            Self::Lesson(lesson) => lesson.minutes,
            Self::Brief(brief, _) => brief.minutes,
        }
    }

    pub(super) fn as_of(&self) -> &str {
        match self {
            Self::Lesson(lesson) => &lesson.as_of,
            Self::Brief(brief, _) => &brief.as_of,
        }
    }
}

/// Opens a text.
pub(super) fn load(subject: &Subject, cx: &mut Context) -> Result<Opened, Trouble> {
    match subject {
        Subject::Lesson(id) => lesson(id, cx),
        Subject::Brief(id) => brief(id, cx),
    }
}

fn lesson(id: &LessonId, cx: &mut Context) -> Result<Opened, Trouble> {
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
        Ok(lesson) => Ok(Opened {
            text: Text::Lesson(lesson),
            subject: Subject::Lesson(id.clone()),
            place,
            title: text::safe(&entry.title),
            lab: course.lab_of(id),
            next: cx.session.lesson_after(id),
        }),
        Err(broken) => Err(Trouble::findings(
            &format!("Lesson {number} cannot be shown"),
            &broken.findings,
            course.sources(),
        )),
    }
}

fn brief(id: &BriefId, cx: &mut Context) -> Result<Opened, Trouble> {
    let course = cx.session.course();
    let entry = course.manifest().brief(id).ok_or_else(|| Trouble {
        title: "No such brief".to_owned(),
        text: format!("this course has no brief “{id}”"),
    })?;
    if !course.has_brief(id) {
        return Err(Trouble {
            title: "This brief is not written yet".to_owned(),
            text: format!("“{}” will stand here.", entry.title),
        });
    }
    let brief = course.brief(id).map_err(|broken| {
        Trouble::findings("This brief cannot be shown", &broken.findings, course.sources())
    })?;
    let mut end = "## Questions\n\n`t` asks them, with reasons; they never count.\n\n".to_owned();
    for (number, question) in course.brief_questions(&brief).iter().enumerate() {
        let stem = question.stem.split_whitespace().collect::<Vec<_>>().join(" ");
        end += &format!("{}. {stem}\n", number + 1);
    }
    let mut body = brief.body.clone();
    body.blocks.extend(markdown::parse_text(&end).blocks);
    let title = text::safe(&entry.title);
    Ok(Opened {
        text: Text::Brief(brief, body),
        subject: Subject::Brief(id.clone()),
        place: format!("Interview › {title}"),
        title,
        lab: None,
        next: None,
    })
}
