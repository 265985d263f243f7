//! The attack view: who → whom before and after, wanted beside got, or each attack and duty in a line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::grade::Status;
use crate::ids::StepId;
use crate::render::Glyphs;
use crate::session::{Attacks, Crossing};

use super::super::super::key::{Bind, Hint, Key, LETTERS, Move, foot, hints, lookup, movement, quiet};
use super::super::super::screen::Context;
use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::list::{Cursor, Scroll};
use super::super::super::widgets::{panel, text};
use super::chain::{Chain, Part};
use super::explain::{self, Ground};
use super::grid::{self, Columns};
use super::ledger;
use super::steps::mark;

/// What a key of this view asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Say why.
    Why,
    /// Show the other table.
    Turn,
    /// One column to the left.
    Left,
    /// One column to the right.
    Right,
    /// Edit the file.
    Edit,
    /// Close the view.
    Close,
}

const KEYS: &[Bind<Wish>] = &[
    foot(&[Key::Enter], "why", Wish::Why),
    foot(&[Key::Tab, Key::BackTab], "other table", Wish::Turn),
    foot(&[Key::Char('e')], "edit", Wish::Edit),
    quiet(&[Key::Left, Key::Char('h')], "column to the left", Wish::Left),
    quiet(&[Key::Right, Key::Char('l')], "column to the right", Wish::Right),
    quiet(&[Key::Char('a'), Key::Esc, Key::Backspace, Key::Char('q')], "back to the lab", Wish::Close),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Pairs,
    Steps,
}

#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    head: Rect,
    titles: Rect,
    rows: Rect,
    below: Rect,
}

/// The view.
pub struct View {
    attacks: Attacks,
    table: Table,
    /// The chosen pair: its row, its column.
    cursor: Cursor,
    column: usize,
    columns: Columns,
    /// The chosen step.
    step: usize,
    scroll: Scroll,
    head: Vec<Line<'static>>,
    titles: Line<'static>,
    rows: Vec<Line<'static>>,
    below: Vec<Line<'static>>,
    parts: Parts,
}

impl View {
    /// The view of a lab's attacks, at the first pair or step that is not as wanted.
    pub fn new(attacks: Attacks) -> Self {
        let wrong = attacks.matrix.as_ref().and_then(|matrix| {
            let mut wrong: Vec<(usize, usize)> =
                matrix.cells.keys().map(|(who, whom)| (*whom, *who)).collect();
            wrong.sort_unstable();
            let holds = |(whom, who): &(usize, usize)| {
                matrix.cells.get(&(*who, *whom)).is_some_and(|cell| cell.iter().all(Crossing::holds))
            };
            wrong.iter().find(|at| !holds(at)).or(wrong.first()).copied()
        });
        // The first that does not pass, or else the first that came to another end than before.
        let (before, after) = (&attacks.before.steps, &attacks.after.steps);
        let open = after.iter().position(|s| s.status != Status::Passed);
        let other = || after.iter().zip(before).position(|(now, was)| now.status != was.status);
        let step = open.or_else(other).unwrap_or(0);
        Self {
            table: if attacks.matrix.is_some() { Table::Pairs } else { Table::Steps },
            cursor: Cursor::on(wrong.map_or(0, |(whom, _)| whom)),
            column: wrong.map_or(0, |(_, who)| who),
            attacks,
            columns: Columns::default(),
            step,
            scroll: Scroll::default(),
            head: Vec::new(),
            titles: Line::default(),
            rows: Vec::new(),
            below: Vec::new(),
            parts: Parts::default(),
        }
    }

    /// Takes other answers, as the files are other ones; stays where it is.
    pub fn renew(&mut self, attacks: Attacks) {
        self.attacks = attacks;
    }

    /// The keys that work now.
    pub fn hints(&self) -> Vec<Hint> {
        let mut all = hints(KEYS, |wish| self.works(wish));
        if self.table == Table::Pairs {
            all.insert(1, Hint { keys: &[Key::Up, Key::Down], says: "walk", foot: true });
        }
        all.extend(hints(LETTERS, |_| true));
        all
    }

    fn works(&self, wish: Wish) -> bool {
        match wish {
            Wish::Why => self.table == Table::Steps || !self.chosen().is_empty(),
            Wish::Turn => self.attacks.matrix.is_some(),
            Wish::Left | Wish::Right => self.table == Table::Pairs,
            Wish::Edit | Wish::Close => true,
        }
    }

