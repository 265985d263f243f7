//! The rules that look at one lesson: its length, its parts, its lines.

use unicode_width::UnicodeWidthStr;

use super::material::Reading;
use super::rule::Fault;
use super::table::{CODE_WIDTH, DIAGRAM_WIDTH, LESSON_WORDS, MINUTES_TOLERANCE, READING_SPEED, SOURCES};
use super::words::Said;
use crate::course::{Lesson, without_marks};
use crate::parse::markdown::{Block, BlockKind, Callout, Code, plain};
use crate::text::Span;

/// The text that is read as prose: headings, paragraphs, lists, quotations and call-outs up to the sources. Code,
/// diagrams and tables are left out. A word is what stands between blanks; a piece of inline code counts by its own.
pub fn prose(lesson: &Lesson) -> impl Iterator<Item = &Block> {
    let blocks = &lesson.body.blocks;
    let end = sources_at(blocks).unwrap_or(blocks.len());
    blocks[..end].iter()
}

/// How many words of prose a lesson has.
pub fn word_count(lesson: &Lesson) -> usize {
    prose(lesson).map(words_of).sum()
}

fn words_of(block: &Block) -> usize {
    let count = |text: String| text.split_whitespace().count();
    match &block.kind {
        BlockKind::Heading { text, .. } | BlockKind::Paragraph(text) => count(plain(text)),
        BlockKind::List { items, .. } => items.iter().flatten().map(words_of).sum(),
        BlockKind::Quote(inner) | BlockKind::Callout(_, inner) => inner.iter().map(words_of).sum(),
        BlockKind::Table(_) | BlockKind::Code(_) | BlockKind::Rule => 0,
    }
}

/// Where the sources begin: a heading "Sources".
fn sources_at(blocks: &[Block]) -> Option<usize> {
    blocks.iter().rposition(|block| match &block.kind {
        BlockKind::Heading { id, text, .. } => {
            id.as_deref() == Some("sources") || plain(text).eq_ignore_ascii_case("sources")
        }
        _ => false,
    })
}

/// Where findings stand that are about a lesson as such: its first line.
fn place(reading: &Reading) -> Span {
    reading.lesson.source.line_span(1)
}

/// Too few or too many words.
pub fn words(reading: &Reading) -> Vec<Fault> {
    let words = word_count(&reading.lesson);
    let (least, most) = LESSON_WORDS;
    if (least..=most).contains(&words) {
        return Vec::new();
    }
    let detail = format!("{words} words of prose, {least} to {most} are a lesson");
    let help =
        if words < least { "say what breaks, and how to roll it out" } else { "cut what no question asks" };
    vec![Fault::new(place(reading), detail, help)]
}

/// `minutes` of the header against the words.
pub fn minutes(reading: &Reading) -> Vec<Fault> {
    let wanted = (word_count(&reading.lesson) as f64 / READING_SPEED).max(1.0);
    let said = f64::from(reading.lesson.minutes);
    if (said - wanted).abs() <= (MINUTES_TOLERANCE * wanted).max(1.0) {
        return Vec::new();
    }
    let source = &reading.lesson.source;
    let line = (1..=source.lines()).find(|l| source.line(*l).starts_with("minutes")).unwrap_or(1);
    let detail =
        format!("`minutes = {said}`, and the words take about {wanted:.0} at {READING_SPEED} a minute");
    vec![Fault::new(source.line_span(line), detail, format!("write `minutes = {wanted:.0}`"))]
}

