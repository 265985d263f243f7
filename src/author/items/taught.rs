//! A question against what surrounds it: the section that teaches it, the version it holds for, the code it shows.

use std::collections::BTreeSet;

use crate::author::material::Item;
use crate::author::rule::Fault;
use crate::author::table::TAUGHT_LETTERS;
use crate::author::words::Said;
use crate::course::Kind;

/// Q27. A line is pointed at, its words are code; everything else is asked in words. One word alone may be missing by
/// chance.
pub fn taught(item: &Item) -> Vec<Fault> {
    let Some(taught) = &item.taught else { return Vec::new() };
    let right: Vec<&Said> = match item.question.kind {
        Kind::Single | Kind::Multiple { .. } => item.keys().map(|o| &o.text).collect(),
        Kind::Order => item.options.iter().map(|o| &o.text).collect(),
        Kind::Line { .. } => return Vec::new(),
    };
    let words: BTreeSet<String> = right.iter().flat_map(|said| said.long_roots(TAUGHT_LETTERS)).collect();
    let section = taught.section.roots();
    if words.len() < 2 || words.iter().any(|w| section.contains(w)) {
        return Vec::new();
    }
    let detail = format!("none of {} words of the key stands below `{}`", words.len(), item.question.concept);
    vec![Fault::new(
        item.places.field("concept"),
        detail,
        "point to the heading that teaches it, or teach it there",
    )]
}

/// Q29.
pub fn dated(item: &Item) -> Vec<Fault> {
    if item.question.as_of.is_some() {
        return Vec::new();
    }
    let stem = version(&item.stem).map(|v| (v, item.stem_span()));
    let options = item.options.iter().filter_map(|o| Some((version(&o.text)?, o.span())));
    let fault = |(found, span)| {
        let help = "add `as_of = \"Kubernetes 1.37\"`, or whatever it was checked against";
        Fault::new(span, format!("`{found}` depends on a version"), help)
    };
    stem.into_iter().chain(options).take(1).map(fault).collect()
}

/// The word that ties a text to a version of Kubernetes: `1.36`, "deprecated", "alpha", "since 1.35". Code and
/// quotations are what the question is about, and image tags are no versions of the platform.
fn version(said: &Said) -> Option<String> {
    let words: Vec<&str> = said.prose().map(|w| w.text.as_str()).collect();
    let release = |word: &str| {
        let minor = word.strip_prefix('v').unwrap_or(word).strip_prefix("1.");
        minor.is_some_and(|m| m.len() == 2 && m.bytes().all(|b| b.is_ascii_digit()))
    };
    let found = words.iter().enumerate().find(|(i, word)| {
        let next = words.get(i + 1).copied().unwrap_or("");
        matches!(**word, "deprecated" | "alpha" | "beta")
            || release(word)
            || (**word == "since" && (next == "kubernetes" || next.starts_with(|c: char| c.is_ascii_digit())))
    });
    found.map(|(_, word)| (*word).to_owned())
}

/// Q30. What the loader does not look at: fences without a language.
pub fn code(item: &Item) -> Vec<Fault> {
    let stem = (&item.stem, item.stem_span());
    let options = item.options.iter().map(|o| (&o.text, o.span()));
    let bare = |(said, span): (&Said, _)| {
        let bare = said.codes.iter().any(|code| code.language.is_none());
        let help = "write the language behind the fence, or move it to `code = { language = …, text = … }`";
        bare.then(|| Fault::new(span, "code without a language", help))
    };
    std::iter::once(stem).chain(options).filter_map(bare).collect()
}
