//! `sealegs sim NAME --cases FILE`: JSON lines in, one verdict a line out; and the simulators' pages.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use clap::CommandFactory;

use super::args::Cli;
use super::exit::{Done, Exit, Failure};
use super::read;
use crate::parse::markdown;
use crate::sim::cases::{self, CasesError};
use crate::sim::help;

/// What is asked of this command.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'w> {
    /// The simulator; none: the list.
    pub name: Option<&'w str>,
    /// The cases.
    pub cases: Option<&'w Path>,
    /// Whether each verdict says why.
    pub explain: bool,
    /// Print the example of the simulator's page.
    pub example: bool,
    /// Print the page.
    pub help: bool,
    /// Print it as it is read aloud.
    pub linear: bool,
}

/// What is the same for all simulators.
const TAIL: &str = "\
Cases are JSON lines, one {\"id\", \"input\"} a line; each gets a line
{\"id\", \"verdict\"}, or {\"id\", \"error\"} where the input is wrong or asks for
what is not modelled. A line has at most 32 MiB and 2,500,000 values.
--explain adds `because` to each verdict: the reasons, with line, column and
path in the case. The example runs:

    sealegs sim NAME --example > case.jsonl
    sealegs sim NAME --cases case.jsonl --explain";

/// Answers the cases, or lists the simulators.
pub fn run(wish: &Wish<'_>, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let Some(name) = wish.name else {
        if wish.help {
            let mut command = Cli::command();
            if let Some(sim) = command.find_subcommand_mut("sim") {
                write!(out, "{}", sim.clone().bin_name("sealegs sim").render_long_help())?;
            }
            return Ok(Exit::Yes);
        }
        for known in cases::SIMULATORS {
            writeln!(out, "{:<16} {}", known.name, known.asks)?;
        }
        return Ok(Exit::Yes);
    };
    if cases::find(name).is_none() {
        return Err(Failure::usage(CasesError::Unknown { name: name.to_owned() }.to_string()));
    }
    if let Some(page) = help::find(name).filter(|_| wish.help || wish.example) {
        if wish.help {
            writeln!(out, "{}", read::shown(&markdown::parse_text(page.text), wish.linear))?;
            writeln!(out, "\n{}", TAIL.replace("NAME", name))?;
        } else if let Some((case, _)) = page.example() {
            writeln!(out, "{case}")?;
        }
        return Ok(Exit::Yes);
    }
    let Some(file) = wish.cases else {
        return Err(Failure::usage(format!(
            "name the cases: sealegs sim {name} --cases FILE (or - for standard input)"
        )));
    };
    let all = if file == Path::new("-") {
        // Somebody may wait for each answer before asking the next.
        answer(wish, name, input, EachLine(out))
    } else {
        if file.is_dir() {
            return Err(Failure::usage(format!(
                "{}: is a directory; name a file of JSON lines",
                file.display()
            )));
        }
        let opened = File::open(file).map_err(|e| Failure::file(file, &e))?;
        answer(wish, name, BufReader::new(opened), out)
    };
    match all {
        Ok(_) => Ok(Exit::Yes),
        Err(CasesError::Io(error)) => Err(error.into()),
        Err(error) => Err(Failure::usage(error.to_string())),
    }
}

fn answer(
    wish: &Wish<'_>,
    name: &str,
    input: impl BufRead,
    out: impl Write,
) -> Result<cases::Tally, CasesError> {
    if wish.explain { cases::explain_cases(name, input, out) } else { cases::run_cases(name, input, out) }
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
