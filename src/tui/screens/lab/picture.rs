//! The lab on the screen: brief, steps and file fitted to the window, and the line that says how it stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::grade::{Outcome, Status};
use crate::render::Layout;

use super::super::super::screen::Context;
use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::{panel, prose, text};
use super::{LabScreen, Pane};

/// The columns of the number of tries behind the score.
const TRIES: usize = 10;

impl LabScreen {
    pub(super) fn lay_brief(&mut self, cx: &mut Context) {
        let layout = Layout::new(self.parts.brief.width.max(20), cx.glyphs);
        let mut story = self.lab.story.trim_end().to_owned();
        if !self.lab.world.is_empty() {
            story += "\n\nWhat your files meet (nodes, images, volumes) is under *Files* as well: `]` turns to it.";
        }
        let page = prose::markdown(&story, layout, cx.highlighter);
        let mut lines = prose::lines(&page, &cx.theme);
        for (i, hint) in self.hints_seen.iter().enumerate() {
            lines.push(Line::default());
            lines.push(Line::styled(format!("Hint {}", i + 1), cx.theme.tone(Tone::Warn)));
            lines.extend(prose::lines(&prose::markdown(hint, layout, cx.highlighter), &cx.theme));
        }
        self.brief = lines;
        self.brief_scroll.fit(self.brief.len(), self.parts.brief.height);
    }

    pub(super) fn lay_steps(&mut self, cx: &mut Context) {
        let width = self.parts.steps.width.max(20);
        self.spans.clear();
        self.cursor.fit(self.steps.len(), self.parts.steps.height);
        self.rows = if let Some(blocked) = self.steps.blocked(cx.session.course().sources()) {
            let mut lines =
                vec![Line::styled("Not graded: a file cannot be read", cx.theme.tone(Tone::Fail))];
            lines.push(Line::default());
            lines.extend(text::kept(&blocked, width).into_iter().map(|l| Line::raw(cx.glyphs.adapt(&l))));
            lines
        } else {
            let mut rows = Vec::new();
            for at in 0..self.steps.len() {
                let mut lines = self.steps.lines(at, width, cx.glyphs, &cx.theme);
                self.spans.push((rows.len(), rows.len() + lines.len().saturating_sub(1)));
                if at == self.cursor.at && (self.pane == Pane::Steps || self.steps.report().is_some()) {
                    for line in &mut lines {
                        line.style = cx.theme.tone(Tone::Selected);
                    }
                }
                rows.append(&mut lines);
            }
            rows
        };
        self.rows_scroll.fit(self.rows.len(), self.parts.steps.height);
        if let Some((from, to)) = self.spans.get(self.cursor.at) {
            self.rows_scroll.show(*to);
            self.rows_scroll.show(*from);
        }
    }

