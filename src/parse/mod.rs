//! Text to spanned trees: YAML, JSON and TOML into [`Tree`], Markdown into [`markdown::Document`], Dockerfiles into
//! [`dockerfile::Dockerfile`]; and whether a Rego policy is one.
//!
//! Layer 1. Parsing never fails: it returns what could be read, and findings. Knows nothing of Kubernetes
//! beyond how its API machinery resolves scalars.

pub mod dockerfile;
pub mod edit;
pub mod json;
mod language;
pub mod markdown;
pub mod rego;
mod scalar;
pub mod toml;
mod tree;
pub mod yaml;

pub use language::Language;
pub use tree::{Entry, Kind, Missing, Node, NodeId, Tree};

use crate::text::{Finding, Source};

/// How many errors of one file are told.
const MOST: usize = 100;

/// What is said in the place of all errors behind the last one that is told.
fn too_many(source: &Source, at: usize) -> Finding {
    Finding::error("too-many-errors", "file has too many errors", source.span(at, at))
        .detail(format!("from here on no error is told: {MOST} were"))
        .help("mend the ones above first")
}

/// What untrusted input may ask of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest file, in bytes.
    pub file: usize,
    /// The deepest nesting of collections.
    pub depth: usize,
    /// The most nodes that a document may expand to through aliases.
    pub expanded: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: 4 << 20, depth: 100, expanded: 250_000 }
    }
}

impl Limits {
    /// The limits for what a learner hands in: 1 MiB a file.
    pub fn submission() -> Self {
        Self { file: 1 << 20, ..Self::default() }
    }
}
