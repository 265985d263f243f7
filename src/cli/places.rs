//! Where findings stand and what their places are called, kept when the texts themselves are let go.
//!
//! What is told at the end of a run (a document for programs) needs lines, columns and names of places. They are noted
//! while a file is at hand, so that none has to be held, or read a second time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::checks::{Anchor, File};
use crate::parse::Limits;
use crate::text::{FileId, Finding, Position, Source, Sources, Span};

/// Places in any number of files.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<FileId, Arc<Outline>>);

/// What is left of a file.
#[derive(Clone, Debug)]
struct Outline {
    name: String,
    /// Whether there is no line to point at.
    empty: bool,
    /// By offset.
    marks: Vec<Mark>,
    /// By span.
    anchors: Vec<(Span, Anchor)>,
}

/// One place of a file.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: u32,
    at: Position,
    /// The column in UTF-16 code units, from 1; a byte order mark counts for none.
    wide: u32,
}

/// Where a span lies.
pub struct Place<'p> {
    /// Its file.
    pub file: Cow<'p, str>,
    /// From where to where; `None` where the file as such is meant.
    pub range: Option<Range>,
}

/// From where to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Its first character.
    pub start: Position,
    /// One past its last.
    pub end: Position,
    /// The columns of both in UTF-16 code units.
    pub wide: (u32, u32),
}

/// What knows where spans lie: texts, or what is left of them.
pub trait Locate {
    /// Where this span lies; `None` where its file is none of these.
    fn place(&self, span: Span) -> Option<Place<'_>>;
}

impl Locate for Sources {
    fn place(&self, span: Span) -> Option<Place<'_>> {
        let source = self.get(span.file)?;
        let [start, end] = [span.start, span.end].map(|offset| Mark::of(&source, offset));
        let range = (!source.text().is_empty()).then_some(Range::between(start, end));
        Some(Place { file: Cow::Owned(source.name().to_owned()), range })
    }
}

impl Locate for Places {
    fn place(&self, span: Span) -> Option<Place<'_>> {
        let outline = self.0.get(&span.file)?;
        let range = || Some(Range::between(outline.mark(span.start)?, outline.mark(span.end)?));
        Some(Place { file: Cow::Borrowed(&outline.name), range: if outline.empty { None } else { range() } })
    }
}

impl Places {
    /// Those of these findings, whose texts are all there. Each file is read once.
    pub fn of(findings: &[&Finding], sources: &Sources) -> Self {
        let mut places = Self::default();
        places.note(findings.iter().flat_map(|finding| spans(finding)), sources);
        let mut files: Vec<FileId> = findings.iter().map(|f| f.primary.span.file).collect();
        files.sort_unstable();
        files.dedup();
        for source in files.into_iter().filter_map(|id| sources.get(id)) {
            places.call(&File::read(&source, Limits::default()), findings.iter().copied());
        }
        places
    }

    /// Notes where these spans begin and end.
    pub fn note(&mut self, spans: impl Iterator<Item = Span>, sources: &Sources) {
        let mut ends: Vec<_> = spans.flat_map(|s| [(s.file, s.start), (s.file, s.end)]).collect();
        ends.sort_unstable();
        ends.dedup();
        for of_one in ends.chunk_by(|a, b| a.0 == b.0) {
            let Some(source) = of_one.first().and_then(|(id, _)| sources.get(*id)) else { continue };
            let mut marks: Vec<Mark> = Vec::with_capacity(of_one.len());
            for (_, offset) in of_one {
                marks.push(Mark::behind(marks.last(), &source, *offset));
            }
            let (name, empty) = (source.name().to_owned(), source.text().is_empty());
            self.insert(source.id(), &Arc::new(Outline { name, empty, marks, anchors: Vec::new() }));
        }
    }

    /// Notes what the places of those of these findings are called that stand in this file.
    pub fn call<'f>(&mut self, file: &File, findings: impl Iterator<Item = &'f Finding>) {
        let id = file.source.id();
        let Some(outline) = self.0.get_mut(&id).map(Arc::make_mut) else { return };
        let mut spans: Vec<Span> = findings.map(|f| f.primary.span).filter(|s| s.file == id).collect();
        spans.sort_unstable();
        spans.dedup();
        outline.anchors = spans.into_iter().map(|span| (span, Anchor::of(file, span))).collect();
    }

    /// Adds other places.
    pub fn add(&mut self, other: &Self) {
        for (id, outline) in &other.0 {
            self.insert(*id, outline);
        }
    }

    /// What this span is called, where it is that of a finding.
    pub fn anchor(&self, span: Span) -> Option<&Anchor> {
        let anchors = &self.0.get(&span.file)?.anchors;
        let at = anchors.binary_search_by_key(&span, |(of, _)| *of).ok()?;
        anchors.get(at).map(|(_, anchor)| anchor)
    }

    /// The file of a span; empty where it is none of these.
    pub fn file(&self, span: Span) -> &str {
        self.0.get(&span.file).map_or("", |outline| &outline.name)
    }

    fn insert(&mut self, id: FileId, outline: &Arc<Outline>) {
        match self.0.get_mut(&id) {
            // Other files may point at this one.
            Some(ours) => Arc::make_mut(ours).add(outline),
            None => _ = self.0.insert(id, Arc::clone(outline)),
        }
    }
}

