//! The same words in two places: a stem asked twice, a stem that copies its lesson, sentences told again.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::lesson::passages;
use super::material::{Item, Material};
use super::rule::Fault;
use super::table::{COPIED_WORDS, NEAR_STEM, NEAR_STEM_SAME_KEY, SAME_WORDS};
use super::words::{Said, Word};
use crate::course::Kind;
use crate::text::Span;

/// What a question asks, to be compared: words and code.
fn asked(item: &Item) -> String {
    let code = item.question.code.as_ref().map_or("", |c| c.text.as_str());
    format!("{} {}", item.stem.normal(), code.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Q20.
pub fn stems(material: &Material) -> Vec<Fault> {
    let questions = material.items.iter().map(|i| (asked(i), i.stem_span(), i.title()));
    let talks = material.talks.iter();
    let talks =
        talks.map(|t| (Said::read(&t.interview.question).normal(), t.places.field("question"), t.title()));
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    let mut faults = Vec::new();
    for (text, span, title) in questions.chain(talks) {
        if let Some(first) = seen.get(&text) {
            let help = "ask something else in one of the two";
            faults.push(
                Fault::new(span, format!("{title} was asked before"), help).related(*first, "asked here"),
            );
        } else {
            seen.insert(text, span);
        }
    }
    faults
}

/// Q21.
pub fn near_stems(material: &Material) -> Vec<Fault> {
    struct Sketch<'m> {
        item: &'m Item,
        text: String,
        triples: BTreeSet<u64>,
        key: String,
    }
    let sketch = |item: &'_ Item| {
        let keys: Vec<String> = item.keys().map(|k| k.text.normal()).collect();
        let text = asked(item);
        (text, shingles(&item.stem.words, 3).into_iter().map(|(hash, _)| hash).collect(), keys.join("|"))
    };
    let sketches: Vec<Sketch<'_>> = material
        .items
        .iter()
        .map(|item| {
            let (text, triples, key) = sketch(item);
            Sketch { item, text, triples, key }
        })
        .collect();
    let mut faults = Vec::new();
    for (index, later) in sketches.iter().enumerate() {
        for earlier in &sketches[..index] {
            // The code tells two questions about lines apart.
            let lines = [later, earlier].iter().any(|s| matches!(s.item.question.kind, Kind::Line { .. }));
            if earlier.text == later.text || lines {
                continue;
            }
            let near = jaccard(&earlier.triples, &later.triples);
            let same_key = !later.key.is_empty() && earlier.key == later.key;
            if near >= NEAR_STEM || (same_key && near >= NEAR_STEM_SAME_KEY) {
                let detail = format!(
                    "{} shares {:.0} % of its triples of words with `{}`",
                    later.item.title(),
                    near * 100.0,
                    earlier.item.question.id
                );
                let help = "ask for another side of the concept in one of the two";
                let fault = Fault::new(later.item.stem_span(), detail, help);
                faults.push(fault.related(earlier.item.stem_span(), "asked here"));
            }
        }
    }
    faults
}

fn jaccard(a: &BTreeSet<u64>, b: &BTreeSet<u64>) -> f64 {
    let both = a.intersection(b).count();
    let either = a.len() + b.len() - both;
    if either == 0 { 0.0 } else { both as f64 / either as f64 }
}

/// Hashes of every `size` words in a row, with where each begins.
fn shingles(words: &[Word], size: usize) -> Vec<(u64, usize)> {
    let hash = |window: &[Word]| {
        let mut hasher = DefaultHasher::new();
        for word in window {
            word.text.hash(&mut hasher);
        }
        hasher.finish()
    };
    words.windows(size).enumerate().map(|(at, window)| (hash(window), at)).collect()
}

/// The runs of prose of a text: code and quotations part them.
fn runs(said: &Said) -> Vec<&[Word]> {
    said.words.split(|w| w.code || w.quoted).filter(|run| !run.is_empty()).collect()
}

