//! The files that `check` reads, judged together where they belong together.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::Failure;
use super::gather::gather;
use super::input;
use crate::checks::{self, File, Options, Suppressed};
use crate::parse::Limits;
use crate::text::{Finding, Source, Sources};

/// What was read.
#[derive(Default)]
pub struct Read {
    /// Files.
    pub files: usize,
    /// Objects, and documents of other forms.
    pub objects: usize,
    /// Their containers.
    pub containers: usize,
    /// Links that were not followed.
    pub links: usize,
    /// How often a directory was too large to be judged at once.
    pub cut: usize,
    /// What was found and is accepted.
    pub suppressed: Vec<Suppressed>,
}

impl Read {
    /// In words.
    pub fn words(&self) -> String {
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

/// What came of all files.
pub struct All {
    /// Their texts.
    pub sources: Sources,
    /// What was found.
    pub found: Vec<Finding>,
    /// What was read.
    pub read: Read,
}

/// Reads and judges everything below `paths`.
pub fn all(paths: &[PathBuf], options: &Options, input: &mut dyn BufRead) -> Result<All, Failure> {
    let sources = Sources::new();
    let mut found: Vec<Finding> = Vec::new();
    let gathered = gather(paths)?;
    let mut read = Read { links: gathered.links, ..Read::default() };
    for (path, why) in gathered.unreadable {
        let source = sources.add(path.display().to_string(), "");
        found.push(unreadable(&source, why, "let it be read, or name the files one by one"));
    }
    let mut batch = Batch::new(options);
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
    Ok(All { sources, found, read })
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
