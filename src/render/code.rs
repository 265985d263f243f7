//! Code: a head line, the code with its roles, the findings of wrong lines in the margin, and numbered code.

use unicode_segmentation::UnicodeSegmentation;

use super::block::{Builder, ROOM};
use super::glyphs::Glyphs;
use super::page::{CodeBlock, Line, Piece, Role};
use super::paint::{Paint, Painted};
use super::wrap::{push, width};
use crate::ids;
use crate::parse::markdown::Code;
use crate::text::clean;

/// Blanks before each line of code.
const INDENT: usize = 2;

/// What stands before the finding ids of a wrong line in the source of a lesson.
const MARK: &str = "#~";

/// Code with the numbers of its lines, for quizzes and labs: one line each, in order, never wrapped.
pub fn code_lines(language: Option<&str>, code: &str, glyphs: Glyphs, painter: &dyn Paint) -> Vec<Line> {
    let lines: Vec<String> = code.lines().map(|l| clean::line(l, 4)).collect();
    let ranges = paint(language, &lines, painter);
    let digits = lines.len().to_string().len();
    let numbered = lines.iter().enumerate().map(|(index, text)| {
        let mut pieces = vec![Piece::new(format!("{:>digits$}  ", index + 1), Role::LineNumber)];
        roles(text, ranges.get(index).map_or(&[], Vec::as_slice), glyphs, &mut pieces);
        Line { pieces, lead: digits as u16 + 2, ..Line::default() }
    });
    numbered.collect()
}

/// The same, each line on as many rows as it takes: a question must not hide the end of the line that is asked for.
pub fn code_rows(
    language: Option<&str>,
    code: &str,
    columns: u16,
    glyphs: Glyphs,
    painter: &dyn Paint,
) -> Vec<Vec<Line>> {
    let lines = code_lines(language, code, glyphs, painter).into_iter();
    lines.map(|line| line_rows(line, usize::from(columns), glyphs)).collect()
}

/// A numbered line on rows of `columns` columns; those that go on are marked.
fn line_rows(line: Line, columns: usize, glyphs: Glyphs) -> Vec<Line> {
    let mark = glyphs.pick("↪ ", "> ");
    let lead = usize::from(line.lead);
    let room = columns.saturating_sub(lead + width(mark));
    if line.width() <= columns || room < ROOM {
        return vec![line];
    }
    let Some((number, pieces)) = line.pieces.split_first() else { return vec![line] };
    let rows = chop(pieces, room).into_iter().enumerate().map(|(row, mut pieces)| {
        let before = if row == 0 {
            number.clone()
        } else {
            Piece::new(format!("{}{mark}", " ".repeat(lead)), Role::Dim)
        };
        pieces.insert(0, before);
        Line { pieces, lead: line.lead, ..Line::default() }
    });
    rows.collect()
}

