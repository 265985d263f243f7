//! A box over the screen below, and the rule between two panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::symbols::border;
use ratatui::widgets::{Block, Clear, Widget};

use crate::render::Glyphs;

use super::super::theme::{Theme, Tone};

const ASCII: border::Set = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Where a box of this inner size stands in `area`: in the middle, a little above it.
pub fn place(area: Rect, (width, height): (u16, u16)) -> Rect {
    let width = (width + 6).min(area.width.saturating_sub(4)).max(1);
    let height = (height + 4).min(area.height.saturating_sub(2)).max(1);
    let x = area.x + (area.width.saturating_sub(width)) / 2;
    let y = area.y + (area.height.saturating_sub(height)) * 2 / 5;
    Rect { x, y, width: width.min(area.width), height: height.min(area.height) }
}

/// The inside of a box, with air on all sides.
pub fn inside(outer: Rect) -> Rect {
    Rect {
        x: outer.x + 3.min(outer.width),
        y: outer.y + 2.min(outer.height),
        width: outer.width.saturating_sub(6),
        height: outer.height.saturating_sub(4),
    }
}

/// Draws a box with a title over whatever is there, which is dimmed.
pub fn draw(title: &str, outer: Rect, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
    let (dim, line) = (theme.tone(Tone::Dim), theme.tone(Tone::Line));
    for cell in &mut buf.content {
        // Rules are fainter than dimmed text already.
        let faint = if cell.fg == line.fg.unwrap_or_default() { line } else { dim };
        cell.modifier = Modifier::empty();
        cell.set_style(faint);
    }
    // A column of air on both sides: half a word or a scroll mark of what lies below would seem to be the box's.
    let air = Rect { x: outer.x.saturating_sub(1), width: outer.width + 2, ..outer }.intersection(buf.area);
    Clear.render(air, buf);
    buf.set_style(air, theme.tone(Tone::Text));
    let set = if glyphs == Glyphs::Ascii { ASCII } else { border::ROUNDED };
    Block::bordered()
        .border_set(set)
        .border_style(theme.tone(Tone::Line))
        .title(format!(" {} ", super::text::fit(title, usize::from(outer.width.saturating_sub(6)))))
        .title_style(theme.tone(Tone::Title))
        .render(outer, buf);
}

/// Draws a vertical rule in the first column of `area`.
pub fn rule(area: Rect, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
    let mark = if glyphs == Glyphs::Ascii { "|" } else { "│" };
    for y in area.y..area.bottom() {
        buf.set_stringn(area.x, y, mark, usize::from(area.width), theme.tone(Tone::Line));
    }
}

/// Draws a horizontal rule in the first row of `area`, with a title in it.
pub fn divider(title: &str, area: Rect, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
    if area.height == 0 {
        return;
    }
    let mark = if glyphs == Glyphs::Ascii { "-" } else { "─" };
    let width = usize::from(area.width);
    buf.set_stringn(area.x, area.y, mark.repeat(width), width, theme.tone(Tone::Line));
    if !title.is_empty() {
        buf.set_stringn(area.x, area.y, format!("{mark} "), width, theme.tone(Tone::Line));
        let x = area.x + 2.min(area.width);
        buf.set_stringn(x, area.y, format!("{title} "), width.saturating_sub(2), theme.tone(Tone::Dim));
    }
}

/// Draws the rule between `pane` and the one before it, which stands `beside` it or above.
pub fn between(pane: Rect, beside: bool, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
    if beside {
        rule(Rect { x: pane.x.saturating_sub(2), width: 1, ..pane }, glyphs, buf, theme);
    } else {
        divider("", Rect { y: pane.y.saturating_sub(1), height: 1, ..pane }, glyphs, buf, theme);
    }
}
