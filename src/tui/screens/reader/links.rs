//! Where a link of a lesson leads.

use crate::ids::{HeadingId, LabId, LessonId};
use crate::parse::markdown::Document;
use crate::render;

use super::super::super::flow::{Flow, Route};
use super::super::super::screen::Context;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A lesson, perhaps at a heading.
    Lesson(LessonId, Option<HeadingId>),
    /// A lab.
    Lab(LabId),
    /// A term of the glossary.
    Term(String),
    /// What a finding of the checker means.
    Finding(String),
    /// An address on the web.
    Web(String),
    /// Nothing that we know.
    Unknown(String),
}

impl Target {
    /// Reads a link as written in lesson `here`.
    pub fn of(link: &str, here: &LessonId) -> Self {
        let unknown = || Self::Unknown(link.to_owned());
        if let Some(heading) = link.strip_prefix('#') {
            return HeadingId::new(heading).map_or_else(unknown, |h| Self::Lesson(here.clone(), Some(h)));
        }
        match link.split_once(':') {
            Some(("lesson", rest)) => {
                let (id, heading) =
                    rest.split_once('#').map_or((rest, None), |(id, h)| (id, HeadingId::new(h)));
                LessonId::new(id).map_or_else(unknown, |id| Self::Lesson(id, heading))
            }
            Some(("lab", id)) => LabId::new(id).map_or_else(unknown, Self::Lab),
            Some(("term", id)) => Self::Term(id.to_owned()),
            Some(("finding", id)) => Self::Finding(id.to_owned()),
            Some(("http" | "https", _)) => Self::Web(link.to_owned()),
            _ => unknown(),
        }
    }
}

/// Opens what is not a lesson or a lab.
pub fn open(target: &Target, cx: &mut Context) -> Flow {
    let message = |title: String, text: String| Flow::Open(Route::Message { title, text });
    match target {
        Target::Term(id) => match cx.session.course().glossary() {
            Ok(glossary) => match glossary.term(id) {
                Some(term) => {
                    let body = Document { blocks: term.body.clone() };
                    message(term.name.clone(), render::plain(&body, 60).trim_end().to_owned())
                }
                None => message("Not in the glossary".to_owned(), format!("there is no term “{id}” yet")),
            },
            Err(broken) => {
                let sources = cx.session.course().sources();
                super::super::trouble::Trouble::findings("The glossary is broken", &broken.findings, sources)
                    .flow()
            }
        },
        Target::Finding(id) => {
            let text =
                format!("`sealegs explain {id}` says what it means, how it is attacked and how to mend it");
            message(id.clone(), text)
        }
        Target::Web(address) => {
            cx.say("copied the address, where the terminal allows it (OSC 52)");
            Flow::Copy(address.clone())
        }
        Target::Unknown(link) => message("This link leads nowhere".to_owned(), link.clone()),
        Target::Lesson(id, heading) => Flow::Open(Route::Reader(id.clone(), heading.clone())),
        Target::Lab(id) => Flow::Open(Route::Lab(id.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read() {
        let here = LessonId::new("05-x").unwrap();
        let heading = |h: &str| HeadingId::new(h);
        let other = LessonId::new("06-y").unwrap();
        assert_eq!(Target::of("lesson:06-y#uid", &here), Target::Lesson(other.clone(), heading("uid")));
        assert_eq!(Target::of("lesson:06-y", &here), Target::Lesson(other, None));
        assert_eq!(Target::of("#uid", &here), Target::Lesson(here.clone(), heading("uid")));
        assert_eq!(Target::of("term:uid", &here), Target::Term("uid".to_owned()));
        assert_eq!(Target::of("https://a.b/c", &here), Target::Web("https://a.b/c".to_owned()));
        assert_eq!(Target::of("lab:No Such", &here), Target::Unknown("lab:No Such".to_owned()));
    }
}
