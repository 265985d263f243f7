//! `sealegs check PATH...`: the policy checker on anybody's manifests.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::args::CheckFormat;
use super::batch::{self, All, Telling};
use super::exit::{Done, Failure};
use super::gather::Walk;
use super::json::Each;
use super::page::{self, Page};
use super::places::Places;
use super::rules::{Rules, Settled};
use super::tally::standing;
use super::{findings, input, json, level, mend, open, stale};
use crate::checks::{Asked, Day, Suppressed};
use crate::parse::Limits;
use crate::text::{Finding, Sources, clean, snippet};

/// What was asked for.
pub struct Wish {
    /// What to look for.
    pub rules: Rules,
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
    let today = open::clock()?.now().to_string().get(..10).and_then(Day::parse);
    let settled = wish.rules.settle(today)?;
    if settled.options.level.is_some() && (wish.fix || wish.diff) {
        return Err(Failure::usage(
            "a level has a verdict and no fixes; leave --fix and --diff out, or the level",
        ));
    }
    if wish.diff {
        return mend::run(paths, &settled, false, input, out);
    }
    if wish.fix {
        // Where a program reads the answer, the diff would stand in its way.
        let mut nowhere = std::io::sink();
        let shown: &mut dyn Write =
            if findings::is_followed_by_a_sum(wish.format) { out } else { &mut nowhere };
        mend::run(paths, &settled, true, input, shown)?;
    }
    let excludes = |path: &Path| settled.excludes(path);
    let walk = Walk::new(paths, &excludes)?;
    let standard = paths.iter().any(|path| path == Path::new("-"));
    let standard = standard.then(|| input::standard(Limits::default().file, input)).transpose()?;
    let one: Option<fn(&mut String, &Finding, &Sources)> = match wish.format {
        CheckFormat::Text => Some(page::finding),
        CheckFormat::Short => Some(snippet::write_line),
        _ => None,
    };
    let fixes = wish.format != CheckFormat::Short;
    let telling = Telling { one, accepted: accepted_line, fixes, parse_only: wish.parse_only };
    let asked = Asked::new(settled.options.clone());
    let mut all = batch::run(walk, standard, &asked, &telling, |text| out.write_all(text.as_bytes()))?;
    let stale = stale::findings(&settled, &all, paths);
    all.tally.found(&stale);
    if let Some(one) = one {
        let mut text = String::new();
        for finding in &stale {
            one(&mut text, finding, &all.kept.sources);
            text.push('\n');
        }
        out.write_all(text.as_bytes())?;
    } else {
        let places = Places::of(&stale.iter().collect::<Vec<_>>(), &all.kept.sources);
        all.tally.places.add(&places);
        all.kept.findings.extend(stale);
    }
    Finding::sort(&mut all.kept.findings, &all.kept.sources);
    tell(&all, &settled, wish.format, out)?;
    Ok(all.tally.exit())
}

/// Tells what was not told file by file, and the sum.
fn tell(all: &All, settled: &Settled, format: CheckFormat, out: &mut dyn Write) -> Result<(), Failure> {
    let (tally, kept, level) = (&all.tally, &all.kept, settled.options.level);
    match format {
        CheckFormat::Text | CheckFormat::Short => {
            for line in all.accepted.iter().chain(&all.refused) {
                Page::new(out).line("", line)?;
            }
        }
        CheckFormat::Json => {
            let accepted = kept.suppressed.iter().map(|s| {
                json!({ "finding": json::finding(&s.finding, &tally.places), "reason": s.reason, "until": s.until })
            });
            let whole = Whole {
                accepted: Each(accepted),
                configuration: settled.name.as_deref(),
                findings: Each(kept.findings.iter().map(|f| json::finding(f, &tally.places))),
                format: 1,
                level: level.map(|by| level::json(by, &kept.judged, &tally.places)),
                read: json!({ "files": tally.files, "objects": tally.objects, "containers": tally.containers,
                              "linksNotFollowed": tally.links }),
            };
            json::print(out, &whole)?;
        }
        _ => {
            let answer = Answer {
                findings: &kept.findings,
                accepted: &kept.suppressed,
                sources: &kept.sources,
                places: &tally.places,
                exit: tally.exit(),
                standing,
                configuration: settled.name.as_deref(),
                level: level.map(|by| by.to_string()),
            };
            findings::print(out, &answer, format)?;
        }
    }
    if findings::is_followed_by_a_sum(format) {
        if let Some(name) = &settled.name {
            Page::new(out).line("", &format!("configuration: {}", clean::line(name, 1)))?;
        }
        if let Some(by) = level {
            Page::new(out).line("", &tally.level.words(by))?;
        }
        Page::new(out).line("", &tally.words())?;
    }
    Ok(())
}

/// The document of `--format json`.
#[derive(Serialize)]
#[serde(bound = "")]
struct Whole<'a, A: Iterator<Item = Value> + Clone, F: Iterator<Item = Value> + Clone> {
    accepted: Each<A>,
    configuration: Option<&'a str>,
    findings: Each<F>,
    format: u8,
    level: Option<Value>,
    read: Value,
}

/// One line for each finding that somebody accepted.
fn accepted_line(one: &Suppressed, sources: &Sources) -> String {
    let at = sources.locate(one.finding.primary.span);
    let at = at.map_or_else(String::new, |(name, at)| format!("{}:{at}: ", clean::line(&name, 1)));
    let until = one.until.as_ref().map_or_else(String::new, |day| format!(", until {day}"));
    format!("accepted: {at}{}: {}{until}", one.finding.code, clean::line(&one.reason, 1))
}
