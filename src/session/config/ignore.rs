//! An entry under `[[ignore]]`: what it accepts, where it stands, and where it could accept something.

use std::path::{Path, PathBuf};

use super::glob::{Glob, plain};
use crate::checks::Accepted;
use crate::text::Span;

/// An entry under `[[ignore]]`.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// What it accepts.
    pub accepted: Accepted,
    /// Its place in the configuration.
    pub at: Span,
    /// The pattern of its files, as it was written; `None`: all.
    pub path: Option<String>,
    /// The directory, or the one file, below which all its files lie.
    below: PathBuf,
}

impl Ignore {
    pub(super) fn new(accepted: Accepted, at: Span, path: Option<(&str, Glob)>, root: &Path) -> Self {
        let below = path.as_ref().map_or_else(|| root.to_owned(), |(_, glob)| root.join(glob.base()));
        Self { accepted, at, path: path.map(|(text, _)| text.to_owned()), below: plain(&below) }
    }

    /// Whether every file in which it could accept something lies below one of `paths`, which are taken from `here`:
    /// only then does a run that used it for nothing say that it is of no use.
    pub(super) fn lies_below(&self, paths: &[PathBuf], here: &Path) -> bool {
        paths.iter().any(|path| path != Path::new("-") && self.below.starts_with(plain(&here.join(path))))
    }
}
