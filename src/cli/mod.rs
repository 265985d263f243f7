//! The command line: reads arguments, opens what a command needs, prints, chooses the exit code.
//!
//! One file a command. Knows no screen beyond `tui::run`, no SQL and no parser.

mod admit;
mod annotations;
mod answer;
mod args;
mod batch;
mod can;
mod certificate;
mod check;
mod course;
mod drill;
mod escalation;
mod exit;
mod explain;
mod feed;
mod findings;
mod gather;
mod grade;
mod home;
mod input;
mod interview;
mod json;
mod junit;
mod lab;
mod level;
mod manifests;
mod mend;
mod named;
mod numbers;
mod open;
mod page;
mod places;
mod progress;
mod question;
mod quiz;
mod reach;
mod read;
mod report;
mod rubric;
mod rules;
mod sarif;
mod screens;
mod sim;
mod spread;
mod stale;
mod tally;
mod told;
mod uri;

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Write};

use clap::Parser;

use self::args::{Cli, Command};
use self::exit::{Done, Exit, Failure};
use self::named::Named;
use self::open::{Opener, Opening};
use crate::session::Subject;
use crate::sim::rbac::Caller;
use crate::text::clean;
use crate::tui::flow::Route;

/// Runs `sealegs` with these arguments (the program's name first) and returns the exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    // Reading the arguments takes about as long as opening the database: both at once, where it is sure to be wanted.
    let early = leads_to_screens(&args).then(open::early).flatten();
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and version to standard output, mistakes to standard error.
            let printed = error.print();
            let unread = |e: io::Error| e.kind() != io::ErrorKind::BrokenPipe;
            let failed = error.use_stderr() || printed.is_err_and(unread);
            return if failed { Exit::Usage.code() } else { Exit::Yes.code() };
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    // Not locked: whoever finds a damaged database asks at the same standard input.
    let done = run(cli, early, &mut io::BufReader::new(io::stdin()), &mut out).and_then(|exit| {
        out.flush()?;
        Ok(exit)
    });
    match done {
        Ok(exit) => exit.code(),
        Err(failure) => {
            let _ = out.flush();
            if !failure.message.is_empty() {
                // Names of files may hold anything.
                let _ = writeln!(io::stderr(), "sealegs: {}", clean::clean(failure.message.trim_end()));
            }
            failure.exit.code()
        }
    }
}

/// Whether these arguments open the application on the built-in course, as far as a glance can tell.
fn leads_to_screens(args: &[OsString]) -> bool {
    let rest = args.get(1..).unwrap_or_default();
    let plain = rest.iter().all(|arg| !arg.to_string_lossy().starts_with('-'));
    let screen =
        rest.first().is_none_or(|first| ["read", "quiz", "drill", "interview"].iter().any(|c| first == c));
    let linear = asks_for_linear(|name| std::env::var(name).ok());
    plain && screen && !linear && io::stdin().is_terminal() && io::stdout().is_terminal()
}

fn run(cli: Cli, early: Option<Opening>, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let linear = cli.linear || asks_for_linear(|name| std::env::var(name).ok());
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let screens = terminal && !linear;
    let opener = Opener { course: cli.course, terminal, early: early.into() };
    match cli.command {
        None if screens => self::screens::run(&opener, |_| Ok(None)),
        None if linear => home::run(&opener, out),
        None => Err(Failure::usage(
            "this is no terminal for screens; try `sealegs read 1`, `sealegs quiz 1 --linear` or `sealegs --help`",
        )),
        Some(Command::Read { name: Some(name) }) if screens => {
            self::screens::run(&opener, |course| Ok(Some(route(named::find(course, &name)?))))
        }
        Some(Command::Read { name }) => read::run(&opener, name.as_deref(), linear, out),
        Some(Command::Quiz { name }) if screens => self::screens::run(&opener, |course| {
            Ok(Some(match named::subject(course, &name)? {
                Subject::Lesson(id) => Route::Quiz(id),
                Subject::Brief(id) => Route::BriefQuiz(id),
            }))
        }),
        Some(Command::Quiz { name }) => quiz::run(&opener, &name, input, out),
        Some(Command::Interview { name }) if screens => self::screens::run(&opener, |course| {
            Ok(Some(Route::Interview(named::scope(course, name.as_deref())?)))
        }),
        Some(Command::Interview { name }) => interview::run(&opener, name.as_deref(), input, out),
        Some(Command::Drill) if screens => self::screens::run(&opener, |_| Ok(Some(Route::Drill))),
        Some(Command::Drill) => drill::run(&opener, input, out),
        Some(Command::Lab { command }) => lab::run(&opener, &command, linear, out),
        Some(Command::Grade { paths, lab, format }) => {
            grade::run(&opener, &paths, lab.as_deref(), format, out)
        }
        Some(Command::Check { paths, rules, fix, diff, format, parse_only }) => {
            let wish = check::Wish { rules, fix, diff, format, parse_only };
            check::run(&paths, &wish, input, out)
        }
        Some(Command::Admit { paths, user, groups, format }) => {
            let sender = user.map(|user| Caller::impersonated(&user, &groups));
            admit::run(&paths, sender, format, input, out)
        }
        Some(Command::Explain { id, list }) => explain::run(id.as_deref(), list, linear, out),
        Some(Command::Reach(ask)) => reach::run(&ask, input, out),
        Some(Command::Sim { name, cases, explain, example, help }) => {
            let wish =
                sim::Wish { name: name.as_deref(), cases: cases.as_deref(), explain, example, help, linear };
            sim::run(&wish, input, out)
        }
        Some(Command::Can(args)) => can::run(&args, input, out),
        Some(Command::Progress { json }) => progress::run(&opener, json, out),
        Some(Command::Certificate { command }) => certificate::run(&opener, command, input, out),
        Some(Command::Course { command }) => course::run(&opener, command, out),
    }
}

/// The screen on which something is read.
fn route(named: Named) -> Route {
    match named {
        Named::Text(Subject::Lesson(id), heading) => Route::Reader(id, heading),
        Named::Text(Subject::Brief(id), heading) => Route::Brief(id, heading),
        Named::Term(id) => Route::Glossary { at: Some(id), here: Vec::new() },
        Named::Glossary => Route::Glossary { at: None, here: Vec::new() },
    }
}

/// `SEALEGS_LINEAR=1`, or a terminal that says of itself that it cannot do more.
fn asks_for_linear(var: impl Fn(&str) -> Option<String>) -> bool {
    var("SEALEGS_LINEAR").is_some_and(|v| !v.is_empty() && v != "0") || var("TERM").as_deref() == Some("dumb")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn dumb_terminals_are_served_line_by_line() {
        let with = |set: &[(&str, &str)]| {
            asks_for_linear(|name| set.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned()))
        };
        assert!(with(&[("TERM", "dumb")]));
        assert!(with(&[("SEALEGS_LINEAR", "1"), ("TERM", "xterm")]));
        assert!(!with(&[("SEALEGS_LINEAR", "0"), ("TERM", "xterm")]));
    }
}
