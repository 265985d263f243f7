//! `sealegs explain`: what a finding means, from the check's own page.

use std::io::Write;

use super::exit::{Done, Exit, Failure};
use super::read;
use crate::checks;
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
        writeln!(out, "{}", check.standing())?;
    }
    Ok(Exit::Yes)
}