/// The parts that every lesson has.
pub fn parts(reading: &Reading) -> Vec<Fault> {
    let lesson = &reading.lesson;
    let blocks = &lesson.body.blocks;
    let callout =
        |wanted: Callout| blocks.iter().any(|b| matches!(&b.kind, BlockKind::Callout(c, _) if *c == wanted));
    let codes = codes(blocks);
    let tagged = |tag: &str| codes.iter().any(|(code, _)| code.tags.iter().any(|t| t == tag));
    let shown = |b: &Block| matches!(b.kind, BlockKind::Table(_));
    let pictured = blocks.iter().any(shown) || codes.iter().any(|(code, _)| code.language.is_none());
    let named = sources_at(blocks).map_or(0, |at| {
        let lists = blocks[at..].iter().map(|b| match &b.kind {
            BlockKind::List { items, .. } => items.len(),
            _ => 0,
        });
        lists.sum()
    });
    let missing = [
        (
            callout(Callout::Incident),
            "no incident",
            "tell one in `> [!CAUTION]`: when, what was open, what it cost",
        ),
        (callout(Callout::Pitfall), "no pitfall", "name one in `> [!WARNING]`: what people get wrong"),
        (
            callout(Callout::Interview),
            "no interview tip",
            "write one in `> [!TIP]`: a weak answer and a good one",
        ),
        (callout(Callout::Try), "nothing to try", "say in `> [!NOTE]` what the learner can do now"),
        (
            named >= SOURCES,
            "fewer than three sources",
            "end with `## Sources {#sources}` and a list of three or more",
        ),
        (pictured, "neither diagram nor table", "show how the parts hang together"),
        (
            tagged("fail"),
            "nothing that is wrong",
            "show a manifest that fails: `fail` behind its language, `#~ ID` on its line",
        ),
        (tagged("pass"), "nothing that is right", "show a whole one that passes: `pass` behind its language"),
    ];
    let missing = missing.into_iter().filter(|(there, ..)| !there);
    missing.map(|(_, detail, help)| Fault::new(place(reading), detail, help)).collect()
}

/// Every piece of code with its block's place.
pub fn codes(blocks: &[Block]) -> Vec<(&Code, Span)> {
    let mut out = Vec::new();
    for block in blocks {
        match &block.kind {
            BlockKind::Code(code) => out.push((code, block.span)),
            BlockKind::Quote(inner) | BlockKind::Callout(_, inner) => out.extend(codes(inner)),
            BlockKind::List { items, .. } => out.extend(items.iter().flat_map(|item| codes(item))),
            _ => {}
        }
    }
    out
}

/// Diagrams and code are not wrapped, so that they have to fit.
pub fn widths(reading: &Reading) -> Vec<Fault> {
    let lesson = &reading.lesson;
    let mut faults = Vec::new();
    for (code, _) in codes(&lesson.body.blocks) {
        let first = lesson.source.position(code.text_span.start).line;
        let indented = !lesson.source.line(first.saturating_sub(1)).trim_start().starts_with(['`', '~', '>']);
        let diagram = code.language.is_none() && indented;
        let (what, most) = if diagram { ("diagram", DIAGRAM_WIDTH) } else { ("code", CODE_WIDTH) };
        // Learners do not see the marks.
        for (index, line) in without_marks(&code.text).lines().enumerate() {
            let width = breakable(line);
            if width > most {
                let span = lesson.source.line_span(first + index as u32);
                let detail = format!("{width} columns, {most} fit for {what}");
                faults.push(Fault::new(span, detail, "break the line, or shorten it"));
            }
        }
    }
    faults
}

/// The columns of a line without its hashes and addresses, which nobody can shorten.
fn breakable(line: &str) -> usize {
    let hash = |c: char| c.is_ascii_hexdigit();
    let words = line.split_inclusive(|c: char| c.is_whitespace() || c == ':' || c == '@');
    let long = |word: &&str| !(word.len() >= 40 && word.trim_end().chars().all(hash));
    if line.contains("://") { 0 } else { words.filter(long).map(UnicodeWidthStr::width).sum() }
}

/// The prose as pieces of text, each with its place, to be compared with others.
pub fn passages(lesson: &Lesson) -> Vec<(Said, Span)> {
    fn walk(block: &Block, out: &mut Vec<(Said, Span)>) {
        match &block.kind {
            BlockKind::Paragraph(text) => out.push((Said::of_inlines(text), block.span)),
            BlockKind::List { items, .. } => items.iter().flatten().for_each(|b| walk(b, out)),
            BlockKind::Quote(inner) | BlockKind::Callout(_, inner) => inner.iter().for_each(|b| walk(b, out)),
            BlockKind::Table(table) => {
                for cell in table.head.iter().chain(table.rows.iter().flatten()) {
                    out.push((Said::of_inlines(cell), block.span));
                }
            }
            BlockKind::Heading { .. } | BlockKind::Code(_) | BlockKind::Rule => {}
        }
    }
    let mut out = Vec::new();
    prose(lesson).for_each(|block| walk(block, &mut out));
    out
}
