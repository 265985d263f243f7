//! Findings as a SARIF 2.1.0 log (OASIS, errata 01), for code scanning.
//!
//! Columns are UTF-16 code units, which is the specification's default and said all the same; a byte order mark
//! counts for none.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::answer::{Answer, Item, Level};
use super::exit::Exit;
use super::json::{self, Each};
use super::places::{Locate, Place, Places};
use super::{read, uri};
use crate::author;
use crate::checks::{self, Check};
use crate::parse::markdown;
use crate::text::{Edit, Finding, Fix, Safety, Severity, Span, clean};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Files that could not be read hold no result: the log says so itself.
const UNREADABLE: &str = "unreadable-file";

/// The log, its keys by name as everywhere.
#[derive(Serialize)]
#[serde(bound = "")]
struct Log<R: Iterator<Item = Value> + Clone> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run<R>; 1],
    version: &'static str,
}

/// What one run found. Its results are made one by one, as they are written.
#[derive(Serialize)]
#[serde(bound = "", rename_all = "camelCase")]
struct Run<R: Iterator<Item = Value> + Clone> {
    column_kind: &'static str,
    invocations: Value,
    properties: Value,
    results: Each<R>,
    tool: Value,
}

/// Prints the log.
pub fn print(out: &mut dyn Write, answer: &Answer<'_>) -> io::Result<()> {
    let ways = Ways { places: answer.places, here: std::env::current_dir().ok() };
    let items = answer.items();
    let is_unread = |item: &&Item<'_>| item.finding.code == UNREADABLE;
    let results = items.iter().filter(|item| !is_unread(item));
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    for item in results.clone() {
        rules.entry(&item.finding.code).or_insert(item.finding);
    }
    let number: BTreeMap<&str, usize> = rules.keys().copied().zip(0..).collect();
    let unread: Vec<_> = items.iter().filter(is_unread).map(|item| notification(item, &ways)).collect();
    let run = Run {
        column_kind: "utf16CodeUnits",
        invocations: json!([{
            "executionSuccessful": answer.exit != Exit::Unjudged,
            "exitCode": answer.exit.code(),
            "exitCodeDescription": ending(answer.exit),
            "toolExecutionNotifications": unread,
        }]),
        properties: json!({ "configuration": answer.configuration, "level": answer.level }),
        results: Each(results.map(|item| result(item, number.get(&*item.finding.code).copied(), &ways))),
        tool: json!({ "driver": {
            "name": "sealegs",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": rules.values().map(|finding| rule(finding)).collect::<Vec<_>>(),
        } }),
    };
    json::print(out, &Log { schema: SCHEMA, runs: [run], version: "2.1.0" })
}

fn ending(exit: Exit) -> &'static str {
    match exit {
        Exit::Yes => "clean",
        Exit::No => "findings",
        Exit::Usage => "the question was wrong",
        Exit::Unjudged => "something could not be judged",
    }
}

fn level(severity: Severity) -> &'static str {
    match Level::of(severity) {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn result(item: &Item<'_>, rule: Option<usize>, ways: &Ways<'_>) -> Value {
    let finding = item.finding;
    let related = finding.related.iter().enumerate().map(|(id, label)| {
        let mut location = ways.location(label.span);
        location.insert("id".into(), id.into());
        if !label.text.is_empty() {
            location.insert("message".into(), message(&label.text));
        }
        location
    });
    let related: Vec<_> = related.collect();
    // Every result has the list as soon as one has it, as the specification asks (3.27.23); empty: not suppressed.
    let suppressions: Vec<_> = item
        .accepted
        .iter()
        .map(|accepted| {
            let kind = if accepted.entry.is_some() { "external" } else { "inSource" };
            let mut suppression =
                json!({ "kind": kind, "status": "accepted", "justification": said(&accepted.reason) });
            if let (Some(until), Value::Object(map)) = (&accepted.until, &mut suppression) {
                map.insert("properties".into(), json!({ "until": until }));
            }
            suppression
        })
        .collect();
    let mut result = json!({
        "ruleId": finding.code,
        "level": level(finding.severity),
        "message": message(&item.text()),
        "locations": [ways.location(finding.primary.span)],
        "partialFingerprints": { FINGERPRINT: fingerprint(item) },
        "suppressions": suppressions,
        "properties": { "severity": finding.severity.word() },
    });
    if let Value::Object(map) = &mut result {
        if finding.severity == Severity::Unknown {
            // 3.27.9 and 3.27.10: evaluated, and what was there did not suffice; such a result has no level.
            map.insert("kind".into(), "open".into());
            map.insert("level".into(), "none".into());
        }
        if let Some(fix) = &finding.fix {
            map.insert("fixes".into(), json!([ways.fix(fix)]));
        }
        if let Some(rule) = rule {
            map.insert("ruleIndex".into(), rule.into());
        }
        if !related.is_empty() {
            map.insert("relatedLocations".into(), related.into());
        }
    }
    result
}

fn notification(item: &Item<'_>, ways: &Ways<'_>) -> Value {
    json!({
        "descriptor": { "id": item.finding.code },
        "level": level(item.finding.severity),
        "message": message(&item.text()),
        "locations": [ways.location(item.finding.primary.span)],
    })
}

/// The one name that GitHub looks at. It need not be a hash of a line, only stable.
const FINGERPRINT: &str = "primaryLocationLineHash";

/// Of id, object and path, with a number for the second of two equal ones: it stays when lines move. FNV-1a, because
/// it names and protects nothing.
fn fingerprint(item: &Item<'_>) -> String {
    let parts = item.parts();
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}:{}", item.index + 1)
}

