//! The rules of a question's options: how many are right, what no option may say, none twice.

use std::collections::BTreeMap;

use super::Table;
use crate::course::quiz::Choice;
use crate::parse::Node;
use crate::text::Finding;

/// The fewest and the most options of a question.
pub(super) const MIN_OPTIONS: usize = 3;
pub(super) const MAX_OPTIONS: usize = 5;

/// How many options are right.
pub(super) fn keys(table: &Table<'_, '_>, options: &[Choice], wanted: usize) {
    let keys = options.iter().filter(|o| o.key).count();
    if options.is_empty() || wanted == keys {
        return;
    }
    let (wanted, help) = match wanted {
        0 => ("no option".to_owned(), "remove `key`: the stored order is the right one"),
        1 => ("one option".to_owned(), "set `key = true` on one option"),
        n => (format!("{n} options"), "let `choose` be the number of right options"),
    };
    let detail = format!("it should have {wanted} with `key = true`, and has {keys}");
    table.refuse("quiz-keys", "option", "wrong number of right options", &detail, help);
}

/// `choose` of a multiple choice: as many as are right, and the stem says it.
pub(super) fn choose(table: &Table<'_, '_>, options: &[Choice], stem: &str) -> usize {
    let most = options.len().saturating_sub(1).max(2);
    let choose = table.number("choose", 2..=most as u32) as usize;
    if table.node().get("choose").is_none() {
        return choose;
    }
    keys(table, options, choose);
    let words = ["", "", "two", "three", "four"];
    let said = stem.to_lowercase();
    let word = words.get(choose).copied().unwrap_or("");
    let says = said.contains(&format!("choose {choose}")) || said.contains(&format!("choose {word}"));
    if !says && !stem.is_empty() {
        let detail = format!("it has `choose = {choose}`");
        let help = format!("end the stem with `(Choose {choose}.)`");
        table.refuse("quiz-choose", "stem", "stem does not say how many to choose", &detail, help);
    }
    choose
}

/// What no option may say: it breaks when options are shuffled, or it is no option at all.
pub(super) fn worded(option: &Table<'_, '_>, text: &str) {
    let words = words(text);
    let said = words.join(" ");
    if said.contains("of the above") || is_lump(&words) || joins_letters(&words) {
        let detail = "options are shown in any order, and this one speaks of the others";
        let help = "write what it stands for, or use kind `multiple`";
        option.refuse("quiz-lumped-option", "text", "option about other options", detail, help);
    }
    if matches!(said.as_str(), "true" | "false" | "yes" | "no") {
        let detail = "half of all guesses would be right";
        let help = "ask what happens, or why, and let options describe it";
        option.refuse("quiz-true-false", "text", "true or false, yes or no", detail, help);
    }
}

/// "None of these", "neither of them", alone or nearly so: "none of these pods starts again" is an answer.
fn is_lump(words: &[String]) -> bool {
    let begins = |start: [&str; 2]| words.iter().zip(start).all(|(word, wanted)| word == wanted);
    let starts = [["all", "of"], ["none", "of"], ["neither", "of"], ["both", "of"]];
    words.len() <= 4 && words.len() > 1 && starts.into_iter().any(begins) || words == ["neither"]
}

/// "Both A and B", "A and C".
fn joins_letters(words: &[String]) -> bool {
    let letter = |w: &String| w.len() == 1 && w.as_bytes().iter().all(|b| (b'a'..=b'e').contains(b));
    match words {
        [both, rest @ ..] if both == "both" || both == "only" => joins_letters(rest),
        [a, and, b] | [a, and, b, _] => letter(a) && (and == "and" || and == "or") && letter(b),
        _ => false,
    }
}

/// Two options that say the same.
pub(super) fn alike(table: &Table<'_, '_>, options: &[Choice]) {
    let mut seen: BTreeMap<String, Node<'_>> = BTreeMap::new();
    let nodes = table.tables("option");
    if nodes.len() > MAX_OPTIONS {
        return; // said already; comparing each with each is for a handful
    }
    for option in options {
        let said = words(&option.text).join(" ");
        let is_this = |n: &&Node<'_>| n.get("id").and_then(Node::as_str) == Some(option.id.as_str());
        let Some(node) = nodes.iter().find(is_this).and_then(|n| n.get("text")) else { continue };
        match seen.get(&said) {
            Some(first) if !said.is_empty() && *first != node => table.push(
                Finding::error("quiz-same-option", "two options say the same", node.own_span())
                    .detail(format!("{}, option `{}`", table.what(), option.id))
                    .related(first.own_span(), "said here already")
                    .help("write another misconception"),
            ),
            _ => {
                seen.insert(said, node);
            }
        }
    }
}

/// The words of a text in lower case, without marks and punctuation at their ends. What tells two options
/// apart may be one such mark (`*`, `-1`), so that a word that is nothing else stays.
fn words(text: &str) -> Vec<String> {
    let bare = |word: &str| {
        let trimmed = word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')'));
        if trimmed.is_empty() { word.to_lowercase() } else { trimmed.to_lowercase() }
    };
    text.split_whitespace().map(bare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lumps_are_found_and_answers_are_not() {
        for bad in ["None of these.", "Neither of the two", "neither", "All of them"] {
            assert!(is_lump(&words(bad)), "{bad}");
        }
        for good in ["None of these pods starts again", "All", "Nothing of that", ""] {
            assert!(!is_lump(&words(good)), "{good}");
        }
    }

    #[test]
    fn letters_joined_are_found_and_pods_are_not() {
        for bad in ["Both A and B", "A and C", "only B and D.", "A and B only"] {
            assert!(joins_letters(&words(bad)), "{bad}");
        }
        for good in ["A and B drop each other's packets", "The pod and the node", "a and"] {
            assert!(!joins_letters(&words(good)), "{good}");
        }
    }
}
