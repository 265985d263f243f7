//! Tables: columns as wide as their contents ask for; records where a page is too narrow for columns.

use super::block::Builder;
use super::page::{Line, Piece, Role};
use super::wrap::{longest_word, natural, push, width, wrap};
use crate::parse::markdown::{Align, Inline, Table};

/// The widest word for whose sake a column is kept wide; longer ones (digests, paths) are broken.
const WORD: usize = 20;

/// Between two columns: a blank, a line, a blank.
const GAP: usize = 3;

impl Builder<'_> {
    pub(super) fn table(&mut self, table: &Table, columns: usize) -> Vec<Line> {
        let head = self.cells(&table.head, Role::TableHead);
        let rows: Vec<_> = table.rows.iter().map(|row| self.cells(row, Role::Text)).collect();
        let count = head.len();
        let all = || std::iter::once(&head).chain(&rows);
        let of = |column: usize, measure: fn(&[Piece]) -> usize| {
            all().filter_map(|row| row.get(column)).map(|c| measure(c)).max().unwrap_or(0).max(1)
        };
        let natural: Vec<usize> = (0..count).map(|c| of(c, natural)).collect();
        let least: Vec<usize> = (0..count).map(|c| of(c, longest_word).min(WORD)).collect();
        let room = columns.saturating_sub(GAP * count.saturating_sub(1));
        match shares(&natural, &least, room) {
            Some(widths) => self.grid(&head, &rows, &widths, &table.align),
            None => self.records(&head, &rows, columns),
        }
    }

    fn cells(&mut self, cells: &[Vec<Inline>], role: Role) -> Vec<Vec<Piece>> {
        cells.iter().map(|cell| self.runs(cell, role)).collect()
    }

    fn grid(
        &self,
        head: &[Vec<Piece>],
        rows: &[Vec<Vec<Piece>>],
        widths: &[usize],
        align: &[Align],
    ) -> Vec<Line> {
        let glyphs = self.layout.glyphs;
        let rule = || {
            let dashes: Vec<String> = widths.iter().map(|w| glyphs.pick("─", "-").repeat(*w)).collect();
            self.line(vec![Piece::new(dashes.join(glyphs.pick("─┼─", "-+-")), Role::Rule)])
        };
        let mut out = self.row(head, widths, align);
        out.push(rule());
        let body: Vec<Vec<Line>> = rows.iter().map(|row| self.row(row, widths, align)).collect();
        // Rows of several lines run into each other without a line between them.
        let tall = body.iter().any(|lines| lines.len() > 1);
        for (index, lines) in body.into_iter().enumerate() {
            if tall && index > 0 {
                out.push(rule());
            }
            out.extend(lines);
        }
        out
    }

    fn row(&self, cells: &[Vec<Piece>], widths: &[usize], align: &[Align]) -> Vec<Line> {
        let empty = Vec::new();
        let wrapped: Vec<Vec<Vec<Piece>>> = widths
            .iter()
            .enumerate()
            .map(|(column, width)| wrap(cells.get(column).unwrap_or(&empty), *width))
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        let mut out = Vec::new();
        for y in 0..height {
            let mut pieces = Vec::new();
            for (column, (lines, room)) in wrapped.iter().zip(widths).enumerate() {
                if column > 0 {
                    push(&mut pieces, self.layout.glyphs.pick(" │ ", " | "), Role::Rule, None);
                }
                let line = lines.get(y).unwrap_or(&empty);
                let text: String = line.iter().map(|p| p.text.as_str()).collect();
                let spare = room.saturating_sub(width(&text));
                let before = match align.get(column) {
                    Some(Align::Right) => spare,
                    Some(Align::Centre) => spare / 2,
                    _ => 0,
                };
                push(&mut pieces, &" ".repeat(before), Role::Text, None);
                for p in line {
                    push(&mut pieces, &p.text, p.role, p.link);
                }
                if column + 1 < widths.len() {
                    push(&mut pieces, &" ".repeat(spare - before), Role::Text, None);
                }
            }
            trim_end(&mut pieces);
            out.push(self.line(pieces));
        }
        out
    }

    /// Each row as lines of `Name: value`.
    fn records(&self, head: &[Vec<Piece>], rows: &[Vec<Vec<Piece>>], columns: usize) -> Vec<Line> {
        let mut out = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                out.push(self.line(Vec::new()));
            }
            for (name, value) in head.iter().zip(row) {
                let mut runs = name.clone();
                if !runs.is_empty() {
                    push(&mut runs, ": ", Role::TableHead, None);
                }
                for p in value {
                    push(&mut runs, &p.text, p.role, p.link);
                }
                out.extend(self.lines(&runs, columns));
            }
        }
        if rows.is_empty() {
            out.extend(head.iter().flat_map(|name| self.lines(name, columns)));
        }
        out
    }
}

/// Takes blanks off the end of a line.
fn trim_end(pieces: &mut Vec<Piece>) {
    while let Some(last) = pieces.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            return;
        }
        pieces.pop();
    }
}

/// Widths of the columns: what they ask for where there is room; else the narrow ones get that and the wide ones
/// share the rest, none below its least. `None` where even that does not fit.
fn shares(natural: &[usize], least: &[usize], room: usize) -> Option<Vec<usize>> {
    if least.iter().sum::<usize>() > room {
        return None;
    }
    let mut widths = least.to_vec();
    let mut spare = room - least.iter().sum::<usize>();
    // One column at a time to the narrowest that still asks for more: wide ones end up equal.
    while spare > 0 {
        let hungry = (0..widths.len()).filter(|c| widths[*c] < natural[*c]).min_by_key(|c| widths[*c]);
        let Some(column) = hungry else { break };
        widths[column] += 1;
        spare -= 1;
    }
    Some(widths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_share_what_there_is() {
        assert_eq!(shares(&[3, 40], &[3, 8], 80), Some(vec![3, 40]));
        assert_eq!(shares(&[3, 40, 60], &[3, 8, 8], 43), Some(vec![3, 20, 20]));
        assert_eq!(shares(&[30, 40], &[10, 10], 19), None);
    }
}
