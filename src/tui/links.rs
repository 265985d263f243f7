//! Where a link of the course leads.

use crate::checks;
use crate::ids::{HeadingId, LabId, LessonId};
use crate::parse::markdown::Block;

use super::flow::{Flow, Route};
use super::screen::Context;
use super::trouble::Trouble;

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
    /// Reads a link as written in lesson `here`, where it is one.
    pub fn of(link: &str, here: Option<&LessonId>) -> Self {
        let unknown = || Self::Unknown(link.to_owned());
        if let Some(heading) = link.strip_prefix('#') {
            let place = here.cloned().zip(HeadingId::new(heading));
            return place.map_or_else(unknown, |(lesson, heading)| Self::Lesson(lesson, Some(heading)));
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
    let page = |title: String, markdown: String| Flow::Open(Route::Text { title, markdown });
    match target {
        Target::Term(id) => match cx.session.course().glossary() {
            Ok(glossary) => match glossary.term(id) {
                Some(term) => page(term.name.clone(), text_of(&term.body, cx)),
                None => message("Not in the glossary".to_owned(), format!("there is no term “{id}” yet")),
            },
            Err(broken) => {
                let sources = cx.session.course().sources();
                Trouble::findings("The glossary is broken", &broken.findings, sources).flow()
            }
        },
        Target::Finding(id) => match checks::find(id) {
            Some(check) => {
                page(format!("{} ({})", check.id, check.severity.word()), checks::explain(check).into_owned())
            }
            None => message("Not in this version".to_owned(), format!("there is no finding “{id}”")),
        },
        Target::Web(address) => {
            cx.say("copied the address, where the terminal allows it (OSC 52)");
            Flow::Copy(address.clone())
        }
        Target::Unknown(link) => message("This link leads nowhere".to_owned(), link.clone()),
        Target::Lesson(id, heading) => Flow::Open(Route::Reader(id.clone(), heading.clone())),
        Target::Lab(id) => Flow::Open(Route::Lab(id.clone())),
    }
}

/// The Markdown of a term's meaning.
fn text_of(blocks: &[Block], cx: &Context) -> String {
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return String::new() };
    let span = first.span.to(last.span);
    let source = cx.session.course().sources().get(span.file);
    source.map(|source| source.slice(span).to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read() {
        let here = LessonId::new("05-x").unwrap();
        let heading = |h: &str| HeadingId::new(h);
        let other = LessonId::new("06-y").unwrap();
        assert_eq!(Target::of("lesson:06-y#uid", Some(&here)), Target::Lesson(other.clone(), heading("uid")));
        assert_eq!(Target::of("lesson:06-y", Some(&here)), Target::Lesson(other, None));
        assert_eq!(Target::of("#uid", Some(&here)), Target::Lesson(here.clone(), heading("uid")));
        assert_eq!(Target::of("term:uid", Some(&here)), Target::Term("uid".to_owned()));
        assert_eq!(Target::of("https://a.b/c", Some(&here)), Target::Web("https://a.b/c".to_owned()));
        assert_eq!(Target::of("lab:No Such", Some(&here)), Target::Unknown("lab:No Such".to_owned()));
    }
}
