//! Which checks run.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Accepted, Check, Day, Parameters, all, find_all};
use crate::sim::admission::pod_security::LevelVersion;
use crate::text::{Severity, near};

/// What a run is asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these, where there are any.
    pub only: Vec<&'static Check>,
    /// Not these.
    pub skip: Vec<&'static Check>,
    /// Nothing less severe than this; files that could not be read are told of in any case.
    pub min_severity: Option<Severity>,
    /// The day on which this runs, by which accepted findings expire; without it none does.
    pub today: Option<Day>,
    /// Opinions, too.
    pub pedantic: bool,
    /// Severities other than the checks' own, by id.
    pub severities: BTreeMap<&'static str, Severity>,
    /// What the site accepts.
    pub accepted: Vec<Accepted>,
    /// What the site itself asks for.
    pub parameters: Arc<Parameters>,
    /// Pods are judged by this level alone, as a namespace with its label judges them: no other check is asked, and
    /// no comment accepts anything.
    pub level: Option<LevelVersion>,
}

impl Options {
    /// Whether `check` is asked for.
    pub fn wants(&self, check: &Check) -> bool {
        let among = |list: &[&Check]| list.iter().any(|c| c.id == check.id);
        let named = among(&self.only);
        (self.only.is_empty() || named)
            && (!check.opinion || self.pedantic || named)
            && !among(&self.skip)
            && self.min_severity.is_none_or(|least| self.severity(check) >= least)
    }

    /// What `check` weighs.
    pub fn severity(&self, check: &Check) -> Severity {
        self.severities.get(check.id).copied().unwrap_or(check.severity)
    }
}

/// Nothing is called that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCheck {
    /// What was asked for.
    pub text: String,
    /// The id that looks most like it.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for UnknownCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no check is called {:?}", self.text)?;
        match self.nearest {
            Some(id) => write!(f, "; did you mean {id}?"),
            None => write!(f, "; `sealegs explain --list` prints all"),
        }
    }
}

impl std::error::Error for UnknownCheck {}

/// The checks that `text` names, by id or by another tool's name for it.
pub fn select(text: &str) -> Result<Vec<&'static Check>, UnknownCheck> {
    let found = find_all(text);
    if !found.is_empty() {
        return Ok(found);
    }
    let nearest = near::nearest(text, all().iter().map(|c| c.id));
    Err(UnknownCheck { text: text.to_owned(), nearest })
}
