//! Reads `content/briefs/ID.md`. Whether its questions are there is seen in the whole course.

use super::header::Header;
use super::{BRIEF_QUESTION, Notes, Pack, Seen, lesson};
use crate::course::brief::{Brief, QUESTIONS_PER_BRIEF};
use crate::ids::{BriefId, QuestionId};
use crate::parse::markdown;
use crate::text::Finding;

const HEADER: &[&str] = &["minutes", "as_of", "questions"];

/// Where a brief is.
pub(crate) fn path(id: &BriefId) -> String {
    format!("content/briefs/{id}.md")
}

/// The brief; of use only where no finding blocks.
pub(crate) fn read(pack: &Pack, id: &BriefId, notes: &Notes) -> Option<Brief> {
    let source = pack.source(&path(id), None, notes)?;
    let fields = "`minutes = …`, `as_of = \"…\"`, `questions = […]`";
    let header = Header::read(&source, "brief", fields, notes)?;
    let mut brief = Brief {
        id: id.clone(),
        minutes: 0,
        as_of: String::new(),
        questions: Vec::new(),
        body: markdown::Document::default(),
        source,
    };
    if let Some(table) = header.table("the brief's header", HEADER, notes) {
        (brief.minutes, brief.as_of) = (table.number("minutes", 1..=240), table.text("as_of"));
        let mut seen = Seen::default();
        let questions = table.ids("questions", QuestionId::new);
        if questions.len() != QUESTIONS_PER_BRIEF {
            let detail = format!("`questions` names {}", questions.len());
            let help = format!("name {QUESTIONS_PER_BRIEF} reserve questions by their ids");
            table.refuse("brief-questions", "questions", "wrong number of questions", &detail, help);
        }
        for (question, span) in questions {
            notes.mention(format!("{BRIEF_QUESTION}{question}"), span);
            if seen.add(question.as_str(), span, "question", notes) {
                brief.questions.push(question);
            }
        }
    }
    let (body, findings) = markdown::parse(&brief.source, header.end);
    notes.extend(findings);
    if body.blocks.is_empty() {
        let end = brief.source.text().len();
        notes.push(
            Finding::error("brief-empty", "brief has no text", brief.source.span(end, end))
                .help("write it below the header"),
        );
    }
    lesson::text(&body, &brief.source, notes);
    Some(Brief { body, ..brief })
}
