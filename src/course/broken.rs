//! Why a lesson, quiz or lab cannot be had: not written yet, not of this course, or full of mistakes.

use std::fmt;

use crate::text::Finding;

/// Why something of a course cannot be had. Its neighbours can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What it is, as in ``lesson `05-running-as-non-root` ``.
    pub what: String,
    /// Which of the three it is.
    pub why: Absence,
    /// What is wrong with its files, to be rendered with the course's sources; empty unless
    /// [`Absence::Mistakes`].
    pub findings: Vec<Finding>,
}

/// The three ways of not being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Its lesson is planned, not written yet.
    Planned,
    /// The course has no such thing.
    Unknown,
    /// Its files have mistakes, or one is missing.
    Mistakes,
}

impl Broken {
    /// Whether it is merely not written yet, which is nobody's mistake.
    pub fn is_planned(&self) -> bool {
        self.why == Absence::Planned
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = &self.what;
        match self.why {
            Absence::Planned => write!(f, "{what} is planned, not written yet"),
            Absence::Unknown => write!(f, "this course has no {what}"),
            Absence::Mistakes => match self.findings.len() {
                1 => write!(f, "{what} cannot be shown: its files have a mistake"),
                n => write!(f, "{what} cannot be shown: its files have {n} mistakes"),
            },
        }
    }
}

impl std::error::Error for Broken {}
