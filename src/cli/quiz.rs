//! `sealegs quiz LESSON --linear`: the quiz of a lesson or a brief, line by line.

use std::io::{BufRead, Write};

use super::exit::{Done, Exit};
use super::named;
use super::open::{Opener, refused};
use super::question::{Asked, Occasion, Said};
use crate::session::{Attempt, Points, Subject};
use crate::text::clean;

/// Asks the questions that count, explains each, and says what was reached.
pub fn run(opener: &Opener, name: &str, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let mut session = opener.session()?;
    let subject = named::subject(session.course(), name)?;
    let manifest = session.course().manifest();
    let (title, attempt) = match &subject {
        Subject::Lesson(id) => (manifest.lesson(id).map(|l| l.title.clone()), session.quiz_start(id)),
        Subject::Brief(id) => (manifest.brief(id).map(|b| b.title.clone()), session.quiz_brief(id)),
    };
    let title = title.unwrap_or_default();
    let mut attempt = attempt.map_err(|e| refused(&e, &session))?;
    let total = attempt.questions.len();
    writeln!(out, "Quiz: {}. {}", clean::line(&title, 4), heading(&attempt))?;
    while let Some(index) = attempt.current_index() {
        let shown = attempt.questions[index].clone();
        let asked = Asked { question: &shown.question, options: shown.options().collect() };
        writeln!(out, "\nQuestion {} of {total}.", index + 1)?;
        asked.print(out)?;
        let Said::Answer(answer, guessed) = asked.ask(Occasion::Quiz, input, out)? else {
            writeln!(out, "Stopped. {index} of {total} answered; the quiz goes on here next time.")?;
            return Ok(Exit::No);
        };
        let marked =
            session.quiz_answer(&mut attempt, &answer, guessed).map_err(|e| refused(&e, &session))?;
        asked.explain(&answer, marked.right, &opener.command(), out)?;
        if marked.card.is_some() {
            writeln!(out, "It comes back in the drill.")?;
        }
    }
    let result = session.quiz_finish(&mut attempt).map_err(|e| refused(&e, &session))?;
    writeln!(out, "\nResult: {} of {} right.", result.right, result.asked)?;
    let Some(Points { first, best, total: points }) = result.points else {
        return Ok(if result.right == result.asked { Exit::Yes } else { Exit::No });
    };
    writeln!(
        out,
        "This lesson: first try {first} of {points}, best {best} of {points}. The best counts for the certificate."
    )?;
    if best < points {
        let missed = points - best;
        writeln!(
            out,
            "Again, for the {} that {} missing: {} quiz {} --linear",
            of(missed, "point"),
            are(missed),
            opener.command(),
            subject.name()
        )?;
        return Ok(Exit::No);
    }
    Ok(Exit::Yes)
}

/// Which attempt it is, what it counts for, and where it goes on.
fn heading(attempt: &Attempt) -> String {
    let questions = of(attempt.questions.len() as u32, "question");
    let mut text = match (attempt.counted, attempt.number) {
        (false, _) if matches!(attempt.of, Subject::Brief(_)) => format!("{questions}; nothing counts."),
        (false, _) => format!("Practice, {questions}. Every point is won; nothing counts."),
        (true, 1) => format!("Attempt 1, {questions}. They count for the certificate."),
        (true, n) => {
            format!("Attempt {n}, {questions}, for what was missed. They count for the certificate.")
        }
    };
    if let Some(index @ 1..) = attempt.current_index() {
        text += &format!(" It goes on with question {}.", index + 1);
    }
    text
}

fn of(count: u32, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn are(count: u32) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
