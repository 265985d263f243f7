//! `content/briefs/ID.md`: an interview brief, a subject on a few pages with three questions at its end.

use std::sync::Arc;

use super::lesson;
use crate::ids::{BriefId, HeadingId, QuestionId};
use crate::parse::markdown::{Block, Document};
use crate::text::Source;

/// How many questions a brief ends with. They never count.
pub const QUESTIONS_PER_BRIEF: usize = 3;

/// How people name a brief: `brief-run`.
pub fn brief_name(id: &BriefId) -> String {
    format!("brief-{id}")
}

/// An interview brief.
#[derive(Clone, Debug)]
pub struct Brief {
    /// Its id.
    pub id: BriefId,
    /// How long it takes to read, in minutes.
    pub minutes: u32,
    /// What its facts were checked against.
    pub as_of: String,
    /// The questions at its end, from the reserve of lessons.
    pub questions: Vec<QuestionId>,
    /// The text.
    pub body: Document,
    /// The file.
    pub source: Arc<Source>,
}

impl Brief {
    /// The blocks under a heading; see [`super::Lesson::section`].
    pub fn section(&self, heading: &HeadingId) -> Vec<Block> {
        lesson::section(&self.body, heading)
    }

    /// The headings that have an id, in order: id, level, text.
    pub fn headings(&self) -> Vec<(HeadingId, u8, String)> {
        lesson::headings(&self.body)
    }
}
