//! Snippets prove themselves: code of lessons and briefs is what its language says, what is called right has no
//! finding, what is called wrong has the marked ones, and every object is of a version that is served.

use std::sync::Arc;

use super::awaited::AWAITED;
use super::lesson::codes;
use super::rule::Fault;
use crate::checks;
use crate::course::{Mark, marks, without_marks};
use crate::model::api_version::{Served, served};
use crate::model::objects;
use crate::parse::markdown::{Block, Code};
use crate::parse::{Language, Limits, Node, Tree, dockerfile, json, rego, toml, yaml};
use crate::text::{Finding, Source, Span};

/// The mark of a `fail` block that shows a version which is not served.
const OLD_VERSION: &str = "api-version-deprecated";

/// What the checker says of a document that it does not judge.
const UNJUDGED: [&str; 5] = ["kind-missing", "kind-unknown", "no-object", "not-an-object", "not-recognised"];

/// A piece of code of a text.
#[derive(Debug)]
pub struct Snippet {
    /// What the text is called.
    pub title: String,
    /// The code as written, with its marks.
    pub code: Code,
    /// The text's file.
    pub source: Arc<Source>,
}

impl Snippet {
    /// Every piece of code of a text.
    pub fn all(title: &str, blocks: &[Block], source: &Arc<Source>) -> Vec<Self> {
        let snippet = |(code, _): (&Code, Span)| Self {
            title: title.to_owned(),
            code: code.clone(),
            source: Arc::clone(source),
        };
        codes(blocks).into_iter().map(snippet).collect()
    }

    /// Its language; empty where it says none.
    pub fn language(&self) -> &str {
        self.code.language.as_deref().unwrap_or("")
    }

    fn is(&self, tag: &str) -> bool {
        self.code.tags.iter().any(|t| t == tag)
    }

    fn marks(&self) -> Vec<Mark> {
        marks(&self.code, &self.source)
    }

    /// The code as learners see it.
    fn alone(&self) -> Arc<Source> {
        Source::lone("<code>", without_marks(&self.code.text))
    }

    fn yaml(&self) -> Option<(Arc<Source>, Tree)> {
        let alone = self.alone();
        let (tree, findings) = yaml::parse(&alone, Limits::default());
        // What cannot be read is said by the rule of syntax.
        (self.language() == "yaml" && !findings.iter().any(Finding::blocks)).then_some((alone, tree))
    }

    /// What the checker makes of it, where it judges the language and can read it.
    fn checked(&self) -> Option<(Arc<Source>, Vec<Finding>)> {
        let language = Language::of_word(self.language())?;
        let alone = self.alone();
        let file = checks::File::read_as(&alone, language, Limits::default());
        // What cannot be read is said by the rule of syntax.
        if file.is_broken() {
            return None;
        }
        Some((alone, checks::run(&[file], &checks::Options::default()).findings))
    }

    /// The line of the text's file that is this line of the code (from 1).
    fn line(&self, line: u32) -> Span {
        let first = self.source.position(self.code.text_span.start).line;
        self.source.line_span(first + line.max(1) - 1)
    }
}

/// Code that is not what its language says.
pub fn syntax(snippet: &Snippet) -> Vec<Fault> {
    let (alone, fragment) = (snippet.alone(), snippet.is("fragment"));
    let found = match snippet.language() {
        "yaml" => yaml::parse(&alone, Limits::default()).1,
        "toml" => toml::parse(&alone, Limits::default()).1,
        "json" => json_syntax(&alone, fragment),
        "dockerfile" => dockerfile::syntax(&alone, fragment),
        "rego" => rego::syntax(&alone, fragment),
        _ => Vec::new(),
    };
    let fault = |finding: Finding| {
        let line = alone.position(finding.primary.span.start).line;
        let help =
            format!("mend it, or write `text` for `{}` where the mistake is shown", snippet.language());
        Fault::new(snippet.line(line), format!("{}: {}", finding.title, finding.detail), help)
    };
    found.into_iter().filter(Finding::blocks).take(1).map(fault).collect()
}

