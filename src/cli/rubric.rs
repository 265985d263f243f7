//! An open question line by line: say the answer, read the model answer, tick what was said.
//!
//! Append-only, as `question` is. Knows nothing of cards.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};

use super::exit::Failure;
use super::input;
use super::question::words;
use crate::course::Interview;
use crate::session::{Rated, Said};
use crate::study::Rating;

/// What the learner wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// These points were said.
    Said(BTreeSet<usize>),
    /// To take the last grade back.
    Undo,
    /// To stop here.
    Stop,
}

/// Prints the question.
pub fn print(interview: &Interview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Open question, level {}. {}", interview.level.word(), words(&interview.question))
}

/// Asks for an answer that is spoken, shows the model answer, and asks which points were said.
pub fn ask(interview: &Interview, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<Wish, Failure> {
    loop {
        let prompt =
            "Say your answer; Enter shows the model answer (u undo the last grade, ? repeat, q stop): ";
        match line(prompt, input, out)?.as_deref() {
            None | Some("q" | "quit") => return Ok(Wish::Stop),
            Some("u") => return Ok(Wish::Undo),
            Some("?") => print(interview, out)?,
            Some("") => break,
            Some(_) => writeln!(out, "Nothing is typed here; say it aloud, then press Enter.")?,
        }
    }
    answer(interview, out)?;
    loop {
        let prompt = "Which points did you make? Numbers with blanks between, 0 none (? repeat, q stop): ";
        let Some(text) = line(prompt, input, out)? else { return Ok(Wish::Stop) };
        match text.as_str() {
            "q" | "quit" => return Ok(Wish::Stop),
            "?" => answer(interview, out)?,
            text => match said(text, interview.rubric.len()) {
                Ok(said) => return Ok(Wish::Said(said)),
                Err(help) => writeln!(out, "{help}")?,
            },
        }
    }
}

/// Prints what the answer was worth, and what is asked next.
pub fn explain(
    interview: &Interview,
    said: &BTreeSet<usize>,
    rated: &Rated,
    sealegs: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let points = interview.rubric.len();
    let word = Rating::of_rubric(said.len(), points).word();
    writeln!(out, "{} of {points} points: {word}. Next in {}.", said.len(), rated.interval)?;
    writeln!(out, "They may go on to ask: {}", words(&interview.follow_up))?;
    writeln!(out, "Read: {sealegs} read {}", interview.concept)
}

/// How it went the last time, in words.
pub fn last(last: Option<&Said>) -> String {
    match last {
        None => "new".to_owned(),
        Some(last) => {
            let rating = Rating::of_rubric(last.said as usize, last.points as usize);
            format!("last time {} of {}, {}", last.said, last.points, rating.word())
        }
    }
}

fn answer(interview: &Interview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Model answer: {}", words(&interview.answer))?;
    for (number, point) in interview.rubric.iter().enumerate() {
        writeln!(out, "{}. {}", number + 1, words(point))?;
    }
    Ok(())
}

fn line(prompt: &str, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<Option<String>, Failure> {
    write!(out, "{prompt}")?;
    out.flush()?;
    let line = input::line(input)?;
    if line.is_none() {
        writeln!(out)?;
    }
    Ok(line.map(|line| line.trim().to_lowercase()))
}

/// The points that were named, from 0.
fn said(text: &str, points: usize) -> Result<BTreeSet<usize>, String> {
    let numbers: Result<Vec<usize>, _> =
        text.split([' ', ',', '\t']).filter(|w| !w.is_empty()).map(str::parse).collect();
    let numbers = numbers.map_err(|_| format!("Give numbers from 1 to {points}, or 0."))?;
    match numbers[..] {
        [] => Err(format!("Give numbers from 1 to {points}, or 0 where you made none.")),
        [0] => Ok(BTreeSet::new()),
        _ => match numbers.iter().find(|n| !(1..=points).contains(*n)) {
            Some(wrong) => Err(format!("There is no {wrong}: give 1 to {points}, or 0 alone.")),
            None => Ok(numbers.into_iter().map(|n| n - 1).collect()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_named_by_number() {
        assert_eq!(said("3, 1 1", 3), Ok([0, 2].into()));
        assert_eq!(said("0", 3), Ok(BTreeSet::new()));
        for wrong in ["", "x", "4", "0 1", "-1", "99999999999999999999"] {
            assert!(said(wrong, 3).is_err(), "{wrong:?}");
        }
    }
}
