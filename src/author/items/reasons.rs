//! What reasons owe: an explanation that survives shuffling.

use crate::author::material::Item;
use crate::author::rule::Fault;
use crate::author::table::{REASON, REASON_REPEATS, REASON_WORDS};
use crate::author::words::{Said, root};
use crate::course::Kind;
use crate::text::Span;

/// Every reason of a question, with its place and the text that it is about.
fn reasons(item: &Item) -> Vec<(Said, Span, Option<&Said>)> {
    if let Kind::Line { reason, .. } = &item.question.kind {
        return vec![(Said::read(reason), item.places.field("reason"), None)];
    }
    item.options.iter().map(|o| (o.reason.clone(), o.places.field("reason"), Some(&o.text))).collect()
}

/// Q23.
pub fn thin(item: &Item) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (reason, span, text) in reasons(item) {
        let length = reason.length();
        if length < REASON {
            let detail = format!("{length} characters, {REASON} begin to explain");
            faults.push(Fault::new(span, detail, "say what it confuses with what, or why it holds"));
        }
        // All words count: a reason that denies its option has to use the option's nouns.
        let known: Vec<String> = text.iter().flat_map(|t| &t.words).map(|w| root(&w.text)).collect();
        let repeated = reason.words.iter().filter(|w| known.contains(&root(&w.text))).count();
        let all = reason.words.len();
        if repeated as f64 > REASON_REPEATS * all as f64 {
            let detail = format!("{repeated} of its {all} words are the option's own");
            faults.push(Fault::new(span, detail, "say why instead of what"));
        }
    }
    faults
}

const POSITIONS: &[&str] = &["first", "second", "third", "fourth", "fifth", "last", "next", "previous"];
const OPTIONS: &[&str] = &["option", "options", "answer", "answers", "choice", "choices", "distractor"];
const VERDICTS: &[&str] = &["wrong", "right", "correct", "incorrect", "false", "true"];

/// Q24.
pub fn positions(item: &Item) -> Vec<Fault> {
    if matches!(item.question.kind, Kind::Line { .. }) {
        return Vec::new(); // lines are not shuffled
    }
    let fault = |(reason, span, _): (Said, Span, Option<&Said>)| {
        let named = place_in(&reason)?;
        let detail = format!("`{named}`: options are shown in any order");
        Some(Fault::new(span, detail, "say what the option says instead of where it stands"))
    };
    reasons(item).into_iter().filter_map(fault).collect()
}

fn place_in(reason: &Said) -> Option<String> {
    let words: Vec<&str> = reason.prose().map(|w| w.text.as_str()).collect();
    let letter = |w: &str| matches!(w, "a" | "b" | "c" | "d" | "e");
    words.windows(2).enumerate().find_map(|(i, pair)| {
        let third = words.get(i + 2).copied().unwrap_or("");
        let place = POSITIONS.contains(&pair[0]) && OPTIONS.contains(&pair[1]);
        // "an answer a client" is no name of an option, "option B" is.
        let by_letter = OPTIONS.contains(&pair[0]) && letter(pair[1]) && pair[1] != "a";
        let judged =
            letter(pair[0]) && pair[0] != "a" && matches!(pair[1], "is" | "are") && VERDICTS.contains(&third);
        let beside = OPTIONS.contains(&pair[0]) && matches!(pair[1], "above" | "below");
        (place || by_letter || judged || beside).then(|| pair.join(" "))
    })
}

const DISMISSALS: &[&str] = &["incorrect", "wrong", "false", "untrue", "invalid"];

/// "Wrong", "not correct"; "true of another field" explains.
fn dismisses(reason: &Said) -> bool {
    let words: Vec<&str> = reason.prose().map(|w| w.text.as_str()).collect();
    let denied =
        |pair: &[&str]| pair[0] == "not" && matches!(pair[1], "correct" | "right" | "true" | "valid");
    words.iter().any(|w| DISMISSALS.contains(w)) || words.windows(2).any(denied)
}

/// Q25.
pub fn dismissive(item: &Item) -> Vec<Fault> {
    let mut faults = Vec::new();
    for option in item.distractors() {
        let said = option.reason.roots().len();
        if said < REASON_WORDS && dismisses(&option.reason) {
            let detail =
                format!("beyond that, the reason of `{}` has {said} words with a meaning", option.choice.id);
            let help = "say what it confuses with what";
            faults.push(Fault::new(option.places.field("reason"), detail, help));
        }
    }
    faults
}
