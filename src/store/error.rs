//! What can go wrong with the learner's data, and the way out.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// The database could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// A newer version of the program wrote it.
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema's number.
        found: u32,
        /// The newest number that this program knows.
        known: u32,
    },
    /// It is not a database, or it is broken. `Store::set_aside` moves it away, once the learner agreed.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        says: String,
    },
    /// It is a database of another program.
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file or its directory cannot be created, read or written.
    Unusable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        says: String,
    },
}

impl OpenError {
    /// What to do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::Newer { .. } => {
                "install the newest sealegs, or name another directory in SEALEGS_HOME".into()
            }
            Self::Damaged { .. } => "run `sealegs` in a terminal and let it be set aside under another name \
                                     (nothing is deleted), or put a backup in its place"
                .into(),
            Self::Foreign { .. } => "name another directory in SEALEGS_HOME".into(),
            Self::Unusable { .. } => {
                "mend that, or name a directory that you can write to in SEALEGS_HOME".into()
            }
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { path, found, known } => write!(
                f,
                "{}: written by a newer sealegs (schema {found}, this one knows up to {known})",
                path.display()
            ),
            Self::Damaged { path, says } => write!(f, "{}: damaged: {says}", path.display()),
            Self::Foreign { path } => write!(f, "{}: a database, but not one of sealegs", path.display()),
            Self::Unusable { path, says } => write!(f, "{}: {says}", path.display()),
        }
    }
}

impl std::error::Error for OpenError {}

/// Something could not be read from the database, or saved in it.
#[derive(Debug)]
pub enum StoreError {
    /// Another process holds the database for longer than one waits.
    Busy,
    /// The disk is full.
    Full,
    /// The database cannot be written.
    ReadOnly,
    /// The database is damaged.
    Damaged(String),
    /// Anything else that `SQLite` reports.
    Other(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => {
                f.write_str("not saved: another sealegs is busy with the progress database; try again")
            }
            Self::Full => f.write_str("not saved: the disk is full; free some space and try again"),
            Self::ReadOnly => f.write_str("not saved: the progress database cannot be written"),
            Self::Damaged(says) => {
                write!(
                    f,
                    "the progress database is damaged: {says}; close sealegs and move the file away to begin anew"
                )
            }
            Self::Other(says) => write!(f, "the progress database reports: {says}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

/// What an error while opening `path` means.
pub(super) fn while_opening(path: &Path, error: &rusqlite::Error) -> OpenError {
    let (path, says) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly) => OpenError::Unusable { path, says: "cannot be written".into() },
        Some(ErrorCode::CannotOpen) => OpenError::Unusable { path, says: "cannot be opened".into() },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => OpenError::Damaged { path, says },
        _ => OpenError::Unusable { path, says },
    }
}

/// What a failure of the file system at `path` means.
pub(super) fn of_disk(path: &Path, error: &io::Error) -> OpenError {
    OpenError::Unusable { path: path.to_owned(), says: says(error) }
}

/// What the system says about a file, as a part of a message: in lower case and without its number.
pub fn says(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_fit_into_a_sentence() {
        let missing = std::fs::File::open("/nowhere/at/all").unwrap_err();
        assert!(says(&missing).starts_with(|c: char| c.is_lowercase()), "{}", says(&missing));
        assert!(!says(&missing).contains("os error"));
        assert_eq!(says(&io::Error::other("SQL went wrong")), "SQL went wrong");
    }
}
