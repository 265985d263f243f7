//! `content/glossary.md`: the terms of the field.

use crate::ids::HeadingId;
use crate::parse::markdown::Block;
use crate::text::Span;

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
