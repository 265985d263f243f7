//! `content/NN-slug.md`: a TOML header, then Markdown.

use std::sync::Arc;

use crate::ids::{HeadingId, LessonId};
use crate::parse::markdown::{BlockKind, Document, plain};
use crate::text::Source;

/// A lesson's text.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its id.
    pub id: LessonId,
    /// How long it takes to read, in minutes.
    pub minutes: u32,
    /// What its facts were checked against, as in `Kubernetes 1.37`.
    pub as_of: String,
    /// The text.
    pub body: Document,
    /// The file.
    pub source: Arc<Source>,
}

impl Lesson {
    /// The headings that are concepts, in order: id, level, text.
    pub fn headings(&self) -> Vec<(HeadingId, u8, String)> {
        let heading = |kind: &BlockKind| match kind {
            BlockKind::Heading { id: Some(id), level, text } => {
                Some((HeadingId::new(id)?, *level, plain(text)))
            }
            _ => None,
        };
        self.body.blocks.iter().filter_map(|b| heading(&b.kind)).collect()
    }
}
