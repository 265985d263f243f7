//! `sealegs check PATH...`: the policy checker on anybody's manifests.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::answer::{Answer, Standing};
use super::args::CheckFormat;
use super::exit::{Done, Exit, Failure};
use super::gather::gather;
use super::{findings, input, json, mend, open};
use crate::checks::{self, Day, File, Options, Suppressed};
use crate::parse::Limits;
use crate::text::{Finding, Severity, Source, Sources, clean};

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
}

/// What was read.
#[derive(Default)]
struct Read {
    files: usize,
    objects: usize,
    containers: usize,
    links: usize,
    /// How often a directory was too large to be judged at once.
    cut: usize,
    suppressed: Vec<Suppressed>,
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
    let sources = Sources::new();
    let mut found: Vec<Finding> = Vec::new();
    let gathered = gather(paths)?;
    let mut read = Read { links: gathered.links, ..Read::default() };
    for (path, why) in gathered.unreadable {
        let source = sources.add(path.display().to_string(), "");
        found.push(unreadable(&source, why, "let it be read, or name the files one by one"));
    }
    let mut batch = Batch::new(&options);
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
        match text(&path, bytes, &sources) {
            Ok(source) => {
                let directory = if named { None } else { path.parent() };
                batch.add(directory, &source, &mut read, &mut found);
            }
            Err(finding) => found.push(*finding),
        }
    }
    batch.judge(&mut read, &mut found);
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
        Severity::Note | Severity::Unknown => Standing::Told,
        _ => Standing::Failed,
    }
}

/// Notes are no findings: they say what was not looked at. Nor are those that nobody can tell from what was read.
fn exit(found: &[Finding], read: &Read) -> Exit {
    let notes = found.iter().filter(|f| f.severity == Severity::Note).count();
    if found.iter().any(|f| f.severity == Severity::Error) {
        Exit::Unjudged
    } else if found.iter().any(|f| standing(f.severity) == Standing::Failed) {
        Exit::No
    } else if read.objects <= notes {
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
        if self.cut > 0 {
            words += &format!(", directories in {} more", count(self.cut, "part"));
        }
        if !self.suppressed.is_empty() {
            words += &format!(", {} accepted", count(self.suppressed.len(), "finding"));
        }
        if self.objects == 0 {
            words += ", so nothing was checked";
        }
        words
    }
}

/// Files that are judged together, because they belong together: those that were named, or those of one directory.
struct Batch<'o> {
    options: &'o Options,
    directory: Option<PathBuf>,
    files: Vec<File>,
    bytes: usize,
}

/// How much text is judged together: what is held at once stays small, however many files a directory has.
const TOGETHER: usize = 1 << 20;

impl<'o> Batch<'o> {
    fn new(options: &'o Options) -> Self {
        Self { options, directory: None, files: Vec::new(), bytes: 0 }
    }

    fn add(
        &mut self,
        directory: Option<&Path>,
        source: &Arc<Source>,
        read: &mut Read,
        found: &mut Vec<Finding>,
    ) {
        let other = self.directory.as_deref() != directory;
        let full = self.bytes + source.text().len() > TOGETHER;
        if !self.files.is_empty() && (other || full) {
            read.cut += usize::from(!other);
            self.judge(read, found);
        }
        self.directory = directory.map(Path::to_owned);
        self.bytes += source.text().len();
        self.files.push(File::read(source, Limits::default()));
    }

    fn judge(&mut self, read: &mut Read, found: &mut Vec<Finding>) {
        let from = found.len();
        let checked = checks::run(&self.files, self.options);
        found.extend(checked.findings);
        read.files += self.files.len();
        read.objects += checked.read.objects + checked.read.others;
        read.containers += checked.read.containers;
        read.suppressed.extend(checked.suppressed);
        for file in &self.files {
            let of_file = |f: &&Finding| f.primary.span.file == file.source.id();
            let said = found.iter().skip(from).filter(of_file).any(|f| f.code == "not-rendered");
            found.extend(helm(&file.source).filter(|_| !said));
        }
        self.files.clear();
        self.bytes = 0;
    }
}

/// The text of a file, or why there is none.
fn text(path: &Path, bytes: Vec<u8>, sources: &Sources) -> Result<Arc<Source>, Box<Finding>> {
    let limits = Limits::default();
    let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
    if bytes.len() > limits.file {
        let why = format!("file is larger than {} KiB", limits.file >> 10);
        return Err(Box::new(unreadable(&sources.add(name, ""), why, "split it, or check its parts")));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(sources.add(name, text)),
        Err(error) => {
            let why = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to() + 1);
            Err(Box::new(unreadable(&sources.add(name, ""), why, "hand in text in UTF-8")))
        }
    }
}

/// One line for each finding that somebody accepted.
fn accepted_line(one: &Suppressed, sources: &Sources) -> String {
    let at = sources.locate(one.finding.primary.span);
    let at = at.map_or_else(String::new, |(name, at)| format!("{}:{at}: ", clean::line(&name, 1)));
    let until = one.until.as_ref().map_or_else(String::new, |day| format!(", until {day}"));
    format!("accepted: {at}{}: {}{until}", one.finding.code, clean::line(&one.reason, 1))
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
