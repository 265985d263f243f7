//! `sealegs explain`: what a finding means, from the check's own page.

use std::io::Write;

use super::exit::{Done, Exit, Failure};
use crate::checks;
use crate::parse::markdown;
use crate::render;
use crate::text::near;

/// Prints a check's page, or one line for each check.
pub fn run(id: Option<&str>, list: bool, out: &mut dyn Write) -> Done {
    if list {
        for check in checks::all() {
            writeln!(out, "{:<34} {:<9} {}", check.id, check.severity.word(), check.title)?;
        }
        return Ok(Exit::Yes);
    }
    let id = id.unwrap_or_default();
    let Some(check) = checks::find(id) else {
        let near = near::nearest(id, checks::all().iter().map(|c| c.id));
        let hint = near.map(|n| format!("did you mean {n:?}? ")).unwrap_or_default();
        return Err(Failure::usage(format!("no finding {id:?}; {hint}`sealegs explain --list` prints all")));
    };
    writeln!(out, "{} ({})\n", check.id, check.severity.word())?;
    writeln!(out, "{}", render::plain(&markdown::parse_text(check.doc), 80).trim_end())?;
    Ok(Exit::Yes)
}
