//! `sealegs drill --linear`: the cards that are due, line by line.

use std::io::{BufRead, Write};

use super::exit::{Done, Exit};
use super::open::{Opener, refused};
use super::question::{Asked, Said};
use crate::study::Rating;

/// Asks what is due, shows the answer, takes one of four grades with the interval that each leads to.
pub fn run(opener: &Opener, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let mut session = opener.session()?;
    let mut asked_any = false;
    loop {
        let cards = session.drill().map_err(|e| refused(&e, &session))?;
        let Some(card) = cards.first().cloned() else { break };
        asked_any = true;
        let options = card.order.iter().filter_map(|i| card.question.options.get(*i)).collect();
        let asked = Asked { question: &card.question, options };
        writeln!(out, "\nCard, {} due.", cards.len())?;
        asked.print(out)?;
        let Said::Answer(answer, _) = asked.ask(input, out)? else { return stopped(out) };
        let right = crate::quiz::mark(&card.question, &answer);
        asked.explain(&answer, right, out)?;
        let grades = ["Again", "Hard", "Good", "Easy"];
        for (at, (word, next)) in grades.iter().zip(&card.next).enumerate() {
            writeln!(out, "{}. {word}: next in {}", at + 1, next.interval)?;
        }
        loop {
            write!(out, "Grade 1 to 4 (u undo the last grade, q stop): ")?;
            out.flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                writeln!(out)?;
                return stopped(out);
            }
            let rating = match line.trim() {
                "1" => Rating::Again,
                "2" => Rating::Hard,
                "3" | "" => Rating::Good,
                "4" => Rating::Easy,
                "q" => return stopped(out),
                "u" => {
                    match session.undo().map_err(|e| refused(&e, &session))? {
                        Some(undone) => writeln!(out, "Taken back: {undone}.")?,
                        None => writeln!(out, "There is nothing to take back.")?,
                    }
                    continue;
                }
                _ => {
                    writeln!(out, "Give 1, 2, 3 or 4.")?;
                    continue;
                }
            };
            let rated = session.rate(&card.card.id, rating).map_err(|e| refused(&e, &session))?;
            writeln!(out, "Next in {}.", rated.interval)?;
            if rated.leech {
                writeln!(
                    out,
                    "This one slips again and again. Read: sealegs read {}",
                    card.question.concept
                )?;
            }
            break;
        }
    }
    writeln!(out, "{}", if asked_any { "Done for now." } else { "Nothing is due." })?;
    Ok(Exit::Yes)
}

fn stopped(out: &mut dyn Write) -> Done {
    writeln!(out, "Stopped. What was graded is saved.")?;
    Ok(Exit::Yes)
}