    /// What a key asks for, where the view does not see to it itself; `Err` where it is not for this view.
    pub fn on_key(&mut self, key: Key) -> Result<Option<Wish>, ()> {
        if let Some(wish) = lookup(KEYS, key, |wish| self.works(wish)) {
            match wish {
                // From one question to the next: a cell that nobody asks about has nothing to say.
                Wish::Left => {
                    self.column =
                        self.asked().into_iter().filter(|at| *at < self.column).max().unwrap_or(self.column);
                }
                Wish::Right => {
                    self.column =
                        self.asked().into_iter().find(|at| *at > self.column).unwrap_or(self.column);
                }
                Wish::Turn => {
                    self.table = if self.table == Table::Pairs { Table::Steps } else { Table::Pairs };
                    self.scroll = Scroll::default();
                }
                Wish::Why | Wish::Edit | Wish::Close => return Ok(Some(wish)),
            }
            return Ok(None);
        }
        let by = movement(LETTERS, key).ok_or(())?;
        match self.table {
            Table::Pairs => {
                self.cursor.go(by);
                let last = self.attacks.matrix.as_ref().map_or(0, |m| m.whom.len().saturating_sub(1));
                self.cursor.at = self.cursor.at.min(last);
                self.column =
                    self.asked().into_iter().min_by_key(|at| at.abs_diff(self.column)).unwrap_or(self.column);
            }
            Table::Steps => self.go(by),
        }
        Ok(None)
    }

    fn go(&mut self, by: Move) {
        let last = self.attacks.after.steps.len().saturating_sub(1);
        self.step = match by {
            Move::Up => self.step.saturating_sub(1),
            Move::Down => (self.step + 1).min(last),
            Move::PageUp => self.step.saturating_sub(4),
            Move::PageDown => (self.step + 4).min(last),
            Move::Top => 0,
            Move::Bottom => last,
        };
    }

    /// The columns that a question of the chosen row is about.
    fn asked(&self) -> Vec<usize> {
        let matrix = self.attacks.matrix.as_ref();
        let columns = 0..matrix.map_or(0, |m| m.who.len());
        columns.filter(|who| matrix.is_some_and(|m| m.cells.contains_key(&(*who, self.cursor.at)))).collect()
    }

    /// The questions about the chosen pair.
    fn chosen(&self) -> &[Crossing] {
        let at = (self.column, self.cursor.at);
        let cell = self.attacks.matrix.as_ref().and_then(|m| m.cells.get(&at));
        cell.map_or(&[], Vec::as_slice)
    }

    /// The step that is looked at: the chosen one, or the one that asks about the chosen pair.
    pub fn step(&self) -> Option<StepId> {
        match self.table {
            Table::Steps => self.attacks.after.steps.get(self.step).map(|s| s.step.clone()),
            Table::Pairs => {
                let cell = self.chosen();
                cell.iter().find(|c| !c.holds()).or(cell.first()).map(|c| c.step.clone())
            }
        }
    }

    /// The reasons of what is chosen.
    pub fn why(&self, ground: Ground<'_>) -> Option<Chain> {
        match self.table {
            Table::Pairs => {
                let cell = self.chosen();
                (!cell.is_empty()).then(|| Chain::new(self.pair(ground.glyphs), explain::pair(cell, ground)))
            }
            Table::Steps => {
                let (before, after) =
                    (self.attacks.before.steps.get(self.step)?, self.attacks.after.steps.get(self.step)?);
                let title = format!("Step {} of {}", self.step + 1, self.attacks.after.steps.len());
                let parts: Vec<Part> = explain::before_and_after(before, after, ground);
                Some(Chain::new(title, parts))
            }
        }
    }

    /// The chosen pair by its names.
    fn pair(&self, glyphs: Glyphs) -> String {
        let Some(matrix) = &self.attacks.matrix else { return String::new() };
        let name = |names: &[String], at: usize| names.get(at).map_or_else(String::new, |n| text::safe(n));
        let arrow = glyphs.pick("→", ">");
        format!("{} {arrow} {}", name(&matrix.who, self.column), name(&matrix.whom, self.cursor.at))
    }

