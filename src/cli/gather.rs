//! Which files `check` reads: those that were named, and the manifests below directories.
//!
//! Directories are walked while their files are read, so that only the names of one directory are held at once.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::vec;

use super::exit::Failure;
use crate::parse::Language;
use crate::store::says;

/// A file to read.
#[derive(Debug)]
pub struct Entry {
    /// Its path; `-` is standard input.
    pub path: PathBuf,
    /// The same number for all that belong together: those that were named, or those of one directory.
    pub group: usize,
    /// Whether it was named itself. What was found below a directory does not stop the others.
    pub named: bool,
    /// Why it cannot be looked at, where that is known already.
    pub refused: Option<String>,
}

/// All files: first those that were named, then those of each directory and of the directories below it, by name.
pub struct Walk<'e> {
    named: vec::IntoIter<PathBuf>,
    /// What was named: it is not read a second time below a directory.
    known: BTreeSet<PathBuf>,
    /// Directories to look into, the next one last.
    open: Vec<PathBuf>,
    /// Directories that were looked into, where one may be reached twice.
    seen: Option<BTreeSet<PathBuf>>,
    here: PathBuf,
    names: vec::IntoIter<(OsString, Option<String>)>,
    group: usize,
    /// Whether the configuration excludes a path.
    excludes: &'e (dyn Fn(&Path) -> bool + Sync),
    /// Manifests below directories that are links, and therefore not read.
    pub links: usize,
    /// Files and directories that the configuration excludes.
    pub excluded: usize,
}

impl<'e> Walk<'e> {
    /// Of these paths, below directories without what is excluded. A name that leads nowhere is a wrong question.
    pub fn new(paths: &[PathBuf], excludes: &'e (dyn Fn(&Path) -> bool + Sync)) -> Result<Self, Failure> {
        let (mut known, mut roots) = (BTreeSet::new(), BTreeSet::new());
        for path in paths {
            let is_directory =
                path != Path::new("-") && fs::metadata(path).map_err(|e| Failure::file(path, &e))?.is_dir();
            if is_directory {
                roots.insert(path.clone())
            } else {
                known.insert(path.clone())
            };
        }
        Ok(Self {
            named: known.iter().cloned().collect::<Vec<_>>().into_iter(),
            known,
            seen: (roots.len() > 1).then(BTreeSet::new),
            open: roots.into_iter().rev().collect(),
            here: PathBuf::new(),
            names: Vec::new().into_iter(),
            group: 0,
            excludes,
            links: 0,
            excluded: 0,
        })
    }

    /// Reads the names in a directory.
    fn enter(&mut self, directory: PathBuf) {
        if self.seen.as_mut().is_some_and(|seen| !seen.insert(directory.clone())) {
            return;
        }
        self.group += 1;
        let (mut names, mut below) = (Vec::new(), Vec::new());
        if let Err(error) = self.list(&directory, &mut names, &mut below) {
            // The empty name is the directory itself.
            names.push((OsString::new(), Some(says(&error))));
        }
        names.sort_unstable();
        below.sort_unstable_by(|a, b| b.cmp(a));
        self.open.append(&mut below);
        self.here = directory;
        self.names = names.into_iter();
    }

    fn list(
        &mut self,
        directory: &Path,
        names: &mut Vec<(OsString, Option<String>)>,
        below: &mut Vec<PathBuf>,
    ) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            let hidden = name.as_encoded_bytes().starts_with(b".");
            let is_manifest = |name: &OsString| is_manifest(directory, name);
            let looked_at = kind.is_dir() && !hidden || kind.is_file() && is_manifest(&name);
            if looked_at && (self.excludes)(&entry.path()) {
                self.excluded += 1;
            } else if kind.is_dir() {
                below.extend((!hidden).then(|| entry.path()));
            } else if kind.is_symlink() {
                // Not followed: it may lead anywhere, and round in circles.
                self.links += usize::from(is_manifest(&name) || !hidden && entry.path().is_dir());
            } else if is_manifest(&name) {
                let refused = (!kind.is_file()).then(|| format!("{}, not a file", what(kind)));
                names.push((name, refused));
            }
        }
        Ok(())
    }
}

impl Iterator for Walk<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if let Some(path) = self.named.next() {
            return Some(Entry { path, group: 0, named: true, refused: None });
        }
        loop {
            for (name, refused) in self.names.by_ref() {
                let path = if name.is_empty() { self.here.clone() } else { self.here.join(name) };
                if !self.known.contains(&path) {
                    return Some(Entry { path, group: self.group, named: false, refused });
                }
            }
            let next = self.open.pop()?;
            self.enter(next);
        }
    }
}

/// Manifests, Dockerfiles and profiles by their names. Of TOML only what containerd reads: every other project has a
/// file of its own.
fn is_manifest(directory: &Path, name: &OsString) -> bool {
    let name = name.to_string_lossy();
    match Language::of_name(&name) {
        Some(Language::Toml) => {
            name == "hosts.toml" || name == "config.toml" && directory.ends_with("containerd")
        }
        known => known.is_some(),
    }
}

/// What stands there in the place of a file.
#[cfg(unix)]
fn what(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn what(_: FileType) -> &'static str {
    "something else"
}
