//! Where the learner stands: the list of lessons, Home, and `progress`.

use super::standing;
use super::view::{LabCount, LessonCount, LessonRow, Overview, Points, Progress, Weak};
use super::{Place, Session};
use crate::clock::stamp;
use crate::course::{POINTS_PER_LESSON, Status};
use crate::ids::LessonId;
use crate::store::{Score, StoreError};
use crate::study::Card;

/// How many weak concepts are named.
const WEAK: u32 = 3;

/// The format of `progress --json`.
const FORMAT: u32 = 1;

impl Session {
    /// The course's lessons, in order, each with what was reached in it.
    pub fn lessons(&self) -> Result<Vec<LessonRow>, StoreError> {
        self.rows(|lesson, score| self.points(lesson, score))
    }

    fn rows(&self, points: impl Fn(&LessonId, &Score) -> Points) -> Result<Vec<LessonRow>, StoreError> {
        let (opened, scores, labs) = (self.store.opened()?, self.store.scores()?, self.store.lab_marks()?);
        let row = |entry: &crate::course::LessonEntry| {
            let score = scores.get(&entry.id).cloned().unwrap_or_default();
            let lab = self.course.lab_of(&entry.id);
            LessonRow {
                id: entry.id.clone(),
                number: entry.number,
                title: entry.title.clone(),
                track: entry.track.clone(),
                status: entry.status,
                opened: opened.contains_key(&entry.id),
                read: opened.get(&entry.id).copied().unwrap_or(false),
                points: points(&entry.id, &score),
                attempts: score.attempts,
                lab_marks: lab.as_ref().and_then(|lab| labs.get(lab)).copied().unwrap_or_default(),
                lab,
            }
        };
        Ok(self.course.manifest().lessons.iter().map(row).collect())
    }

    /// What Home shows.
    pub fn overview(&self) -> Result<Overview, StoreError> {
        self.overview_of(&self.lessons()?, |card| self.asks(card).is_some())
    }

    /// The same as far as it can be said without reading a quiz, so that a first frame waits for none: it takes it
    /// that every point that was won is still counted, and that every card's question is still there.
    pub fn glance(&self) -> Result<(Overview, Vec<LessonRow>), StoreError> {
        let rows = self.rows(|_, score| Points {
            first: score.first.min(POINTS_PER_LESSON),
            best: (score.won.len() as u32).min(POINTS_PER_LESSON),
            total: POINTS_PER_LESSON,
        })?;
        let ready = |card: &Card| {
            let lesson = self.course.manifest().lesson(&card.concept.lesson);
            lesson.is_some_and(|lesson| lesson.status == Status::Ready)
        };
        Ok((self.overview_of(&rows, ready)?, rows))
    }

    /// The lesson that follows another one in the course's order, of those that are written.
    pub fn lesson_after(&self, id: &LessonId) -> Option<LessonId> {
        let lessons = &self.course.manifest().lessons;
        let mut after = lessons.iter().skip_while(|l| l.id != *id).skip(1);
        after.find(|l| l.status == Status::Ready).map(|l| l.id.clone())
    }

    /// All there is to say, as one value for JSON.
    pub fn progress(&self) -> Result<Progress, StoreError> {
        let each_lesson = self.lessons()?;
        let manifest = self.course.manifest();
        Ok(Progress {
            format: FORMAT,
            course: manifest.id.clone(),
            edition: manifest.edition.clone(),
            at: stamp(self.now()),
            overview: self.overview_of(&each_lesson, |card| self.asks(card).is_some())?,
            tracks: standing::of_tracks(manifest, &each_lesson),
            domains: standing::of_domains(manifest, &each_lesson),
            each_lesson,
        })
    }

    fn overview_of(&self, rows: &[LessonRow], there: impl Fn(&Card) -> bool) -> Result<Overview, StoreError> {
        let ready = rows.iter().filter(|row| row.status == Status::Ready).count() as u32;
        let (queue, due_in_all) = self.due(there)?;
        let weak = self.store.weak_concepts(WEAK)?;
        Ok(Overview {
            lessons: LessonCount {
                read: rows.iter().filter(|row| row.read && row.status == Status::Ready).count() as u32,
                ready,
                planned: rows.len() as u32 - ready,
                total: rows.len() as u32,
            },
            points: sum(rows),
            labs: labs(rows),
            interviews: self.store.said()?.len() as u32,
            due: queue.len() as u32,
            due_in_all: due_in_all as u32,
            weak: weak.into_iter().map(|(concept, misses)| Weak { concept, misses }).collect(),
            place: self.place.clone(),
            next: next(rows, self.place.as_ref()),
            gap: self.gap_of(rows).words,
        })
    }
}

/// The points of all lessons.
pub(super) fn sum(rows: &[LessonRow]) -> Points {
    rows.iter().fold(Points::default(), |sum, row| Points {
        first: sum.first + row.points.first,
        best: sum.best + row.points.best,
        total: sum.total + row.points.total,
    })
}

/// The labs of all lessons.
pub(super) fn labs(rows: &[LessonRow]) -> LabCount {
    let there = rows.iter().filter(|row| row.lab.is_some());
    let passed = there.clone().filter(|row| row.lab_marks.passed);
    LabCount { passed: passed.count() as u32, total: there.count() as u32 }
}

/// The lesson to continue with. The one left off at, until it is read and its quiz taken; then the next that is not,
/// around the end of the course; then the first with points to win.
fn next(rows: &[LessonRow], place: Option<&Place>) -> Option<LessonId> {
    let here = place.and_then(|place| rows.iter().position(|row| row.id == place.lesson)).unwrap_or(0);
    let (before, after) = rows.split_at_checked(here)?;
    let mut ready = after.iter().chain(before).filter(|row| row.status == Status::Ready);
    let open = ready.clone().find(|row| !row.read || row.attempts == 0);
    open.or_else(|| ready.find(|row| row.points.best < row.points.total)).map(|row| row.id.clone())
}
