//! Lengths and forms: what a learner sees of a question without reading it.

use crate::author::material::{Item, Offer};
use crate::author::rule::Fault;
use crate::author::table::{
    CONTAINED_WORDS, KEY_TO_LONGEST, KEY_TO_MEAN, KEY_WORDS, OPTION_MAX, STEM_MAX, UNEVEN, UNEVEN_LENGTH,
};
use crate::course::Kind;

/// Q01.
pub fn long_key(item: &Item) -> Vec<Fault> {
    let lengths: Vec<f64> = item.distractors().map(|o| o.text.length() as f64).collect();
    let longest = lengths.iter().copied().fold(0.0, f64::max);
    let mean = lengths.iter().sum::<f64>() / lengths.len().max(1) as f64;
    let fault = |key: &Offer| {
        let length = key.text.length() as f64;
        let long = length > KEY_TO_LONGEST * longest && key.text.words.len() >= KEY_WORDS;
        (long && !lengths.is_empty()).then(|| {
            Fault::new(
                key.span(),
                format!("key `{}` has {length} characters, the longest distractor {longest}", key.choice.id),
                "shorten the key, or make a distractor as precise as it",
            )
            .error_if(length >= KEY_TO_MEAN * mean)
        })
    };
    item.keys().filter_map(fault).collect()
}

/// Q11.
pub fn uneven(item: &Item) -> Vec<Fault> {
    let by_length = |o: &&Offer| o.text.length();
    let (Some(short), Some(long)) =
        (item.options.iter().min_by_key(by_length), item.options.iter().max_by_key(by_length))
    else {
        return Vec::new();
    };
    let (least, most) = (short.text.length(), long.text.length());
    if most <= UNEVEN_LENGTH || most as f64 <= UNEVEN * least as f64 {
        return Vec::new();
    }
    vec![
        Fault::new(
            long.span(),
            format!("option `{}` has {most} characters, `{}` has {least}", long.choice.id, short.choice.id),
            "make the options about as long as each other",
        )
        .related(short.span(), "the shortest"),
    ]
}

/// Q14. The order of a question that asks for an order is its answer.
pub fn numbers(item: &Item) -> Vec<Fault> {
    let numbers: Option<Vec<f64>> = item.options.iter().map(|o| number(&o.text.text)).collect();
    let Some(numbers) = numbers.filter(|n| n.len() > 1 && item.question.kind != Kind::Order) else {
        return Vec::new();
    };
    if numbers.is_sorted() || numbers.iter().rev().is_sorted() {
        return Vec::new();
    }
    let help = "store them in ascending order";
    vec![Fault::new(item.options[0].span(), "all options are numbers, and neither ascend nor descend", help)]
}

/// The number that an option is, alone or with one unit behind it.
fn number(text: &str) -> Option<f64> {
    let mut words = text.trim().trim_end_matches('.').split_whitespace();
    let first = words.next()?.replace(',', "");
    let digits = first.trim_end_matches(|c: char| c.is_alphabetic() || c == '%');
    if words.count() > 1 { None } else { digits.parse().ok() }
}

/// Q17. A stem that tells a situation, or has code, may be longer.
pub fn long_stem(item: &Item) -> Vec<Fault> {
    let length = item.stem.length();
    if length <= STEM_MAX || item.has_situation() {
        return Vec::new();
    }
    let detail = format!("{length} characters in one sentence, at most {STEM_MAX} are read as one thought");
    vec![Fault::new(item.stem_span(), detail, "tell the situation first, in a sentence of its own")]
}

/// Q18.
pub fn long_option(item: &Item) -> Vec<Fault> {
    let long = item.options.iter().filter(|o| o.text.length() > OPTION_MAX);
    long.map(|o| {
        let detail =
            format!("option `{}` has {} characters, {OPTION_MAX} are enough", o.choice.id, o.text.length());
        Fault::new(o.span(), detail, "say the difference alone; what they share belongs in the stem")
    })
    .collect()
}

/// Q22. What is wholly in another option makes that one the safer guess, or no guess at all.
pub fn contained(item: &Item) -> Vec<Fault> {
    let mut faults = Vec::new();
    for inner in &item.options {
        let words = inner.text.words.len();
        for outer in &item.options {
            let longer = outer.text.words.len() > words;
            let (small, large) = (inner.text.normal(), outer.text.normal());
            if words >= CONTAINED_WORDS && longer && format!(" {large} ").contains(&format!(" {small} ")) {
                let detail = format!("option `{}` holds all of `{}`", outer.choice.id, inner.choice.id);
                let help = "let them differ in more than an addition";
                faults
                    .push(Fault::new(outer.span(), detail, help).related(inner.span(), "stands there whole"));
            }
        }
    }
    faults
}
