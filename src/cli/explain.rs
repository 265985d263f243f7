//! `sealegs explain`: what a finding means, from the check's own page.

use std::io::Write;

use super::exit::{Done, Exit, Failure};
use super::read;
use crate::checks::{self, Check, Confidence};
use crate::parse::markdown;

/// Prints a check's page, or one line for each check.
pub fn run(id: Option<&str>, list: bool, linear: bool, out: &mut dyn Write) -> Done {
    if list {
        for check in checks::all() {
            let idle = check.idle().map_or_else(String::new, |why| format!(" ({why})"));
            writeln!(out, "{:<46} {:<9} {}{idle}", check.id, check.severity.word(), check.title)?;
        }
        return Ok(Exit::Yes);
    }
    let id = id.unwrap_or_default();
    let found = checks::select(id).map_err(|error| Failure::usage(error.to_string()))?;
    for (index, check) in found.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{} ({})\n", check.id, check.severity.word())?;
        writeln!(out, "{}", read::shown(&markdown::parse_text(&checks::explain(check)), linear))?;
        writeln!(out, "{}", standing(check))?;
    }
    Ok(Exit::Yes)
}

/// Who asks for it, what it makes possible, how sure it is.
pub fn standing(check: &Check) -> String {
    let asked: Vec<String> = check.standards.iter().map(|s| s.words()).collect();
    let mut words = if asked.is_empty() {
        "Asked for by no standard: it is opinion.".to_owned()
    } else {
        format!("Asked for by {}.", asked.join(", "))
    };
    if let Some(why) = check.idle() {
        words += &format!(" It is {why}.");
    }
    if let Some(technique) = check.technique {
        words += &format!(" ATT&CK {technique}.");
    }
    match check.confidence {
        Confidence::Certain => {}
        Confidence::Likely => words += " A name or a pattern says so: it may be wrong.",
        Confidence::Contextual => {
            words += " It depends on what else is there: check it with the files beside it.";
        }
    }
    words
}
