//! `sealegs sim NAME --cases FILE`: JSON lines in, one verdict a line out.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use super::exit::{Done, Exit, Failure};
use crate::sim::cases;

/// Answers the cases, or lists the simulators.
pub fn run(name: Option<&str>, file: Option<&Path>, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let Some(name) = name else {
        for known in cases::names() {
            writeln!(out, "{known}")?;
        }
        return Ok(Exit::Yes);
    };
    let Some(file) = file else {
        return Err(Failure::usage(format!("name the cases: sealegs sim {name} --cases FILE (or - for standard input)")));
    };
    let all = if file == Path::new("-") {
        cases::run(name, input, out)
    } else {
        let opened = File::open(file).map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
        cases::run(name, &mut BufReader::new(opened), out)
    };
    match all {
        Ok(_) => Ok(Exit::Yes),
        Err(error) => Err(error.into()),
    }
}
