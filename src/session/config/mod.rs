//! The checker's configuration file, read strictly: `.sealegs.toml` or `sealegs.toml`.
//!
//! Every mistake has its place and a way out, and an unknown key is one. The file is untrusted: it holds data alone,
//! and lists and patterns have limits. Knows nothing of the command line.

mod found;
mod glob;
mod ignore;
mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::checks::{Check, Day, Options, Parameters};
use crate::parse::{Limits, toml};
use crate::sim::admission::pod_security::{Level, LevelVersion, Version};
use crate::text::{Finding, Severity, Source};
pub use found::{Unusable, find, load, name};
use glob::Glob;
pub use ignore::Ignore;
use reader::Reader;

/// What a configuration says.
#[derive(Debug, Default)]
pub struct Config {
    /// The file's text, for findings about it.
    pub source: Option<Arc<Source>>,
    /// The directory from which its paths are taken, and the one from which the command line's are.
    pub root: PathBuf,
    here: PathBuf,
    /// `min-severity`.
    pub min_severity: Option<Severity>,
    /// `only`.
    pub only: Vec<&'static Check>,
    /// `skip`.
    pub skip: Vec<&'static Check>,
    /// `pedantic`.
    pub pedantic: bool,
    /// `level`.
    pub level: Option<Level>,
    /// `version`.
    pub version: Option<Version>,
    /// `exclude`.
    pub exclude: Vec<Glob>,
    /// `[severity]`.
    pub severities: BTreeMap<&'static str, Severity>,
    /// `[[ignore]]`.
    pub ignores: Vec<Ignore>,
    /// `[policy]`.
    pub parameters: Parameters,
}

impl Config {
    /// Reads a configuration whose paths are taken from `root`; those of the command line are taken from `here`.
    pub fn read(source: &Arc<Source>, root: &Path, here: &Path) -> Result<Self, Vec<Finding>> {
        let (tree, syntax) = toml::parse(source, Limits { file: LARGEST, ..Limits::default() });
        let reader = Reader::new(syntax);
        let mut config = Self {
            source: Some(Arc::clone(source)),
            root: root.to_owned(),
            here: here.to_owned(),
            ..Self::default()
        };
        if let Some(node) = tree.root().filter(|_| reader.is_content()) {
            reader.config(node, &mut config);
        }
        let said = reader.said();
        if said.is_empty() { Ok(config) } else { Err(said) }
    }

    /// What is looked for where nothing else is asked.
    pub fn options(&self, today: Option<Day>) -> Options {
        match self.level {
            Some(level) => Self::by_level(level, self.version, today),
            None => self.by_checks(today),
        }
    }

    /// A level, which judges alone.
    pub fn by_level(level: Level, version: Option<Version>, today: Option<Day>) -> Options {
        let level = Some(LevelVersion::new(level, version.unwrap_or(Version::Latest)));
        Options { today, level, ..Options::default() }
    }

    /// What it says of checks.
    pub fn by_checks(&self, today: Option<Day>) -> Options {
        Options {
            only: self.only.clone(),
            skip: self.skip.clone(),
            min_severity: self.min_severity,
            today,
            pedantic: self.pedantic,
            severities: self.severities.clone(),
            accepted: self.ignores.iter().map(|entry| entry.accepted.clone()).collect(),
            parameters: Arc::new(self.parameters.clone()),
            level: None,
        }
    }

    /// The entries that accepted a finding until a day that is over.
    pub fn over(&self, today: Option<Day>) -> impl Iterator<Item = &Ignore> {
        self.ignores.iter().filter(move |entry| entry.accepted.is_over(today))
    }

    /// The entries that accepted nothing in a run over `paths` that used those of the numbers `used`: not those that are
    /// over, whose check was not asked, or whose files lie elsewhere, too.
    pub fn unused(
        &self,
        options: &Options,
        used: &BTreeSet<usize>,
        paths: &[PathBuf],
    ) -> impl Iterator<Item = &Ignore> {
        let idle = move |(number, entry): &(usize, &Ignore)| {
            !used.contains(number)
                && !entry.accepted.is_over(options.today)
                && entry.accepted.checks.iter().any(|check| options.wants(check))
                && entry.lies_below(paths, &self.here)
        };
        self.ignores.iter().enumerate().filter(idle).map(|(_, entry)| entry)
    }

    /// Whether `exclude` names the path.
    pub fn excludes(&self, path: &Path) -> bool {
        let names = glob::below(&self.root, &self.here.join(path));
        names.is_some_and(|names| self.exclude.iter().any(|glob| glob.holds(&names)))
    }
}

/// The largest configuration, in bytes.
pub const LARGEST: usize = 256 << 10;
/// How a version of the standards is written.
pub const VERSIONS: &str = "write latest, or v1.N as in v1.34";
