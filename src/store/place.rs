//! Where the learner is, what was read, settings, and who this is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::row::word;
use super::{Store, StoreError};
use crate::clock::stamp;
use crate::ids::{HeadingId, LessonId};

impl Store {
    /// Where the learner left off.
    pub fn place(&self) -> Result<Option<(LessonId, Option<HeadingId>)>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT lesson, heading FROM place WHERE only = 1")?;
        let place = statement.query_row([], |row| {
            let heading = row.get_ref(1)?.as_str_or_null()?.and_then(HeadingId::new);
            Ok((word(row, 0, LessonId::new)?, heading))
        });
        Ok(place.optional()?)
    }

    /// Keeps where the learner is, and that this lesson was opened.
    pub fn save_place(
        &mut self,
        lesson: &LessonId,
        heading: Option<&HeadingId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lesson, heading, now) = (lesson.as_str(), heading.map(HeadingId::as_str), stamp(now));
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
        let heading = HeadingId::new("uid").unwrap();
        store.save_place(&one, Some(&heading), now).unwrap();
        assert_eq!(store.place().unwrap(), Some((one.clone(), Some(heading))));
        store.save_place(&two, None, now).unwrap();
        assert_eq!(store.place().unwrap(), Some((two.clone(), None)));
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
