//! Reads `content/NN-slug.md`: the header between `+++`, the body, the tags and marks of its code.

use std::sync::Arc;

use super::header::Header;
use super::table::bad_id;
use super::{Notes, Pack, Seen, prose};
use crate::course::lesson::{Lesson, each_code, marks};
use crate::course::manifest::LessonEntry;
use crate::ids::{HeadingId, LessonId};
use crate::parse::markdown::{self, Block, BlockKind, Code, Document};
use crate::parse::{Limits, yaml};
use crate::text::near::suggest;
use crate::text::{Finding, Source};

const HEADER: &[&str] = &["minutes", "as_of"];

/// The words that may stand behind a fence's language.
const TAGS: [&str; 3] = ["pass", "fail", "fragment"];
/// Languages whose code shows what is typed or printed, so that nothing can judge it.
const UNJUDGED: [&str; 5] = ["sh", "bash", "shell", "console", "text"];

/// Where the lesson's text is.
pub(crate) fn path(id: &LessonId) -> String {
    format!("content/{id}.md")
}

/// The lesson; of use only where no finding blocks.
pub(crate) fn read(pack: &Pack, entry: &LessonEntry, notes: &Notes) -> Option<Lesson> {
    let source = pack.source(&path(&entry.id), Some(entry.span), notes)?;
    let header = Header::read(&source, "lesson", "`minutes = …`, `as_of = \"…\"`", notes)?;
    let (minutes, as_of) = match header.table("the lesson's header", HEADER, notes) {
        Some(table) => (table.number("minutes", 1..=240), table.text("as_of")),
        None => (0, String::new()),
    };
    let (body, findings) = markdown::parse(&source, header.end);
    notes.extend(findings);
    if body.blocks.is_empty() {
        let end = source.text().len();
        notes.push(
            Finding::error("lesson-empty", "lesson has no text", source.span(end, end))
                .help("write it below the header"),
        );
    }
    text(&body, &source, notes);
    Some(Lesson { id: entry.id.clone(), minutes, as_of, body, source })
}

/// What every text with concepts is asked: headings, links, and the words behind its fences.
pub(crate) fn text(body: &Document, source: &Arc<Source>, notes: &Notes) {
    headings(body, notes);
    concepts(body, notes);
    prose::links(body, None, notes);
    codes(&body.blocks, source, notes);
}

/// The words behind the fences of a text, and its marks.
pub(crate) fn codes(blocks: &[Block], source: &Arc<Source>, notes: &Notes) {
    each_code(blocks, &mut |code| self::code(code, source, notes));
}

/// Ids of headings are ids, and unique.
fn headings(body: &Document, notes: &Notes) {
    let mut seen = Seen::default();
    for block in &body.blocks {
        let BlockKind::Heading { id: Some(id), .. } = &block.kind else { continue };
        if HeadingId::new(id).is_none() {
            notes.push(bad_id(id, "heading", block.span));
        }
        seen.add(id, block.span, "heading", notes);
    }
}

/// What only a lesson's headings have to be: the title stands in the manifest, and each part is a concept.
fn concepts(body: &Document, notes: &Notes) {
    for block in &body.blocks {
        let (title, help) = match &block.kind {
            BlockKind::Heading { level: 1, .. } => {
                ("heading of the first level", "begin with `##`; the title stands in content/course.toml")
            }
            BlockKind::Heading { level: 2, id: None, .. } => {
                ("heading has no id", "write `{#id}` behind it: quiz, lab and cards point to it")
            }
            _ => continue,
        };
        notes.push(Finding::error("lesson-heading", title, block.span).help(help));
    }
}

fn code(code: &Code, source: &Arc<Source>, notes: &Notes) {
    let language = code.language.as_deref().unwrap_or("");
    let refuse = |detail: String, help: String| {
        notes.push(
            Finding::error("lesson-fence", "words behind the fence are wrong", code.info_span)
                .detail(detail)
                .help(help),
        );
    };
    if TAGS.contains(&language) {
        refuse(
            format!("`{language}` stands where the language belongs"),
            format!("write the language first, as in `yaml {language}`"),
        );
    }
    for tag in code.tags.iter().filter(|t| !TAGS.contains(&t.as_str())) {
        refuse(format!("`{tag}` is none of `pass`, `fail`, `fragment`"), suggest(tag, &TAGS));
    }
    if code.tags.len() > 1 {
        let help = "keep one of `pass`, `fail`, `fragment`".to_owned();
        refuse(format!("there are {} words behind the language", code.tags.len()), help);
    }
    let judged = code.tags.iter().any(|t| t == "pass" || t == "fail");
    if judged && UNJUDGED.contains(&language) {
        let help = "remove the word behind the language".to_owned();
        refuse(format!("nothing can judge `{language}`"), help);
    }
    let (fail, marks) = (code.tags.iter().any(|t| t == "fail"), marks(code, source));
    for mark in &marks {
        if fail {
            notes.mention(format!("finding:{}", mark.id), mark.span);
        } else {
            notes.push(
                Finding::error("lesson-mark", "mark in code that is not tagged `fail`", mark.span)
                    .detail(format!("`#~ {}` says that the checker finds something on this line", mark.id))
                    .help("write `fail` behind the language, or remove the mark"),
            );
        }
    }
    if fail && marks.is_empty() {
        notes.push(
            Finding::error("lesson-mark", "code is tagged `fail` and no line is marked", code.info_span)
                .help("end the line that is wrong with `#~ FINDING-ID`, or tag it `fragment`"),
        );
    }
    if language == "yaml" && judged {
        syntax(code, source, notes);
    }
}

/// YAML that is said to be whole has to be YAML; the place is that of the lesson.
fn syntax(code: &Code, source: &Source, notes: &Notes) {
    let alone = Source::lone("<code>", code.text.as_str());
    let (_, findings) = yaml::parse(&alone, Limits::default());
    let first = source.position(code.text_span.start).line;
    for mut finding in findings.into_iter().filter(|f| f.code == "yaml-syntax") {
        let line = alone.position(finding.primary.span.start).line;
        finding.primary.span = source.line_span(first + line - 1);
        notes.push(finding);
    }
}
