//! A text for screen readers: nothing drawn, one line a paragraph, tables as `Name: value` lines, and words where a
//! screen has bars and colours.

use super::block::{DEPTH, is_short};
use super::code::{split_mark, spoken_head};
use super::glyphs::Glyphs;
use crate::parse::markdown::{Block, BlockKind, Code, Document, Inline, Table};
use crate::text::clean;

/// `doc` in the order in which it is read aloud; ends with a line feed.
pub fn linear(doc: &Document) -> String {
    let mut out = String::new();
    blocks(&doc.blocks, 0, &mut out);
    out
}

fn blocks(blocks: &[Block], depth: usize, out: &mut String) {
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        self::block(&block.kind, depth, out);
    }
}

fn block(kind: &BlockKind, depth: usize, out: &mut String) {
    if depth > DEPTH {
        out.push_str("...\n");
        return;
    }
    match kind {
        BlockKind::Heading { level, text, .. } => {
            say(out, &format!("Heading {level}: {}", words(text, 0)));
        }
        BlockKind::Paragraph(text) => say(out, &words(text, 0)),
        BlockKind::List { start, items } => list(*start, items, depth, out),
        BlockKind::Table(table) => records(table, out),
        BlockKind::Code(code) => self::code(code, out),
        BlockKind::Quote(inner) => framed("Quotation", inner, depth, out),
        BlockKind::Callout(kind, inner) => framed(kind.title(), inner, depth, out),
        BlockKind::Rule => say(out, "Section break."),
    }
}

fn say(out: &mut String, line: &str) {
    out.push_str(line.trim());
    out.push('\n');
}

fn framed(name: &str, inner: &[Block], depth: usize, out: &mut String) {
    say(out, &format!("{name}:"));
    blocks(inner, depth + 1, out);
    say(out, &format!("End of {}.", name.to_lowercase()));
}

fn list(start: Option<u64>, items: &[Vec<Block>], depth: usize, out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        let marker = start
            .map_or_else(|| "- ".to_owned(), |first| format!("{}. ", first.saturating_add(index as u64)));
        let mut inner = String::new();
        blocks(item, depth + 1, &mut inner);
        // Blank lines of code within an item are kept.
        let short = is_short(item);
        let mut lines = inner.lines().filter(|l| !(short && l.is_empty()));
        say(out, &format!("{marker}{}", lines.next().unwrap_or("")));
        for line in lines {
            let indent = if line.is_empty() { "" } else { "  " };
            out.extend([indent, line, "\n"]);
        }
    }
}

fn records(table: &Table, out: &mut String) {
    say(out, &format!("Table, rows: {}", table.rows.len()));
    for (index, row) in table.rows.iter().enumerate() {
        say(out, &format!("Row {}:", index + 1));
        for (name, value) in table.head.iter().zip(row) {
            say(out, &format!("{}: {}", words(name, 0), words(value, 0)));
        }
    }
    say(out, "End of table.");
}

fn code(code: &Code, out: &mut String) {
    let (name, drawn) = match spoken_head(code) {
        Some(head) => (format!("Code, {}", shown(&head)), false),
        None => ("Diagram or message".to_owned(), true),
    };
    say(out, &format!("{name}:"));
    let wrong = code.tags.iter().any(|t| t == "fail");
    for line in code.text.lines() {
        let (text, ids) = if wrong { split_mark(line) } else { (line, Vec::new()) };
        let text = clean::line(text, 4);
        // Only what is drawn is put into ASCII; code stays as it is written.
        out.push_str(if drawn { Glyphs::Ascii.adapt(&text) } else { text }.trim_end());
        if !ids.is_empty() {
            out.extend([" (wrong here: ", &shown(&ids.join(", ")), ")"]);
        }
        out.push('\n');
    }
    say(out, if drawn { "End of diagram or message." } else { "End of code." });
}

fn shown(text: &str) -> String {
    clean::line(text, 4)
}

fn words(inlines: &[Inline], depth: usize) -> String {
    let mut out = String::new();
    if depth > DEPTH {
        return out;
    }
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(&shown(text)),
            Inline::Emphasis(inner) | Inline::Strong(inner) => out.push_str(&words(inner, depth + 1)),
            Inline::Link { target, text, .. } => {
                let text = words(text, depth + 1);
                out.push_str(&text);
                if text != *target {
                    out.extend([" (", &shown(target), ")"]);
                }
            }
            Inline::Break => out.push(' '),
        }
    }
    out
}
