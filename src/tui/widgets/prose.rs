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
    /// Which of the hits was gone to last.
    pub hit: Option<usize>,
}

/// Draws the lines of a page from `top` on.
pub fn draw(page: &render::Page, top: usize, view: View, area: Rect, buf: &mut Buffer, theme: &Theme) {
    for (line, y) in page.lines.iter().skip(top).zip(area.y..area.bottom()) {
        let row = Rect { y, height: 1, ..area };
        if line.code.is_some() {
            buf.set_style(row, theme.tone(Tone::Code));
        }
        let pieces = line.window(view.sideways, area.width);
        buf.set_line(area.x, y, &styled(&pieces, view.link, theme), area.width);
        if line.width() > usize::from(view.sideways) + usize::from(area.width) {
            cut_mark(row, view.glyphs, buf, theme);
        }
    }
    let found = view.find.map(|find| found(page, find)).unwrap_or_default();
    for (index, hit) in found.iter().enumerate() {
        let tone = theme.tone(if view.hit == Some(index) { Tone::Focus } else { Tone::Found });
        for Stretch { line, column, width } in hit {
            let (Some(row), Some(of)) = (line.checked_sub(top), page.lines.get(*line)) else { continue };
            // What slides under the lead is hidden, as in `Line::window`.
            let moved = if *column < of.lead { 0 } else { view.sideways };
            let Some(x) = column.checked_sub(moved).filter(|x| *column < of.lead || *x >= of.lead) else {
                continue;
            };
            if row < usize::from(area.height) && x < area.width {
                let width = (*width).min(area.width - x);
                buf.set_style(Rect { x: area.x + x, y: area.y + row as u16, width, height: 1 }, tone);
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

/// Code with line numbers, as lines of text: for each line its rows.
pub fn code_rows(
    language: &str,
    code: &str,
    layout: Layout,
    paint: &dyn Paint,
    theme: &Theme,
) -> Vec<Vec<Line<'static>>> {
    let lines = render::code_rows(Some(language), code, layout.width, layout.glyphs, paint);
    let styled_rows = |rows: &Vec<render::Line>| {
        rows.iter().map(|row| styled(&row.pieces, None, theme)).collect::<Vec<_>>()
    };
    lines.iter().map(styled_rows).collect()
}

/// A part of a hit, on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The line of the page.
    pub line: usize,
    /// Its first column.
    pub column: u16,
    /// Its columns.
    pub width: u16,
}

/// Where `find` (in lower case) stands on a page. Words that were wrapped apart are found together.
pub fn found(page: &render::Page, find: &str) -> Vec<Vec<Stretch>> {
    let mut found = Vec::new();
    for (line, this) in page.lines.iter().enumerate() {
        let text = this.text();
        let whole = hits(&text, find).into_iter();
        found.extend(whole.map(|(column, width)| vec![Stretch { line, column, width }]));
        let Some(next) = page.lines.get(line + 1).filter(|next| this.code.is_none() && next.code.is_none())
        else {
            continue;
        };
        let (text, after) = (text.trim_end(), next.text());
        let below = after.trim_start();
        let indent = render::width(&after) - render::width(below);
        for (head, tail) in find.match_indices(' ').map(|(at, _)| (&find[..at], &find[at + 1..])) {
            let end = hits(text, head).pop().filter(|(at, w)| usize::from(at + w) == render::width(text));
            let start = hits(below, tail).first().copied().filter(|(at, _)| *at == 0);
            if let (Some((column, width)), Some((_, rest))) = (end, start) {
                let on = Stretch { line: line + 1, column: indent as u16, width: rest };
                found.push(vec![Stretch { line, column, width }, on]);
            }
        }
    }
    found
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
    fn words_wrapped_apart_are_found() {
        let line = |text: &str| render::Line {
            pieces: vec![render::Piece::new(text, render::Role::Text)],
            ..render::Line::default()
        };
        let page = render::Page {
            lines: vec![line("the Service"), line("  account token, no service"), line("")],
            ..render::Page::default()
        };
        let parts = |line, column, width| Stretch { line, column, width };
        assert_eq!(found(&page, "service account"), [vec![parts(0, 4, 7), parts(1, 2, 7)]]);
        assert_eq!(found(&page, "service").len(), 2);
        assert!(found(&page, "service token").is_empty());
        assert!(found(&page, "").is_empty());
    }

    #[test]
    fn hits_are_columns() {
        assert_eq!(hits("漢 Root, root", "root"), [(3, 4), (9, 4)]);
        assert_eq!(hits("İx", "x"), [(1, 1)]);
        assert!(hits("abc", "").is_empty());
    }
}