    /// Fits the view to the screen.
    pub fn layout(&mut self, area: Rect, cx: &Context) {
        let inner = text::inset(area);
        let width = inner.width;
        if let Some(matrix) = &self.attacks.matrix {
            self.column = self.column.min(matrix.who.len().saturating_sub(1));
            self.columns = Columns::fit(matrix, width, self.column, &self.columns);
        }
        self.head = self.heading(width, area.height, cx);
        let (head, rest) = text::rows(inner, self.head.len() as u16);
        let (titles, rest) = text::rows(rest, 1);
        let below = if self.table == Table::Steps { 0 } else { 4 + u16::from(area.height >= 30) * 3 };
        let (rows, below) = text::rows(rest, rest.height.saturating_sub(below));
        self.parts = Parts { head, titles, rows, below };
        match self.table {
            Table::Pairs => self.lay_pairs(rows, width, cx),
            Table::Steps => self.lay_steps(rows, width, cx),
        }
    }

    fn heading(&self, width: u16, height: u16, cx: &Context) -> Vec<Line<'static>> {
        let theme = &cx.theme;
        let mut spans = Vec::new();
        let says = self.counted();
        let pairs = self.attacks.matrix.as_ref().map_or("", |matrix| grid::About::of(matrix).title());
        let names = [(pairs, "Attacks and duties"), ("Matrix", "Steps")];
        let fits = |(pairs, steps): &(&str, &str)| {
            pairs.len() + steps.len() + 2 * 3 + says.width() < usize::from(width)
        };
        let (pairs, steps) = names.into_iter().find(fits).unwrap_or(names[1]);
        let tables = [(Table::Pairs, pairs), (Table::Steps, steps)];
        for (table, says) in
            tables.into_iter().filter(|(t, _)| *t == Table::Steps || self.attacks.matrix.is_some())
        {
            let tone = if table == self.table { Tone::Accent } else { Tone::Dim };
            spans.push(Span::styled(format!("{says}   "), theme.ink(tone)));
        }
        let used: usize = spans.iter().map(Span::width).sum();
        let gap = usize::from(width).saturating_sub(used + says.width());
        let mut lines = Vec::new();
        if gap > 0 || spans.is_empty() {
            spans.push(Span::raw(" ".repeat(gap)));
            spans.push(Span::styled(says, theme.ink(Tone::Text)));
            lines.push(Line::from(spans));
        } else {
            lines.push(Line::from(spans));
            lines.push(Line::styled(says, theme.ink(Tone::Text)));
        }
        if self.attacks.after.steps.first().is_some_and(|s| s.status != Status::Passed) {
            let says = "Your files are not taken as they are: the first step says why.";
            lines.extend(text::styled(says, width, theme.ink(Tone::Warn)));
        }
        if self.table == Table::Pairs {
            let pieces = self.attacks.matrix.as_ref().map(|m| grid::legend(m, cx.glyphs)).unwrap_or_default();
            lines
                .extend(listed(&pieces, 1, width).into_iter().map(|l| Line::styled(l, theme.ink(Tone::Dim))));
            if !self.columns.numbered.is_empty() {
                let names = self.columns.numbered.iter().map(|n| text::safe(n)).collect::<Vec<_>>();
                // The rows are what one came for; the chosen pair is named below them in any case.
                let most = usize::from(height / 5).max(2);
                let names = listed(&names, 3, width);
                lines.extend(names.into_iter().take(most).map(|l| Line::styled(l, theme.ink(Tone::Text))));
            }
        }
        if height >= 30 {
            lines.push(Line::default());
        }
        lines
    }

    /// How many are as wanted, before and now.
    fn counted(&self) -> String {
        let passed = |report: &crate::grade::Report| {
            report.steps.iter().filter(|s| s.status == Status::Passed).count()
        };
        let (before, after, all, what) = match (&self.attacks.matrix, self.table) {
            (Some(matrix), Table::Pairs) => {
                let all = || matrix.cells.values().flatten();
                let before = all().filter(|c| c.was() == c.wanted).count();
                (before, all().filter(|c| c.holds()).count(), all().count(), "answers")
            }
            _ => (
                passed(&self.attacks.before),
                passed(&self.attacks.after),
                self.attacks.after.steps.len(),
                "steps",
            ),
        };
        format!("{after} of {all} {what} as wanted, {before} before")
    }

    fn lay_pairs(&mut self, area: Rect, width: u16, cx: &Context) {
        let Some(matrix) = &self.attacks.matrix else { return };
        self.cursor.fit(matrix.whom.len(), area.height);
        self.titles = self.columns.head(matrix, self.column, cx.glyphs, &cx.theme);
        let row = |at: usize| {
            let chosen = (at == self.cursor.at).then_some(self.column);
            self.columns.row(matrix, at, chosen, cx.glyphs, &cx.theme)
        };
        self.rows = (0..matrix.whom.len()).map(row).collect();
        self.scroll.top = self.cursor.top;
        self.scroll.fit(self.rows.len(), area.height);
        self.below = self.about(width, cx);
    }

    /// The chosen pair in words.
    fn about(&self, width: u16, cx: &Context) -> Vec<Line<'static>> {
        let theme = &cx.theme;
        let mut lines = text::styled(&cx.glyphs.adapt(&self.pair(cx.glyphs)), width, theme.ink(Tone::Title));
        let groups = explain::grouped(self.chosen(), |_| ());
        if groups.is_empty() {
            lines.push(Line::styled("no step asks this", theme.ink(Tone::Dim)));
        }
        for group in groups {
            let right = group.first().is_some_and(|c| c.holds());
            let (sign, tone) = mark(Some(if right { Status::Passed } else { Status::Failed }), cx.glyphs);
            let room = width.saturating_sub(2);
            let says = text::styled(&explain::sentence(&group), room, theme.ink(Tone::Text));
            lines.extend(text::hanging(Span::styled(format!("{sign} "), theme.ink(tone)), says));
        }
        let room = usize::from(self.parts.below.height.saturating_sub(1));
        if lines.len() > room {
            lines.truncate(room.saturating_sub(1));
            lines.push(Line::styled("  and more: Enter", theme.ink(Tone::Dim)));
        }
        lines
    }

    fn lay_steps(&mut self, area: Rect, width: u16, cx: &Context) {
        let theme = &cx.theme;
        self.titles = ledger::titles(theme);
        (self.rows, self.below) = (Vec::new(), Vec::new());
        let mut chosen = (0, 0);
        for (at, after) in self.attacks.after.steps.iter().enumerate() {
            let before = self.attacks.before.steps.get(at).map(|s| s.status);
            let mut lines = ledger::row(before, after, width, cx);
            if at == self.step {
                chosen = (self.rows.len(), self.rows.len() + lines.len().saturating_sub(1));
                for line in &mut lines {
                    line.style = theme.tone(Tone::Selected);
                }
            }
            self.rows.append(&mut lines);
        }
        self.scroll.fit(self.rows.len(), area.height);
        self.scroll.show(chosen.1);
        self.scroll.show(chosen.0);
    }

    /// Draws the view.
    pub fn render(&self, glyphs: Glyphs, buf: &mut Buffer, theme: &Theme) {
        let Parts { head, titles, rows, below } = self.parts;
        text::draw(&self.head, 0, head, buf);
        text::draw(std::slice::from_ref(&self.titles), 0, titles, buf);
        text::draw(&self.rows, self.scroll.top, rows, buf);
        text::more(&self.scroll, rows, glyphs, buf, theme);
        if below.height > 0 {
            panel::divider("", below, glyphs, buf, theme);
            let (_, below) = text::rows(below, 1);
            text::draw(&self.below, 0, below, buf);
        }
    }
}

/// Short texts side by side with a gap between them, as many on a line as fit.
fn listed(texts: &[String], gap: usize, width: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for text in texts {
        match lines.last_mut() {
            Some(line) if line.width() + gap + text.width() <= usize::from(width) => {
                *line += &" ".repeat(gap);
                *line += text;
            }
            _ => lines.push(text.clone()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_side_by_side_where_they_fit() {
        let names: Vec<String> = ["1 ferry/web", "2 promo/quiz", "3 x"].map(str::to_owned).to_vec();
        assert_eq!(listed(&names, 3, 30), ["1 ferry/web   2 promo/quiz", "3 x"]);
        assert_eq!(listed(&names, 3, 5).len(), 3);
    }
}
