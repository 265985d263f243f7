//! `sealegs drill --linear`: the cards that are due, line by line.

use std::io::{BufRead, Write};

use super::exit::{Done, Exit, Failure};
use super::input;
use super::open::{Opener, refused};
use super::question::{Asked, Occasion, Said};
use super::rubric::{self, Wish};
use crate::course::{Choice, Interview, Question};
use crate::session::{Asks, DrillCard, Session};
use crate::study::Rating;

/// What became of a card.
enum Next {
    /// Asks what is due now.
    On,
    /// The learner stops.
    Stop,
}

/// Asks what is due, shows the answer, takes one of four grades with the interval that each leads to.
pub fn run(opener: &Opener, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let mut session = opener.session()?;
    let mut asked = 0;
    loop {
        let cards = session.drill().map_err(|e| refused(&e, &session))?;
        let next = match cards.first() {
            None if asked == 0 => {
                writeln!(out, "Nothing is due.")?;
                return Ok(Exit::Yes);
            }
            None => end(&mut session, input, out)?,
            Some(card) => {
                asked += 1;
                writeln!(out, "Card {asked}, {} due.", cards.len())?;
                one(&mut session, card, &opener.command(), input, out)?
            }
        };
        if matches!(next, Next::Stop) {
            return Ok(Exit::Yes);
        }
        writeln!(out)?;
    }
}

fn one(
    session: &mut Session,
    card: &DrillCard,
    sealegs: &str,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<Next, Failure> {
    let (question, options) = match &card.asks {
        Asks::Interview(interview) => return open(session, interview, sealegs, input, out),
        Asks::Question { question, order } => {
            (question, order.iter().filter_map(|i| question.options.get(*i)).collect())
        }
    };
    closed(session, (card, question, options), sealegs, input, out)
}

/// An open question, graded by the points that were said.
fn open(
    session: &mut Session,
    interview: &Interview,
    sealegs: &str,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<Next, Failure> {
    rubric::print(interview, out)?;
    loop {
        match rubric::ask(interview, input, out)? {
            Wish::Stop => return stopped(out),
            Wish::Undo if undo(session, out)? => return Ok(Next::On),
            Wish::Undo => {}
            Wish::Said(said) => {
                let rated = session.interview_rate(&interview.id, &said).map_err(|e| refused(&e, session))?;
                rubric::explain(interview, &said, &rated, sealegs, out)?;
                return Ok(Next::On);
            }
        }
    }
}

/// A question of a quiz, graded by the learner.
fn closed(
    session: &mut Session,
    (card, question, options): (&DrillCard, &Question, Vec<&Choice>),
    sealegs: &str,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<Next, Failure> {
    let asked = Asked { question, options };
    asked.print(out)?;
    let answer = loop {
        match asked.ask(Occasion::Drill, input, out)? {
            Said::Answer(answer, _) => break answer,
            Said::Stop => return stopped(out),
            Said::Undo if undo(session, out)? => return Ok(Next::On),
            Said::Undo => {}
        }
    };
    let right = crate::quiz::mark(question, &answer);
    asked.explain(&answer, right, sealegs, out)?;
    let grades = ["Again", "Hard", "Good", "Easy"];
    for (at, (word, next)) in grades.iter().zip(&card.next).enumerate() {
        writeln!(out, "{}. {word}: next in {}", at + 1, next.interval)?;
    }
    let rating = loop {
        write!(out, "Grade 1 to 4 (Enter 3, u undo the last grade, q stop): ")?;
        out.flush()?;
        let Some(line) = input::line(input)? else {
            writeln!(out)?;
            return stopped(out);
        };
        match line.to_lowercase().as_str() {
            "1" => break Rating::Again,
            "2" => break Rating::Hard,
            "3" | "" => break Rating::Good,
            "4" => break Rating::Easy,
            "q" | "quit" => return stopped(out),
            "u" => {
                if undo(session, out)? {
                    return Ok(Next::On);
                }
            }
            _ => writeln!(out, "Give 1, 2, 3 or 4.")?,
        }
    };
    let rated = session.rate(&card.card.id, rating).map_err(|e| refused(&e, session))?;
    writeln!(out, "Next in {}.", rated.interval)?;
    if rated.leech {
        writeln!(out, "This one slips again and again. Read: {sealegs} read {}", question.concept)?;
    }
    Ok(Next::On)
}

/// Nothing is left; the last grade can still be taken back.
fn end(session: &mut Session, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<Next, Failure> {
    writeln!(out, "Done for now.")?;
    write!(out, "Enter ends (u undo the last grade): ")?;
    out.flush()?;
    let line = input::line(input)?;
    if line.is_none() {
        writeln!(out)?;
    }
    let again = line.is_some_and(|line| line.eq_ignore_ascii_case("u")) && undo(session, out)?;
    Ok(if again { Next::On } else { Next::Stop })
}

/// Takes the last grade back, and says so. The card is due again.
fn undo(session: &mut Session, out: &mut dyn Write) -> Result<bool, Failure> {
    let undone = session.undo().map_err(|e| refused(&e, session))?;
    match &undone {
        Some(card) => writeln!(out, "Taken back: {card}. It is due again.")?,
        None => writeln!(out, "There is nothing to take back.")?,
    }
    Ok(undone.is_some())
}

fn stopped(out: &mut dyn Write) -> Result<Next, Failure> {
    writeln!(out, "Stopped. What was graded is saved.")?;
    Ok(Next::Stop)
}
