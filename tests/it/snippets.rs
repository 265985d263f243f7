//! Snippets prove themselves: what a lesson calls right has no finding, what it calls wrong has the marked ones.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use sealegs::author::{self, AWAITED};
use sealegs::checks;
use sealegs::course::{Course, Origin, marks};
use sealegs::parse::markdown::Code;
use sealegs::text::{Source, snippet};

/// Every piece of code of the shipped lessons, briefs and the glossary, with its source.
fn shipped() -> Vec<(Code, std::sync::Arc<Source>)> {
    let course = Course::open(Origin::Embedded).unwrap();
    let mut out = Vec::new();
    for writing in course.writings() {
        let codes = writing.codes().into_iter().cloned();
        out.extend(codes.map(|code| (code, std::sync::Arc::clone(&writing.source))));
    }
    assert!(out.len() > 30, "the lessons hold code");
    out
}

/// `course check` proves them, for any course; here it is asked whether it had something to prove.
#[test]
fn shipped_snippets_prove_themselves() {
    let course = Course::open(Origin::Embedded).unwrap();
    let known: Vec<&str> = checks::all().iter().map(|c| c.id).chain(AWAITED.iter().copied()).collect();
    let mut wrong = author::check(&course, &known).findings;
    wrong.retain(|f| f.code.starts_with("snippet-"));
    let said: String = wrong.iter().map(|f| snippet::render(f, course.sources())).collect();
    assert_eq!(said, "");
    let count = |language: &str, tag: &str| {
        shipped().iter().filter(|(c, _)| c.language.as_deref() == Some(language) && c.tags == [tag]).count()
    };
    assert!(count("yaml", "pass") >= 4 && count("yaml", "fail") >= 4, "there are some to be proved");
    let known_marks =
        shipped().iter().flat_map(|(c, s)| marks(c, s)).filter(|m| checks::find(&m.id).is_some()).count();
    assert!(known_marks >= 5, "{known_marks} marks can be judged");
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
