//! `sealegs check --fix` and `--diff`: the fixes that are safe, shown as a diff, and written.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::exit::{Done, Exit, Failure};
use super::gather::{Entry, Walk};
use super::input::{self, Contents};
use super::rules::Settled;
use crate::checks::{Mended, mend};
use crate::parse::Limits;
use crate::session::replace_file;
use crate::text::clean;

/// Shows what would be mended, and mends it where `write` says so. Ends with 1 where there is something to mend that
/// was not written.
pub fn run(
    paths: &[PathBuf],
    settled: &Settled,
    write: bool,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Done {
    if write && paths.iter().any(|path| path == Path::new("-")) {
        return Err(Failure::usage("standard input cannot be mended in place; use --diff"));
    }
    let (mut files, mut gone) = (0, 0);
    for (_, group) in groups(paths, settled, input)? {
        let texts: Vec<_> = group.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        for ((path, old), Mended { text, gone: mended }) in group.iter().zip(mend(&texts, &settled.options)) {
            if *old == text {
                continue;
            }
            files += 1;
            gone += mended;
            write!(out, "{}", diff(path, old, &text))?;
            if write {
                let path = Path::new(path);
                replace_file(path, &text).map_err(|error| Failure::file(path, &error))?;
            }
        }
    }
    let said = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let (findings, files_said) = (said(gone, "finding"), said(files, "file"));
    match (files, write) {
        (0, _) => writeln!(out, "nothing here has a safe fix")?,
        (_, true) => writeln!(out, "mended {findings} in {files_said}")?,
        (_, false) => writeln!(out, "--fix would mend {findings} in {files_said}")?,
    }
    Ok(if files > 0 && !write { Exit::No } else { Exit::Yes })
}

/// The texts that can be read, with those that are judged together: those that were named, or those of one directory.
/// What cannot be read is told by the check that follows.
type Groups = BTreeMap<usize, Vec<(String, String)>>;

fn groups(paths: &[PathBuf], settled: &Settled, input: &mut dyn BufRead) -> Result<Groups, Failure> {
    let mut groups = Groups::new();
    let most = Limits::default().file;
    for Entry { path, group, named, refused } in Walk::new(paths, &|path| settled.excludes(path))? {
        if refused.is_some() {
            continue;
        }
        let contents = if path == Path::new("-") {
            input::standard(most, input)
        } else {
            input::contents(&path, most, named)
        };
        let bytes = match contents {
            Ok(Contents::Bytes(bytes)) => bytes,
            Err(failure) if named => return Err(failure),
            Ok(Contents::TooLarge) | Err(_) => continue,
        };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        groups.entry(group).or_default().push((path.display().to_string(), text));
    }
    Ok(groups)
}

/// A unified diff, each line as it may stand on a screen.
fn diff(path: &str, old: &str, new: &str) -> String {
    let name = clean::line(path, 1);
    let diff = TextDiff::from_lines(old, new);
    let unified = diff.unified_diff().context_radius(3).header(&name, &name).to_string();
    let lines: Vec<_> = unified.lines().map(|line| clean::line(line, 4)).collect();
    lines.join("\n") + "\n"
}
