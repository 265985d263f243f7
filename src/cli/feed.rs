//! Texts to check: which files are read in one go, and what there is in them.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::exit::Failure;
use super::gather::{Entry, Walk};
use super::input::{self, Contents};
use crate::parse::Limits;
use crate::text::{Finding, Source, Sources};

/// What a file counts for beside its text, so that empty ones come to an end, too.
pub const EACH: usize = 64;

/// How many files are one piece of work for a processor, where it has a choice.
const SOME: usize = 32;

/// The files of a walk: in each item all of one directory, or those of several small ones.
pub struct Groups<'w, 'e> {
    walk: &'w mut Walk<'e>,
    next: Option<Entry>,
}

impl<'w, 'e> Groups<'w, 'e> {
    /// Those of this walk.
    pub fn of(walk: &'w mut Walk<'e>) -> Self {
        let next = walk.next();
        Self { walk, next }
    }
}

impl Iterator for Groups<'_, '_> {
    type Item = Vec<Entry>;

    fn next(&mut self) -> Option<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(entry) = self.next.take() {
            if entries.len() >= SOME && entries.last().is_some_and(|last| last.group != entry.group) {
                self.next = Some(entry);
                break;
            }
            entries.push(entry);
            self.next = self.walk.next();
        }
        (!entries.is_empty()).then_some(entries)
    }
}

/// A file that was read, or why it was not.
pub struct Text {
    /// The number of those that it belongs to.
    pub group: usize,
    name: String,
    contents: Result<String, Refusal>,
    found: bool,
}

/// A file among the sources.
pub struct Entered {
    /// Its text.
    pub source: Arc<Source>,
    /// Why there is none.
    pub refused: Option<Finding>,
    /// Whether it was found below a directory, and nobody named it.
    pub found: bool,
}

/// Why there is no text, and what to do.
struct Refusal {
    why: String,
    help: &'static str,
}

impl Text {
    /// What it counts for where much is much.
    pub fn weight(&self) -> usize {
        EACH + self.contents.as_ref().map_or(0, String::len)
    }

    /// Gives it a place among the sources.
    pub fn enter(self, sources: &Sources) -> Entered {
        let found = self.found;
        match self.contents {
            Ok(text) => Entered { source: sources.add(self.name, text), refused: None, found },
            Err(Refusal { why, help }) => {
                let source = sources.add(self.name, "");
                let finding = Finding::error("unreadable-file", why, source.whole()).help(help);
                Entered { source, refused: Some(finding), found }
            }
        }
    }
}

/// Where texts come from.
pub struct Feed {
    standard: Mutex<Option<Contents>>,
}

impl Feed {
    /// Files, and `standard` where standard input was named.
    pub fn new(standard: Option<Contents>) -> Self {
        Self { standard: Mutex::new(standard) }
    }

    /// What there is in a file. One that was named and cannot be read is an error.
    pub fn text(&self, entry: Entry) -> Result<Text, Failure> {
        let most = Limits::default().file;
        let is_standard = entry.path == Path::new("-");
        let contents = if let Some(why) = entry.refused {
            Err(Refusal { why, help: "let it be read, or name the files one by one" })
        } else if is_standard {
            let standard = self.standard.lock().unwrap_or_else(PoisonError::into_inner).take();
            text(standard.unwrap_or(Contents::Bytes(Vec::new())), most)
        } else {
            match input::contents(&entry.path, most, entry.named) {
                Ok(contents) => text(contents, most),
                Err(failure) if entry.named => return Err(failure),
                Err(failure) => {
                    let why = failure.message.rsplit(": ").next().unwrap_or_default().to_owned();
                    Err(Refusal { why, help: "let it be read" })
                }
            }
        };
        let name = if is_standard { "<stdin>".to_owned() } else { entry.path.display().to_string() };
        Ok(Text { group: entry.group, name, contents, found: !entry.named })
    }
}

fn text(contents: Contents, most: usize) -> Result<String, Refusal> {
    match contents {
        Contents::TooLarge => Err(Refusal {
            why: format!("file is larger than {} KiB", most >> 10),
            help: "split it, or check its parts",
        }),
        Contents::Bytes(bytes) => String::from_utf8(bytes).map_err(|error| Refusal {
            why: format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to() + 1),
            help: "hand in text in UTF-8",
        }),
    }
}
