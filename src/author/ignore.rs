//! `# sealegs:ignore Q07 reason=…` above a question or option of a quiz: an author answers for what a rule finds.

use super::place::QuizPlaces;
use super::rule::{Look, Rule};
use crate::checks::Suppressed;
use crate::text::near::suggest;
use crate::text::{Finding, Source, Span};

const MARK: &str = "sealegs:ignore";
const EXAMPLE: &str = "write `# sealegs:ignore Q07 reason=why it is right here`";

/// A comment that takes the responsibility for findings.
#[derive(Debug)]
struct Ignore {
    /// The rules.
    ids: Vec<String>,
    /// Why.
    reason: String,
    /// The comment.
    span: Span,
    /// The question or option below it.
    target: Span,
}

/// Takes out of `findings` what comments of the quizzes answer for, adds what is wrong with comments, and
/// returns what was taken out.
pub fn apply(
    rules: &[Rule],
    quizzes: &[(std::sync::Arc<Source>, QuizPlaces)],
    findings: &mut Vec<Finding>,
) -> Vec<Suppressed> {
    let mut suppressed = Vec::new();
    for (source, places) in quizzes {
        for ignore in read(rules, source, places, findings) {
            for id in &ignore.ids {
                let before = findings.len();
                let ours = |f: &mut Finding| f.code == id.as_str() && holds(ignore.target, f.primary.span);
                suppressed.extend(findings.extract_if(.., ours).map(|finding| Suppressed {
                    finding,
                    reason: ignore.reason.clone(),
                    until: None,
                    entry: None,
                }));
                if before == findings.len() {
                    findings.push(
                        Finding::warning("ignore-nothing", "comment suppresses nothing", ignore.span)
                            .detail(format!("`{id}` finds nothing in what stands below"))
                            .help("remove it, or write it directly above the `[[question]]` or `[[question.option]]`"),
                    );
                }
            }
        }
    }
    suppressed
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && (outer.start..outer.end.max(outer.start + 1)).contains(&inner.start)
}

fn read(rules: &[Rule], source: &Source, places: &QuizPlaces, findings: &mut Vec<Finding>) -> Vec<Ignore> {
    let mut out = Vec::new();
    for number in 1..=source.lines() {
        let line = source.line(number);
        let Some(said) = line.trim_start().strip_prefix('#') else { continue };
        let Some(said) = said.trim_start().strip_prefix(MARK) else { continue };
        let span = source.line_span(number);
        if places.strings.iter().any(|s| holds(*s, span)) {
            continue;
        }
        let mut refuse = |title: &'static str, detail: String, help: String| {
            findings.push(Finding::error("ignore-refused", title, span).detail(detail).help(help));
        };
        let (ids, reason) = said.split_once("reason=").unwrap_or((said, ""));
        if !reason.chars().any(char::is_alphanumeric) {
            refuse(
                "comment gives no reason",
                "nothing is suppressed without one".to_owned(),
                EXAMPLE.to_owned(),
            );
            continue;
        }
        let ids: Vec<String> = ids.split([' ', ',']).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let known: Vec<&str> = rules.iter().filter(|r| can_be_ignored(r)).map(|r| r.id).collect();
        if let Some(id) = ids.iter().find(|id| !known.contains(&id.as_str())) {
            let detail = format!("`{id}` is no rule that can be suppressed");
            refuse("comment names no such rule", detail, suggest(id, &known));
            continue;
        }
        if ids.is_empty() {
            refuse("comment names no rule", "it has to say which".to_owned(), EXAMPLE.to_owned());
            continue;
        }
        let below = (number + 1..=source.lines()).find(|n| !source.line(*n).trim_start().starts_with('#'));
        let below = below.map_or(span, |n| source.line_span(n));
        let target = places.tables().map(|p| p.whole).find(|whole| holds(below, whole.at_start()));
        out.push(Ignore { ids, reason: reason.trim().to_owned(), span, target: target.unwrap_or(span) });
    }
    out
}

/// What the loader refuses cannot be asked, and a bank has no line to stand above.
fn can_be_ignored(rule: &Rule) -> bool {
    let one = |look: &Look| matches!(look, Look::Question(_) | Look::Interview(_) | Look::Course(_));
    rule.looks.iter().any(one)
}
