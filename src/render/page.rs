//! What layout yields: lines of pieces, each piece in one role. No colours.

use unicode_segmentation::UnicodeSegmentation;

use super::wrap::{push, width};
use crate::ids::HeadingId;

/// What a piece of text is; a theme says how that looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Running text.
    Text,
    /// A heading of level 1.
    Title,
    /// A heading of level 2.
    Heading,
    /// A heading of level 3 and below.
    Subheading,
    /// Strong emphasis.
    Strong,
    /// Emphasis.
    Emphasis,
    /// Code within a line.
    Code,
    /// A link.
    Link,
    /// The bar beside a quotation.
    Quote,
    /// A horizontal rule, and the lines of a table.
    Rule,
    /// The head of a table, and the names in a record.
    TableHead,
    /// A list's bullet or number.
    Marker,
    /// Bar and title of a call-out: try it.
    CalloutTry,
    /// Bar and title of a call-out: interview tip.
    CalloutInterview,
    /// Bar and title of a call-out: pitfall.
    CalloutPitfall,
    /// Bar and title of a call-out: incident.
    CalloutIncident,
    /// The line above a code block.
    CodeHead,
    /// The same above code that is right.
    CodePass,
    /// The same above code that is wrong.
    CodeFail,
    /// A note in the margin of code: the finding that a line causes.
    Note,
    /// A number of a line of code.
    LineNumber,
    /// What may be overlooked.
    Dim,
    /// Code of no other role.
    CodeText,
    /// A key of a mapping.
    Key,
    /// A string.
    String,
    /// A number.
    Number,
    /// `true`, `null` and the like.
    Constant,
    /// A keyword, an instruction, an operator's word.
    Keyword,
    /// A comment.
    Comment,
    /// Brackets, colons, dashes, operators.
    Punctuation,
    /// A variable, an anchor, an alias.
    Variable,
    /// A function or a command.
    Function,
    /// A type.
    Type,
}

/// A run of text in one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text, clean, without line breaks.
    pub text: String,
    /// What it is.
    pub role: Role,
    /// Where it leads: an index into [`Page::links`].
    pub link: Option<u16>,
}

impl Piece {
    /// A piece that leads nowhere.
    pub fn new(text: impl Into<String>, role: Role) -> Self {
        Self { text: text.into(), role, link: None }
    }
}

/// A line of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its pieces, in order. None for an empty line.
    pub pieces: Vec<Piece>,
    /// The code block that it belongs to, its head line included: an index into [`Page::codes`].
    pub code: Option<u16>,
    /// The last heading at or above it.
    pub heading: Option<HeadingId>,
    /// How many columns at its start stay where they are when it is moved sideways.
    pub lead: u16,
}

impl Line {
    /// Its text.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|p| p.text.as_str()).collect()
    }

    /// Its width in columns.
    pub fn width(&self) -> usize {
        width(&self.text())
    }

    /// What of it shows in `columns` columns when it is moved to the left by `offset`: the first [`Line::lead`]
    /// columns stay. A wide character that is cut through leaves a blank.
    pub fn window(&self, offset: u16, columns: u16) -> Vec<Piece> {
        let (lead, offset, columns) = (usize::from(self.lead), usize::from(offset), usize::from(columns));
        let mut out = Vec::new();
        let mut at = 0;
        for piece in &self.pieces {
            for grapheme in piece.text.graphemes(true) {
                let start = at;
                at += width(grapheme);
                // Where it would come to stand; what slides under the lead is hidden.
                let hidden = if start < lead { 0 } else { offset };
                let edge = if start < lead { 0 } else { lead };
                let (from, to) = (start.saturating_sub(hidden), at.saturating_sub(hidden));
                if to > columns || (start >= lead && at <= edge + offset) {
                    if from < columns && to > columns {
                        push(&mut out, &" ".repeat(columns - from), piece.role, piece.link);
                    }
                    continue;
                }
                if start >= lead && start < edge + offset {
                    push(&mut out, &" ".repeat(to.saturating_sub(edge)), piece.role, piece.link);
                } else {
                    push(&mut out, grapheme, piece.role, piece.link);
                }
            }
        }
        out
    }
}

/// A block of code as it is copied: without the notes in its margin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBlock {
    /// `yaml`, `dockerfile`, `sh`; none for diagrams and messages.
    pub language: Option<String>,
    /// The text, each line ended by a line feed.
    pub text: String,
}

/// A text laid out for a width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The lines from top to bottom.
    pub lines: Vec<Line>,
    /// Where the links lead, as written: `lesson:…`, `term:…`, `finding:…`, `lab:…`, or an address.
    pub links: Vec<String>,
    /// The blocks of code.
    pub codes: Vec<CodeBlock>,
}

impl Page {
    /// The line on which a heading stands.
    pub fn line_of(&self, heading: &HeadingId) -> Option<usize> {
        self.lines.iter().position(|l| l.heading.as_ref() == Some(heading))
    }

    /// The first line on which a link stands.
    pub fn line_of_link(&self, link: u16) -> Option<usize> {
        self.lines.iter().position(|l| l.pieces.iter().any(|p| p.link == Some(link)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &Line, offset: u16, columns: u16) -> String {
        line.window(offset, columns).iter().map(|p| p.text.as_str()).collect()
    }

    #[test]
    fn a_line_moves_sideways_under_its_lead() {
        let line = Line {
            pieces: vec![Piece::new("│ ", Role::Quote), Piece::new("ab漢字cd", Role::CodeText)],
            lead: 2,
            ..Line::default()
        };
        assert_eq!(shown(&line, 0, 80), "│ ab漢字cd");
        assert_eq!(shown(&line, 2, 80), "│ 漢字cd");
        assert_eq!(shown(&line, 3, 80), "│  字cd");
        assert_eq!(shown(&line, 0, 5), "│ ab ");
        assert_eq!(shown(&line, 99, 80), "│ ");
    }
}
