//! Lines for people, no wider than where they are read: each has a lead, and goes on below its text.
//!
//! Knows nothing of what is said. What stands in files is cleaned on its way through.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use crate::render::width;
use crate::text::{Sources, Span, clean};
use crate::tui;

/// The width where nobody says another: that of `read`.
const USUAL: usize = 80;
/// Below this nothing can be laid out.
const LEAST: usize = 20;

/// Behind these a word may go on in the next line, where it is longer than one. A dash is no joint: names stay whole.
const JOINTS: [char; 7] = ['.', '/', ',', ':', ';', ']', '}'];

/// How wide lines may be: what `COLUMNS` says, else what the terminal has.
pub fn columns() -> usize {
    let said = std::env::var("COLUMNS").ok();
    let terminal = io::stdout().is_terminal().then(tui::columns).flatten();
    chosen(said.as_deref(), terminal)
}

fn chosen(said: Option<&str>, terminal: Option<u16>) -> usize {
    let said = said.and_then(|text| text.trim().parse().ok()).filter(|n| *n >= LEAST);
    said.or(terminal.map(|n| usize::from(n).max(LEAST))).unwrap_or(USUAL)
}

/// Where lines are written to.
pub struct Page<'o> {
    out: &'o mut dyn Write,
    columns: usize,
}

impl fmt::Debug for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({})", self.columns)
    }
}

impl<'o> Page<'o> {
    /// Lines of at most so many columns; a word without a joint may be longer.
    pub fn new(out: &'o mut dyn Write, columns: usize) -> Self {
        Self { out, columns }
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
        let indent = width(lead);
        let room = self.columns.saturating_sub(indent).max(LEAST);
        let below = " ".repeat(indent);
        for (number, line) in wrapped(&text, place.as_deref(), room).into_iter().enumerate() {
            let before = if number == 0 { lead } else { &below };
            writeln!(self.out, "{}", format!("{before}{line}").trim_end())?;
        }
        Ok(())
    }
}

/// Words in lines of at most `room` columns; blanks between words stay as they are.
fn wrapped(text: &str, place: Option<&str>, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut taken) = (String::new(), 0);
    let mut put = |word: &str, gap: &str| {
        let wide = width(word);
        if taken > 0 && taken + width(gap) + wide > room {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        } else {
            line.push_str(gap);
            taken += width(gap);
        }
        line.push_str(word);
        taken += wide;
    };
    let mut rest = text;
    while !rest.is_empty() {
        let (mut gap, after) = rest.split_at(rest.find(|c| c != ' ').unwrap_or(rest.len()));
        let (word, after) = after.split_at(after.find(' ').unwrap_or(after.len()));
        for piece in pieces(word, room) {
            put(piece, gap);
            gap = "";
        }
        rest = after;
    }
    if let Some(place) = place {
        put(place, if text.is_empty() { "" } else { " " });
    }
    lines.push(line);
    lines
}

/// A word that is longer than a line, cut behind its joints into the longest pieces that fit.
fn pieces(word: &str, room: usize) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = word;
    while width(rest) > room {
        let joints = rest.char_indices().filter(|(_, c)| JOINTS.contains(c)).map(|(at, c)| at + c.len_utf8());
        let fits = joints.clone().take_while(|at| width(&rest[..*at]) <= room).last();
        let Some(at) = fits.or_else(|| joints.clone().next()).filter(|at| *at < rest.len()) else { break };
        let (piece, after) = rest.split_at(at);
        out.push(piece);
        rest = after;
    }
    out.push(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lead: &str, text: &str, place: Option<&str>, columns: usize) -> String {
        let mut out = Vec::new();
        Page::new(&mut out, columns).placed(lead, text, place).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_goes_on_below_itself() {
        assert_eq!(shown("  why  ", "one two three four", None, 27), "  why  one two three four\n");
        assert_eq!(
            shown("  why  ", "one two three four five", None, 27),
            "  why  one two three four\n       five\n"
        );
        assert_eq!(shown("a ", "", None, 30), "a\n");
        assert_eq!(shown("", "two  blanks  stay", None, 30), "two  blanks  stay\n");
    }

    #[test]
    fn places_stay_whole_and_long_words_are_cut_at_their_joints() {
        let place = Some("(a/very/long/name/of/a/file.yaml:10:20)");
        assert_eq!(shown("  ", "said", place, 30), "  said\n  (a/very/long/name/of/a/file.yaml:10:20)\n");
        assert_eq!(
            shown("  ", "spec.template.spec.containers[0].image is unset", None, 30),
            "  spec.template.spec.\n  containers[0].image is unset\n"
        );
        // Without a joint nothing is cut: a digest is copied as one.
        assert_eq!(shown("", &"f".repeat(40), None, 20), format!("{}\n", "f".repeat(40)));
        assert_eq!(shown("", "漢字漢字漢字 漢字漢字漢字", None, 20), "漢字漢字漢字\n漢字漢字漢字\n");
    }

    #[test]
    fn the_width_is_what_is_said_then_what_there_is() {
        assert_eq!(chosen(Some("60"), Some(200)), 60);
        assert_eq!(chosen(Some("0"), Some(200)), 200);
        assert_eq!((chosen(None, None), chosen(Some("x"), None), chosen(None, Some(5))), (80, 80, 20));
    }
}
