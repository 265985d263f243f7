//! The blind score: what somebody reaches who knows nothing and has a habit.
//!
//! Each strategy is a measure. Of a single choice it takes the option with the highest, of a multiple choice the
//! `choose` highest, all or nothing. An order is put from the highest down: it is shown shuffled, so the stored
//! position cannot be seen and letters do as well as chance. Of a line question it takes the line with the highest
//! (blank lines are no lines; a letter is the fifth of the code). Ties are split: each way to break them is as likely.

use std::collections::BTreeSet;

use serde::Serialize;

use super::items::cues::shared;
use super::material::{Bank, Item};
use super::words::Said;
use crate::course::{CodeSample, Kind};

/// The strategies.
const STRATEGIES: &[(&str, Strategy)] = &[
    ("always the longest", Strategy::Longest),
    ("always the shortest", Strategy::Shortest),
    ("always A", Strategy::Letter(0)),
    ("always B", Strategy::Letter(1)),
    ("always C", Strategy::Letter(2)),
    ("always D", Strategy::Letter(3)),
    ("always E", Strategy::Letter(4)),
    ("most punctuation", Strategy::Punctuation),
    ("most words of the stem", Strategy::StemWords),
    ("most words shared with other options", Strategy::SharedWords),
];
/// As many letters as a question may have options.
const LETTERS: usize = 5;

#[derive(Clone, Copy, Debug)]
enum Strategy {
    Longest,
    Shortest,
    Letter(usize),
    Punctuation,
    StemWords,
    SharedWords,
}

/// What the strategies reach in a bank. Scores are shares of all its questions.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Blind {
    /// What the bank is called.
    pub bank: &'static str,
    /// How many questions it has.
    pub questions: usize,
    /// What guessing reaches.
    pub chance: f64,
    /// Each strategy and what it reaches.
    pub strategies: Vec<Score>,
    /// The strategy that reaches most; the first of equals.
    pub worst: Score,
    /// How far that is above chance; below 0 where none is.
    pub above_chance: f64,
}

/// What a strategy reaches.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Score {
    /// Its name.
    pub strategy: &'static str,
    /// The share of questions that it gets right.
    pub score: f64,
}

impl Blind {
    /// Runs every strategy over a bank.
    pub fn of(bank: &Bank<'_>) -> Self {
        let mean = |score: &dyn Fn(&Item) -> f64| {
            bank.items.iter().map(|item| score(item)).sum::<f64>() / bank.items.len().max(1) as f64
        };
        let chance = mean(&|item| chance(item));
        let strategies: Vec<Score> = STRATEGIES
            .iter()
            .map(|(name, strategy)| Score { strategy: name, score: mean(&|item| expected(item, *strategy)) })
            .collect();
        let first = Score { strategy: "none", score: 0.0 };
        let worst = strategies.iter().fold(first, |worst, s| if s.score > worst.score { *s } else { worst });
        let above_chance = worst.score - chance;
        Self { bank: bank.name, questions: bank.items.len(), chance, strategies, worst, above_chance }
    }
}

/// What guessing reaches in a question.
pub fn chance(item: &Item) -> f64 {
    // With nothing measured, all is tied.
    expect(item, &vec![0.0; candidates(item)])
}

fn candidates(item: &Item) -> usize {
    match (&item.question.kind, &item.question.code) {
        (Kind::Line { .. }, Some(code)) => lines(code).len(),
        _ => item.options.len(),
    }
}

/// The lines that can be meant, with their numbers from 1.
fn lines(code: &CodeSample) -> Vec<(u32, &str)> {
    let lines = code.text.lines().enumerate().map(|(i, line)| (i as u32 + 1, line));
    lines.filter(|(_, line)| !line.trim().is_empty()).collect()
}

