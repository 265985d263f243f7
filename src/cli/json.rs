//! Findings and reports as JSON, the same shapes in every command.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::places::Locate;
use crate::grade::{Outcome, Report, Status};
use crate::sim::Reason;
use crate::text::{Edit, Finding, Fix, Label, Position, Safety, Sources, Span};

/// A list whose items are made while it is written: they are never all there at once.
pub struct Each<I>(pub I);

impl<I: Iterator<Item = Value> + Clone> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// Writes a document as people read it, and ends its line.
pub fn print(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}

/// Where something stands.
pub fn place(span: Span, known: &impl Locate) -> Value {
    let Some(place) = known.place(span) else { return Value::Null };
    // The beginning of a file without text, too.
    let first = Position { line: 1, column: 1 };
    let (start, end) = place.range.map_or((first, first), |range| (range.start, range.end));
    json!({ "file": place.file, "line": start.line, "column": start.column, "endLine": end.line,
            "endColumn": end.column })
}

/// A finding.
pub fn finding(finding: &Finding, known: &impl Locate) -> Value {
    let label = |label: &Label| {
        let mut value = place(label.span, known);
        if let Value::Object(map) = &mut value {
            map.insert("text".into(), label.text.clone().into());
        }
        value
    };
    json!({
        "id": finding.code, "severity": finding.severity.word(), "title": finding.title, "detail": finding.detail,
        "at": place(finding.primary.span, known), "related": finding.related.iter().map(label).collect::<Vec<_>>(),
        "help": finding.help, "fix": finding.fix.as_ref().map(|fix| self::fix(fix, known)),
    })
}

/// A change of the text: who may make it, and what stands where afterwards.
fn fix(fix: &Fix, known: &impl Locate) -> Value {
    let edit = |edit: &Edit| {
        let mut value = place(edit.span, known);
        if let Value::Object(map) = &mut value {
            map.insert("text".into(), edit.text.clone().into());
        }
        value
    };
    let safe = fix.safety == Safety::Safe;
    json!({ "safe": safe, "edits": fix.edits.iter().map(edit).collect::<Vec<_>>() })
}

/// A reason with its place.
pub fn reason(reason: &Reason, sources: &Sources) -> Value {
    let mut value = reason.span.map_or_else(|| json!({}), |span| place(span, sources));
    if let Value::Object(map) = &mut value {
        map.insert("text".into(), reason.text.clone().into());
    }
    value
}

/// A report of a lab.
pub fn report(report: &Report, sources: &Sources) -> Value {
    let steps: Vec<_> = report
        .steps
        .iter()
        .map(|s| {
            json!({
                "step": s.step, "kind": s.kind, "status": status(s.status), "says": s.says, "technique": s.technique,
                "concept": s.concept, "found": s.found, "wanted": s.wanted,
                "why": s.why.iter().map(|r| reason(r, sources)).collect::<Vec<_>>(), "evidence": s.evidence,
                "points": s.points, "max": s.max,
            })
        })
        .collect();
    let outcome = match report.outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::NotJudged => "not judged",
    };
    json!({
        "lab": report.lab, "outcome": outcome, "points": report.points(), "max": report.max(), "steps": steps,
        "findings": report.findings.iter().map(|f| finding(f, sources)).collect::<Vec<_>>(),
    })
}

/// The word for a step's status.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::NotJudged => "not judged",
    }
}
