//! How much of something is done, as a bar. The numbers stand beside it: a bar alone says nothing to many.

use ratatui::text::{Line, Span};

use crate::render::Glyphs;

use super::super::theme::{Theme, Tone};

/// A bar of `width` columns, `done` of `all` filled.
pub fn meter(done: usize, all: usize, width: u16, glyphs: Glyphs, theme: &Theme) -> Vec<Span<'static>> {
    let width = usize::from(width);
    let mut filled = (done * width).checked_div(all).unwrap_or(0).min(width);
    // Nothing looks done that is not, and nothing begun looks like nothing.
    if done > 0 {
        filled = filled.max(1);
    }
    let (full, empty) = if glyphs == Glyphs::Ascii { ("#", "-") } else { ("━", "─") };
    vec![
        Span::styled(full.repeat(filled), theme.tone(Tone::Accent)),
        Span::styled(empty.repeat(width - filled), theme.tone(Tone::Line)),
    ]
}

/// A line with a label of `label` columns, a bar, and `done/all`.
pub fn line(
    says: &str,
    (done, all): (usize, usize),
    (label, bar): (u16, u16),
    glyphs: Glyphs,
    theme: &Theme,
) -> Line<'static> {
    let says = super::text::fit(says, usize::from(label).saturating_sub(1));
    let mut spans = vec![Span::styled(pad(&says, label), theme.tone(Tone::Dim))];
    spans.extend(meter(done, all, bar, glyphs, theme));
    spans.push(Span::raw(format!("  {done}/{all}")));
    Line::from(spans)
}

/// `text` with blanks up to `width` columns.
pub fn pad(text: &str, width: u16) -> String {
    let missing = usize::from(width).saturating_sub(unicode_width::UnicodeWidthStr::width(text));
    format!("{text}{}", " ".repeat(missing))
}