/// A document, JSON lines, or in a fragment what stands between two braces or brackets.
fn json_syntax(alone: &Source, fragment: bool) -> Vec<Finding> {
    let text = alone.text().trim_end();
    let inner = text.trim_end_matches(',');
    let in_braces =
        || [format!("{{{inner}}}"), format!("[{inner}]")].iter().any(|t| json::parse_line(t).is_ok());
    let lines = || text.lines().filter(|l| !l.trim().is_empty()).all(|l| json::parse_line(l).is_ok());
    match json::parse_line(text) {
        Err(error) if !(lines() || fragment && in_braces()) => {
            // "expected value at line 3 column 7"
            let words: Vec<&str> = error.split_whitespace().collect();
            let line = words.windows(2).find(|pair| pair[0] == "line").and_then(|pair| pair[1].parse().ok());
            let line = line.unwrap_or(1);
            vec![Finding::error("json-syntax", "not valid JSON", alone.line_span(line)).detail(error.clone())]
        }
        _ => Vec::new(),
    }
}

/// `pass` with a finding.
pub fn right(snippet: &Snippet) -> Vec<Fault> {
    let Some((alone, found)) = snippet.checked().filter(|_| snippet.is("pass")) else { return Vec::new() };
    let fault = |finding: &Finding| {
        let line = alone.position(finding.primary.span.start).line;
        let detail = format!("{}: {}", finding.code, finding.detail);
        Fault::new(snippet.line(line), detail, format!("{}; or do not call it right", finding.help))
    };
    // Where the checker says that it checked nothing, that it is what its language says is all that can be judged.
    found.iter().filter(|f| !UNJUDGED.contains(&&*f.code)).map(fault).collect()
}

/// `fail` whose marks the checker does not find where they stand.
pub fn wrong(snippet: &Snippet) -> Vec<Fault> {
    let Some((alone, found)) = snippet.checked().filter(|_| snippet.is("fail")) else { return Vec::new() };
    let mut faults = Vec::new();
    for mark in snippet.marks() {
        // Of an unknown id the course's own check speaks.
        if AWAITED.contains(&mark.id.as_str()) || checks::find(&mark.id).is_none() {
            continue;
        }
        let same = found.iter().filter(|f| f.code == mark.id.as_str());
        let lines: Vec<u32> = same.map(|f| alone.position(f.primary.span.start).line).collect();
        if !lines.contains(&mark.line) {
            let first = snippet.source.position(snippet.code.text_span.start).line;
            let there: Vec<String> = lines.iter().map(|l| (first + l - 1).to_string()).collect();
            let (detail, help) = if there.is_empty() {
                (
                    format!("the checker does not find `{}`", mark.id),
                    "make the mistake, or remove the mark".to_owned(),
                )
            } else {
                let lines = there.join(" and ");
                (
                    format!("the checker finds `{}` in line {lines}", mark.id),
                    format!("put the mark into line {lines}"),
                )
            };
            faults.push(Fault::new(mark.span, detail, help));
        }
    }
    faults
}

/// Objects of versions that nobody serves, or that nobody here knows.
pub fn versions(snippet: &Snippet) -> Vec<Fault> {
    let Some((alone, tree)) = snippet.yaml() else { return Vec::new() };
    let shown: Vec<u32> = snippet.marks().iter().filter(|m| m.id == OLD_VERSION).map(|m| m.line).collect();
    let mut faults = Vec::new();
    for object in objects(&tree) {
        let (Some(version), Some(kind)) = (object.api_version(), object.kind()) else { continue };
        let span = object.node.get("apiVersion").map_or(object.kind_span(), Node::own_span);
        let line = alone.position(span.start).line;
        let fault = |detail: String, help: String| Fault::new(snippet.line(line), detail, help);
        let marked = shown.contains(&line);
        match served(version, kind) {
            Served::Yes => {}
            Served::No(_) | Served::NoSuchVersion(_) if marked => {}
            Served::No(instead) => {
                let detail = format!("`{version}` serves no {kind}");
                let help =
                    format!("use `{instead}`, or mark the line with `#~ {OLD_VERSION}` in a `fail` block");
                faults.push(fault(detail, help));
            }
            Served::NoSuchVersion(versions) => {
                let detail = format!("there is no version `{version}`");
                faults.push(fault(detail, format!("use one of {}", versions.join(", "))));
            }
            Served::Unknown => {
                let detail = format!("`{version}` is of a group that is not known here");
                let help = "correct it, or add the group to `model::api_version`".to_owned();
                faults.push(fault(detail, help).warning_if(true));
            }
        }
    }
    faults
}