fn expected(item: &Item, strategy: Strategy) -> f64 {
    let texts: Vec<Said> = match (&item.question.kind, &item.question.code) {
        (Kind::Line { .. }, Some(code)) => lines(code).into_iter().map(|(_, line)| code_line(line)).collect(),
        _ => item.options.iter().map(|o| o.text.clone()).collect(),
    };
    let count = texts.len();
    let stem = item.stem.roots();
    let marks = |said: &Said| said.text.chars().filter(char::is_ascii_punctuation).count() as f64;
    let measures: Vec<f64> = match strategy {
        Strategy::Longest => texts.iter().map(|t| t.length() as f64).collect(),
        Strategy::Shortest => texts.iter().map(|t| -(t.length() as f64)).collect(),
        Strategy::Letter(letter) => {
            (0..count).map(|at| by_letter(&item.question.kind, at, letter, count)).collect()
        }
        Strategy::Punctuation => texts.iter().map(marks).collect(),
        Strategy::StemWords => texts.iter().map(|t| t.roots().intersection(&stem).count() as f64).collect(),
        Strategy::SharedWords => match item.question.kind {
            Kind::Line { .. } => shared_lines(&texts),
            _ => shared(item).into_iter().map(|n| n as f64).collect(),
        },
    };
    expect(item, &measures)
}

/// A line of code as text: nothing of it is Markdown.
fn code_line(line: &str) -> Said {
    let plain = line.replace(|c: char| !c.is_alphanumeric(), " ");
    Said { text: line.trim().to_owned(), ..Said::read(&plain) }
}

fn shared_lines(texts: &[Said]) -> Vec<f64> {
    let roots: Vec<BTreeSet<String>> = texts.iter().map(Said::roots).collect();
    let elsewhere =
        |i: usize, r: &String| roots.iter().enumerate().any(|(j, other)| j != i && other.contains(r));
    roots.iter().enumerate().map(|(i, own)| own.iter().filter(|r| elsewhere(i, r)).count() as f64).collect()
}

/// The letter first, then those behind it. A letter that the question does not have says nothing.
fn by_letter(kind: &Kind, at: usize, letter: usize, count: usize) -> f64 {
    match kind {
        Kind::Order => 0.0,
        Kind::Line { .. } => f64::from(u8::from(at * LETTERS / count.max(1) == letter)),
        _ if letter >= count => 0.0,
        _ => -(((at + count - letter) % count) as f64),
    }
}

/// The probability that taking the highest is right, each way to break ties being as likely.
fn expect(item: &Item, measures: &[f64]) -> f64 {
    let key = |i: usize| item.options.get(i).is_some_and(|o| o.choice.key);
    let above = |bar: f64| (0..measures.len()).filter(move |i| measures[*i] > bar);
    let level = |bar: f64| (0..measures.len()).filter(move |i| measures[*i].total_cmp(&bar).is_eq());
    match &item.question.kind {
        Kind::Single => share(measures, key),
        Kind::Line { key_lines, .. } => {
            let lines = item.question.code.as_ref().map(lines).unwrap_or_default();
            share(measures, |i| lines.get(i).is_some_and(|(number, _)| key_lines.contains(number)))
        }
        Kind::Multiple { choose } => {
            let mut sorted = measures.to_vec();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let Some(bar) = choose.checked_sub(1).and_then(|last| sorted.get(last)).copied() else {
                return 0.0;
            };
            let taken = above(bar).count();
            let left = choose - taken;
            let tied = level(bar).count();
            let right = above(bar).all(key) && level(bar).filter(|i| key(*i)).count() == left;
            if right { 1.0 / ways(tied, left) } else { 0.0 }
        }
        // Stored in the right order: every measure must fall, and equals be lucky.
        Kind::Order => {
            if !measures.is_sorted_by(|a, b| a >= b) {
                return 0.0;
            }
            let mut chance = 1.0;
            let mut run = 1.0;
            for pair in measures.windows(2) {
                run = if pair[0] > pair[1] { 1.0 } else { run + 1.0 };
                chance /= run;
            }
            chance
        }
    }
}

fn share(measures: &[f64], key: impl Fn(usize) -> bool) -> f64 {
    let most = measures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let best: Vec<usize> = (0..measures.len()).filter(|i| measures[*i] >= most).collect();
    best.iter().filter(|i| key(**i)).count() as f64 / best.len().max(1) as f64
}

/// How many ways there are to take `k` of `n`.
fn ways(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |ways, i| ways * (n - i) as f64 / (i + 1) as f64)
}
