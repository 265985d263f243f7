//! Comments that say why a finding is accepted: `# sealegs:ignore ID reason=… until=YYYY-MM-DD`.
//!
//! On the line of the finding, or on a comment line above it. Without a reason it is refused, after its day it no
//! longer counts. JSON has no comments, so that nothing there can be accepted.

use std::collections::BTreeMap;

use super::day::Day;
use super::file::{File, Parsed};
use super::{Check, Confidence, Options, find_all};
use crate::parse::{Kind, Language, Node};
use crate::text::{Finding, Source, Span};

const MARK: &str = "sealegs:ignore";

/// A finding that somebody accepted.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is, as it was written.
    pub until: Option<String>,
    /// The number of the entry of [`Options::accepted`] that says so; `None` where a comment beside it does.
    pub entry: Option<usize>,
}

/// What a comment accepts, and why.
struct Accepted {
    checks: Vec<&'static Check>,
    reason: String,
    until: Option<String>,
}

/// One comment that counts.
struct Comment {
    accepted: Accepted,
    /// The line whose findings it accepts.
    line: u32,
    span: Span,
    used: bool,
}

/// Takes the accepted findings of `file` out of `findings`; says what is wrong with the comments themselves.
pub(super) fn take(file: &File, findings: &mut Vec<Finding>, options: &Options) -> Vec<Suppressed> {
    if file.language == Language::Json || !file.source.text().contains(MARK) {
        return Vec::new();
    }
    let mut said = Vec::new();
    let mut comments = read(file, options, &mut said);
    let mut by_line: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, comment) in comments.iter().enumerate() {
        by_line.entry(comment.line).or_default().push(index);
    }
    let mut out = Vec::new();
    let mut kept = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let line = file.source.position(finding.primary.span.start).line;
        let here = by_line.get(&line).map_or(&[][..], Vec::as_slice);
        let ours = here.iter().find(|i| {
            let accepts = |c: &Comment| c.accepted.checks.iter().any(|check| finding.code == check.id);
            finding.primary.span.file == file.source.id() && comments.get(**i).is_some_and(accepts)
        });
        match ours.and_then(|i| comments.get_mut(*i)) {
            Some(comment) => {
                comment.used = true;
                let (reason, until) = (comment.accepted.reason.clone(), comment.accepted.until.clone());
                out.push(Suppressed { finding, reason, until, entry: None });
            }
            None => kept.push(finding),
        }
    }
    *findings = kept;
    // What hangs on other objects may be found in another run, which reads them, too.
    let tells = |check: &&'static Check| options.wants(check) && check.confidence != Confidence::Contextual;
    let idle = comments.iter().filter(|c| !c.used && c.accepted.checks.iter().any(tells));
    said.extend(idle.map(|comment| {
        let ids: Vec<&str> = comment.accepted.checks.iter().map(|check| check.id).collect();
        Finding::warning("suppression-unused", "comment accepts nothing", comment.span)
            .detail(format!("line {} has no finding {}", comment.line, ids.join(" or ")))
            .help("remove the comment, or put it on the line of the finding or above it")
    }));
    findings.append(&mut said);
    out
}

fn read(file: &File, options: &Options, said: &mut Vec<Finding>) -> Vec<Comment> {
    let source = &file.source;
    let mut out = Vec::new();
    let scalars = scalars(file);
    let mut block = 0..0;
    for (at, _) in source.text().match_indices(MARK) {
        let line = source.position(at as u32).line;
        let whole = source.line_span(line);
        let before = source.text().get(whole.start as usize..at).unwrap_or("");
        let Some(hash) = comment_start(before, file.language) else { continue };
        let span = source.span(whole.start as usize + hash, whole.end as usize);
        if file.language != Language::Dockerfile && in_scalar(&scalars, span.start) {
            continue;
        }
        let text = source.text().get(at + MARK.len()..whole.end as usize).unwrap_or("");
        let accepted = match Accepted::read(text, span, options.today) {
            Ok(accepted) => accepted,
            Err(wrong) => {
                said.push(*wrong);
                continue;
            }
        };
        let own_line = before.get(..hash).unwrap_or("").trim().is_empty();
        if own_line && !block.contains(&line) {
            block = line..below(source, line);
        }
        let line = if own_line { block.end } else { line };
        out.push(Comment { accepted, line, span, used: false });
    }
    out
}