/// A kind of finding: what the check's own document says; of what is no check, its title.
fn rule(finding: &Finding) -> Value {
    let Some(check) = checks::all().iter().find(|check| finding.code == check.id) else {
        let author = author::RULES.iter().find(|rule| finding.code == rule.id);
        let severity = author.map_or(finding.severity, |rule| rule.severity);
        return json!({
            "id": finding.code,
            "shortDescription": { "text": author.map_or_else(|| said(&finding.title), |r| r.title.to_owned()) },
            "defaultConfiguration": { "level": level(severity) },
        });
    };
    let page = check.explanation();
    let standing = check.standing();
    let first = page.lines().skip_while(|l| l.is_empty() || l.starts_with('#'));
    let first: Vec<&str> = first.take_while(|l| !l.is_empty()).collect();
    let plain = |text: &str| read::shown(&markdown::parse_text(text), false);
    let full = plain(&first.join(" ")).split_whitespace().collect::<Vec<_>>().join(" ");
    json!({
        "id": check.id,
        "shortDescription": { "text": check.title },
        "fullDescription": { "text": full },
        "help": { "text": format!("{}\n\n{standing}", plain(&page)), "markdown": format!("{page}\n\n{standing}") },
        "defaultConfiguration": { "level": level(check.severity) },
        "properties": properties(check),
    })
}

fn properties(check: &Check) -> Value {
    let mut tags = vec!["security".to_owned()];
    tags.extend(check.lessons.iter().map(|lesson| format!("lesson {lesson}")));
    tags.extend(check.standards.iter().map(|standard| standard.words()));
    tags.extend(check.technique.map(|technique| format!("ATT&CK {technique}")));
    let mut properties = json!({ "tags": tags });
    if let (Some(score), Value::Object(map)) = (score(check.severity), &mut properties) {
        map.insert("security-severity".into(), score.into());
    }
    properties
}

/// The middle of GitHub's range for each word; what is no risk has none.
fn score(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Note | Severity::Unknown | Severity::Info | Severity::Warning | Severity::Error => None,
    }
}

fn message(text: &str) -> Value {
    json!({ "text": said(text) })
}

/// Text from files without control characters, and without a link: `[words](target)` would be one (3.11.6).
fn said(text: &str) -> String {
    clean::clean(text).replace("](", "] (")
}

/// How places in files are written.
struct Ways<'a> {
    places: &'a Places,
    here: Option<PathBuf>,
}

impl Ways<'_> {
    fn location(&self, span: Span) -> Map<String, Value> {
        let mut location = Map::new();
        if let Some(place) = self.places.place(span) {
            location.insert("physicalLocation".into(), physical(&place, self.here.as_deref()));
        }
        location
    }

    /// 3.55: what is deleted and what is inserted in its place, in the one file that a fix changes.
    fn fix(&self, fix: &Fix) -> Value {
        let place = |span: Span| self.location(span).remove("physicalLocation").unwrap_or_default();
        let replacement = |edit: &Edit| json!({ "deletedRegion": place(edit.span)["region"], "insertedContent": { "text": edit.text } });
        let replacements: Vec<_> = fix.edits.iter().map(replacement).collect();
        let file = fix.span().map(|span| place(span)["artifactLocation"].clone());
        json!({
            "description": message(match fix.safety {
                Safety::Safe => "safe to apply",
                Safety::Choice => "to be applied with a value of yours",
            }),
            "artifactChanges": [{ "artifactLocation": file, "replacements": replacements }],
        })
    }
}

fn physical(place: &Place<'_>, here: Option<&Path>) -> Value {
    let file = json!({ "uri": uri::uri(&place.file, here) });
    let Some(range) = place.range else { return json!({ "artifactLocation": file }) };
    json!({
        "artifactLocation": file,
        "region": { "startLine": range.start.line, "startColumn": range.wide.0,
                    "endLine": range.end.line, "endColumn": range.wide.1 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_holds_no_link() {
        assert_eq!(said("[a](http://x) \u{1b}"), "[a] (http://x) \u{241b}");
    }
}