/// Q28.
pub fn copied(material: &Material) -> Vec<Fault> {
    let mut faults = Vec::new();
    for reading in &material.readings {
        let mut taught: BTreeMap<u64, Span> = BTreeMap::new();
        for (said, span) in passages(&reading.lesson) {
            for run in runs(&said) {
                taught.extend(shingles(run, COPIED_WORDS).into_iter().map(|(hash, _)| (hash, span)));
            }
        }
        for item in material.items.iter().filter(|i| i.entry.id == reading.entry.id) {
            let stem = (&item.stem, item.stem_span());
            for (said, span) in std::iter::once(stem).chain(item.options.iter().map(|o| (&o.text, o.span())))
            {
                let found = runs(said).into_iter().find_map(|run| {
                    let found = shingles(run, COPIED_WORDS)
                        .into_iter()
                        .find(|(hash, _)| taught.contains_key(hash))?;
                    Some((taught[&found.0], told(&run[found.1..], COPIED_WORDS)))
                });
                if let Some((lesson, words)) = found {
                    let detail = format!("{}: \"{words}\" stands in the lesson", item.title());
                    let help = "ask it in other words, or of another case: recognising is not understanding";
                    faults.push(Fault::new(span, detail, help).related(lesson, "told here"));
                }
            }
        }
    }
    faults
}

fn told(words: &[Word], count: usize) -> String {
    words.iter().take(count).map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Whose words they are. Within one owner words may come again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Lesson(usize),
    Question(usize),
    Talk(usize),
}

/// Runs of words that two lessons, questions or model answers share. A stem or an option against its own lesson is
/// Q28's.
pub fn words(material: &Material) -> Vec<Fault> {
    let mut seen: BTreeMap<u64, (Owner, Span)> = BTreeMap::new();
    let mut faults = Vec::new();
    for Passage { owner, lesson, said, span } in texts(material) {
        for run in runs(&said) {
            let mut next = 0;
            for (hash, at) in shingles(run, SAME_WORDS) {
                let Some((first, place)) = seen.get(&hash) else {
                    seen.insert(hash, (owner, span));
                    continue;
                };
                if *first != owner && Some(*first) != lesson && at >= next {
                    let detail = format!("\"{}\"", told(&run[at..], SAME_WORDS));
                    let help = "say it once, and link to it, or say it in other words";
                    faults.push(Fault::new(span, detail, help).related(*place, "said here"));
                    next = at + SAME_WORDS; // one report for a longer run
                }
            }
        }
    }
    faults
}

/// A piece of text that is compared.
struct Passage {
    owner: Owner,
    /// For stems and options: their own lesson, which another rule compares them with.
    lesson: Option<Owner>,
    said: Said,
    span: Span,
}

fn texts(material: &Material) -> Vec<Passage> {
    let mut out = Vec::new();
    let mut add = |owner, lesson, said: Said, span| out.push(Passage { owner, lesson, said, span });
    for (index, reading) in material.readings.iter().enumerate() {
        for (said, span) in passages(&reading.lesson) {
            add(Owner::Lesson(index), None, said, span);
        }
    }
    for (index, item) in material.items.iter().enumerate() {
        let owner = Owner::Question(index);
        let lesson = material.readings.iter().position(|r| r.entry.id == item.entry.id).map(Owner::Lesson);
        add(owner, lesson, item.stem.clone(), item.stem_span());
        if let Kind::Line { reason, .. } = &item.question.kind {
            add(owner, None, Said::read(reason), item.places.field("reason"));
        }
        for option in &item.options {
            add(owner, lesson, option.text.clone(), option.span());
            add(owner, None, option.reason.clone(), option.places.field("reason"));
        }
    }
    for (index, talk) in material.talks.iter().enumerate() {
        let (owner, interview) = (Owner::Talk(index), &talk.interview);
        for (field, text) in [
            ("question", &interview.question),
            ("answer", &interview.answer),
            ("follow_up", &interview.follow_up),
        ] {
            add(owner, None, Said::read(text), talk.places.field(field));
        }
        for (at, point) in interview.rubric.iter().enumerate() {
            add(owner, None, Said::read(point), talk.places.item("rubric", at));
        }
    }
    out
}
