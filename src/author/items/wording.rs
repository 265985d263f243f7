//! Words that mislead or give away: negative, absolute, vague; and stems that ask nothing.

use crate::author::material::{Item, Offer};
use crate::author::rule::Fault;
use crate::author::table::STEM_MIN;
use crate::author::words::{Said, Word};
use crate::course::Kind;

const NEGATIVE: &[&str] = &["not", "except", "least", "false", "incorrect", "never"];
const ABSOLUTE: &[&str] = &[
    "always",
    "never",
    "all",
    "only",
    "none",
    "every",
    "must",
    "completely",
    "entirely",
    "guarantee",
    "guarantees",
];
const VAGUE: &[&str] = &["usually", "often", "sometimes", "rarely", "generally", "frequently", "regularly"];
/// What a stem begins its last sentence with where it tells what to do instead of asking.
const IMPERATIVES: &[&str] =
    &["point", "put", "order", "sort", "arrange", "find", "name", "mark", "choose", "select", "match"];

/// The sentence that asks, without `(Choose 2.)`.
fn asking(stem: &Said) -> &str {
    let sentences = stem.sentences();
    let asks = |s: &&&str| !s.starts_with('(');
    sentences
        .iter()
        .rev()
        .filter(asks)
        .find(|s| s.contains('?'))
        .or(sentences.iter().rev().find(asks))
        .unwrap_or(&"")
}

/// The negative word of a stem that asks for what does not hold. "Why does it not start?" asks for a cause, and
/// "at least" and "not only" negate nothing.
pub fn negation(item: &Item) -> Option<&Word> {
    let sentence = Said::read(asking(&item.stem));
    let words: Vec<&str> = sentence.words.iter().map(|w| w.text.as_str()).collect();
    if words.iter().any(|w| matches!(*w, "why" | "how" | "whether")) {
        return None;
    }
    let at = |i: usize| words.get(i).copied().unwrap_or("");
    let negates = |i: usize| match at(i) {
        "least" => at(i.wrapping_sub(1)) != "at",
        "not" => at(i + 1) != "only",
        word => NEGATIVE.contains(&word),
    };
    let word = (0..words.len()).find(|i| negates(*i)).map(at)?;
    // The last one of the whole stem: the sentence stands at its end.
    item.stem.prose().filter(|w| w.text == word).last()
}

/// Q06.
pub fn negative(item: &Item) -> Vec<Fault> {
    let Some(word) = negation(item).filter(|w| !w.loud) else { return Vec::new() };
    let detail = format!("`{}` turns the question round and is read over", word.text);
    let help = format!("ask for what holds, or write **{}**", word.text);
    vec![Fault::new(item.stem_span(), detail, help)]
}

/// The absolute word of an option. "At all" and "all the same" claim nothing, and ALL is a set of capabilities.
pub fn absolutely(text: &Said) -> Option<&Word> {
    let words: Vec<&Word> = text.prose().collect();
    let word = |i: usize| words.get(i).map_or("", |w| w.text.as_str());
    let claims = |i: &usize| match word(*i) {
        "all" => {
            !words[*i].loud
                && word(i.wrapping_sub(1)) != "at"
                && (word(i + 1), word(i + 2)) != ("the", "same")
        }
        other => ABSOLUTE.contains(&other),
    };
    (0..words.len()).find(claims).map(|i| words[i])
}

/// Q07.
pub fn absolute(item: &Item) -> Vec<Fault> {
    if item.keys().any(|key| absolutely(&key.text).is_some()) {
        return Vec::new();
    }
    let fault = |option: &Offer| {
        let word = absolutely(&option.text)?;
        let detail =
            format!("option `{}` says `{}`, and no key says anything like it", option.choice.id, word.text);
        let help = "say which ones or when, or let the key be as absolute";
        Some(Fault::new(option.span(), detail, help))
    };
    item.distractors().filter_map(fault).collect()
}

/// Q08.
pub fn vague(item: &Item) -> Vec<Fault> {
    let fault = |option: &Offer| {
        let word = option.text.says(VAGUE)?;
        let detail = format!("option `{}` says `{}`", option.choice.id, word.text);
        Some(Fault::new(option.span(), detail, "say when it is so"))
    };
    item.options.iter().filter_map(fault).collect()
}

/// Q16.
pub fn unfocused(item: &Item) -> Vec<Fault> {
    let stem = &item.stem;
    let mut faults = Vec::new();
    let mut fault = |detail: String, help: &str| faults.push(Fault::new(item.stem_span(), detail, help));
    if stem.length() < STEM_MIN {
        fault(format!("{} characters ask nothing", stem.length()), "ask a whole question");
    }
    if stem.text.contains("__") && !stem.words.iter().any(|w| w.code && w.text.contains("__")) {
        fault("it has a blank to be filled".to_owned(), "ask a question instead");
    }
    let asked = asking(stem);
    let first = asked.split_whitespace().next().unwrap_or("").to_lowercase();
    let told =
        matches!(item.question.kind, Kind::Order | Kind::Line { .. }) || !stem.text.trim_end().ends_with('.');
    let imperative = IMPERATIVES.contains(&first.as_str()) && told;
    if !asked.contains('?') && !stem.text.trim_end().ends_with(':') && !imperative {
        fault("no sentence ends with `?`, nor the stem with `:`".to_owned(), "end with the question");
    }
    faults
}
