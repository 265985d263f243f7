//! A course's numbers for people: what it holds, and what it gives away.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::author::{Blind, Share, Stats};
use crate::text::clean;

/// Prints what a course holds.
pub fn stats(stats: &Stats, out: &mut dyn Write) -> io::Result<()> {
    let Stats { course, questions, .. } = stats;
    let per_cent = |part: usize, of: usize| (part * 100 + of / 2).checked_div(of).unwrap_or(0);
    writeln!(out, "{}\n", clean::line(&course.name, 4))?;
    writeln!(
        out,
        "lessons     {}, {} planned; {} words of prose, {} minutes",
        course.lessons, stats.planned, course.words, course.minutes
    )?;
    let all = questions.core + questions.reserve;
    writeln!(out, "questions   {all}: {} counted, {} in reserve", questions.core, questions.reserve)?;
    writeln!(out, "  kinds     {}", counts(&questions.kinds))?;
    writeln!(out, "  situation {}, {} %", questions.situations, per_cent(questions.situations, all))?;
    let of = questions.choices;
    writeln!(
        out,
        "  keys      the longest option in {} of {of}, {} %; the shortest in {}, {} %",
        questions.key_longest,
        per_cent(questions.key_longest, of),
        questions.key_shortest,
        per_cent(questions.key_shortest, of),
    )?;
    let letters = ('A'..).zip(&questions.positions);
    let positions: Vec<String> = letters.map(|(letter, count)| format!("{letter} {count}")).collect();
    writeln!(out, "  stored at {}", positions.join(", "))?;
    writeln!(out, "interviews  {}: {}", course.interviews, counts(&stats.interviews))?;
    writeln!(out, "snippets    {}", counts(&stats.snippets))?;
    writeln!(out, "labs        {}", stats.labs)?;
    writeln!(out, "terms       {}", stats.terms)?;
    writeln!(out, "suppressed  {}", stats.suppressed)?;
    table("tracks", &stats.tracks, out)?;
    table("domains", &stats.domains, out)
}

fn counts<K: AsRef<str> + Ord>(counts: &BTreeMap<K, usize>) -> String {
    let counts: Vec<String> =
        counts.iter().map(|(what, n)| format!("{} {n}", clean::line(what.as_ref(), 4))).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn table(title: &str, shares: &[Share], out: &mut dyn Write) -> io::Result<()> {
    if shares.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title:<46} lessons   words minutes questions interviews")?;
    for share in shares {
        let name: String = clean::line(&share.name, 4).chars().take(44).collect();
        writeln!(
            out,
            "  {name:<44} {:>7} {:>7} {:>7} {:>9} {:>10}",
            share.lessons, share.words, share.minutes, share.questions, share.interviews
        )?;
    }
    Ok(())
}

/// Prints what blind strategies reach.
pub fn blind(banks: &[Blind], out: &mut dyn Write) -> io::Result<()> {
    for (index, bank) in banks.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let chance = bank.chance * 100.0;
        writeln!(out, "{} ({}): chance {chance:.1} %\n", bank.bank, bank.questions)?;
        for score in &bank.strategies {
            let points = (score.score - bank.chance) * 100.0;
            writeln!(out, "  {:<38} {:>5.1} % {points:>+6.1}", score.strategy, score.score * 100.0)?;
        }
        let above = bank.above_chance * 100.0;
        writeln!(out, "\nworst: {}, {above:+.1} points beside chance", bank.worst.strategy)?;
    }
    Ok(())
}
