//! A text that is put together from pieces of a file, and where each of them stands.

use std::fmt;
use std::ops::{Deref, Range};

use crate::text::{FileId, Span};

/// A text whose every byte knows its place: a line without what continues it, a word without its quotes.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    letters: String,
    pieces: Vec<Piece>,
    file: FileId,
}

/// Where in the file the text from `at` on stands, up to the next piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    at: usize,
    start: usize,
}

impl Text {
    /// An empty one of that file.
    pub fn new(file: FileId) -> Self {
        Self { letters: String::new(), pieces: Vec::new(), file }
    }

    /// A text that stands in the file as it is.
    pub fn of(file: FileId, text: &str, start: usize) -> Self {
        let mut out = Self::new(file);
        out.push(text, start);
        out
    }

    /// Adds what stands in the file from `start` on.
    pub fn push(&mut self, text: &str, start: usize) {
        let at = self.letters.len();
        if !text.is_empty() && self.pieces.last().is_none_or(|p| p.start + (at - p.at) != start) {
            self.pieces.push(Piece { at, start });
        }
        self.letters.push_str(text);
    }

    /// Adds a part of another text.
    pub fn append(&mut self, other: &Self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            let next = other.pieces.get(other.after(at)).map_or(range.end, |p| p.at.min(range.end));
            self.push(other.slice(at..next), other.place(at));
            at = next;
        }
    }

    /// A part of it.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let mut out = Self::new(self.file);
        out.append(self, range);
        out
    }

    /// The letters of a part; none where the range does not fit.
    pub fn slice(&self, range: Range<usize>) -> &str {
        self.letters.get(range).unwrap_or("")
    }

    /// Where a part stands, with what was left out in between.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.place(range.start);
        let end = if range.start < range.end { self.place(range.end - 1) + 1 } else { start };
        Span::new(self.file, start, end)
    }

    /// Where all of it stands.
    pub fn whole(&self) -> Span {
        self.span(0..self.letters.len())
    }

    /// The number of the first piece behind `at`.
    fn after(&self, at: usize) -> usize {
        self.pieces.partition_point(|p| p.at <= at)
    }

    fn place(&self, at: usize) -> usize {
        let piece = self.after(at).checked_sub(1).and_then(|i| self.pieces.get(i));
        piece.map_or(0, |p| p.start + (at - p.at))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.letters
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.letters, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.letters)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.letters == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.letters == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_know_where_they_stand() {
        let mut text = Text::of(FileId(0), "ab", 10);
        text.push("cd", 12);
        text.push("ef", 20);
        assert_eq!(text.pieces.len(), 2);
        assert_eq!((&*text, text.whole().range()), ("abcdef", 10..22));
        let part = text.part(3..5);
        assert_eq!((&*part, part.whole().range()), ("de", 13..21));
        assert_eq!(part.span(1..2).range(), 20..21);
        assert_eq!(text.span(2..2).range(), 12..12);
        assert_eq!(text.part(9..12), Text::new(FileId(0)));
    }
}
