//! The lines of a Dockerfile as instructions have them: directives read, comments dropped, continued lines joined.
//!
//! After `github.com/moby/buildkit, frontend/dockerfile/parser/parser.go` and `directives.go`.

use super::problem::Problem;
use super::text::Text;
use crate::text::Source;

/// Reads a file line by line.
pub(super) struct Lines<'s> {
    source: &'s Source,
    at: usize,
    /// The letter that continues a line, and takes the next one as it is.
    pub escape: char,
    /// The directives that were seen; `None` once something else came.
    directives: Option<Vec<&'static str>>,
    /// What is wrong with directives.
    pub problems: Vec<Problem>,
}

const DIRECTIVES: [&str; 3] = ["syntax", "check", "escape"];

impl<'s> Lines<'s> {
    pub fn new(source: &'s Source) -> Self {
        let at = if source.text().starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { source, at, escape: '\\', directives: Some(Vec::new()), problems: Vec::new() }
    }

    /// The next line of the file and where it begins, without what ends it.
    fn raw(&mut self) -> Option<(usize, &'s str)> {
        let start = self.at;
        let rest = self.source.text().get(start..).filter(|r| !r.is_empty())?;
        let line = rest.split_inclusive('\n').next()?;
        self.at += line.len();
        Some((start, line.trim_end_matches(['\r', '\n'])))
    }

    /// The next line that is neither empty nor a comment, joined with those that continue it.
    pub fn next(&mut self) -> Option<Text> {
        let mut text = Text::new(self.source.id());
        let mut goes_on = false;
        while let Some((start, line)) = self.raw() {
            let bare = line.trim_start();
            let start = if goes_on { start } else { start + line.len() - bare.len() };
            let line = if goes_on { line } else { bare };
            if !goes_on {
                self.directive(start, bare);
            }
            if bare.starts_with('#') || bare.is_empty() {
                continue;
            }
            let (piece, continued) = self.continued(line);
            text.push(piece, start);
            goes_on = continued;
            if !continued {
                break;
            }
        }
        (!text.is_empty()).then_some(text)
    }

    /// A line without the letter that continues it. A doubled one does not.
    fn continued<'t>(&self, line: &'t str) -> (&'t str, bool) {
        match line.trim_end_matches([' ', '\t']).strip_suffix(self.escape) {
            Some(piece) if !piece.ends_with(self.escape) => (piece, true),
            _ => (line, false),
        }
    }

    /// `# name=value` above everything else.
    fn directive(&mut self, start: usize, line: &str) {
        let Some(seen) = &mut self.directives else { return };
        let pair = line.strip_prefix('#').and_then(|l| l.split_once('='));
        let known = pair.and_then(|(name, value)| {
            let name = name.trim();
            let known = DIRECTIVES.iter().find(|d| name.eq_ignore_ascii_case(d))?;
            (!value.trim().is_empty()).then_some((*known, value.trim()))
        });
        let Some((name, value)) = known else {
            self.directives = None;
            return;
        };
        let span = self.source.span(start, start + line.len());
        if seen.contains(&name) {
            let says = format!("the directive {name} is written twice");
            self.problems.push(Problem::new(span, says, "keep one"));
        }
        seen.push(name);
        match value {
            "\\" | "`" if name == "escape" => self.escape = value.chars().next().unwrap_or('\\'),
            _ if name == "escape" => {
                let says = format!("{value} cannot be the escape");
                self.problems.push(Problem::new(span, says, "write # escape=` or # escape=\\"));
            }
            _ => {}
        }
    }

    /// The text up to the line that is `end`, tabs before each line taken off where it is `chomped`; `None` where no
    /// line is.
    pub fn here_document(&mut self, end: &str, chomped: bool) -> Option<Text> {
        let mut text = Text::new(self.source.id());
        while let Some((start, line)) = self.raw() {
            let bare = if chomped { line.trim_start_matches('\t') } else { line };
            if bare == end {
                return Some(text);
            }
            text.push(bare, start + line.len() - bare.len());
            text.push("\n", start + line.len());
        }
        None
    }
}
