//! `sealegs check PATH...`: the policy checker on anybody's manifests.

use std::fs;
use std::io::{BufRead, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::CheckFormat;
use super::exit::{Done, Exit, Failure};
use super::{findings, json};
use crate::checks::{self, Options};
use crate::parse::{Limits, yaml};
use crate::text::{Finding, Severity, Sources};

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

/// Checks every file, says what was read, and ends with 1 where there is a finding, with 3 where a file was not read.
pub fn run(paths: &[PathBuf], wish: &Wish, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let options = options(wish)?;
    let sources = Sources::new();
    let limits = Limits::default();
    let mut found: Vec<Finding> = Vec::new();
    let (mut files, mut objects, mut containers) = (0, 0, 0);
    for path in collect(paths)? {
        let (name, text) = read(&path, input, limits)?;
        let source = match text {
            Ok(text) => sources.add(name, text),
            Err(why) => {
                let source = sources.add(name, "");
                found.push(
                    Finding::error("unreadable-file", why, source.whole()).help("hand in text in UTF-8"),
                );
                continue;
            }
        };
        files += 1;
        let (tree, mut syntax) = yaml::parse(&source, limits);
        let broken = !syntax.is_empty();
        found.append(&mut syntax);
        if broken {
            continue; // one error with its place, no wall of findings about half a file
        }
        let mut checked = checks::run(&tree, &options);
        found.append(&mut checked.findings);
        objects += checked.read.objects;
        containers += checked.read.containers;
    }
    Finding::sort(&mut found, &sources);
    if wish.format == CheckFormat::Json {
        let values: Vec<_> = found.iter().map(|f| json::finding(f, &sources)).collect();
        let read = json!({ "files": files, "objects": objects, "containers": containers });
        writeln!(out, "{:#}", json!({ "format": 1, "read": read, "findings": values }))?;
    } else {
        findings::print(out, &found, &sources, wish.format)?;
        writeln!(
            out,
            "read {files} files, {objects} objects, {containers} containers: {}",
            findings::count(&found)
        )?;
    }
    Ok(if found.iter().any(|f| f.severity == Severity::Error) {
        Exit::Unjudged
    } else if found.is_empty() {
        Exit::Yes
    } else {
        Exit::No
    })
}

fn options(wish: &Wish) -> Result<Options, Failure> {
    let ids = |names: &[String]| {
        let chosen: Result<Vec<_>, _> = names.iter().map(|name| checks::select(name)).collect();
        chosen.map(|lists| lists.concat()).map_err(|error| Failure::usage(error.to_string()))
    };
    Ok(Options {
        only: ids(&wish.only)?,
        skip: ids(&wish.skip)?,
        min_severity: wish.min_severity.as_deref().and_then(Severity::from_word),
    })
}

/// The files to read: those named, and the manifests below directories, in the order of their paths.
fn collect(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            files.push(path.clone());
            continue;
        }
        let kind = fs::metadata(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
        if !kind.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut open = vec![path.clone()];
        let mut below = Vec::new();
        while let Some(directory) = open.pop() {
            let entries = fs::read_dir(&directory)
                .map_err(|e| Failure::usage(format!("{}: {e}", directory.display())))?;
            for entry in entries.flatten() {
                let path = entry.path();
                // Links are not followed below a directory: they may lead anywhere, and round in circles.
                let Ok(kind) = entry.file_type() else { continue };
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                if kind.is_dir() && !hidden {
                    open.push(path);
                } else if kind.is_file() && is_manifest(&path) {
                    below.push(path);
                }
            }
        }
        below.sort();
        files.append(&mut below);
    }
    Ok(files)
}

fn is_manifest(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e.eq_ignore_ascii_case(known)))
}

type Text = Result<String, String>;

fn read(path: &Path, input: &mut dyn BufRead, limits: Limits) -> Result<(String, Text), Failure> {
    let mut bytes = Vec::new();
    // One byte more than the limit is enough to know that it is passed.
    let most = limits.file as u64 + 1;
    let name = if path == Path::new("-") {
        input.take(most).read_to_end(&mut bytes)?;
        "<stdin>".to_owned()
    } else {
        let opened = fs::File::open(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
        opened
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
        path.display().to_string()
    };
    if bytes.len() > limits.file {
        return Ok((name, Err(format!("file is larger than {} KiB", limits.file >> 10))));
    }
    let text =
        String::from_utf8(bytes).map_err(|e| format!("not UTF-8 at byte {}", e.utf8_error().valid_up_to()));
    Ok((name, text))
}
