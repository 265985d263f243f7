//! The steps of a lab and what came of each, as a list.

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

    /// The line at which a step's reasons point first: file and line; one that the learner can edit before one of the
    /// world.
    pub fn place(&self, at: usize, sources: &Sources) -> Option<(String, u32)> {
        let step = self.result(at).filter(|s| s.status != Status::Passed)?;
        let places = || step.why.iter().filter_map(|r| sources.locate(r.span?));
        let own = places().find(|(name, _)| !name.contains("world/"));
        let (name, position) = own.or_else(|| places().next())?;
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
        let code = theme.role(Role::Code);
        let mut lines = text::sentence(&glyphs.adapt(says), room, theme.ink(Tone::Text), code);
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
}

/// The sign of what came of a step.
pub fn mark(status: Option<Status>, glyphs: Glyphs) -> (&'static str, Tone) {
    match status {
        Some(Status::Passed) => (glyphs.pick("✓", "+"), Tone::Pass),
        Some(Status::Failed) => (glyphs.pick("✗", "x"), Tone::Fail),
        Some(Status::NotJudged) => ("?", Tone::Warn),
        None => (glyphs.pick("·", "."), Tone::Dim),
    }
}
