//! `sealegs check PATH...`: the policy checker on anybody's manifests.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::answer::Answer;
use super::args::CheckFormat;
use super::batch::{self, All, Kept, Telling};
use super::exit::{Done, Failure};
use super::gather::Walk;
use super::tally::standing;
use super::{findings, input, json, mend, open};
use crate::checks::{self, Asked, Day, Options, Suppressed};
use crate::parse::Limits;
use crate::text::{Finding, Severity, Sources, clean, snippet};

/// What was asked for.
pub struct Wish {
    /// `--min-severity`.
    pub min_severity: Option<String>,
    /// `--only`.
    pub only: Vec<String>,
    /// `--skip`.
    pub skip: Vec<String>,
    /// `--fix`.
    pub fix: bool,
    /// `--diff`.
    pub diff: bool,
    /// `--format`.
    pub format: CheckFormat,
    /// `--parse-only`.
    pub parse_only: bool,
}

/// Checks every file, says what was read, and ends with 1 where there is a finding, with 3 where a file was not read
/// or nothing was judged at all.
pub fn run(paths: &[PathBuf], wish: &Wish, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let options = options(wish)?;
    if wish.diff {
        return mend::run(paths, &options, false, input, out);
    }
    if wish.fix {
        // Where a program reads the answer, the diff would stand in its way.
        let mut nowhere = std::io::sink();
        let shown: &mut dyn Write =
            if findings::is_followed_by_a_sum(wish.format) { out } else { &mut nowhere };
        mend::run(paths, &options, true, input, shown)?;
    }
    let asked = Asked::new(options);
    let walk = Walk::new(paths)?;
    let standard = paths.iter().any(|path| path == Path::new("-"));
    let standard = standard.then(|| input::standard(Limits::default().file, input)).transpose()?;
    let one: Option<fn(&mut String, &Finding, &Sources)> = match wish.format {
        CheckFormat::Text => Some(snippet::write),
        CheckFormat::Short => Some(snippet::write_line),
        _ => None,
    };
    let telling = Telling { one, accepted: accepted_line, parse_only: wish.parse_only };
    let all = batch::run(walk, standard, &asked, &telling, |text| out.write_all(text.as_bytes()))?;
    let All { tally, kept: Kept { sources, mut findings, suppressed }, accepted } = all;
    let exit = tally.exit();
    Finding::sort(&mut findings, &sources);
    match wish.format {
        CheckFormat::Text | CheckFormat::Short => {
            for line in accepted {
                writeln!(out, "{line}")?;
            }
        }
        CheckFormat::Json => {
            let values: Vec<_> = findings.iter().map(|f| json::finding(f, &sources)).collect();
            let accepted: Vec<_> = suppressed.iter().map(|s| {
                json!({ "finding": json::finding(&s.finding, &sources), "reason": s.reason, "until": s.until })
            }).collect();
            let read = json!({ "files": tally.files, "objects": tally.objects, "containers": tally.containers,
                               "linksNotFollowed": tally.links });
            let whole = json!({ "format": 1, "read": read, "findings": values, "accepted": accepted });
            writeln!(out, "{whole:#}")?;
        }
        _ => {
            let answer =
                Answer { findings: &findings, accepted: &suppressed, sources: &sources, exit, standing };
            findings::print(out, &answer, wish.format)?;
        }
    }
    if findings::is_followed_by_a_sum(wish.format) {
        writeln!(out, "{}", tally.words())?;
    }
    Ok(exit)
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
