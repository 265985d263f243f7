//! Columns to values: what is text in the database and something stricter in the program.

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;
use serde::de::DeserializeOwned;

use crate::ids::ConceptId;

/// Column `index` as an id or whatever else `read` makes of its text.
pub(super) fn word<T>(row: &Row<'_>, index: usize, read: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(index)?.as_str()?;
    read(text)
        .ok_or_else(|| unreadable(index, &format!("\"{}\" is not what belongs here", text.escape_debug())))
}

/// Column `index` as a moment.
pub(super) fn moment(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    word(row, index, |text| text.parse().ok())
}

/// Column `index` as a moment, or nothing.
pub(super) fn moment_or_none(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Timestamp>> {
    match row.get_ref(index)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => moment(row, index).map(Some),
    }
}

/// Column `index` as a concept, which is always stored in full.
pub(super) fn concept(row: &Row<'_>, index: usize) -> rusqlite::Result<ConceptId> {
    word(row, index, |text| {
        let (lesson, heading) = text.split_once('#')?;
        Some(ConceptId {
            lesson: crate::ids::LessonId::new(lesson)?,
            heading: crate::ids::HeadingId::new(heading)?,
        })
    })
}

/// Column `index` as JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(index)?.as_str()?).map_err(|error| unreadable(index, &error.to_string()))
}

fn unreadable(index: usize, says: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, says.into())
}
