//! Where the learner's files lie. The only place that asks the environment for it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::ids::LabId;

/// The environment variable that names the home.
pub const VARIABLE: &str = "SEALEGS_HOME";

/// The directory with the learner's progress, configuration, labs and certificates. Nothing is created here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// `SEALEGS_HOME`, or the platform's data directory; none where there is neither.
    pub fn from_environment() -> Option<Self> {
        Self::find(std::env::var_os(VARIABLE))
    }

    /// The home, given the value of [`VARIABLE`]; an empty one counts as none.
    pub fn find(variable: Option<OsString>) -> Option<Self> {
        match variable.filter(|value| !value.is_empty()) {
            Some(value) => Some(Self::at(PathBuf::from(value))),
            None => directories::ProjectDirs::from("", "", "sealegs").map(|dirs| Self::at(dirs.data_dir())),
        }
    }

    /// The home in this directory.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        // A relative path would follow the working directory; the learner's files must not.
        Self { root: std::path::absolute(&root).unwrap_or(root) }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The learner's progress.
    pub fn database(&self) -> PathBuf {
        self.root.join("progress.db")
    }

    /// What the learner configured.
    pub fn config(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// The learner's copies of labs.
    pub fn labs(&self) -> PathBuf {
        self.root.join("labs")
    }

    /// The learner's copy of one lab.
    pub fn lab(&self, lab: &LabId) -> PathBuf {
        self.labs().join(lab.as_str())
    }

    /// Issued certificates.
    pub fn certificates(&self) -> PathBuf {
        self.root.join("certificates")
    }

    /// Installed courses.
    pub fn packs(&self) -> PathBuf {
        self.root.join("packs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_and_an_empty_one_does_not() {
        let named = Home::find(Some("/somewhere/else".into())).unwrap();
        assert_eq!(named.database(), Path::new("/somewhere/else/progress.db"));
        assert_eq!(Home::find(Some(OsString::new())), Home::find(None));
    }

    #[test]
    fn a_relative_home_is_made_absolute() {
        assert!(Home::at("here").root().is_absolute());
    }
}
