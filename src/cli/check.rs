//! `sealegs check PATH...`: the policy checker on anybody's manifests.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::CheckFormat;
use super::exit::{Done, Exit, Failure};
use super::gather::gather;
use super::{findings, input, json};
use crate::checks::{self, Options};
use crate::parse::{Limits, yaml};
use crate::text::{Finding, Severity, Source, Sources};

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

/// What was read.
#[derive(Default)]
struct Read {
    files: usize,
    objects: usize,
    containers: usize,
    links: usize,
}

/// Checks every file, says what was read, and ends with 1 where there is a finding, with 3 where a file was not read
/// or nothing was judged at all.
pub fn run(paths: &[PathBuf], wish: &Wish, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let options = options(wish)?;
    let sources = Sources::new();
    let mut found: Vec<Finding> = Vec::new();
    let gathered = gather(paths)?;
    let mut read = Read { links: gathered.links, ..Read::default() };
    for (path, why) in gathered.unreadable {
        let source = sources.add(path.display().to_string(), "");
        found.push(unreadable(&source, why, "let it be read, or name the files one by one"));
    }
    for (path, named) in gathered.files {
        let bytes = match input::bytes(&path, Limits::default().file, input) {
            Ok(bytes) => bytes,
            Err(failure) if named => return Err(failure),
            // Found below a directory: it does not stop the others.
            Err(failure) => {
                let source = sources.add(path.display().to_string(), "");
                let why = failure.message.rsplit(": ").next().unwrap_or_default().to_owned();
                found.push(unreadable(&source, why, "let it be read"));
                continue;
            }
        };
        one(&path, bytes, &options, &sources, &mut read, &mut found);
    }
    Finding::sort(&mut found, &sources);
    if wish.format == CheckFormat::Json {
        let values: Vec<_> = found.iter().map(|f| json::finding(f, &sources)).collect();
        let read = json!({ "files": read.files, "objects": read.objects, "containers": read.containers,
                           "linksNotFollowed": read.links });
        writeln!(out, "{:#}", json!({ "format": 1, "read": read, "findings": values }))?;
    } else {
        findings::print(out, &found, &sources, wish.format)?;
        writeln!(out, "{}: {}", read.words(), findings::count(&found))?;
    }
    Ok(exit(&found, &read))
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

impl Read {
    fn words(&self) -> String {
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let mut words = format!(
            "read {}, {}, {}",
            count(self.files, "file"),
            count(self.objects, "object"),
            count(self.containers, "container")
        );
        if self.links > 0 {
            words += &format!(", {} not followed", count(self.links, "link"));
        }
        if self.objects == 0 {
            words += ", so nothing was checked";
        }
        words
    }
}

fn one(
    path: &Path,
    bytes: Vec<u8>,
    options: &Options,
    sources: &Sources,
    read: &mut Read,
    found: &mut Vec<Finding>,
) {
    let limits = Limits::default();
    let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
    if bytes.len() > limits.file {
        let why = format!("file is larger than {} KiB", limits.file >> 10);
        found.push(unreadable(&sources.add(name, ""), why, "split it, or check its parts"));
        return;
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let why = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to() + 1);
            found.push(unreadable(&sources.add(name, ""), why, "hand in text in UTF-8"));
            return;
        }
    };
    let source = sources.add(name, text);
    read.files += 1;
    let (tree, mut syntax) = yaml::parse(&source, limits);
    let broken = !syntax.is_empty();
    let from = found.len();
    found.append(&mut syntax);
    // Broken: one error with its place, no wall of findings about half a file.
    if !broken {
        let mut checked = checks::run(&tree, options);
        found.append(&mut checked.findings);
        read.objects += checked.read.objects;
        read.containers += checked.read.containers;
    }
    let said = found.iter().skip(from).any(|f| f.code == "not-rendered");
    found.extend(helm(&source).filter(|_| !said));
}

fn unreadable(source: &Source, why: String, help: &str) -> Finding {
    Finding::error("unreadable-file", why, source.whole()).help(help)
}

/// The first place that only Helm can fill in. In quotes and in comments it is YAML, too, but what will stand there
/// nobody knows. Braces alone prove nothing: alerts and dashboards hold templates of their own.
fn helm(source: &Source) -> Option<Finding> {
    const ONLY_HELM: [&str; 4] = [".Values.", ".Release.", ".Chart.", "include \""];
    let text = source.text();
    let filled = |at: &usize| {
        let inside = text.get(*at..).unwrap_or_default().split("}}").next().unwrap_or_default();
        let words = inside.replace(['{', '-', '(', '$'], " ");
        ONLY_HELM.iter().any(|known| words.contains(&format!(" {known}")))
    };
    let at = text.match_indices("{{").map(|(at, _)| at).find(filled)?;
    Some(
        Finding::error("not-rendered", "template is not rendered", source.span(at, at + 2))
            .detail("what stands here is decided by the chart's values, so findings of this file say little")
            .help("render it first: helm template CHART | sealegs check -"),
    )
}

fn options(wish: &Wish) -> Result<Options, Failure> {
    let ids = |names: &[String]| {
        let chosen: Result<Vec<_>, _> = names.iter().map(|name| checks::select(name)).collect();
        chosen.map(|lists| lists.concat()).map_err(|error| Failure::usage(error.to_string()))
    };
    let min_severity = wish.min_severity.as_deref().and_then(Severity::from_word);
    let options = Options { only: ids(&wish.only)?, skip: ids(&wish.skip)?, min_severity };
    if !checks::all().iter().any(|check| options.wants(check)) {
        return Err(Failure::usage(
            "nothing is left to look for; ask for less with --only, --skip and --min-severity",
        ));
    }
    Ok(options)
}
