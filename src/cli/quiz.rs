//! `sealegs quiz LESSON --linear`: a lesson's quiz, line by line.

use std::io::{BufRead, Write};

use super::exit::{Done, Exit};
use super::open::{Opener, refused};
use super::question::{Asked, Said};
use super::read;
use crate::session::Points;

/// Asks the questions that count, explains each, and says what was reached.
pub fn run(opener: &Opener, lesson: &str, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let mut session = opener.session()?;
    let (id, _) = read::find(session.course(), lesson)?;
    let title = session.course().manifest().lesson(&id).map(|l| l.title.clone()).unwrap_or_default();
    let mut attempt = session.quiz_start(&id).map_err(|e| refused(&e, &session))?;
    let total = attempt.questions.len();
    let counts = if attempt.counted { "They count for the certificate." } else { "This is practice." };
    writeln!(out, "Quiz: {title}. Attempt {}, {total} questions. {counts}", attempt.number)?;
    while let Some(index) = attempt.current_index() {
        let shown = attempt.questions[index].clone();
        let asked = Asked { question: &shown.question, options: shown.options().collect() };
        writeln!(out, "\nQuestion {} of {total}.", index + 1)?;
        asked.print(out)?;
        let Said::Answer(answer, guessed) = asked.ask(input, out)? else {
            writeln!(out, "Stopped. {index} of {total} answered; the quiz goes on here next time.")?;
            return Ok(Exit::No);
        };
        let marked =
            session.quiz_answer(&mut attempt, &answer, guessed).map_err(|e| refused(&e, &session))?;
        asked.explain(&answer, marked.right, out)?;
        if marked.card.is_some() {
            writeln!(out, "It comes back in the drill.")?;
        }
    }
    let result = session.quiz_finish(&mut attempt).map_err(|e| refused(&e, &session))?;
    let Points { first, best, total: points } = result.points;
    writeln!(out, "\nResult: {} of {} right.", result.right, result.asked)?;
    writeln!(
        out,
        "This lesson: first try {first} of {points}, best {best} of {points}. The best counts for the certificate."
    )?;
    Ok(if best == points { Exit::Yes } else { Exit::No })
}
