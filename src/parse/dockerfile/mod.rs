//! Dockerfiles: whether a text is one, and its instructions with their places.
//!
//! Follows Docker's own builder, `github.com/moby/buildkit, frontend/dockerfile/parser`, so that a file that builds is
//! read, and one that does not is not. No variable is put in here.

use std::sync::Arc;

pub use self::read::{parse, syntax};
pub use self::text::Text;
use crate::text::{Source, Span};

mod instruction;
mod line;
mod problem;
mod read;
mod text;
mod word;

/// The instructions of one file, in its order.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    source: Arc<Source>,
    /// Every instruction; before the first `FROM` only `ARG` has a meaning.
    pub instructions: Vec<Instruction>,
}

/// The instructions' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they are the words of the Dockerfile reference")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

impl Keyword {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Add,
        Self::Arg,
        Self::Cmd,
        Self::Copy,
        Self::Entrypoint,
        Self::Env,
        Self::Expose,
        Self::From,
        Self::Healthcheck,
        Self::Label,
        Self::Maintainer,
        Self::Onbuild,
        Self::Run,
        Self::Shell,
        Self::Stopsignal,
        Self::User,
        Self::Volume,
        Self::Workdir,
    ];

    /// As it is written, though small letters do as well.
    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Arg => "ARG",
            Self::Cmd => "CMD",
            Self::Copy => "COPY",
            Self::Entrypoint => "ENTRYPOINT",
            Self::Env => "ENV",
            Self::Expose => "EXPOSE",
            Self::From => "FROM",
            Self::Healthcheck => "HEALTHCHECK",
            Self::Label => "LABEL",
            Self::Maintainer => "MAINTAINER",
            Self::Onbuild => "ONBUILD",
            Self::Run => "RUN",
            Self::Shell => "SHELL",
            Self::Stopsignal => "STOPSIGNAL",
            Self::User => "USER",
            Self::Volume => "VOLUME",
            Self::Workdir => "WORKDIR",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word().eq_ignore_ascii_case(word))
    }
}

/// A piece of text and where it stands, quotes and escapes taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: Text,
    /// Where it stands as it was written.
    pub span: Span,
}

/// `--name=value` behind an instruction's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name without dashes.
    pub name: Box<str>,
    /// The value, where it has one.
    pub value: Option<Word>,
    /// The whole flag.
    pub span: Span,
}

/// What an instruction is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// Words: an image, a path, sources and their destination (the last one).
    Words(Vec<Word>),
    /// A list in brackets, run without a shell.
    Exec(Vec<Word>, Span),
    /// A line for a shell, continued lines joined.
    Shell(Text),
    /// `HEALTHCHECK NONE`, or nothing.
    None,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its word.
    pub keyword: Keyword,
    /// Where the word stands.
    pub keyword_span: Span,
    /// From the word to the end of what it is given; here-documents come after.
    pub span: Span,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// What it is given.
    pub arguments: Arguments,
    /// The name after `AS`.
    pub name: Option<Word>,
    /// Its here-documents' text.
    pub here_documents: Vec<Text>,
    /// What `ONBUILD` holds back.
    pub inner: Option<Box<Instruction>>,
}

impl Instruction {
    /// The flag of that name.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|f| &*f.name == name)
    }

    /// The words that it is given, in brackets or not; none for a shell's line.
    pub fn words(&self) -> &[Word] {
        match &self.arguments {
            Arguments::Words(words) | Arguments::Exec(words, _) => words,
            _ => &[],
        }
    }

    /// The first word that it is given: the image of a `FROM`, the user of a `USER`.
    pub fn word(&self) -> Option<&Word> {
        self.words().first()
    }

    /// Every line that a shell runs for it: its own, and its here-documents.
    pub fn shell(&self) -> impl Iterator<Item = &Text> {
        let line = if let Arguments::Shell(line) = &self.arguments { Some(line) } else { None };
        line.into_iter().chain(&self.here_documents)
    }
}

impl Dockerfile {
    /// The text that it was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }
}
