//! The four ratings with the interval that each leads to; one of them is marked.

use ratatui::text::{Line, Span};

use crate::render::Glyphs;
use crate::study::{Next, Rating};

use super::super::theme::{Theme, Tone};
use super::meter;

/// Two lines: words, and intervals below them. With `keys` each word has its digit before it.
pub fn lines(
    next: &[Next; 4],
    marked: Rating,
    keys: bool,
    glyphs: Glyphs,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let (mut names, mut intervals) = (vec![], vec![]);
    for next in next {
        let here = next.rating == marked;
        let tone = match (here, keys) {
            (true, _) => Tone::Accent,
            (false, true) => Tone::Strong,
            (false, false) => Tone::Dim,
        };
        let mark = if here { glyphs.pick("▸", ">") } else { " " };
        let digit = if keys { format!("{} ", next.rating.number()) } else { String::new() };
        let word = format!("{mark}{digit}{}", next.rating.word());
        names.push(Span::styled(meter::pad(&word, 13), theme.tone(tone)));
        let lead = " ".repeat(1 + digit.len());
        let interval = meter::pad(&format!("{lead}{}", next.interval), 13);
        intervals.push(Span::styled(interval, theme.tone(Tone::Dim)));
    }
    vec![Line::from(names), Line::from(intervals)]
}
