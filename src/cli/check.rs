//! `sealegs check PATH...`: the policy checker on anybody's manifests.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use serde_json::json;

use super::answer::{Answer, Standing};
use super::args::CheckFormat;
use super::batch::{self, All, Read};
use super::exit::{Done, Exit, Failure};
use super::{findings, json, open};
use crate::checks::{self, Day, Options, Suppressed};
use crate::text::{Finding, Severity, Sources, clean};

/// What was asked for.
pub struct Wish {
    /// `--min-severity`.
    pub min_severity: Option<String>,
    /// `--only`.
    pub only: Vec<String>,
    /// `--skip`.
    pub skip: Vec<String>,
    /// `--format`.
    pub format: CheckFormat,
}

/// Checks every file, says what was read, and ends with 1 where there is a finding, with 3 where a file was not read
/// or nothing was judged at all.
pub fn run(paths: &[PathBuf], wish: &Wish, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let options = options(wish)?;
    let All { sources, mut found, read } = batch::all(paths, &options, input)?;
    Finding::sort(&mut found, &sources);
    let exit = exit(&found, &read);
    if wish.format == CheckFormat::Json {
        let values: Vec<_> = found.iter().map(|f| json::finding(f, &sources)).collect();
        let accepted: Vec<_> = read.suppressed.iter().map(|s| {
            json!({ "finding": json::finding(&s.finding, &sources), "reason": s.reason, "until": s.until })
        }).collect();
        let read = json!({ "files": read.files, "objects": read.objects, "containers": read.containers,
                           "linksNotFollowed": read.links });
        writeln!(
            out,
            "{:#}",
            json!({ "format": 1, "read": read, "findings": values, "accepted": accepted })
        )?;
    } else {
        let accepted = &read.suppressed;
        let answer = Answer { findings: &found, accepted, sources: &sources, exit, standing };
        findings::print(out, &answer, wish.format)?;
        if matches!(wish.format, CheckFormat::Text | CheckFormat::Short) {
            for one in accepted {
                writeln!(out, "{}", accepted_line(one, &sources))?;
            }
        }
        if findings::is_followed_by_a_sum(wish.format) {
            writeln!(out, "{}: {}", read.words(), findings::count(&found))?;
        }
    }
    Ok(exit)
}

/// An error says that something could not be judged, a note what was not looked at.
fn standing(severity: Severity) -> Standing {
    match severity {
        Severity::Error => Standing::Unjudged,
        Severity::Note => Standing::Told,
        _ => Standing::Failed,
    }
}

/// Notes are no findings: they say what was not looked at.
fn exit(found: &[Finding], read: &Read) -> Exit {
    let unknown = found.iter().filter(|f| f.severity == Severity::Note).count();
    if found.iter().any(|f| f.severity == Severity::Error) {
        Exit::Unjudged
    } else if found.len() > unknown {
        Exit::No
    } else if read.objects <= unknown {
        Exit::Unjudged
    } else {
        Exit::Yes
    }
}

/// One line for each finding that somebody accepted.
fn accepted_line(one: &Suppressed, sources: &Sources) -> String {
    let at = sources.locate(one.finding.primary.span);
    let at = at.map_or_else(String::new, |(name, at)| format!("{}:{at}: ", clean::line(&name, 1)));
    let until = one.until.as_ref().map_or_else(String::new, |day| format!(", until {day}"));
    format!("accepted: {at}{}: {}{until}", one.finding.code, clean::line(&one.reason, 1))
}

fn options(wish: &Wish) -> Result<Options, Failure> {
    let ids = |names: &[String]| {
        let chosen: Result<Vec<_>, _> = names.iter().map(|name| checks::select(name)).collect();
        chosen.map(|lists| lists.concat()).map_err(|error| Failure::usage(error.to_string()))
    };
    let min_severity = wish.min_severity.as_deref().and_then(Severity::from_word);
    let now = open::clock()?.now().to_string();
    let today = now.get(..10).and_then(Day::parse);
    let options = Options { only: ids(&wish.only)?, skip: ids(&wish.skip)?, min_severity, today };
    if !checks::all().iter().any(|check| options.wants(check)) {
        return Err(Failure::usage(
            "nothing is left to look for; ask for less with --only, --skip and --min-severity",
        ));
    }
    Ok(options)
}
