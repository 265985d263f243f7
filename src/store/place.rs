//! Where the learner is, what was read, settings, and who this is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use serde::Serialize;

use super::row::word;
use super::{Store, StoreError};
use crate::clock::stamp;
use crate::ids::{HeadingId, LessonId};

/// Where the learner left off: kept by heading, not by line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The lesson.
    pub lesson: LessonId,
    /// The heading in it.
    pub heading: Option<HeadingId>,
}

impl Store {
    /// Where the learner left off.
    pub fn place(&self) -> Result<Option<Place>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT lesson, heading FROM place WHERE only = 1")?;
        let place = statement.query_row([], |row| {
            let heading = row.get_ref(1)?.as_str_or_null()?.and_then(HeadingId::new);
            Ok(Place { lesson: word(row, 0, LessonId::new)?, heading })
        });
        Ok(place.optional()?)
    }

    /// Keeps where the learner is, and that this lesson was opened.
    pub fn save_place(&mut self, place: &Place, now: Timestamp) -> Result<(), StoreError> {
        let heading = place.heading.as_ref().map(HeadingId::as_str);
        let (lesson, now) = (place.lesson.as_str(), stamp(now));
        self.write(|t| {
            t.prepare_cached(
                "INSERT OR REPLACE INTO place (only, lesson, heading, at) VALUES (1, ?1, ?2, ?3)",
            )?
            .execute((lesson, heading, &now))?;
            t.prepare_cached("INSERT OR IGNORE INTO read_lessons (lesson, opened) VALUES (?1, ?2)")?
                .execute((lesson, &now))?;
            Ok(())
        })
    }

    /// Keeps that the lesson was read to the end; the first time counts.
    pub fn save_read(&mut self, lesson: &LessonId, now: Timestamp) -> Result<(), StoreError> {
        self.write(|t| {
            t.prepare_cached(
                "INSERT INTO read_lessons (lesson, opened, read) VALUES (?1, ?2, ?2)
                 ON CONFLICT (lesson) DO UPDATE SET read = coalesce(read, excluded.read)",
            )?
            .execute((lesson.as_str(), stamp(now)))?;
            Ok(())
        })
    }

    /// The lessons that were opened, each with whether it was read to the end.
    pub fn opened(&self) -> Result<BTreeMap<LessonId, bool>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT lesson, read IS NOT NULL FROM read_lessons")?;
        let rows = statement.query_map([], |row| Ok((word(row, 0, LessonId::new)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A setting's value.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM settings WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Keeps a setting.
    pub fn save_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|t| {
            t.prepare_cached("INSERT OR REPLACE INTO settings (key, value) VALUES (?1, ?2)")?
                .execute((key, value))?;
            Ok(())
        })
    }

    /// The learner's UUID, made at the first start.
    pub fn learner(&self) -> Result<String, StoreError> {
        Ok(self.connection.query_row("SELECT uuid FROM learner WHERE only = 1", [], |row| row.get(0))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_and_reading_are_kept() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut store = Store::in_memory().unwrap();
        assert_eq!(store.place().unwrap(), None);
        let (one, two) = (LessonId::new("01-x").unwrap(), LessonId::new("02-y").unwrap());
        let place = Place { lesson: one.clone(), heading: HeadingId::new("uid") };
        store.save_place(&place, now).unwrap();
        assert_eq!(store.place().unwrap(), Some(place));
        let place = Place { lesson: two.clone(), heading: None };
        store.save_place(&place, now).unwrap();
        assert_eq!(store.place().unwrap(), Some(place));
        store.save_read(&one, now).unwrap();
        store.save_read(&one, now).unwrap();
        assert_eq!(store.opened().unwrap(), [(one, true), (two, false)].into());
    }

    #[test]
    fn settings_are_kept() {
        let mut store = Store::in_memory().unwrap();
        assert_eq!(store.setting("cap").unwrap(), None);
        store.save_setting("cap", "20").unwrap();
        store.save_setting("cap", "30").unwrap();
        assert_eq!(store.setting("cap").unwrap().as_deref(), Some("30"));
    }
}
