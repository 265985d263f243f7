//! `content/course.toml`: titles, tracks, status, exam domains, and the rule of the certificate.

use serde::Serialize;

use crate::ids::{BriefId, LessonId, TrackId};
use crate::text::Span;

/// The newest `format` of a course that this program reads.
pub const FORMAT: i64 = 1;

/// What `content/course.toml` says. Title, track and domains of a lesson stand here alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The course's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its edition, as in `1.0.0`.
    pub edition: String,
    /// What the certificate asks for.
    pub certificate: CertificateRule,
    /// The tracks, in order.
    pub tracks: Vec<Track>,
    /// The exam domains by name, in order. May be empty.
    pub domains: Vec<Domain>,
    /// The interview briefs, in order; each is there or is not written yet.
    pub briefs: Vec<BriefEntry>,
    /// The lessons, in order.
    pub lessons: Vec<LessonEntry>,
}

impl Manifest {
    /// The lesson with this id.
    pub fn lesson(&self, id: &LessonId) -> Option<&LessonEntry> {
        self.lessons.iter().find(|l| l.id == *id)
    }

    /// The brief with this id.
    pub fn brief(&self, id: &BriefId) -> Option<&BriefEntry> {
        self.briefs.iter().find(|b| b.id == *id)
    }

    /// How many counted points there are, planned lessons included: three a lesson.
    pub fn points(&self) -> u32 {
        self.lessons.len() as u32 * POINTS_PER_LESSON
    }
}

/// Counted questions of a lesson, one point each.
pub const POINTS_PER_LESSON: u32 = 3;

/// What the certificate asks for, in percent, compared in integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateRule {
    /// Of all counted points.
    pub overall: u32,
    /// Of each lesson's points.
    #[serde(rename = "eachLesson")]
    pub each_lesson: u32,
    /// Of all labs.
    pub labs: u32,
}

impl Default for CertificateRule {
    fn default() -> Self {
        Self { overall: 90, each_lesson: 0, labs: 0 }
    }
}

/// A track: a part of the course with a theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Its id.
    pub id: TrackId,
    /// Its title.
    pub title: String,
}

/// A domain of an exam's curriculum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its id, the exam first, as in `cks:system-hardening`.
    pub id: String,
    /// Its name in the curriculum.
    pub title: String,
}

/// An interview brief's line in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BriefEntry {
    /// Its id, the stem of its file.
    pub id: BriefId,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub span: Span,
}

/// Whether a lesson is there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its files are there.
    Ready,
    /// Its title alone; no finding where files are missing.
    Planned,
}

/// A lesson's line in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonEntry {
    /// Its id, the stem of its files.
    pub id: LessonId,
    /// Its number in the course, from 1.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Its track.
    pub track: TrackId,
    /// Ready or planned.
    pub status: Status,
    /// The exam domains that it serves, as in `cks:system-hardening`.
    pub domains: Vec<String>,
    /// Where it stands.
    pub span: Span,
}
