//! `sealegs sim NAME --cases FILE`: JSON lines in, one verdict a line out.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use super::exit::{Done, Exit, Failure};
use crate::sim::cases::{self, CasesError};

/// Answers the cases, or lists the simulators.
pub fn run(name: Option<&str>, file: Option<&Path>, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let Some(name) = name else {
        for known in cases::SIMULATORS {
            writeln!(out, "{:<16} {}", known.name, known.asks)?;
        }
        return Ok(Exit::Yes);
    };
    let Some(file) = file else {
        return Err(Failure::usage(format!(
            "name the cases: sealegs sim {name} --cases FILE (or - for standard input)"
        )));
    };
    let all = if file == Path::new("-") {
        cases::run_cases(name, input, out)
    } else {
        let opened = File::open(file).map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
        cases::run_cases(name, BufReader::new(opened), out)
    };
    match all {
        Ok(_) => Ok(Exit::Yes),
        Err(CasesError::Io(error)) => Err(error.into()),
        Err(error) => Err(Failure::usage(error.to_string())),
    }
}
