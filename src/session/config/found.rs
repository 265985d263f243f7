//! Which configuration counts in a directory, and reading it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Config, LARGEST, glob};
use crate::text::{Finding, Sources};

/// What a configuration may be called.
const NAMES: [&str; 2] = [".sealegs.toml", "sealegs.toml"];

/// Why a configuration cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// A file or directory that cannot be read.
    File(PathBuf, io::Error),
    /// What is wrong with the file as a whole, in words.
    Whole(PathBuf, String),
    /// What stands in it, with its text.
    Text(PathBuf, Vec<Finding>, Sources),
}

/// The nearest configuration: here, or above as far as the repository goes. Without a repository only here, because
/// whoever may write above everybody's directories must not choose what is found in them.
pub fn find(here: &Path) -> Result<Option<PathBuf>, Unusable> {
    let there = |path: &PathBuf| fs::symlink_metadata(path).is_ok();
    let top = here.ancestors().find(|dir| there(&dir.join(".git"))).unwrap_or(here);
    for dir in here.ancestors() {
        let files: Vec<PathBuf> = NAMES.iter().map(|name| dir.join(name)).filter(there).collect();
        match files.as_slice() {
            [] => {}
            [one] => return Ok(Some(one.clone())),
            _ => {
                let says = format!("holds {}; remove one of them", NAMES.join(" and "));
                return Err(Unusable::Whole(dir.to_owned(), says));
            }
        }
        if dir == top {
            break;
        }
    }
    Ok(None)
}

/// Reads a configuration; paths that are asked about are taken from `here`.
pub fn load(path: &Path, here: &Path) -> Result<Config, Unusable> {
    let failed = |error: io::Error| Unusable::File(path.to_owned(), error);
    let whole = |says: String| Unusable::Whole(path.to_owned(), says);
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(whole("no file, so no configuration".to_owned()));
    }
    let mut bytes = Vec::new();
    // One byte past the limit is enough to know that it is passed.
    let most = LARGEST as u64 + 1;
    fs::File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > LARGEST {
        return Err(whole(format!("a configuration has at most {} KiB", LARGEST >> 10)));
    }
    let text = String::from_utf8(bytes)
        .map_err(|e| whole(format!("not UTF-8 at byte {}", e.utf8_error().valid_up_to() + 1)))?;
    let sources = Sources::new();
    let source = sources.add(name(path, here), text);
    let root = here.join(path.parent().unwrap_or(Path::new("")));
    Config::read(&source, &glob::plain(&root), here)
        .map_err(|findings| Unusable::Text(path.to_owned(), findings, sources))
}

/// What a configuration is called by whoever is in `here`.
pub fn name(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
