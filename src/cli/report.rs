//! A lab's report as text: each step with what was found, what was wanted, and why.

use std::io::{self, Write};

use super::json::status;
use crate::course::StepKind;
use crate::grade::{Outcome, Report, Status, StepResult};
use crate::sim::Reason;
use crate::text::{Sources, clean, snippet};

/// Prints a report.
pub fn print(out: &mut dyn Write, report: &Report, sources: &Sources) -> io::Result<()> {
    writeln!(out, "{}: {}", report.lab, summary(report))?;
    for finding in &report.findings {
        writeln!(out)?;
        write!(out, "{}", snippet::render(finding, sources))?;
    }
    for step in &report.steps {
        writeln!(out)?;
        self::step(out, step, sources)?;
    }
    Ok(())
}

/// `7/9 points, 2 steps left`, and whether the application works.
pub fn summary(report: &Report) -> String {
    let points = format!("{}/{} points", report.points(), report.max());
    let left = report.steps.iter().filter(|s| s.status != Status::Passed).count();
    let duties = report.steps.iter().filter(|s| s.kind == StepKind::Duty);
    let works = match duties.map(|s| s.status).collect::<Vec<_>>() {
        all if all.contains(&Status::Failed) => "the application is broken",
        all if all.contains(&Status::NotJudged) => "whether the application works was not judged",
        _ => "the application works",
    };
    match report.outcome {
        Outcome::Passed => format!("PASSED, {points}"),
        Outcome::NotJudged if !report.findings.is_empty() => {
            format!("not judged, {points}: mend the files first")
        }
        _ => {
            let steps = if left == 1 { "1 step left".to_owned() } else { format!("{left} steps left") };
            format!("{points}, {steps}, {works}")
        }
    }
}

fn step(out: &mut dyn Write, step: &StepResult, sources: &Sources) -> io::Result<()> {
    let word = match step.status {
        Status::Failed => "FAILED".to_owned(),
        other => status(other).to_owned(),
    };
    let technique = step.technique.as_ref().map(|t| format!(" {t}")).unwrap_or_default();
    writeln!(
        out,
        "{word:<10} {} ({}{technique}, {}/{})",
        step.step,
        step.kind.word(),
        step.points,
        step.max
    )?;
    writeln!(out, "           {}", clean::line(&step.says, 4))?;
    if step.status == Status::Passed {
        if let Some(reason) = step.why.first() {
            writeln!(out, "  why      {}", self::reason(reason, sources))?;
        }
        return Ok(());
    }
    writeln!(out, "  found    {}", clean::line(&step.found, 4))?;
    writeln!(out, "  wanted   {}", clean::line(&step.wanted, 4))?;
    for reason in &step.why {
        writeln!(out, "  why      {}", self::reason(reason, sources))?;
    }
    if let Some(evidence) = &step.evidence {
        writeln!(out, "  seen     {}", clean::line(evidence, 4))?;
    }
    if let Some(concept) = &step.concept {
        writeln!(out, "  read     sealegs read {concept}")?;
    }
    Ok(())
}

fn reason(reason: &Reason, sources: &Sources) -> String {
    let text = clean::line(&reason.text, 4);
    match reason.span.and_then(|span| sources.locate(span)) {
        Some((name, at)) => format!("{text} ({}:{at})", clean::line(&name, 4)),
        None => text,
    }
}
