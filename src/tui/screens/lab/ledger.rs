//! Each attack and duty of a lab in a line: what it did before, what it does now, what is wanted.

use ratatui::text::{Line, Span};

use crate::course::StepKind;
use crate::grade::{Status, StepResult};
use crate::render::Role;

use super::super::super::screen::Context;
use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::{meter, text};
use super::steps::mark;

/// The columns of a word.
const WORDS: u16 = 8;

/// What stands above the words.
pub fn titles(theme: &Theme) -> Line<'static> {
    let words = ["before", "now", "wanted"].map(|says| meter::pad(says, WORDS));
    Line::styled(format!("   {}", words.concat()), theme.ink(Tone::Dim))
}

/// A step in its lines: before, now and wanted in words, and what it does.
pub fn row(before: Option<Status>, after: &StepResult, width: u16, cx: &Context) -> Vec<Line<'static>> {
    let theme = &cx.theme;
    let (sign, tone) = mark(Some(after.status), cx.glyphs);
    let word = |status: Option<Status>| meter::pad(word(after.kind, status), WORDS);
    let mut lead = vec![
        Span::styled(format!(" {sign} "), theme.ink(tone)),
        Span::styled(word(before), theme.ink(Tone::Dim)),
        Span::styled(word(Some(after.status)), theme.ink(tone)),
        Span::styled(word(Some(Status::Passed)), theme.ink(Tone::Dim)),
    ];
    let taken: usize = lead.iter().map(Span::width).sum();
    let kind = Span::styled(format!("{}: ", after.kind.word()), theme.ink(Tone::Dim));
    let says = format!("{}{}", kind.content, after.says);
    let room = width.saturating_sub(taken as u16 + 1);
    let code = theme.role(Role::Code);
    let mut lines = text::sentence(&cx.glyphs.adapt(&says), room, theme.ink(Tone::Text), code);
    for line in &mut lines {
        let spans =
            if lead.is_empty() { vec![Span::raw(" ".repeat(taken))] } else { std::mem::take(&mut lead) };
        line.spans.splice(0..0, spans);
    }
    lines
}

/// What came of a step of this kind, in a word; what is wanted is that it passes.
fn word(kind: StepKind, status: Option<Status>) -> &'static str {
    match (kind, status) {
        (_, None | Some(Status::NotJudged)) => "?",
        (StepKind::Attack, Some(Status::Passed)) | (StepKind::Duty, Some(Status::Failed)) => "fails",
        (StepKind::Attack, Some(Status::Failed)) | (StepKind::Duty, Some(Status::Passed)) => "works",
        (StepKind::Accepted, Some(Status::Passed)) => "taken",
        (StepKind::Accepted, Some(Status::Failed)) => "refused",
        (_, Some(Status::Passed)) => "kept",
        (_, Some(Status::Failed)) => "broken",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_that_passes_its_step_fails() {
        assert_eq!(word(StepKind::Attack, Some(Status::Passed)), "fails");
        assert_eq!(word(StepKind::Duty, Some(Status::Passed)), "works");
        assert_eq!(word(StepKind::Attack, None), "?");
    }
}
