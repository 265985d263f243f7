//! Which files `check` reads: those that were named, and the manifests below directories.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::exit::Failure;
use crate::parse::Language;
use crate::store::says;

/// What was found.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The files to read, and whether each was named itself: in the order of the command line, below a directory by
    /// path, each once.
    pub files: Vec<(PathBuf, bool)>,
    /// What lies below a directory and cannot be looked at, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Manifests below directories that are links, and therefore not read.
    pub links: usize,
    /// Files and directories that the configuration excludes.
    pub excluded: usize,
}

/// Gathers the files, below directories without what is `excluded`. A name that leads nowhere is a wrong question.
pub fn gather(paths: &[PathBuf], excluded: &dyn Fn(&Path) -> bool) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    for path in paths {
        if path == Path::new("-") {
            gathered.files.push((path.clone(), true));
            continue;
        }
        if fs::metadata(path).map_err(|e| Failure::file(path, &e))?.is_dir() {
            gathered.below(path, excluded);
        } else {
            gathered.files.push((path.clone(), true));
        }
    }
    let mut seen = BTreeSet::new();
    gathered.files.retain(|(path, _)| seen.insert(path.clone()));
    Ok(gathered)
}

impl Gathered {
    fn below(&mut self, root: &Path, excluded: &dyn Fn(&Path) -> bool) {
        let mut open = vec![root.to_owned()];
        let mut found = Vec::new();
        while let Some(directory) = open.pop() {
            match self.entries(&directory, &mut open) {
                Ok(mut files) => {
                    let before = (files.len(), open.len());
                    files.retain(|path| !excluded(path));
                    open.retain(|path| !excluded(path));
                    self.excluded += before.0 - files.len() + before.1 - open.len();
                    found.append(&mut files);
                }
                Err(error) => self.unreadable.push((directory, says(&error))),
            }
        }
        found.sort();
        self.files.extend(found.into_iter().map(|path| (path, false)));
    }

    fn entries(&mut self, directory: &Path, open: &mut Vec<PathBuf>) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden {
                open.push(path);
            } else if kind.is_symlink() {
                // Not followed: it may lead anywhere, and round in circles.
                self.links += usize::from(is_manifest(&path) || path.is_dir() && !hidden);
            } else if kind.is_file() && is_manifest(&path) {
                files.push(path);
            }
        }
        Ok(files)
    }
}

/// Manifests, Dockerfiles and profiles by their names. Of TOML only what containerd reads: every other project has a
/// file of its own.
fn is_manifest(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    match Language::of_name(&name) {
        Some(Language::Toml) => name == "hosts.toml",
        known => known.is_some(),
    }
}
