//! Findings as annotations of GitHub Actions: one workflow command a line.
//!
//! The runner takes `%`, line breaks, and in properties `:` and `,` in percent encoding, and drops columns where a
//! finding has several lines (actions/toolkit packages/core/src/command.ts, actions/runner ActionCommandManager.cs).

use std::io::{self, Write};

use super::answer::{Answer, Level};
use super::places::Range;
use super::uri;
use crate::text::clean;

/// Prints every finding that nobody accepted.
pub fn print(out: &mut dyn Write, answer: &Answer<'_>) -> io::Result<()> {
    let here = std::env::current_dir().ok();
    for item in answer.items().iter().filter(|item| item.accepted.is_none()) {
        let word = match Level::of(item.finding.severity) {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let mut at = format!("file={}", property(&uri::path(item.file, here.as_deref())));
        if let Some(Range { start, end, .. }) = item.place.as_ref().and_then(|place| place.range) {
            at += &format!(",line={},endLine={}", start.line, end.line);
            if start.line == end.line {
                at += &format!(",col={},endColumn={}", start.column, end.column);
            }
        }
        let title = property(&item.finding.code);
        writeln!(out, "::{word} {at},title={title}::{}", data(&item.text()))?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    clean::clean(&text).into_owned()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_or_a_property_early() {
        assert_eq!(data("100 %\r\n::error::x"), "100 %25%0D%0A::error::x");
        assert_eq!(property("a,b:c%2C\u{1b}"), "a%2Cb%3Ac%252C\u{241b}");
    }
}
