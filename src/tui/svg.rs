//! A picture of a drawn buffer, for documents: pure, the same buffer gives the same bytes.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::theme::{Theme, Tone};

/// Columns and rows in pixels, for a font of 15 whose advance is 0.6 of its size; box characters just touch.
const COLUMN: f64 = 9.0;
const ROW: u16 = 18;
const MARGIN: u16 = 12;

/// `buffer` as SVG, with `title` for those who hear it instead.
pub fn picture(buffer: &Buffer, theme: &Theme, title: &str) -> String {
    let base = theme.tone(Tone::Text);
    let (ink, ground) = (base.fg.unwrap_or(Color::White), base.bg.unwrap_or(Color::Black));
    let area = buffer.area;
    let width = f64::from(area.width) * COLUMN + f64::from(2 * MARGIN);
    let height = area.height * ROW + 2 * MARGIN;
    let mut out = String::new();
    let _ = writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1} {height}" role="img" font-family="'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace" font-size="15">"#
    );
    let _ = writeln!(out, "<title>{}</title>", escape(title));
    let _ = writeln!(out, r#"<rect width="100%" height="100%" rx="8" fill="{}"/>"#, hex(ground, ground));
    for y in area.y..area.bottom() {
        let runs = runs(buffer, y);
        for run in &runs {
            let (_, back) = colours(run.cell, ink, ground);
            if back != ground {
                let (x, top) = place(run.start, y - area.y);
                let wide = f64::from(run.width) * COLUMN;
                let fill = hex(back, ground);
                let _ = writeln!(
                    out,
                    r#"<rect x="{x:.1}" y="{top}" width="{wide:.1}" height="{ROW}" fill="{fill}"/>"#
                );
            }
        }
        for run in runs.iter().filter(|r| !r.text.trim().is_empty()) {
            let (front, _) = colours(run.cell, ink, ground);
            let lead = run.text.chars().take_while(|c| *c == ' ').count() as u16;
            let text = run.text.trim();
            let (x, top) = place(run.start + lead, y - area.y);
            let wide = f64::from(run.width - lead - trailing(&run.text)) * COLUMN;
            let mut style = String::new();
            for (modifier, words) in [
                (Modifier::BOLD, r#" font-weight="bold""#),
                (Modifier::ITALIC, r#" font-style="italic""#),
                (Modifier::UNDERLINED, r#" text-decoration="underline""#),
            ] {
                if run.cell.modifier.contains(modifier) {
                    style += words;
                }
            }
            let _ = writeln!(
                out,
                r#"<text x="{x:.1}" y="{}" textLength="{wide:.1}" lengthAdjust="spacingAndGlyphs" fill="{}"{style} xml:space="preserve">{}</text>"#,
                top + 13,
                hex(front, ink),
                escape(text)
            );
        }
    }
    out += "</svg>\n";
    out
}

struct Run<'b> {
    cell: &'b Cell,
    start: u16,
    width: u16,
    text: String,
}

/// A row's cells, joined where they look the same.
fn runs(buffer: &Buffer, y: u16) -> Vec<Run<'_>> {
    let mut runs: Vec<Run> = Vec::new();
    let mut covered = 0;
    for x in buffer.area.x..buffer.area.right() {
        let Some(cell) = buffer.cell((x, y)) else { continue };
        let same = |run: &&mut Run| {
            (run.cell.fg, run.cell.bg, run.cell.modifier) == (cell.fg, cell.bg, cell.modifier)
        };
        // The cell behind a wide character holds nothing, and belongs to that character whatever its style.
        if covered > 0 {
            covered -= 1;
            if let Some(run) = runs.last_mut() {
                run.width += 1;
            }
            continue;
        }
        let text = cell.symbol();
        covered = unicode_width::UnicodeWidthStr::width(text).saturating_sub(1);
        if let Some(run) = runs.last_mut().filter(same) {
            run.width += 1;
            run.text += text;
        } else {
            runs.push(Run { cell, start: x - buffer.area.x, width: 1, text: text.to_owned() });
        }
    }
    runs
}

fn trailing(text: &str) -> u16 {
    text.chars().rev().take_while(|c| *c == ' ').count() as u16
}

fn place(column: u16, row: u16) -> (f64, u16) {
    (f64::from(MARGIN) + f64::from(column) * COLUMN, MARGIN + row * ROW)
}

fn colours(cell: &Cell, ink: Color, ground: Color) -> (Color, Color) {
    let front = if cell.fg == Color::Reset { ink } else { cell.fg };
    let back = if cell.bg == Color::Reset { ground } else { cell.bg };
    if cell.modifier.contains(Modifier::REVERSED) { (back, front) } else { (front, back) }
}

fn hex(color: Color, otherwise: Color) -> String {
    match (color, otherwise) {
        (Color::Rgb(r, g, b), _) | (_, Color::Rgb(r, g, b)) => format!("#{r:02x}{g:02x}{b:02x}"),
        (Color::Black, _) => "#000000".to_owned(),
        _ => "#ffffff".to_owned(),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            // XML 1.0 knows no other control characters, not even escaped.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::super::theme::{Depth, ThemeName};
    use super::*;

    #[test]
    fn runs_of_one_style_become_one_text() {
        let theme = Theme::new(ThemeName::Dark, Depth::True);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_style(buffer.area, theme.tone(Tone::Text));
        buffer.set_string(1, 0, "a <b> & 漢", Style::new().add_modifier(Modifier::BOLD));
        let svg = picture(&buffer, &theme, "x < y");
        assert!(svg.contains("<title>x &lt; y</title>"), "{svg}");
        assert_eq!(svg.matches("<text ").count(), 1, "{svg}");
        assert!(svg.contains(r#"textLength="90.0""#), "{svg}");
        assert!(svg.contains(">a &lt;b&gt; &amp; 漢</text>"), "{svg}");
        assert!(svg.contains(r#"font-weight="bold""#), "{svg}");
        assert_eq!(svg, picture(&buffer, &theme, "x < y"));
    }

    #[test]
    fn reversed_cells_get_a_ground() {
        let theme = Theme::new(ThemeName::Mono, Depth::True);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        buffer.set_string(0, 0, "x", Style::new().add_modifier(Modifier::REVERSED));
        let svg = picture(&buffer, &theme, "");
        assert!(
            svg.contains(r##"height="18" fill="#ffffff"/>"##) && svg.contains(r##"fill="#000000""##),
            "{svg}"
        );
    }
}
