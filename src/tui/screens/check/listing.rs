//! All findings of a file, a line each, below the file.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::render::Glyphs;
use crate::session::Inspected;

use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::list::Cursor;
use super::super::super::widgets::{panel, text};
use super::gutter;

/// Draws the findings, the chosen one in sight.
pub fn draw(file: &Inspected, at: usize, area: Rect, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
    let (head, rows) = text::rows(area, 1);
    panel::divider("", head, glyphs, buf, theme);
    let mut cursor = Cursor::on(at);
    cursor.fit(file.findings.len(), rows.height);
    let digits = file.source.text().lines().count().max(1).to_string().len();
    let shown = file.findings.iter().enumerate().skip(cursor.top);
    for ((index, finding), y) in shown.zip(rows.y..rows.bottom()) {
        let row = Rect { y, height: 1, ..rows };
        let line = file.source.position(finding.primary.span.start).line;
        let lead = format!("{} ", gutter::sign(finding.severity, glyphs));
        let number = format!("{line:>digits$}  ");
        let room = usize::from(row.width).saturating_sub(2 + number.len());
        let says = glyphs.adapt(&text::fit(&text::safe(&finding.code), room));
        let tone = if index == at { Tone::Strong } else { Tone::Text };
        if index == at {
            buf.set_style(row, theme.tone(Tone::Selected));
        }
        let spans = vec![
            Span::styled(lead, theme.ink(gutter::tone(finding.severity))),
            Span::styled(number, theme.ink(Tone::Dim)),
            Span::styled(says, theme.ink(tone)),
        ];
        buf.set_line(row.x, y, &Line::from(spans), row.width);
    }
    text::more(&cursor.sight(), rows, glyphs, buf, theme);
}
