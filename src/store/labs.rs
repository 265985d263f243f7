//! Gradings of labs and the hints that were shown.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use serde::Serialize;

use super::cards::make_due;
use super::row::word;
use super::{Store, StoreError};
use crate::clock::stamp;
use crate::ids::{ConceptId, LabId};

/// A grading to be saved.
#[derive(Clone, Copy, Debug)]
pub struct NewLabGrade<'a> {
    /// The lab.
    pub lab: &'a LabId,
    /// Whether every step passed.
    pub passed: bool,
    /// Points reached.
    pub points: u32,
    /// Points to be had.
    pub max: u32,
    /// JSON: each step's status.
    pub steps: &'a str,
    /// JSON: the files handed in.
    pub files: &'a str,
    /// The course's edition.
    pub edition: &'a str,
    /// Concepts of failed steps: their cards become due.
    pub failed: &'a [ConceptId],
}

/// What was reached in one lab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabMarks {
    /// Whether it was passed once.
    pub passed: bool,
    /// The best points.
    pub best: u32,
    /// The most points that were to be had; 0 before the first grading.
    pub max: u32,
    /// How often it was graded with changed files.
    pub tries: u32,
    /// How many hints were shown.
    pub hints: u32,
}

impl LabMarks {
    /// Whether the solution may be shown: after a pass or three graded tries.
    pub fn solution_open(&self) -> bool {
        self.passed || self.tries >= 3
    }
}

impl Store {
    /// Saves a grading, and makes the cards of failed concepts due; returns how many became so.
    pub fn save_lab_grade(&mut self, grade: NewLabGrade<'_>, now: Timestamp) -> Result<u32, StoreError> {
        let now = stamp(now);
        self.write_durably(|t| {
            t.prepare_cached(
                "INSERT INTO lab_grades (lab, at, passed, points, max, steps, files, edition)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                grade.lab.as_str(),
                &now,
                grade.passed,
                grade.points,
                grade.max,
                grade.steps,
                grade.files,
                grade.edition,
            ))?;
            make_due(t, grade.failed, &now)
        })
    }

    /// The files that were graded last, as they were saved.
    pub fn last_lab_files(&self, lab: &LabId) -> Result<Option<String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT files FROM lab_grades WHERE lab = ?1 ORDER BY id DESC LIMIT 1")?;
        Ok(statement.query_row([lab.as_str()], |row| row.get(0)).optional()?)
    }

    /// What was reached in each lab that was graded or for which a hint was shown.
    pub fn lab_marks(&self) -> Result<BTreeMap<LabId, LabMarks>, StoreError> {
        let mut marks: BTreeMap<LabId, LabMarks> = BTreeMap::new();
        let mut statement = self.connection.prepare_cached(
            "SELECT lab, max(passed), max(points), max(max), count(*) FROM lab_grades GROUP BY lab",
        )?;
        let grades = statement.query_map([], |row| {
            let mark = LabMarks {
                passed: row.get(1)?,
                best: row.get(2)?,
                max: row.get(3)?,
                tries: row.get(4)?,
                hints: 0,
            };
            Ok((word(row, 0, LabId::new)?, mark))
        })?;
        for grade in grades {
            let (lab, mark) = grade?;
            marks.insert(lab, mark);
        }
        let mut statement =
            self.connection.prepare_cached("SELECT lab, count(*) FROM lab_hints GROUP BY lab")?;
        let hints = statement.query_map([], |row| Ok((word(row, 0, LabId::new)?, row.get(1)?)))?;
        for hint in hints {
            let (lab, count) = hint?;
            marks.entry(lab).or_default().hints = count;
        }
        Ok(marks)
    }

    /// Keeps that the `number`-th hint was shown.
    pub fn save_hint(&mut self, lab: &LabId, number: u32, now: Timestamp) -> Result<(), StoreError> {
        self.write(|t| {
            t.prepare_cached("INSERT OR IGNORE INTO lab_hints (lab, number, at) VALUES (?1, ?2, ?3)")?
                .execute((lab.as_str(), number, stamp(now)))?;
            Ok(())
        })
    }
}
