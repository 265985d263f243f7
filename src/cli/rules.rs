//! What `check` is asked to look for: the flags, and the configuration below them.
//!
//! A flag beats the same key of the file, a list as a whole. A level judges alone: it puts aside what the file says
//! of checks, and a flag that chooses checks puts aside the file's level.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Failure;
use crate::checks::{self, Check, Day, Options};
use crate::session::config::{self, Config, Unusable, VERSIONS};
use crate::sim::admission::pod_security::{Level, Version};
use crate::text::{Severity, snippet};

/// What to look for.
#[derive(Debug, Args)]
pub struct Rules {
    /// Judge pods by this level of the Pod Security Standards, and by nothing else: check --level restricted deploy
    #[arg(long, value_name = "LEVEL", value_parser = ["baseline", "restricted"],
          conflicts_with_all = ["min_severity", "only", "skip", "pedantic"])]
    level: Option<String>,
    /// The version of the level, v1.0 to v1.37 or latest: check --level baseline --version v1.34 pod.yaml
    #[arg(long = "version", id = "standards-version", value_name = "VERSION")]
    version: Option<String>,
    /// Only findings of at least this severity: check --min-severity high deploy
    #[arg(long, value_name = "SEVERITY", value_parser = ["info", "low", "medium", "high", "critical"])]
    min_severity: Option<String>,
    /// Only these findings (an id or another tool's), may be repeated: check --only KSV-0017 deploy
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Not these findings, may be repeated: check --skip image-tag-latest deploy
    #[arg(long, value_name = "ID")]
    skip: Vec<String>,
    /// Opinions, too: check --pedantic deploy
    #[arg(long)]
    pedantic: bool,
    /// The configuration, instead of .sealegs.toml or sealegs.toml here or above in the repository: check --config
    /// ci.toml deploy
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Without any configuration: check --no-config deploy
    #[arg(long)]
    no_config: bool,
}

/// What came of flags and configuration.
pub struct Settled {
    /// What is looked for.
    pub options: Options,
    /// The configuration.
    pub config: Option<Config>,
    /// What it is called.
    pub name: Option<String>,
}

impl Settled {
    /// Whether the configuration excludes a path that lies below a named directory.
    pub fn excludes(&self, path: &Path) -> bool {
        self.config.as_ref().is_some_and(|config| config.excludes(path))
    }
}

impl Rules {
    /// Puts the flags over the configuration.
    pub fn settle(&self, today: Option<Day>) -> Result<Settled, Failure> {
        let (config, name) = match self.configuration()? {
            Some((config, name)) => (config, Some(name)),
            None => (Config::default(), None),
        };
        let options = self.options(&config, today)?;
        if options.level.is_none() && !checks::all().iter().any(|check| options.wants(check)) {
            return Err(Failure::usage(
                "nothing is left to look for; ask for less with --only, --skip and --min-severity",
            ));
        }
        Ok(Settled { options, config: name.is_some().then_some(config), name })
    }

    fn options(&self, config: &Config, today: Option<Day>) -> Result<Options, Failure> {
        let chooses =
            self.min_severity.is_some() || self.pedantic || !(self.only.is_empty() && self.skip.is_empty());
        let level = match self.level.as_deref() {
            Some(word) => Level::from_word(word),
            None => config.level.filter(|_| !chooses),
        };
        let version = match self.version.as_deref() {
            Some(_) if level.is_none() => {
                return Err(Failure::usage("--version is the version of a level; add --level restricted"));
            }
            Some(text) => Some(Version::parse(text).ok_or_else(|| {
                Failure::usage(format!("{text:?} is no version of the standards; {VERSIONS}"))
            })?),
            None => config.version,
        };
        if let Some(level) = level {
            return Ok(Config::by_level(level, version, today));
        }
        let min_severity = self.min_severity.as_deref().and_then(Severity::from_word);
        Ok(Options {
            only: chosen(&self.only, &config.only)?,
            skip: chosen(&self.skip, &config.skip)?,
            min_severity: min_severity.or(config.min_severity),
            pedantic: self.pedantic || config.pedantic,
            ..config.by_checks(today)
        })
    }

    /// The configuration and its name, where there is one.
    fn configuration(&self) -> Result<Option<(Config, String)>, Failure> {
        let here = std::env::current_dir().map_err(|e| Failure::file(Path::new("."), &e))?;
        let failed = |unusable| failure(&here, unusable);
        let path = match &self.config {
            Some(path) => Some(path.clone()),
            None if self.no_config => None,
            None => config::find(&here).map_err(failed)?,
        };
        let Some(path) = path else { return Ok(None) };
        let config = config::load(&path, &here).map_err(failed)?;
        Ok(Some((config, config::name(&path, &here))))
    }
}

fn failure(here: &Path, unusable: Unusable) -> Failure {
    match unusable {
        Unusable::File(path, error) => Failure::file(&path, &error),
        Unusable::Whole(path, says) => Failure::usage(format!("{}: {says}", config::name(&path, here))),
        Unusable::Text(_, findings, sources) => {
            let said: String = findings.iter().map(|f| snippet::render(f, &sources) + "\n").collect();
            Failure::usage(format!("the configuration cannot be used\n{said}"))
        }
    }
}

fn chosen(names: &[String], otherwise: &[&'static Check]) -> Result<Vec<&'static Check>, Failure> {
    if names.is_empty() {
        return Ok(otherwise.to_vec());
    }
    let found: Result<Vec<_>, _> = names.iter().map(|name| checks::select(name)).collect();
    found.map(|lists| lists.concat()).map_err(|error| Failure::usage(error.to_string()))
}
