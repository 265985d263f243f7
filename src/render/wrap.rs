//! Widths, and breaking runs of text into lines at words.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::page::{Piece, Role};

/// How many columns `text` takes: the sum over its grapheme clusters, as a terminal's cells are filled.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Adds text to a line; joins it to the last piece where that is of the same kind.
pub(super) fn push(out: &mut Vec<Piece>, text: &str, role: Role, link: Option<u16>) {
    if text.is_empty() {
        return;
    }
    match out.last_mut() {
        Some(last) if last.role == role && last.link == link => last.text.push_str(text),
        _ => out.push(Piece { text: text.to_owned(), role, link }),
    }
}

/// Behind these a word that is longer than a line may go on in the next one: paths of fields and of files, addresses.
const JOINTS: [char; 11] = ['.', '/', ',', ':', ';', '-', '_', ']', '}', '&', '?'];

/// Breaks `runs` into lines of at most `columns`. Blanks are joined and break lines, `\n` always does; words that are
/// longer than a line are broken at their joints, and where there is none between any two signs. Yields at least one line.
pub(super) fn wrap(runs: &[Piece], columns: usize) -> Vec<Vec<Piece>> {
    let mut wrapper = Wrapper { columns: columns.max(1), ..Wrapper::default() };
    for run in runs {
        let mut rest = run.text.as_str();
        while let Some(c) = rest.chars().next() {
            if c == '\n' {
                wrapper.word_ends();
                wrapper.line_ends();
                rest = &rest[1..];
            } else if is_blank(c) {
                wrapper.word_ends();
                wrapper.blank.get_or_insert((run.role, run.link));
                rest = &rest[c.len_utf8()..];
            } else {
                let end = rest.find(|c| c == '\n' || is_blank(c)).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                push(&mut wrapper.word, word, run.role, run.link);
                wrapper.word_width += width(word);
                rest = after;
            }
        }
    }
    wrapper.word_ends();
    if !wrapper.line.is_empty() || wrapper.lines.is_empty() {
        wrapper.line_ends();
    }
    wrapper.lines
}

/// Where a line may be broken: at white space, but not at no-break spaces.
fn is_blank(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\n' | '\u{a0}' | '\u{202f}' | '\u{2007}')
}

/// The widest word of `runs`: the least width at which no word is broken.
pub(super) fn longest_word(runs: &[Piece]) -> usize {
    let text: String = runs.iter().map(|r| r.text.as_str()).collect();
    text.split(|c| c == '\n' || is_blank(c)).map(width).max().unwrap_or(0)
}

/// The width of the widest line of `runs` when only `\n` breaks it.
pub(super) fn natural(runs: &[Piece]) -> usize {
    let text: String = runs.iter().map(|r| r.text.as_str()).collect();
    text.lines().map(width).max().unwrap_or(0)
}

#[derive(Default)]
struct Wrapper {
    columns: usize,
    lines: Vec<Vec<Piece>>,
    line: Vec<Piece>,
    line_width: usize,
    /// A blank that stands between the line and the word, in the kind of the run that it came from.
    blank: Option<(Role, Option<u16>)>,
    word: Vec<Piece>,
    word_width: usize,
}

impl Wrapper {
    fn line_ends(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.line_width = 0;
        self.blank = None;
    }

    fn word_ends(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let gap = usize::from(self.blank.is_some() && !self.line.is_empty());
        if !self.line.is_empty() && self.line_width + gap + self.word_width > self.columns {
            self.line_ends();
        }
        if let Some((role, link)) = self.blank.take()
            && !self.line.is_empty()
        {
            push(&mut self.line, " ", role, link);
            self.line_width += 1;
        }
        let word = std::mem::take(&mut self.word);
        let long = std::mem::take(&mut self.word_width) > self.columns;
        for piece in word {
            if long {
                self.break_word(&piece);
            } else {
                self.line_width += width(&piece.text);
                push(&mut self.line, &piece.text, piece.role, piece.link);
            }
        }
    }

    fn break_word(&mut self, piece: &Piece) {
        for part in piece.text.split_inclusive(JOINTS) {
            let wide = width(part);
            if wide <= self.columns && self.line_width + wide > self.columns {
                self.line_ends();
            }
            self.break_part(part, piece);
        }
    }

    /// A part of a long word, which may be longer than a line itself.
    fn break_part(&mut self, part: &str, piece: &Piece) {
        for grapheme in part.graphemes(true) {
            // A character wider than the whole line cannot be shown at all.
            let (grapheme, wide) = match width(grapheme) {
                wide if wide > self.columns => ("\u{fffd}", 1),
                wide => (grapheme, wide),
            };
            if self.line_width + wide > self.columns {
                self.line_ends();
            }
            push(&mut self.line, grapheme, piece.role, piece.link);
            self.line_width += wide;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(runs: &[(&str, Role)], columns: usize) -> Vec<String> {
        let runs: Vec<_> = runs.iter().map(|(t, r)| Piece::new(*t, *r)).collect();
        let text = |line: Vec<Piece>| line.iter().map(|p| p.text.as_str()).collect::<String>();
        wrap(&runs, columns).into_iter().map(text).collect()
    }

    #[test]
    fn lines_break_at_words() {
        assert_eq!(shown(&[("one two  three", Role::Text)], 7), ["one two", "three"]);
        assert_eq!(shown(&[("a\nb", Role::Text)], 7), ["a", "b"]);
        assert_eq!(shown(&[("", Role::Text)], 7), [""]);
        assert_eq!(shown(&[("漢字 漢字", Role::Text)], 5), ["漢字", "漢字"]);
    }

    #[test]
    fn a_word_may_have_several_roles_and_stays_whole() {
        assert_eq!(
            shown(&[("see ", Role::Text), ("abc", Role::Code), (".", Role::Text)], 6),
            ["see", "abc."]
        );
    }

    #[test]
    fn long_words_are_broken() {
        assert_eq!(shown(&[("a sha256:12345678", Role::Text)], 6), ["a", "sha256", ":12345", "678"]);
        assert_eq!(shown(&[("漢", Role::Text)], 1), ["\u{fffd}"]);
        assert_eq!(
            shown(&[("see spec.template.spec.containers[0].securityContext", Role::Code)], 24),
            ["see", "spec.template.spec.", "containers[0].", "securityContext"]
        );
        assert_eq!(
            shown(&[("(", Role::Text), ("spec.hostPID", Role::Code), (")", Role::Text)], 8),
            ["(spec.", "hostPID)"]
        );
    }
}
