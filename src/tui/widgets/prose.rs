//! Lines of a laid-out page, in the theme's styles.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::render::{self, Glyphs, Layout, Paint};

use super::super::theme::{Theme, Tone};

/// How a page is shown beside its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct View<'a> {
    /// Which characters may be drawn.
    pub glyphs: Glyphs,
    /// How far wide lines are moved to the left.
    pub sideways: u16,
    /// The link that Enter follows.
    pub link: Option<u16>,
    /// What was searched for, in lower case.
    pub find: Option<&'a str>,
    /// The hit gone to last: its line, and which of that line's hits it is.
    pub hit: Option<(usize, usize)>,
}

/// Draws the lines of a page from `top` on.
pub fn draw(page: &render::Page, top: usize, view: View, area: Rect, buf: &mut Buffer, theme: &Theme) {
    for ((at, line), y) in page.lines.iter().enumerate().skip(top).zip(area.y..area.bottom()) {
        let row = Rect { y, height: 1, ..area };
        if line.code.is_some() {
            buf.set_style(row, theme.tone(Tone::Code));
        }
        let pieces = line.window(view.sideways, area.width);
        buf.set_line(area.x, y, &styled(&pieces, view.link, theme), area.width);
        if line.width() > usize::from(view.sideways) + usize::from(area.width) {
            cut_mark(row, view.glyphs, buf, theme);
        }
        if let Some(find) = view.find {
            let text: String = pieces.iter().map(|p| p.text.as_str()).collect();
            // Hits that were moved out at the left count, but are not drawn.
            let left = line.lead + view.sideways;
            let out = |(column, _): &&(u16, u16)| view.sideways > 0 && *column >= line.lead && *column < left;
            let moved = hits(&line.text(), find).iter().filter(out).count();
            for (nth, (column, width)) in hits(&text, find).into_iter().enumerate() {
                let x = area.x + column;
                let here = view.hit == Some((at, moved + nth));
                let tone = theme.tone(if here { Tone::Focus } else { Tone::Found });
                buf.set_style(Rect { x, width: width.min(area.right() - x), ..row }, tone);
            }
        }
    }
}

/// Marks at the end of a row that its line goes on.
pub fn cut_mark(row: Rect, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
    if row.width > 0 && row.height > 0 {
        buf.set_string(row.right() - 1, row.y, glyphs.pick("›", ">"), theme.tone(Tone::Accent));
    }
}

/// Pieces as spans; the focused link reversed.
fn styled(pieces: &[render::Piece], focus: Option<u16>, theme: &Theme) -> Line<'static> {
    let span = |piece: &render::Piece| {
        let style = theme.role(piece.role);
        let focused = focus.is_some() && piece.link == focus;
        let style = if focused { style.patch(theme.tone(Tone::Focus)) } else { style };
        Span::styled(piece.text.clone(), style)
    };
    Line::from(pieces.iter().map(span).collect::<Vec<_>>())
}

/// The lines of a page as lines of text, to stand among others.
pub fn lines(page: &render::Page, theme: &Theme) -> Vec<Line<'static>> {
    let line = |line: &render::Line| {
        let shown = styled(&line.pieces, None, theme);
        if line.code.is_some() { shown.style(theme.tone(Tone::Code)) } else { shown }
    };
    page.lines.iter().map(line).collect()
}

/// Markdown of a field, laid out.
pub fn markdown(text: &str, layout: Layout, paint: &dyn Paint) -> render::Page {
    layout.text(text, paint)
}

/// Code with line numbers, as lines of text.
pub fn code_lines(
    language: &str,
    code: &str,
    glyphs: Glyphs,
    paint: &dyn Paint,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let lines = render::code_lines(Some(language), code, glyphs, paint);
    lines.iter().map(|line| styled(&line.pieces, None, theme)).collect()
}

/// Where `find` (in lower case) stands in `text`: first column and width.
pub fn hits(text: &str, find: &str) -> Vec<(u16, u16)> {
    if find.is_empty() {
        return Vec::new();
    }
    // Lower case may have other lengths than the text itself, so characters are compared one by one.
    let lower: Vec<(usize, char)> =
        text.char_indices().flat_map(|(at, c)| c.to_lowercase().map(move |l| (at, l))).collect();
    let wanted: Vec<char> = find.chars().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i + wanted.len() <= lower.len() {
        if lower[i..i + wanted.len()].iter().map(|(_, c)| c).eq(&wanted) {
            let start = lower[i].0;
            let end = lower.get(i + wanted.len()).map_or(text.len(), |(at, _)| *at);
            let columns = |t: &str| render::width(t) as u16;
            found.push((columns(&text[..start]), columns(&text[start..end])));
            i += wanted.len();
        } else {
            i += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_columns() {
        assert_eq!(hits("漢 Root, root", "root"), [(3, 4), (9, 4)]);
        assert_eq!(hits("İx", "x"), [(1, 1)]);
        assert!(hits("abc", "").is_empty());
    }
}
