//! `sealegs interview --linear`: the open questions as a numbered list, and one after the other.

use std::io::{self, BufRead, Write};

use super::exit::{Done, Exit, Failure};
use super::open::{Opener, refused};
use super::question::words;
use super::rubric::{self, Wish};
use super::{input, named};
use crate::course::{Course, brief_name};
use crate::session::{InterviewRow, Scope, Session};
use crate::study::CardId;
use crate::text::clean;

/// Lists the open questions of a scope, and asks those that the learner chooses.
pub fn run(opener: &Opener, name: Option<&str>, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let mut session = opener.session()?;
    let scope = named::scope(session.course(), name)?;
    let mut rows = rows(&session, &scope)?;
    if scope == Scope::All {
        briefs(session.course(), &opener.command(), out)?;
    }
    list(session.course(), &rows, out)?;
    if rows.is_empty() {
        writeln!(out, "There is no open question here yet.")?;
        return Ok(Exit::Yes);
    }
    let mut next = rows.iter().position(|row| row.last.is_none()).unwrap_or(0);
    loop {
        let (shown, all) = (next + 1, rows.len());
        write!(out, "Which one? Its number, Enter for {shown} (? list, u undo the last grade, q stop): ")?;
        out.flush()?;
        let Some(line) = input::line(input)? else {
            writeln!(out)?;
            break;
        };
        let at = match line.to_lowercase().as_str() {
            "q" | "quit" => break,
            "?" => {
                list(session.course(), &rows, out)?;
                continue;
            }
            "u" => {
                let undone = undo(&mut session, out)?;
                rows = self::rows(&session, &scope)?;
                let place = |id: CardId| rows.iter().position(|row| row.id == *id.question());
                next = undone.and_then(place).unwrap_or(next);
                continue;
            }
            "" => next,
            text => {
                let number = text.parse::<usize>().ok().filter(|n| (1..=all).contains(n));
                let Some(number) = number else {
                    writeln!(out, "Give a number from 1 to {all}.")?;
                    continue;
                };
                number - 1
            }
        };
        if !one(&mut session, &rows[at], &opener.command(), input, out)? {
            break;
        }
        rows = self::rows(&session, &scope)?;
        next = (at + 1) % all;
    }
    writeln!(out, "Stopped. What was graded is saved.")?;
    Ok(Exit::Yes)
}

/// Asks one question. False where the learner stops.
fn one(
    session: &mut Session,
    row: &InterviewRow,
    sealegs: &str,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let quiz = session.course().quiz_with(&row.id);
    let Some(interview) = quiz.and_then(|quiz| quiz.interview(&row.id).cloned()) else { return Ok(true) };
    rubric::print(&interview, out)?;
    loop {
        match rubric::ask(&interview, input, out)? {
            Wish::Stop => return Ok(false),
            Wish::Undo => drop(undo(session, out)?),
            Wish::Said(said) => {
                let rated = session.interview_rate(&row.id, &said).map_err(|e| refused(&e, session))?;
                rubric::explain(&interview, &said, &rated, sealegs, out)?;
                return Ok(true);
            }
        }
    }
}

fn undo(session: &mut Session, out: &mut dyn Write) -> Result<Option<CardId>, Failure> {
    let undone = session.undo().map_err(|e| refused(&e, session))?;
    match &undone {
        Some(card) => writeln!(out, "Taken back: {card}. It is due again.")?,
        None => writeln!(out, "There is nothing to take back.")?,
    }
    Ok(undone)
}

fn rows(session: &Session, scope: &Scope) -> Result<Vec<InterviewRow>, Failure> {
    session.interviews(scope).map_err(|e| Failure::unjudged(e.to_string()))
}

fn briefs(course: &Course, sealegs: &str, out: &mut dyn Write) -> io::Result<()> {
    for brief in &course.manifest().briefs {
        let title = clean::line(&brief.title, 4);
        if course.has_brief(&brief.id) {
            writeln!(out, "Brief, {title}: {sealegs} read {}", brief_name(&brief.id))?;
        } else {
            writeln!(out, "Brief, {title}: not written yet")?;
        }
    }
    Ok(())
}

fn list(course: &Course, rows: &[InterviewRow], out: &mut dyn Write) -> io::Result<()> {
    let manifest = course.manifest();
    let mut number = 0;
    for track in &manifest.tracks {
        let of_track: Vec<(usize, &InterviewRow)> =
            rows.iter().enumerate().filter(|(_, row)| row.track == track.id).collect();
        if of_track.is_empty() {
            continue;
        }
        writeln!(out, "Track: {}", clean::line(&track.title, 4))?;
        for (at, row) in of_track {
            if row.number != number {
                number = row.number;
                let title = manifest.lesson(&row.lesson).map_or("", |l| l.title.as_str());
                writeln!(out, "Lesson {number}, {}:", clean::line(title, 4))?;
            }
            let last = rubric::last(row.last.as_ref());
            writeln!(out, "{}. {}, {last}: {}", at + 1, row.level.word(), words(&row.question))?;
        }
    }
    Ok(())
}
