//! What points at the key without anything being known: shared words, forms, grammar.

use std::collections::BTreeSet;

use crate::author::material::{Item, Offer};
use crate::author::rule::Fault;
use crate::author::table::{CLANG_LETTERS, CONVERGENCE};
use crate::author::words::{Said, root};
use crate::course::Kind;

/// Words of half of all stems of this field: they point at nothing.
const EVERYWHERE: &str = "container image cluster kubernetes process";

/// Q09. Words of the lesson's title and of the concept's heading are what the question is about. A distractor that
/// echoes as many words of the stem, all its own, draws as strongly as the key does: then nothing is given away.
pub fn clang(item: &Item) -> Vec<Fault> {
    let mut topic = Said::read(&item.entry.title).roots();
    topic.extend(item.taught.iter().flat_map(|t| t.heading.roots()));
    topic.extend(EVERYWHERE.split(' ').map(root));
    let stem: BTreeSet<String> = item.stem.long_roots(CLANG_LETTERS).difference(&topic).cloned().collect();
    let Some(most) = item.distractors().map(|o| echoes(item, o, &stem).len()).max() else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    for key in item.keys() {
        let found = echoes(item, key, &stem);
        if found.len() > most {
            let shown = key.text.words.iter().flat_map(|w| &w.parts).find(|p| found.contains(&root(p)));
            let word = shown.map_or("", String::as_str);
            let detail =
                format!("`{word}` stands in the stem and in key `{}`, in no distractor", key.choice.id);
            let help = "use another word in the key, or the same word in a distractor";
            faults.push(Fault::new(key.span(), detail, help));
        }
    }
    faults
}

/// The words of the stem that stand in this option and in no other; two keys may share one.
fn echoes(item: &Item, offer: &Offer, stem: &BTreeSet<String>) -> BTreeSet<String> {
    let rivals =
        item.options.iter().filter(|o| o.choice.id != offer.choice.id && !(o.choice.key && offer.choice.key));
    let others: BTreeSet<String> = rivals.flat_map(|o| o.text.roots()).collect();
    let own = offer.text.long_roots(CLANG_LETTERS);
    own.intersection(stem).filter(|root| !others.contains(*root)).cloned().collect()
}

/// How many words of each option stand in other options too.
pub fn shared(item: &Item) -> Vec<usize> {
    let roots: Vec<BTreeSet<String>> = item.options.iter().map(|o| o.text.roots()).collect();
    let elsewhere =
        |i: usize, root: &String| roots.iter().enumerate().any(|(j, r)| j != i && r.contains(root));
    roots.iter().enumerate().map(|(i, own)| own.iter().filter(|r| elsewhere(i, r)).count()).collect()
}

/// Q10.
pub fn convergence(item: &Item) -> Vec<Fault> {
    if item.question.kind != Kind::Single {
        return Vec::new();
    }
    let counts = shared(item);
    let Some(at) = item.options.iter().position(|o| o.choice.key) else { return Vec::new() };
    let next = counts.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, n)| *n).max().unwrap_or(0);
    let key = &item.options[at];
    if counts[at] < next + CONVERGENCE {
        return Vec::new();
    }
    let detail = format!(
        "{} words of key `{}` stand in other options, {next} of the next one's",
        counts[at], key.choice.id
    );
    vec![Fault::new(key.span(), detail, "let two distractors share words that the key lacks")]
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Code,
    Number,
    Sentence,
    Phrase,
}

impl Form {
    fn of(text: &Said) -> Self {
        let numeric = text.words.first().is_some_and(|w| w.text.starts_with(|c: char| c.is_ascii_digit()));
        if text.is_code() {
            Self::Code
        } else if numeric && text.words.len() <= 2 {
            Self::Number
        } else if text.text.trim_end().ends_with('.') {
            Self::Sentence
        } else {
            Self::Phrase
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Number => "a number",
            Self::Sentence => "a sentence with a full stop",
            Self::Phrase => "words without a full stop",
        }
    }
}

/// Q12.
pub fn form(item: &Item) -> Vec<Fault> {
    let forms: Vec<Form> = item.options.iter().map(|o| Form::of(&o.text)).collect();
    let mut faults = Vec::new();
    for (option, form) in item.options.iter().zip(&forms) {
        if option.choice.key && forms.iter().filter(|f| *f == form).count() == 1 {
            let detail = format!("key `{}` alone is {}", option.choice.id, form.word());
            faults.push(Fault::new(option.span(), detail, "give all options the same form"));
        }
    }
    faults
}

/// Q13. A stem that breaks off before its options has to fit all of them.
pub fn grammar(item: &Item) -> Vec<Fault> {
    let text = item.stem.text.trim_end_matches(|c: char| c == ':' || c == '…' || c.is_whitespace());
    let last = text.split_whitespace().last().unwrap_or("").to_lowercase();
    let first = |o: &Offer| o.text.words.first().map_or(String::new(), |w| w.text.clone());
    let vowel = |word: String| word.starts_with(['a', 'e', 'i', 'o', 'u']);
    let plural = |word: String| word.ends_with('s') && !word.ends_with("ss");
    let fits: Vec<bool> = match last.as_str() {
        "a" => item.options.iter().map(|o| !vowel(first(o))).collect(),
        "an" => item.options.iter().map(|o| vowel(first(o))).collect(),
        "are" => item.options.iter().map(|o| plural(first(o))).collect(),
        "is" => item.options.iter().map(|o| !plural(first(o))).collect(),
        _ => return Vec::new(),
    };
    let agrees: Vec<_> = item.options.iter().zip(fits).filter(|(_, fits)| *fits).map(|(o, _)| o).collect();
    match agrees.as_slice() {
        [only] if only.choice.key => {
            let detail = format!("the stem ends with `{last}`, and key `{}` alone agrees", only.choice.id);
            vec![Fault::new(item.stem_span(), detail, "end the stem as a question")]
        }
        _ => Vec::new(),
    }
}
