//! What both front ends can do: read, answer, drill, grade, issue. The only module that knows course, store and
//! clock together.
//!
//! Layer 6.

mod error;
mod standin;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::standin::Course;
use crate::clock::Clock;
use crate::ids::{LabId, LessonId};
use crate::quiz::Answer;
use crate::store::{Home, OpenError, StoreError};
use crate::study::{CardId, Rating, Retention};

pub use error::SessionError;
pub use view::{
    Attempt, DrillCard, Gap, Given, Graded, Issued, LabCount, LabFile, LabMarks, LessonCount, LessonRow,
    Marked, Overview, Place, Points, Progress, QuizResult, Rated, Shown, Weak,
};

/// One learner at work on one course.
pub struct Session {}

#[expect(
    unused_variables,
    clippy::todo,
    clippy::unused_self,
    reason = "the published interface; bodies follow"
)]
impl Session {
    /// Opens the learner's progress in `home`, made where there is none yet. The zone is the system's.
    pub fn open(course: Course, home: Home, clock: Arc<dyn Clock>) -> Result<Session, OpenError> {
        todo!()
    }
    /// A session that forgets everything, in UTC; labs and certificates still go to `home`.
    pub fn in_memory(course: Course, home: Home, clock: Arc<dyn Clock>) -> Result<Session, OpenError> {
        todo!()
    }
    /// The same session with another time zone.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        todo!()
    }
    pub fn course(&self) -> &Course {
        todo!()
    }
    pub fn home(&self) -> &Home {
        todo!()
    }
    pub fn now(&self) -> Timestamp {
        todo!()
    }

    // reading
    pub fn place(&self) -> Option<Place> {
        todo!()
    }
    pub fn set_place(&mut self, place: &Place) -> Result<(), StoreError> {
        todo!()
    }
    pub fn mark_read(&mut self, lesson: &LessonId) -> Result<(), StoreError> {
        todo!()
    }
    pub fn lessons(&self) -> Result<Vec<LessonRow>, StoreError> {
        todo!()
    }
    pub fn overview(&self) -> Result<Overview, StoreError> {
        todo!()
    }
    pub fn progress(&self) -> Result<Progress, StoreError> {
        todo!()
    }

    // quiz
    /// The lesson's quiz: goes on with an unfinished attempt, or begins one. With every point won it is practice.
    pub fn quiz_start(&mut self, lesson: &LessonId) -> Result<Attempt, SessionError> {
        todo!()
    }
    /// A pre-test: the reserve questions, never counted.
    pub fn quiz_pretest(&mut self, lesson: &LessonId) -> Result<Attempt, SessionError> {
        todo!()
    }
    /// Answers [`Attempt::current`].
    pub fn quiz_answer(
        &mut self,
        attempt: &mut Attempt,
        answer: &Answer,
        guessed: bool,
    ) -> Result<Marked, SessionError> {
        todo!()
    }
    pub fn quiz_finish(&mut self, attempt: &mut Attempt) -> Result<QuizResult, SessionError> {
        todo!()
    }

    // drill
    pub fn drill(&self) -> Result<Vec<DrillCard>, SessionError> {
        todo!()
    }
    pub fn rate(&mut self, card: &CardId, rating: Rating) -> Result<Rated, SessionError> {
        todo!()
    }
    /// Takes back the last rating of today; returns its card.
    pub fn undo(&mut self) -> Result<Option<CardId>, SessionError> {
        todo!()
    }
    /// Not today: due at the start of tomorrow.
    pub fn postpone(&mut self, card: &CardId) -> Result<(), SessionError> {
        todo!()
    }
    pub fn suspend(&mut self, card: &CardId, suspended: bool) -> Result<(), SessionError> {
        todo!()
    }
    pub fn flag(&mut self, card: &CardId, flagged: bool) -> Result<(), SessionError> {
        todo!()
    }
    /// Cards a day.
    pub fn cap(&self) -> Result<u32, StoreError> {
        todo!()
    }
    pub fn set_cap(&mut self, cap: u32) -> Result<(), StoreError> {
        todo!()
    }
    pub fn retention(&self) -> Result<Retention, StoreError> {
        todo!()
    }
    pub fn set_retention(&mut self, retention: Retention) -> Result<(), StoreError> {
        todo!()
    }

    // labs
    pub fn lab_start(&mut self, lab: &LabId) -> Result<PathBuf, SessionError> {
        todo!()
    }
    /// Moves what is there to a dated backup, which it returns, and writes the starter anew.
    pub fn lab_reset(&mut self, lab: &LabId) -> Result<PathBuf, SessionError> {
        todo!()
    }
    /// Takes a backup of [`Session::lab_reset`] back; what is there now becomes a backup itself, which it returns.
    pub fn lab_restore(&mut self, lab: &LabId, backup: &Path) -> Result<PathBuf, SessionError> {
        todo!()
    }
    pub fn lab_files(&self, lab: &LabId) -> Result<Vec<LabFile>, SessionError> {
        todo!()
    }
    pub fn lab_marks(&self, lab: &LabId) -> Result<LabMarks, SessionError> {
        todo!()
    }
    pub fn lab_grade(&mut self, lab: &LabId) -> Result<Graded, SessionError> {
        todo!()
    }
    /// The next hint and its number from 1, recorded; none when all were shown.
    pub fn lab_hint(&mut self, lab: &LabId) -> Result<Option<(usize, String)>, SessionError> {
        todo!()
    }
    /// The hints shown so far.
    pub fn lab_hints(&self, lab: &LabId) -> Result<Vec<String>, SessionError> {
        todo!()
    }

    // certificate
    pub fn certificate_gap(&self) -> Result<Gap, SessionError> {
        todo!()
    }
    pub fn certificate_issue(&mut self, name: &str) -> Result<Issued, SessionError> {
        todo!()
    }
}