/// Every span that is told of a finding.
pub fn spans(finding: &Finding) -> impl Iterator<Item = Span> {
    let edits = finding.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span).chain(fix.span()));
    let labels = finding.related.iter().map(|label| label.span);
    [finding.primary.span].into_iter().chain(labels).chain(edits)
}

impl Outline {
    fn mark(&self, offset: u32) -> Option<Mark> {
        let at = self.marks.binary_search_by_key(&offset, |mark| mark.offset).ok()?;
        self.marks.get(at).copied()
    }

    fn add(&mut self, other: &Self) {
        self.marks.extend(&other.marks);
        self.marks.sort_unstable_by_key(|mark| mark.offset);
        self.marks.dedup_by_key(|mark| mark.offset);
        self.anchors.extend(other.anchors.iter().cloned());
        self.anchors.sort_unstable();
        self.anchors.dedup();
    }
}

impl Mark {
    fn of(source: &Source, offset: u32) -> Self {
        Self { offset, at: source.position(offset), wide: wide(source, offset) }
    }

    /// The same behind a mark before it: a line may be a whole file, and is counted once.
    fn behind(before: Option<&Self>, source: &Source, offset: u32) -> Self {
        let on_its_line = |mark: &&Self| offset <= source.line_span(mark.at.line).end;
        let Some(before) = before.filter(on_its_line) else { return Self::of(source, offset) };
        let between = source.text().get(before.offset as usize..offset as usize).unwrap_or("");
        let at = Position { column: before.at.column + between.chars().count() as u32, ..before.at };
        let marked = between.strip_prefix('\u{feff}').filter(|_| before.offset == 0);
        Self { offset, at, wide: before.wide + marked.unwrap_or(between).encode_utf16().count() as u32 }
    }
}

impl Range {
    fn between(start: Mark, end: Mark) -> Self {
        Self { start: start.at, end: end.at, wide: (start.wide, end.wide) }
    }
}

/// The column of a byte offset in UTF-16 code units, from 1.
fn wide(source: &Source, offset: u32) -> u32 {
    let end = (offset as usize).min(source.text().len());
    let start = source.line_span(source.position(offset).line).start as usize;
    let before = source.text().get(start..end).unwrap_or("");
    let before = if start == 0 { before.strip_prefix('\u{feff}').unwrap_or(before) } else { before };
    before.encode_utf16().count() as u32 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_utf16_code_units_and_a_byte_order_mark_counts_for_none() {
        let source = Source::lone("a", "\u{feff}ab\n𝕏é: c\r\n");
        assert_eq!((wide(&source, 3), wide(&source, 4)), (1, 2));
        let c = source.text().find('c').unwrap() as u32;
        assert_eq!(wide(&source, c), 6);
        assert_eq!(wide(&source, 9999), 1, "the last line is empty");
    }

    #[test]
    fn marks_on_one_line_are_what_they_are_alone() {
        let text = "\u{feff}{\"a\": \"𝕏é\", \"b\": 1}\r\né: 𝕏\r\nlast";
        let source = Source::lone("a", text);
        let mut marks: Vec<Mark> = Vec::new();
        for (offset, _) in text.char_indices().filter(|(_, c)| *c != '\n') {
            marks.push(Mark::behind(marks.last(), &source, offset as u32));
        }
        for mark in marks {
            let alone = Mark::of(&source, mark.offset);
            assert_eq!((mark.at, mark.wide), (alone.at, alone.wide), "at byte {}", mark.offset);
        }
    }

    #[test]
    fn places_stay_when_the_text_is_gone() {
        let sources = Sources::new();
        let one = sources.add("a.yaml", "kind: Pod\nmetadata: {name: a}\nspec: {x: 1}\n");
        let other = sources.add("b.yaml", "b: 2\n");
        let finding = Finding::error("x", "x", one.span(38, 39)).related(other.span(3, 4), "there");
        let mut places = Places::default();
        places.note(spans(&finding), &sources);
        places.call(&File::read(&one, Limits::default()), [&finding].into_iter());
        let mut all = Places::default();
        all.note([other.span(0, 1)].into_iter(), &sources);
        all.add(&places);
        let before = sources.place(finding.primary.span).and_then(|place| place.range);
        for source in [one, other] {
            sources.let_go(source.id());
        }
        assert_eq!(sources.names(), ["a.yaml", "b.yaml"]);
        assert!(sources.place(finding.primary.span).is_some_and(|place| place.range.is_none()));
        let after = all.place(finding.primary.span).and_then(|place| place.range);
        assert!(before.is_some() && before == after);
        assert_eq!(all.anchor(finding.primary.span).map(|anchor| anchor.path.as_str()), Some("spec"));
        assert!(all.place(finding.related[0].span).is_some_and(|place| place.file == "b.yaml"));
    }
}
