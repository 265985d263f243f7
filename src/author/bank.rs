//! The rules that look at a bank of questions as a whole. Fewer than twelve questions prove nothing.

use super::blind::Blind;
use super::items::wording::{absolutely, negation};
use super::material::{Bank, Item};
use super::rule::Fault;
use super::table::{
    ABSOLUTE_LEAST, ABSOLUTE_RATE, BANK, BLIND_POINTS, BLIND_SE, CHI_SQUARE, LONGEST_SE, NEGATIVE_SHARE,
    ONE_POSITION, SAME_POSITION,
};
use crate::course::Kind;

/// How many questions are shown as examples.
const EXAMPLES: usize = 5;

/// Points at the first of the questions that did it.
fn examples(mut fault: Fault, items: &[&Item]) -> Fault {
    for item in items.iter().take(EXAMPLES) {
        let span = item.keys().next().map_or(item.stem_span(), super::material::Offer::span);
        fault = fault.related(span, format!("question `{}`", item.question.id));
    }
    fault
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Q02.
pub fn longest(bank: &Bank<'_>) -> Vec<Fault> {
    let choices: Vec<&Item> = bank.items.iter().copied().filter(|i| i.key_excess().is_some()).collect();
    if choices.len() < BANK {
        return Vec::new();
    }
    let n = choices.len() as f64;
    let chance = choices.iter().map(|i| i.keys().count() as f64 / i.options.len() as f64).sum::<f64>() / n;
    let error = (chance * (1.0 - chance) / n).sqrt();
    let mut found: Vec<&Item> = choices.iter().copied().filter(|i| i.key_excess() > Some(0)).collect();
    let share = found.len() as f64 / n;
    let (warn, block) = (chance + LONGEST_SE.0 * error, chance + LONGEST_SE.1 * error);
    if share <= warn {
        return Vec::new();
    }
    found.sort_by_key(|item| std::cmp::Reverse(item.key_excess()));
    let detail =
        format!("in {} a key is strictly the longest option, at most {}", percent(share), percent(warn));
    let fault = Fault::new(bank.place, detail, "shorten keys, or make distractors as precise")
        .error_if(share > block);
    vec![examples(fault, &found)]
}

/// Q03.
pub fn blindly(bank: &Bank<'_>) -> Vec<Fault> {
    if bank.items.len() < BANK {
        return Vec::new();
    }
    let blind = Blind::of(bank);
    let error = (blind.chance * (1.0 - blind.chance) / bank.items.len() as f64).sqrt();
    let (worst, above) = (blind.worst, blind.above_chance);
    if above <= BLIND_SE * error {
        return Vec::new();
    }
    let detail =
        format!("`{}` reaches {}, chance {}", worst.strategy, percent(worst.score), percent(blind.chance));
    let help = "see `sealegs course blind`, and change the questions that it gets right";
    vec![Fault::new(bank.place, detail, help).error_if(above > BLIND_POINTS)]
}

/// Q04. Stored positions show only where a file is read or exported, but a habit of the author shows there too.
pub fn positions(bank: &Bank<'_>) -> Vec<Fault> {
    let place = |item: &&Item| {
        let single = item.question.kind == Kind::Single;
        let at = item.options.iter().position(|o| o.choice.key).filter(|_| single)?;
        Some((at, item.options.len()))
    };
    let keys: Vec<(usize, usize)> = bank.items.iter().filter_map(place).collect();
    let mut faults = Vec::new();
    let help = "store options in another order; they are shown shuffled anyway";
    if keys.len() >= BANK {
        let n = keys.len() as f64;
        let most = keys.iter().map(|(_, options)| *options).max().unwrap_or(0);
        let seen = |at: usize| keys.iter().filter(|(key, _)| *key == at).count() as f64;
        let wanted =
            |at: usize| keys.iter().filter(|(_, n)| at < *n).map(|(_, n)| 1.0 / *n as f64).sum::<f64>();
        let chi: f64 = (0..most).map(|at| (seen(at) - wanted(at)).powi(2) / wanted(at)).sum();
        let counts: Vec<String> = (0..most).map(|at| format!("{} {}", letter(at), seen(at))).collect();
        let (warn, block) = CHI_SQUARE[most.clamp(2, CHI_SQUARE.len() + 1) - 2];
        let one = (0..most).any(|at| seen(at) > ONE_POSITION * n);
        if chi > warn || one {
            let detail = format!("keys at {}: chance would not do so", counts.join(", "));
            faults.push(Fault::new(bank.place, detail, help).error_if(chi > block || one));
        }
    }
    // Three counted questions a lesson.
    let lessons: Vec<Vec<&Item>> = by_lesson(bank);
    let same = |items: &&Vec<&Item>| {
        let at: Vec<_> = items.iter().filter(|i| i.question.core).map(place).collect();
        at.len() > 1 && at.iter().all(|p| p.is_some_and(|p| at[0].is_some_and(|first| first.0 == p.0)))
    };
    let all_same = lessons.iter().filter(same).count();
    let counted = bank.items.iter().all(|i| i.question.core);
    if counted && lessons.len() >= BANK && all_same as f64 > SAME_POSITION * lessons.len() as f64 {
        let detail = format!("{all_same} of {} lessons have all keys at one position", lessons.len());
        faults.push(Fault::new(bank.place, detail, help));
    }
    faults
}

fn letter(at: usize) -> char {
    char::from(b'A' + (at as u8).min(25))
}

fn by_lesson<'m>(bank: &Bank<'m>) -> Vec<Vec<&'m Item>> {
    let mut out: Vec<Vec<&Item>> = Vec::new();
    for item in &bank.items {
        match out.last_mut() {
            Some(last) if last[0].entry.id == item.entry.id => last.push(item),
            _ => out.push(vec![item]),
        }
    }
    out
}

/// Q06, the share.
pub fn negative(bank: &Bank<'_>) -> Vec<Fault> {
    let found: Vec<&Item> = bank.items.iter().copied().filter(|i| negation(i).is_some()).collect();
    let share = found.len() as f64 / bank.items.len().max(1) as f64;
    if bank.items.len() < BANK || share <= NEGATIVE_SHARE {
        return Vec::new();
    }
    let detail = format!("{} of the stems, at most {}", percent(share), percent(NEGATIVE_SHARE));
    vec![examples(Fault::new(bank.place, detail, "ask for what holds"), &found)]
}

/// Q07, the rate.
pub fn absolute(bank: &Bank<'_>) -> Vec<Fault> {
    let (mut keys, mut distractors) = ((0.0, 0.0), (0.0, 0.0));
    for item in &bank.items {
        for (offers, count) in
            [(item.keys().collect::<Vec<_>>(), &mut keys), (item.distractors().collect(), &mut distractors)]
        {
            count.1 += offers.len() as f64;
            count.0 += offers.iter().filter(|o| absolutely(&o.text).is_some()).count() as f64;
        }
    }
    let rate = |(found, of): (f64, f64)| if of > 0.0 { found / of } else { 0.0 };
    let (keys, distractors) = (rate(keys), rate(distractors));
    if bank.items.len() < BANK || distractors < ABSOLUTE_LEAST || distractors < ABSOLUTE_RATE * keys {
        return Vec::new();
    }
    let detail = format!("in {} of the distractors, {} of the keys", percent(distractors), percent(keys));
    vec![Fault::new(bank.place, detail, "say which ones or when, or let keys be as absolute")]
}
