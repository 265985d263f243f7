//! What people type for a part of the course: `5`, `05-running#uid-zero`, `brief-run`, `term-root`, `glossary`, a track.

use super::exit::Failure;
use crate::course::{Course, brief_name};
use crate::ids::{BriefId, HeadingId, LessonId};
use crate::session::{Scope, Subject};
use crate::text::near::nearest;

/// Something that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A lesson or a brief, at a heading where one is given.
    Text(Subject, Option<HeadingId>),
    /// A term of the glossary.
    Term(HeadingId),
    /// The whole glossary.
    Glossary,
}

/// What can be read under this name.
pub fn find(course: &Course, text: &str) -> Result<Named, Failure> {
    if text == "glossary" {
        return Ok(Named::Glossary);
    }
    if let Some(id) = text.strip_prefix("term-") {
        return term(course, id).map(Named::Term);
    }
    let (name, heading) = text.split_once('#').map_or((text, None), |(name, heading)| (name, Some(heading)));
    let subject = subject(course, name)?;
    let Some(heading) = heading else { return Ok(Named::Text(subject, None)) };
    let known = match &subject {
        Subject::Lesson(id) => course.lesson(id).map(|l| l.headings()),
        Subject::Brief(id) => course.brief(id).map(|b| b.headings()),
    };
    let mut known = known.unwrap_or_default().into_iter().map(|(id, ..)| id);
    let found = known.find(|id| id.as_str() == heading);
    let missing = || Failure::usage(format!("{} has no section {heading:?}", what(&subject)));
    Ok(Named::Text(subject.clone(), Some(found.ok_or_else(missing)?)))
}

/// The lesson or brief under this name: what has a quiz.
pub fn subject(course: &Course, text: &str) -> Result<Subject, Failure> {
    let Some(id) = text.strip_prefix("brief-") else { return lesson(course, text).map(Subject::Lesson) };
    let briefs = &course.manifest().briefs;
    let found = BriefId::new(id).filter(|id| course.manifest().brief(id).is_some());
    found.map(Subject::Brief).ok_or_else(|| {
        let names: Vec<String> = briefs.iter().map(|b| brief_name(&b.id)).collect();
        let there = if names.is_empty() { "this course has none".to_owned() } else { names.join(", ") };
        Failure::usage(format!("no brief {id:?}; there is: {there}"))
    })
}

/// The lesson under this name.
pub fn lesson(course: &Course, text: &str) -> Result<LessonId, Failure> {
    let missing = || Failure::usage(format!("no lesson {text:?}; `sealegs read` lists them"));
    course.find_lesson(text).map(|entry| entry.id.clone()).ok_or_else(missing)
}

/// The open questions of a track or a lesson; without a name all of them.
pub fn scope(course: &Course, text: Option<&str>) -> Result<Scope, Failure> {
    let Some(text) = text else { return Ok(Scope::All) };
    let tracks = &course.manifest().tracks;
    if let Some(track) = tracks.iter().find(|t| t.id.as_str() == text) {
        return Ok(Scope::Track(track.id.clone()));
    }
    let names: Vec<&str> = tracks.iter().map(|t| t.id.as_str()).collect();
    let missing = || format!("no lesson and no track {text:?}; tracks: {}", names.join(", "));
    let entry = course.find_lesson(text).ok_or_else(|| Failure::usage(missing()))?;
    Ok(Scope::Lesson(entry.id.clone()))
}

fn term(course: &Course, id: &str) -> Result<HeadingId, Failure> {
    let glossary = course.glossary().map_err(|broken| super::open::absent(&broken, course.sources()))?;
    if let Some(term) = glossary.term(id) {
        return Ok(term.id.clone());
    }
    let known = glossary.terms.iter().map(|t| t.id.as_str());
    let near = nearest(id, known).map(|near| format!("; did you mean `term-{near}`?"));
    Err(Failure::usage(format!("no term {id:?}{}", near.unwrap_or_default())))
}

fn what(subject: &Subject) -> String {
    match subject {
        Subject::Lesson(id) => format!("lesson {id}"),
        Subject::Brief(id) => format!("brief {id}"),
    }
}
