//! Files of the learner's own, outside of any lab: listed, checked, and mended one finding at a time.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::{self, Unusable};
use super::replace::replace_file;
use super::{Session, SessionError};
use crate::checks::{self, Counts, Day, File, Options};
use crate::parse::Limits;
use crate::text::{Finding, Safety, Severity, Source, Sources, fix};

/// What stands in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, with what is no UTF-8 replaced.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is a directory.
    pub directory: bool,
}

/// A file that was checked.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub source: Arc<Source>,
    /// What was found, by place; the file is the one in it.
    pub findings: Vec<Finding>,
    /// How many findings comments and the configuration accept.
    pub accepted: usize,
    /// What was read.
    pub read: Counts,
    /// The configuration that counts for it.
    pub configuration: Option<Applied>,
}

/// A configuration that counts for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called by whoever is in the file's directory.
    pub name: String,
    /// The level that judges alone, where it names one.
    pub level: Option<String>,
    /// How many of its entries accepted a finding until a day that is over.
    pub over: usize,
}

impl Session {
    /// The directories and files of a directory, directories first, each by name; hidden ones are left out.
    pub fn entries(&self, directory: &Path) -> Result<Vec<Entry>, SessionError> {
        let failed = |error: io::Error| SessionError::file(directory, error);
        let mut entries = Vec::new();
        for entry in fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // Links are followed here: whoever looks at them chose to.
            let Ok(found) = fs::metadata(entry.path()) else { continue };
            if !name.starts_with('.') && (found.is_dir() || found.is_file()) {
                entries.push(Entry { name, path: entry.path(), directory: found.is_dir() });
            }
        }
        entries.sort_by(|a, b| b.directory.cmp(&a.directory).then_with(|| a.name.cmp(&b.name)));
        Ok(entries)
    }

    /// Checks a file as it is now, as `sealegs check` does in its directory: by the configuration that counts there.
    pub fn inspect(&self, path: &Path) -> Result<Inspected, SessionError> {
        let text = read(path)?;
        let source = Sources::new().add(path.display().to_string(), text);
        let today = self.now().to_string().get(..10).and_then(Day::parse);
        let (options, configuration) = applied(path, today)?;
        let checked = checks::run(&[File::read(&source, Limits::default())], &options);
        let (path, accepted) = (path.to_owned(), checked.suppressed.len());
        let (findings, read) = (checked.findings, checked.read);
        Ok(Inspected { path, source, findings, accepted, read, configuration })
    }

    /// Puts `text` in the place of `seen`; refused where the file holds something else by now.
    pub fn rewrite(&self, path: &Path, seen: &str, text: &str) -> Result<(), SessionError> {
        if read(path)? != seen {
            return Err(SessionError::file(path, "it was changed meanwhile; look at it again"));
        }
        replace_file(path, text).map_err(|error| SessionError::file(path, error))
    }
}

impl Inspected {
    /// The text with the fix of one of its findings, where that is safe to write.
    pub fn mended(&self, finding: &Finding) -> Option<String> {
        let fix = finding.fix.as_ref().filter(|fix| fix.safety == Safety::Safe)?;
        fix::apply(self.source.text(), &fix.edits)
    }

    /// How many of the findings are faults: not what nobody can tell, and not what was not looked at.
    pub fn faults(&self) -> usize {
        self.findings.iter().filter(|f| f.severity > Severity::Unknown).count()
    }
}

/// What is looked for in a file, and the configuration that says so.
fn applied(path: &Path, today: Option<Day>) -> Result<(Options, Option<Applied>), SessionError> {
    let whole = std::path::absolute(path).map_err(|error| SessionError::file(path, error))?;
    let here = whole.parent().unwrap_or(Path::new("/"));
    let Some(found) = config::find(here).map_err(unusable)? else {
        return Ok((Options { today, ..Options::default() }, None));
    };
    let config = config::load(&found, here).map_err(unusable)?;
    let options = config.options(today);
    let applied = Applied {
        name: from(here, &found),
        level: options.level.map(|level| level.to_string()),
        over: if options.level.is_some() { 0 } else { config.over(today).count() },
        path: found,
    };
    Ok((options, Some(applied)))
}

/// The way from a directory to a file that lies in it or above it.
fn from(here: &Path, file: &Path) -> String {
    let up = here.ancestors().take_while(|dir| Some(*dir) != file.parent()).count();
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    format!("{}{name}", "../".repeat(up))
}

fn unusable(why: Unusable) -> SessionError {
    match why {
        Unusable::File(path, error) => SessionError::file(path, error),
        Unusable::Whole(path, says) => SessionError::file(path, says),
        Unusable::Text(path, findings, sources) => {
            let line = |finding: &Finding| {
                let at = sources.locate(finding.primary.span).map_or(1, |(_, at)| at.line);
                format!("line {at}: {}: {}; {}", finding.title, finding.detail, finding.help)
            };
            let said: Vec<String> = findings.iter().map(line).collect();
            SessionError::file(path, format!("this configuration cannot be used. {}", said.join(". ")))
        }
    }
}

fn read(path: &Path) -> Result<String, SessionError> {
    let failed = |error: io::Error| SessionError::file(path, error);
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(SessionError::file(path, "not a file"));
    }
    let most = Limits::default().file;
    let mut bytes = Vec::new();
    // One byte past the limit is enough to know that it is passed.
    fs::File::open(path).map_err(failed)?.take(most as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > most {
        return Err(SessionError::file(path, format!("larger than {} KiB; split it", most >> 10)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        SessionError::file(path, format!("not text in UTF-8, from byte {at} on"))
    })
}
