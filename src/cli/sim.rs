//! `sealegs sim NAME --cases FILE`: JSON lines in, one verdict a line out.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
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
    if cases::find(name).is_none() {
        return Err(Failure::usage(CasesError::Unknown { name: name.to_owned() }.to_string()));
    }
    let Some(file) = file else {
        return Err(Failure::usage(format!(
            "name the cases: sealegs sim {name} --cases FILE (or - for standard input)"
        )));
    };
    let all = if file == Path::new("-") {
        // Somebody may wait for each answer before asking the next.
        cases::run_cases(name, input, EachLine(out))
    } else {
        if file.is_dir() {
            return Err(Failure::usage(format!(
                "{}: is a directory; name a file of JSON lines",
                file.display()
            )));
        }
        let opened = File::open(file).map_err(|e| Failure::file(file, &e))?;
        cases::run_cases(name, BufReader::new(opened), out)
    };
    match all {
        Ok(_) => Ok(Exit::Yes),
        Err(CasesError::Io(error)) => Err(error.into()),
        Err(error) => Err(Failure::usage(error.to_string())),
    }
}

/// Hands every whole line on at once.
struct EachLine<'a>(&'a mut dyn Write);

impl Write for EachLine<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.0.write(bytes)?;
        if bytes.get(..count).is_some_and(|b| b.ends_with(b"\n")) {
            self.0.flush()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
