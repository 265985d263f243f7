//! What both front ends can do: read, answer, drill, grade, issue. The only module that knows course, store and
//! clock together.
//!
//! Layer 6. A session belongs to one thread. Each verb that changes something saves it in one transaction before it
//! returns; several processes may work on one home at a time.

mod attacks;
mod certificate;
pub mod config;
mod drill;
mod error;
mod folder;
mod gap;
mod inspect;
mod interview;
mod labs;
mod overview;
mod quiz;
mod replace;
mod sitting;
mod standing;
mod submission;
mod view;

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::course::Course;
use crate::ids::LessonId;
use crate::store::Store;
use crate::study::Day;

pub use crate::store::{Home, IssuedCertificate, LabMarks, OpenError, Place, Said, StoreError};
pub use attacks::{Attacks, Crossing, Matrix};
pub use error::SessionError;
pub use folder::read_folder;
pub use inspect::{Applied, Entry, Inspected};
pub use replace::replace_file;
pub use sitting::{Attempt, Given, Marked, QuizResult, Shown, Subject};
pub use submission::{certificate_files, content_digest, grade_folder};
pub use view::{
    Asks, DrillCard, Gap, Graded, InterviewRow, Issued, LabCount, LabFile, LessonCount, LessonRow, Overview,
    Points, Progress, Rated, Scope, Standing, Weak,
};

/// One learner at work on one course.
pub struct Session {
    course: Course,
    home: Home,
    clock: Arc<dyn Clock>,
    zone: OnceCell<TimeZone>,
    store: Store,
    place: Option<Place>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let course = &self.course.manifest().id;
        f.debug_struct("Session").field("course", course).field("home", &self.home).finish_non_exhaustive()
    }
}

impl Session {
    /// Opens the learner's progress in `home`, made where there is none yet. Days follow the system's time zone.
    pub fn open(course: Course, home: Home, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let store = Store::open(&home.database())?;
        Self::with_store(store, course, home, clock)
    }

    /// A session that forgets everything, in UTC and for a fixed learner; labs and certificates still go to `home`.
    pub fn in_memory(course: Course, home: Home, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Ok(Self::with_store(Store::in_memory()?, course, home, clock)?.in_zone(TimeZone::UTC))
    }

    /// A session over a database that is open already: `home`'s.
    pub fn with_store(
        store: Store,
        course: Course,
        home: Home,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let place = store.place().map_err(|error| match error {
            StoreError::Damaged(says) => OpenError::Damaged { path: home.database(), says },
            error => OpenError::Unusable { path: home.database(), says: error.to_string() },
        })?;
        Ok(Self { course, home, clock, zone: OnceCell::new(), store, place })
    }

    /// The same session in another time zone.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone: OnceCell::from(zone), ..self }
    }

    /// The course.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// Where the learner's files lie.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// This moment, in whole seconds: what is stored is read back equal.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// Where the learner left off. Read once, at start.
    pub fn place(&self) -> Option<Place> {
        self.place.clone()
    }

    /// Keeps where the learner is, and that this lesson was opened.
    pub fn set_place(&mut self, place: &Place) -> Result<(), StoreError> {
        self.store.save_place(place, self.now())?;
        self.place = Some(place.clone());
        Ok(())
    }

    /// Keeps that the lesson was read to the end.
    pub fn mark_read(&mut self, lesson: &LessonId) -> Result<(), StoreError> {
        self.store.save_read(lesson, self.now())
    }

    /// A setting that a front end keeps for itself. Those of the drill have verbs of their own.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.store.setting(&format!("{FRONT_END}{key}"))
    }

    /// Keeps a setting of a front end.
    pub fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.store.save_setting(&format!("{FRONT_END}{key}"), value)
    }

    /// The day of study that this moment belongs to.
    fn today(&self) -> Day {
        let now = self.now();
        Day::of(now, self.zone.get_or_init(TimeZone::system).to_offset(now))
    }
}

/// What the keys of front ends' settings begin with.
const FRONT_END: &str = "front-end.";
