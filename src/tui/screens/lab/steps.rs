//! The steps of a lab and what came of each: a list, and FOUND, WANTED, WHY of one.

use ratatui::text::{Line, Span};

use crate::course::{Lab, StepKind};
use crate::grade::{Report, Status, StepResult};
use crate::ids::ConceptId;
use crate::render::{Glyphs, Role};
use crate::text::{Sources, snippet};

use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::text;

/// What is known of a lab's steps: before the first grading only what they do.
pub enum Steps {
    /// Not graded yet.
    Fresh(Vec<(StepKind, String, ConceptId)>),
    /// Graded.
    Graded(Report),
}

impl Steps {
    /// The steps of a lab that was not graded yet.
    pub fn fresh(lab: &Lab) -> Self {
        Self::Fresh(lab.steps.iter().map(|s| (s.kind, s.says.clone(), s.concept.clone())).collect())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Fresh(steps) => steps.len(),
            Self::Graded(report) => report.steps.len(),
        }
    }

    /// The report, once graded.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Fresh(_) => None,
            Self::Graded(report) => Some(report),
        }
    }

    /// What came of a step.
    pub fn result(&self, at: usize) -> Option<&StepResult> {
        self.report()?.steps.get(at)
    }

    /// The heading that explains a step.
    pub fn concept(&self, at: usize) -> Option<&ConceptId> {
        match self {
            Self::Fresh(steps) => steps.get(at).map(|(.., concept)| concept),
            Self::Graded(report) => report.steps.get(at)?.concept.as_ref(),
        }
    }

    /// The line at which a step's reasons point first: file and line.
    pub fn place(&self, at: usize, sources: &Sources) -> Option<(String, u32)> {
        let step = self.result(at).filter(|s| s.status != Status::Passed)?;
        let (name, position) = step.why.iter().find_map(|r| sources.locate(r.span?))?;
        Some((name, position.line))
    }

    /// What stands in the way of any grading: files that do not parse, each once, with its caret.
    pub fn blocked(&self, sources: &Sources) -> Option<String> {
        let findings = self.report()?.findings.iter().filter(|f| f.blocks());
        let shown: Vec<String> = findings.map(|f| snippet::render(f, sources)).collect();
        (!shown.is_empty()).then(|| shown.join("\n"))
    }

    /// The line of one step in the list, wrapped under itself.
    pub fn lines(&self, at: usize, width: u16, glyphs: Glyphs, theme: &Theme) -> Vec<Line<'static>> {
        let (kind, says, status) = match self {
            Self::Fresh(steps) => match steps.get(at) {
                Some((kind, says, _)) => (*kind, says.as_str(), None),
                None => return Vec::new(),
            },
            Self::Graded(report) => match report.steps.get(at) {
                Some(step) => (step.kind, step.says.as_str(), Some(step.status)),
                None => return Vec::new(),
            },
        };
        let (mark, tone) = mark(status, glyphs);
        let lead = Span::styled(format!("{mark} "), theme.tone(tone));
        let word = Span::styled(format!("{:<10}", kind.word()), theme.tone(Tone::Dim));
        let room = width.saturating_sub(14);
        let mut lines = text::styled(&glyphs.adapt(says), room, theme.ink(Tone::Text));
        if lines.is_empty() {
            lines.push(Line::default());
        }
        let mut lead = Some(vec![Span::raw(" "), lead, word]);
        for line in &mut lines {
            let spans = lead.take().unwrap_or_else(|| vec![Span::raw(" ".repeat(13))]);
            line.spans.splice(0..0, spans);
        }
        lines
    }

    /// FOUND, WANTED and WHY of a step.
    pub fn detail(
        &self,
        at: usize,
        width: u16,
        sources: &Sources,
        glyphs: Glyphs,
        theme: &Theme,
    ) -> Vec<Line<'static>> {
        let Some(step) = self.result(at) else {
            return text::styled("Not graded yet: press g.", width, theme.tone(Tone::Dim));
        };
        let (sign, tone) = mark(Some(step.status), glyphs);
        let mut head = vec![Span::styled(format!("{sign} {}", word(step)), theme.tone(tone))];
        if step.max > 0 {
            let points = format!("   {}/{} points", step.points, step.max);
            head.push(Span::styled(points, theme.tone(Tone::Dim)));
        }
        let mut lines = vec![Line::from(head)];
        lines.extend(text::styled(&glyphs.adapt(&step.says), width, theme.ink(Tone::Text)));
        if let Some(technique) = &step.technique {
            lines.push(Line::styled(format!("ATT&CK {}", text::safe(technique)), theme.tone(Tone::Dim)));
        }
        let mut part = |name: &str, says: &str, tone: Tone| {
            lines.push(Line::default());
            lines.push(Line::styled(name.to_owned(), theme.tone(Tone::Title)));
            lines.extend(text::sentence(&glyphs.adapt(says), width, theme.ink(tone), theme.role(Role::Code)));
        };
        part("FOUND", &step.found, Tone::Text);
        part("WANTED", &step.wanted, Tone::Text);
        if !step.why.is_empty() {
            lines.push(Line::default());
            lines.push(Line::styled("WHY", theme.tone(Tone::Title)));
            for reason in &step.why {
                let place = reason.span.and_then(|span| sources.locate(span));
                let place = place
                    .map(|(name, at)| format!(" ({}:{})", text::safe(&name), at.line))
                    .unwrap_or_default();
                let says = text::sentence(
                    &glyphs.adapt(&format!("{}{place}", reason.text)),
                    width.saturating_sub(3),
                    theme.ink(Tone::Text),
                    theme.role(Role::Code),
                );
                let bullet = Span::styled(glyphs.pick("·  ", "-  "), theme.tone(Tone::Accent));
                lines.extend(text::hanging(bullet, says));
            }
        }
        if let Some(evidence) = &step.evidence {
            lines.push(Line::default());
            lines.push(Line::styled("WHAT AN OPERATOR SEES", theme.tone(Tone::Title)));
            lines.extend(text::styled(&glyphs.adapt(evidence), width, theme.tone(Tone::Dim)));
        }
        lines
    }
}

fn mark(status: Option<Status>, glyphs: Glyphs) -> (&'static str, Tone) {
    match status {
        Some(Status::Passed) => (glyphs.pick("✓", "+"), Tone::Pass),
        Some(Status::Failed) => (glyphs.pick("✗", "x"), Tone::Fail),
        Some(Status::NotJudged) => ("?", Tone::Warn),
        None => (glyphs.pick("·", "."), Tone::Dim),
    }
}

/// What came of a step, in the words of its kind.
fn word(step: &StepResult) -> &'static str {
    match (step.kind, step.status) {
        (_, Status::NotJudged) => "NOT JUDGED",
        (StepKind::Attack, Status::Passed) => "PASSED: THE ATTACK FAILS",
        (StepKind::Attack, Status::Failed) => "FAILED: THE ATTACK WORKS",
        (StepKind::Duty, Status::Passed) => "PASSED: IT WORKS",
        (StepKind::Duty, Status::Failed) => "FAILED: IT DOES NOT WORK",
        (_, Status::Passed) => "PASSED",
        (_, Status::Failed) => "FAILED",
    }
}
