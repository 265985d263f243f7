//! Snippets prove themselves: what a lesson calls right has no finding, what it calls wrong has the marked ones.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use sealegs::author::AWAITED;
use sealegs::checks;
use sealegs::course::{Course, Origin, marks, without_marks};
use sealegs::parse::markdown::{Block, BlockKind, Code};
use sealegs::parse::{Limits, json, yaml};
use sealegs::text::{Source, Sources, snippet};

fn codes(blocks: &[Block], out: &mut Vec<Code>) {
    for block in blocks {
        match &block.kind {
            BlockKind::Code(code) => out.push(code.clone()),
            BlockKind::List { items, .. } => items.iter().for_each(|item| codes(item, out)),
            BlockKind::Quote(blocks) | BlockKind::Callout(_, blocks) => codes(blocks, out),
            _ => {}
        }
    }
}

/// Every piece of code of the shipped lessons, with its lesson's source.
fn shipped() -> Vec<(Code, std::sync::Arc<Source>)> {
    let course = Course::open(Origin::Embedded).unwrap();
    let mut out = Vec::new();
    for entry in &course.manifest().lessons {
        let Ok(lesson) = course.lesson(&entry.id) else { continue };
        let mut found = Vec::new();
        codes(&lesson.body.blocks, &mut found);
        out.extend(found.into_iter().map(|code| (code, std::sync::Arc::clone(&lesson.source))));
    }
    assert!(out.len() > 30, "the lessons hold code");
    out
}

fn place(code: &Code, source: &Source) -> String {
    format!("{}:{}", source.name(), source.position(code.text_span.start).line)
}

fn is(code: &Code, language: &str, tag: &str) -> bool {
    code.language.as_deref() == Some(language) && code.tags.iter().any(|t| t == tag)
}

#[test]
fn every_yaml_and_json_block_parses() {
    for (code, source) in shipped() {
        let at = place(&code, &source);
        match code.language.as_deref() {
            Some("yaml") => {
                let (_, findings) =
                    yaml::parse(&Source::lone("y", without_marks(&code.text)), Limits::default());
                assert!(findings.is_empty(), "{at}: {findings:?}");
            }
            Some("json") => assert!(json::parse_line(&code.text).is_ok(), "{at}"),
            _ => {}
        }
    }
}

#[test]
fn what_is_called_right_has_no_finding() {
    let mut proved = 0;
    for (code, source) in shipped().iter().filter(|(c, _)| is(c, "yaml", "pass")) {
        let sources = Sources::new();
        let text = sources.add(place(code, source), code.text.as_str());
        let (tree, _) = yaml::parse(&text, Limits::default());
        let checked = checks::run(&tree, &checks::Options::default());
        let shown: String = checked.findings.iter().map(|f| snippet::render(f, &sources)).collect();
        assert!(shown.is_empty(), "{shown}");
        assert!(checked.read.objects > 0, "{}: nothing was judged", place(code, source));
        proved += 1;
    }
    assert!(proved >= 4, "{proved} proved");
}

#[test]
fn what_is_called_wrong_has_the_marked_findings_on_the_marked_lines() {
    let mut proved = 0;
    for (code, source) in shipped().iter().filter(|(c, _)| is(c, "yaml", "fail")) {
        let text = Source::lone("y", without_marks(&code.text));
        let (tree, _) = yaml::parse(&text, Limits::default());
        let found = checks::run(&tree, &checks::Options::default()).findings;
        for mark in marks(code, source) {
            if AWAITED.contains(&mark.id.as_str()) {
                continue;
            }
            let lines: Vec<_> = found
                .iter()
                .filter(|f| f.code == mark.id.as_str())
                .map(|f| text.position(f.primary.span.start).line)
                .collect();
            let at = place(code, source);
            assert!(
                lines.contains(&mark.line),
                "{at}: {} is marked in line {}, found in {lines:?}",
                mark.id,
                mark.line
            );
            proved += 1;
        }
    }
    assert!(proved >= 5, "{proved} proved");
}

#[test]
fn the_list_of_awaited_findings_only_shrinks() {
    let course = Course::open(Origin::Embedded).unwrap();
    let marked: Vec<String> = course
        .mentions()
        .into_iter()
        .map(|mention| mention.target.trim_start_matches("finding:").to_owned())
        .collect();
    for id in AWAITED {
        assert!(checks::find(id).is_none(), "{id} is known now: take it off the list");
        assert!(marked.iter().any(|m| m == id), "{id} is named nowhere: take it off the list");
    }
}
