//! `content/glossary.md` and `content/briefs/TRACK.md`: the terms of the field, and a page for each track.

use std::sync::Arc;

use crate::ids::{HeadingId, TrackId};
use crate::parse::markdown::{Block, Document};
use crate::text::{Source, Span};

/// The terms of the field, as the file orders them. May be empty.
#[derive(Clone, Debug, Default)]
pub struct Glossary {
    /// The terms.
    pub terms: Vec<Term>,
}

impl Glossary {
    /// The term with this id.
    pub fn term(&self, id: &str) -> Option<&Term> {
        self.terms.iter().find(|t| t.id.as_str() == id)
    }
}

/// A term and what it means.
#[derive(Clone, Debug)]
pub struct Term {
    /// Its id, from `{#id}`.
    pub id: HeadingId,
    /// The term itself.
    pub name: String,
    /// What it means.
    pub body: Vec<Block>,
    /// Where its heading stands.
    pub span: Span,
}

/// A track on a page.
#[derive(Clone, Debug)]
pub struct Brief {
    /// The track.
    pub track: TrackId,
    /// The text.
    pub body: Document,
    /// The file.
    pub source: Arc<Source>,
}