    fn score(&self, theme: &Theme) -> Line<'static> {
        let mut spans = match self.steps.report() {
            None if self.marks.passed => {
                vec![Span::styled(
                    format!("{} passed before", self.glyphs.pick("★", "*")),
                    theme.tone(Tone::Pass),
                )]
            }
            None => vec![Span::styled("Not graded yet: e edits, g grades", theme.tone(Tone::Dim))],
            Some(report) => {
                let (points, max) = (report.points(), report.max());
                let left = report.steps.iter().filter(|s| s.status != Status::Passed).count();
                let left = if left == 1 { "1 step left".to_owned() } else { format!("{left} steps left") };
                match report.outcome {
                    Outcome::Passed => {
                        let word = format!("{} PASSED", self.glyphs.pick("✓", "+"));
                        let points = format!("   {points}/{max} points");
                        let why = ": the attacks fail, the application works";
                        // How often one tried stands behind it.
                        let room = usize::from(self.parts.score.width).saturating_sub(word.width() + TRIES);
                        let why = if points.width() + why.width() <= room { why } else { "" };
                        vec![Span::styled(word, theme.tone(Tone::Pass)), Span::raw(points + why)]
                    }
                    Outcome::Failed => {
                        let word = format!("{} NOT YET", self.glyphs.pick("✗", "x"));
                        vec![
                            Span::styled(word, theme.tone(Tone::Fail)),
                            Span::raw(format!("   {points}/{max} points, {left}")),
                        ]
                    }
                    Outcome::NotJudged => vec![
                        Span::styled("? NOT JUDGED", theme.tone(Tone::Warn)),
                        Span::raw("   no try was used"),
                    ],
                }
            }
        };
        // Before what may be cut.
        if self.watching {
            spans.push(Span::styled("   watching", theme.tone(Tone::Accent)));
        }
        if self.steps.report().is_some_and(|r| r.outcome != Outcome::NotJudged)
            && let Some(why) = self.unrecorded
        {
            // As much as there is room for: that nothing was recorded matters less than how it stands.
            let used: usize = spans.iter().map(Span::width).sum();
            let room = usize::from(self.parts.score.width).saturating_sub(used);
            let says = [format!("   {why}, no try used"), format!("   {why}")];
            let fits = says.into_iter().find(|says| says.width() <= room);
            spans.extend(fits.map(|says| Span::styled(says, theme.tone(Tone::Dim))));
        } else if self.marks.tries > 0 {
            let tries = if self.marks.tries == 1 {
                "1 try".to_owned()
            } else {
                format!("{} tries", self.marks.tries)
            };
            spans.push(Span::styled(format!("   {tries}"), theme.tone(Tone::Dim)));
        }
        Line::from(spans)
    }

    fn title(&self, pane: Pane, says: &str, theme: &Theme) -> Span<'static> {
        let tone = if self.pane == pane { Tone::Accent } else { Tone::Dim };
        Span::styled(says.to_owned(), theme.tone(tone))
    }

    fn render_wide(&self, buf: &mut Buffer, theme: &Theme) {
        let gap = self.parts.gap;
        let above = |area: Rect| Rect { y: area.y.saturating_sub(gap), height: 1, ..area };
        let brief = above(self.parts.brief);
        buf.set_span(brief.x, brief.y, &self.title(Pane::Brief, "Brief", theme), brief.width);
        let steps = above(self.parts.steps);
        buf.set_span(steps.x, steps.y, &self.title(Pane::Steps, "Steps", theme), steps.width);
        let files = above(self.parts.files);
        let mut spans = vec![self.title(Pane::Files, "Files", theme), Span::raw("   ")];
        spans.extend(self.files.tabs(files.width.saturating_sub(8), theme));
        buf.set_line(files.x, files.y, &Line::from(spans), files.width);
        let rule = Rect {
            x: self.parts.files.x.saturating_sub(2),
            width: 1,
            y: files.y,
            height: gap + self.parts.files.height,
        };
        panel::rule(rule, self.glyphs, buf, theme);
    }

    fn render_tabs(&self, buf: &mut Buffer, theme: &Theme) {
        let mut spans = Vec::new();
        for (pane, says) in Pane::ALL {
            spans.push(self.title(pane, says, theme));
            spans.push(Span::raw("   "));
        }
        if self.pane == Pane::Files {
            let used: usize = spans.iter().map(Span::width).sum();
            let room = self.parts.tabs.width.saturating_sub(used as u16);
            spans.extend(self.files.tabs(room, theme));
        }
        buf.set_line(self.parts.tabs.x, self.parts.tabs.y, &Line::from(spans), self.parts.tabs.width);
    }

    /// Draws the lab itself.
    pub(super) fn render_lab(&self, buf: &mut Buffer, theme: &Theme) {
        if self.wide {
            self.render_wide(buf, theme);
        } else {
            self.render_tabs(buf, theme);
        }
        text::draw(&self.brief, self.brief_scroll.top, self.parts.brief, buf);
        text::more(&self.brief_scroll, self.parts.brief, self.glyphs, buf, theme);
        text::draw(&self.rows, self.rows_scroll.top, self.parts.steps, buf);
        text::more(&self.rows_scroll, self.parts.steps, self.glyphs, buf, theme);
        self.files.render(self.parts.files, self.glyphs, buf, theme);
        if let Some(says) = self.over.reason() {
            self.render_reason(says, buf, theme);
        } else {
            let score = self.parts.score;
            buf.set_line(score.x, score.y, &self.score(theme), score.width);
        }
    }
}