impl Accepted {
    /// What the text behind the mark accepts, or what is wrong with it.
    fn read(text: &str, span: Span, today: Option<Day>) -> Result<Self, Box<Finding>> {
        let wrong = |code: &'static str, title: &'static str, detail: String, help: &'static str| {
            Err(Box::new(Finding::warning(code, title, span).detail(detail).help(help)))
        };
        let (id, reason, until) = parts(text);
        let checks = find_all(id);
        if checks.is_empty() {
            let none = "it names no check".to_owned();
            return wrong(
                "suppression-unknown-check",
                "comment accepts a check that does not exist",
                if id.is_empty() { none } else { format!("no check is called {id:?}") },
                "name the finding's id; `sealegs explain --list` prints all",
            );
        }
        let Some(reason) = reason else {
            return wrong(
                "suppression-without-reason",
                "comment accepts a finding without a reason",
                format!("{id} is not accepted"),
                "add reason= and why this is right here",
            );
        };
        if let Some(until) = until {
            let Some(day) = Day::parse(until) else {
                return wrong(
                    "suppression-date-invalid",
                    "comment accepts a finding until no day",
                    format!("{until:?} is no date, so {id} is not accepted"),
                    "write until=YYYY-MM-DD",
                );
            };
            if today.is_some_and(|today| today > day) {
                return wrong(
                    "suppression-expired",
                    "comment accepted a finding until a day that is over",
                    format!("{id} was accepted until {until}"),
                    "mend the finding, or give a new reason and day",
                );
            }
        }
        Ok(Self { checks, reason: reason.to_owned(), until: until.map(str::to_owned) })
    }
}

/// Where in a line the comment begins whose text goes up to the mark: nothing but blanks may stand between.
fn comment_start(before: &str, language: Language) -> Option<usize> {
    let hash = before.trim_end().strip_suffix('#')?.len();
    let code = before.get(..hash)?;
    let own_line = code.trim().is_empty();
    let apart = code.ends_with([' ', '\t']) || language == Language::Toml;
    (own_line || apart && language != Language::Dockerfile).then_some(hash)
}

/// The next line that is no comment; otherwise the last one.
fn below(source: &Source, line: u32) -> u32 {
    let comment = |line: &u32| source.line(*line).trim_start().starts_with('#');
    (line + 1..=source.lines()).find(|line| !comment(line)).unwrap_or(source.lines())
}

/// Where the strings stand, in order: a script in a block scalar has comments of its own.
fn scalars(file: &File) -> Vec<Span> {
    let Parsed::Tree(tree) = &file.parsed else { return Vec::new() };
    let nodes = (0..tree.len()).filter_map(|id| tree.node(id as u32));
    let mut spans: Vec<Span> = nodes.filter(|n| n.kind() == Kind::Str).map(Node::own_span).collect();
    spans.sort_unstable();
    spans
}

/// Whether a string holds the place.
fn in_scalar(scalars: &[Span], at: u32) -> bool {
    let behind = scalars.partition_point(|span| span.start <= at);
    behind.checked_sub(1).and_then(|last| scalars.get(last)).is_some_and(|span| at < span.end)
}

/// `ID reason=words until=DAY`, the two in any order.
fn parts(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let text = text.trim();
    let (id, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let field = |name: &str, other: &str| {
        let start = rest.find(name)? + name.len();
        let value = rest.get(start..)?;
        let value = value.find(other).and_then(|end| value.get(..end)).unwrap_or(value).trim();
        (!value.is_empty()).then_some(value)
    };
    (id, field("reason=", "until="), field("until=", "reason="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_stand_in_any_order() {
        assert_eq!(parts(" a reason=b c until=d"), ("a", Some("b c"), Some("d")));
        assert_eq!(parts(" a until=d reason=b c "), ("a", Some("b c"), Some("d")));
        assert_eq!(parts(" a reason="), ("a", None, None));
        assert_eq!(parts(""), ("", None, None));
    }
}
