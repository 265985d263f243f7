//! Lines for people, no wider than where they are read: each has a lead, and goes on below its text.
//!
//! Knows nothing of what is said. What stands in files is cleaned on its way through.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use unicode_width::UnicodeWidthStr;

use crate::text::wrap::wrap;
use crate::text::{Finding, Sources, Span, clean, snippet};
use crate::tui;

/// Lines of words that are longer are hard to read.
const WIDEST: usize = 100;

/// On a narrower screen the terminal itself breaks lines.
const NARROWEST: usize = 40;

/// Below this nothing can be laid out.
const LEAST: usize = 20;

/// What stands before the second line of a text without a lead, and those after it.
const HANG: &str = "    ";

/// How wide lines may be: what `COLUMNS` says, else what the terminal has. Where there is none, a line stays a line, for
/// logs and `grep`. Asked once.
fn columns() -> Option<usize> {
    static COLUMNS: OnceLock<Option<usize>> = OnceLock::new();
    *COLUMNS.get_or_init(|| {
        let said = std::env::var("COLUMNS").ok();
        chosen(said.as_deref(), io::stdout().is_terminal().then(tui::columns).flatten())
    })
}

fn chosen(said: Option<&str>, terminal: Option<u16>) -> Option<usize> {
    let said = said.and_then(|text| text.trim().parse().ok()).filter(|n| *n >= LEAST);
    said.or(terminal.map(|n| usize::from(n).clamp(NARROWEST, WIDEST)))
}

/// Writes a finding for whoever reads standard output.
pub fn finding(out: &mut String, finding: &Finding, sources: &Sources) {
    snippet::write_within(out, finding, sources, columns());
}

/// Where lines are written to.
pub struct Page<'o> {
    out: &'o mut dyn Write,
    columns: Option<usize>,
}

impl fmt::Debug for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({:?})", self.columns)
    }
}

impl<'o> Page<'o> {
    /// Lines for whoever reads standard output.
    pub fn new(out: &'o mut dyn Write) -> Self {
        Self { out, columns: columns() }
    }

    /// A line: `lead`, then `text`, which goes on below itself.
    pub fn line(&mut self, lead: &str, text: &str) -> io::Result<()> {
        self.placed(lead, text, None)
    }

    /// The same, with where that stands: a name of a file is never broken.
    pub fn at(&mut self, lead: &str, text: &str, span: Option<Span>, sources: &Sources) -> io::Result<()> {
        let at = span.and_then(|span| sources.locate(span)).map(|(name, at)| format!("({name}:{at})"));
        self.placed(lead, text, at.as_deref())
    }

    /// The same, where the place is known in words.
    pub fn placed(&mut self, lead: &str, text: &str, place: Option<&str>) -> io::Result<()> {
        let text = clean::line(text, 1);
        let place = place.map(|place| clean::line(place, 1));
        let below = if lead.is_empty() { HANG.to_owned() } else { " ".repeat(lead.width()) };
        let room = self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(below.len()).max(LEAST));
        // What fits with nothing before it is not broken for what would stand before the next line.
        let first = self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(lead.width()));
        let whole = text.width() + place.as_ref().map_or(0, |place| place.width() + 1);
        let lines = lines(&text, place.as_deref(), if whole <= first { first } else { room });
        for (number, line) in lines.into_iter().enumerate() {
            let before = if number == 0 { lead } else { &below };
            writeln!(self.out, "{}", [before, &line].concat().trim_end())?;
        }
        Ok(())
    }
}

fn lines(text: &str, place: Option<&str>, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = wrap(text, room).into_iter().map(str::to_owned).collect();
    let Some(place) = place else { return lines };
    match lines.last_mut() {
        Some(last) if last.is_empty() => place.clone_into(last),
        Some(last) if last.width() + 1 + place.width() <= room => {
            last.push(' ');
            last.push_str(place);
        }
        _ => lines.push(place.to_owned()),
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lead: &str, text: &str, place: Option<&str>, columns: impl Into<Option<usize>>) -> String {
        let mut out = Vec::new();
        Page { out: &mut out, columns: columns.into() }.placed(lead, text, place).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_goes_on_below_itself() {
        assert_eq!(shown("  why  ", "one two three four", None, 27), "  why  one two three four\n");
        assert_eq!(
            shown("  why  ", "one two three four five", None, 27),
            "  why  one two three four\n       five\n"
        );
        assert_eq!(shown("", "one two three four five", None, 23), "one two three four five\n");
        assert_eq!(shown("", "one two three four five six", None, 24), "one two three four\n    five six\n");
        assert_eq!(shown("a ", "", None, 30), "a\n");
        assert_eq!(shown("", "two  blanks  stay", None, 30), "two  blanks  stay\n");
        assert_eq!(shown("", &"word ".repeat(99), Some("(a:1)"), None).lines().count(), 1, "nobody minds");
    }

    #[test]
    fn places_stay_whole_and_long_words_are_cut_at_their_joints() {
        let place = Some("(a/very/long/name/of/a/file.yaml:10:20)");
        assert_eq!(shown("  ", "said", place, 30), "  said\n  (a/very/long/name/of/a/file.yaml:10:20)\n");
        assert_eq!(
            shown("  ", "spec.template.spec.containers[0].image is unset", None, 30),
            "  spec.template.spec\n  .containers[0].image is\n  unset\n"
        );
        assert_eq!(shown("", "", Some("(a:1)"), 30), "(a:1)\n");
    }

    #[test]
    fn the_width_is_what_is_said_then_what_there_is() {
        assert_eq!(chosen(Some("60"), Some(200)), Some(60));
        assert_eq!(chosen(Some("0"), Some(200)), Some(WIDEST));
        assert_eq!((chosen(None, None), chosen(Some("x"), Some(5))), (None, Some(NARROWEST)));
    }
}