impl Builder<'_> {
    pub(super) fn code(&mut self, code: &Code, columns: usize) -> Vec<Line> {
        let wrong = code.tags.iter().any(|t| t == "fail");
        let source: Vec<(&str, Vec<&str>)> =
            code.text.lines().map(|l| if wrong { split_mark(l) } else { (l, Vec::new()) }).collect();
        let text: String = source.iter().flat_map(|(l, _)| [clean::clean(l), "\n".into()]).collect();
        let language = code.language.clone();
        let index = self.keep_code(CodeBlock { language, text });

        let lines: Vec<String> = source.iter().map(|(l, _)| clean::line(l, 4)).collect();
        let painted = paint(code.language.as_deref(), &lines, self.painter);
        let indent = if columns < INDENT + ROOM { 0 } else { INDENT };
        let mut out = Vec::new();
        if let Some(head) = head(code) {
            let role = match code.tags.first().map(String::as_str) {
                Some("pass") => Role::CodePass,
                Some("fail") => Role::CodeFail,
                _ => Role::CodeHead,
            };
            let mut rows = chop(&[Piece::new(self.shown(&head), role)], columns - indent);
            rows.truncate(1);
            out.extend(rows);
        }
        for (index, (text, (_, ids))) in lines.iter().zip(&source).enumerate() {
            let mut pieces = Vec::new();
            roles(text, painted.get(index).map_or(&[], Vec::as_slice), self.layout.glyphs, &mut pieces);
            self.notes(ids, &mut pieces);
            if self.layout.wrap_code {
                out.extend(self.folded(&pieces, columns - indent));
            } else {
                out.push(pieces);
            }
        }
        let finish = |mut pieces: Vec<Piece>| {
            if indent > 0 && !pieces.is_empty() {
                pieces.insert(0, Piece::new(" ".repeat(indent), Role::CodeText));
            }
            Line { code: index, lead: indent as u16, ..self.line(pieces) }
        };
        out.into_iter().map(finish).collect()
    }

    /// The findings that a line causes, in its margin, each a link to its explanation.
    fn notes(&mut self, ids: &[&str], pieces: &mut Vec<Piece>) {
        for (index, id) in ids.iter().enumerate() {
            let arrow = match (index, pieces.is_empty()) {
                (0, true) => self.layout.glyphs.pick("◂ ", "< "),
                (0, false) => self.layout.glyphs.pick("  ◂ ", "  < "),
                _ => ", ",
            };
            push(pieces, arrow, Role::Note, None);
            let link = if ids::is_valid(id) { self.link(&format!("finding:{id}")) } else { None };
            push(pieces, &self.shown(id), Role::Note, link);
        }
    }

    /// A long line of code on several rows; those that go on are marked.
    fn folded(&self, pieces: &[Piece], columns: usize) -> Vec<Vec<Piece>> {
        let mark = self.layout.glyphs.pick("↪ ", "> ");
        let room = columns.saturating_sub(width(mark));
        if room < ROOM || pieces.iter().map(|p| width(&p.text)).sum::<usize>() <= columns {
            return chop(pieces, columns);
        }
        let mut rows = chop(pieces, room);
        for row in rows.iter_mut().skip(1) {
            row.insert(0, Piece::new(mark, Role::Dim));
        }
        rows
    }
}

/// The words above a block of code; none above diagrams and messages.
fn head(code: &Code) -> Option<String> {
    let tags = code.tags.iter().map(|tag| match tag.as_str() {
        "pass" => "right",
        "fail" => "wrong",
        "fragment" => "part of a file",
        other => other,
    });
    let words: Vec<&str> = code.language.as_deref().into_iter().chain(tags).collect();
    if words.is_empty() { None } else { Some(words.join(" · ")) }
}

/// What a tag behind a fence's language says to people, for those who only listen.
pub(super) fn spoken_head(code: &Code) -> Option<String> {
    head(code).map(|head| head.replace(" · ", ", "))
}

/// Splits `#~ id, id` off the end of a line.
pub(super) fn split_mark(line: &str) -> (&str, Vec<&str>) {
    match line.rsplit_once(MARK) {
        Some((code, ids)) => {
            let ids = ids.split([',', ' ']).filter(|id| !id.is_empty()).collect();
            (code.trim_end(), ids)
        }
        None => (line, Vec::new()),
    }
}

fn paint(language: Option<&str>, lines: &[String], painter: &dyn Paint) -> Painted {
    match language {
        Some(language) => painter.paint(language, &lines.iter().flat_map(|l| [l, "\n"]).collect::<String>()),
        None => Vec::new(),
    }
}

/// Cuts a line at its painted ranges. What a painter says beyond the line, or twice, is passed over.
fn roles(line: &str, painted: &[(Role, std::ops::Range<usize>)], glyphs: Glyphs, out: &mut Vec<Piece>) {
    let mut at = 0;
    let mut add = |range: std::ops::Range<usize>, role| {
        if let Some(text) = line.get(range) {
            push(out, &glyphs.adapt(text), role, None);
        }
    };
    for (role, range) in painted {
        if range.start >= at
            && range.end > range.start
            && line.get(at..range.start).is_some()
            && line.get(range.clone()).is_some()
        {
            add(at..range.start, Role::CodeText);
            add(range.clone(), *role);
            at = range.end;
        }
    }
    add(at..line.len(), Role::CodeText);
}

/// Cuts pieces into rows of at most `columns`, anywhere. Yields at least one row.
fn chop(pieces: &[Piece], columns: usize) -> Vec<Vec<Piece>> {
    let columns = columns.max(1);
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut at = 0;
    for piece in pieces {
        for grapheme in piece.text.graphemes(true) {
            let (grapheme, wide) = match width(grapheme) {
                wide if wide > columns => ("\u{fffd}", 1),
                wide => (grapheme, wide),
            };
            if at + wide > columns {
                rows.push(std::mem::take(&mut row));
                at = 0;
            }
            push(&mut row, grapheme, piece.role, piece.link);
            at += wide;
        }
    }
    rows.push(row);
    rows
}
