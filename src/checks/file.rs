//! A file as the checks take it: read in the language that it is written in.

use std::sync::Arc;

use crate::parse::dockerfile::{self, Dockerfile};
use crate::parse::{Language, Limits, Tree, toml, yaml};
use crate::text::{Finding, Source};

/// A file, read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its text.
    pub source: Arc<Source>,
    /// Its language.
    pub language: Language,
    /// What was read.
    pub(super) parsed: Parsed,
    /// What keeps it from being read in full: then nothing of it is judged.
    pub(super) syntax: Vec<Finding>,
    /// Whether nobody named it: it was found below a directory, and may be anything.
    pub(super) found: bool,
}

/// What was read of a file.
#[derive(Clone, Debug)]
pub(super) enum Parsed {
    Tree(Arc<Tree>),
    Dockerfile(Dockerfile),
    Text,
}

impl File {
    /// Reads a file in the language that its name or its beginning says.
    pub fn read(source: &Arc<Source>, limits: Limits) -> Self {
        Self::read_as(source, Language::of(source.name(), source.text()), limits)
    }

    /// Reads a file in this language.
    pub fn read_as(source: &Arc<Source>, language: Language, limits: Limits) -> Self {
        let (parsed, syntax) = match language {
            Language::Yaml | Language::Json => {
                let (tree, syntax) = yaml::parse(source, limits);
                (Parsed::Tree(Arc::new(tree)), syntax)
            }
            Language::Toml => {
                let (tree, syntax) = toml::parse(source, limits);
                (Parsed::Tree(Arc::new(tree)), syntax)
            }
            Language::Dockerfile => {
                let (file, syntax) = dockerfile::parse(source, limits);
                (Parsed::Dockerfile(file), syntax)
            }
            Language::Text => (Parsed::Text, Vec::new()),
        };
        Self { source: Arc::clone(source), language, parsed, syntax, found: false }
    }

    /// The same for those who show no fix: none is looked for.
    #[must_use]
    pub fn without_fixes(mut self) -> Self {
        if let Parsed::Tree(tree) = &mut self.parsed
            && let Some(tree) = Arc::get_mut(tree)
        {
            tree.forgo_edits();
        }
        self
    }

    /// The same, found below a directory: that it is of no known form is no mistake then.
    #[must_use]
    pub fn found_below(self, found: bool) -> Self {
        Self { found, ..self }
    }

    /// What was read as YAML before, without errors.
    pub fn of_tree(tree: Arc<Tree>) -> Self {
        let source = Arc::clone(tree.source());
        Self {
            source,
            language: Language::Yaml,
            parsed: Parsed::Tree(tree),
            syntax: Vec::new(),
            found: false,
        }
    }

    /// A file of which there is no text, and what is to be said of that.
    pub fn refused(source: &Arc<Source>, finding: Finding) -> Self {
        let (source, syntax) = (Arc::clone(source), vec![finding]);
        Self { source, language: Language::Text, parsed: Parsed::Text, syntax, found: false }
    }

    /// The tree of a file that is read as one.
    pub fn tree(&self) -> Option<&Tree> {
        if let Parsed::Tree(tree) = &self.parsed { Some(tree) } else { None }
    }

    /// Whether it could not be read in full.
    pub fn is_broken(&self) -> bool {
        !self.syntax.is_empty()
    }
}
