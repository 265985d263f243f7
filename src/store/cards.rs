//! Cards and the log of their reviews, which only ever grows.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::row::{concept, json, moment, moment_or_none, word};
use super::{Store, StoreError};
use crate::clock::stamp;
use crate::ids::{ConceptId, QuestionId};
use crate::study::{Card, CardId, Memory, Rating, State};

/// A review to be saved.
#[derive(Clone, Copy, Debug)]
pub struct NewReview<'a> {
    /// The card as it was.
    pub card: &'a Card,
    /// How well it was recalled.
    pub rating: Rating,
    /// The card's state from now on.
    pub after: &'a State,
    /// What computed it.
    pub algorithm: &'a str,
    /// The desired retention in percent.
    pub retention: u32,
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Its number.
    pub id: i64,
    /// The card.
    pub card: CardId,
    /// When.
    pub at: Timestamp,
    /// How well it was recalled.
    pub rating: Rating,
    /// The card's state before.
    pub before: State,
    /// And after.
    pub after: State,
    /// What computed it.
    pub algorithm: String,
    /// The desired retention in percent.
    pub retention: u32,
    /// The review that this row takes back.
    pub undoes: Option<i64>,
}

const CARD: &str =
    "SELECT id, concept, suspended, flagged, due, interval, stability, difficulty, last, reviews, lapses
                    FROM cards";

impl Store {
    /// All cards.
    pub fn cards(&self) -> Result<Vec<Card>, StoreError> {
        let mut statement = self.connection.prepare_cached(CARD)?;
        let cards = statement.query_map([], read_card)?;
        Ok(cards.collect::<Result<_, _>>()?)
    }

    /// One card.
    pub fn card(&self, id: &CardId) -> Result<Option<Card>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{CARD} WHERE id = ?1"))?;
        Ok(statement.query_row([id.as_str()], read_card).optional()?)
    }

    /// Makes a card of a question, or its card due; idempotent.
    pub fn add_card(
        &mut self,
        question: &QuestionId,
        concept: &ConceptId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|t| make_card(t, question, concept, &stamp(now), Existing::BecomesDue))
    }

    /// Saves a review and the card's new state. `false` where the card was reviewed since it was read: then nothing is
    /// saved.
    pub fn save_review(&mut self, review: NewReview<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let states = States::of(&review)?;
        self.write(|t| Ok(insert_review(t, &review, &states, now)?.is_some()))
    }

    /// Takes the last review since `since` back: adds a row that says so, and brings the card's state before it
    /// again. Returns its card; none where there is nothing to take back.
    pub fn undo_review(&mut self, since: Timestamp, now: Timestamp) -> Result<Option<CardId>, StoreError> {
        self.write(|t| {
            let last = t
                .prepare_cached(
                    "SELECT id, card, before FROM reviews r
                     WHERE undoes IS NULL AND at >= ?1 AND NOT EXISTS (SELECT 1 FROM reviews u WHERE u.undoes = r.id)
                     ORDER BY id DESC LIMIT 1",
                )?
                .query_row([stamp(since)], |row| {
                    let card = CardId::new(&word(row, 1, QuestionId::new)?);
                    Ok((row.get::<_, i64>(0)?, card, json::<State>(row, 2)?))
                })
                .optional()?;
            let Some((id, card, state)) = last else { return Ok(None) };
            // The row goes from `after` back to `before`.
            t.prepare_cached(
                "INSERT INTO reviews (card, concept, at, rating, before, after, algorithm, retention, undoes)
                 SELECT card, concept, ?2, rating, after, before, algorithm, retention, id FROM reviews WHERE id = ?1",
            )?
            .execute((id, stamp(now)))?;
            write_state(t, card.as_str(), &state)?;
            Ok(Some(card))
        })
    }

    /// The whole log, oldest first: for export and for optimising the parameters.
    pub fn reviews(&self) -> Result<Vec<Review>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, card, at, rating, before, after, algorithm, retention, undoes FROM reviews ORDER BY id",
        )?;
        let reviews = statement.query_map([], |row| {
            Ok(Review {
                id: row.get(0)?,
                card: CardId::new(&word(row, 1, QuestionId::new)?),
                at: moment(row, 2)?,
                rating: Rating::from_number(row.get(3)?).ok_or(rusqlite::Error::InvalidQuery)?,
                before: json(row, 4)?,
                after: json(row, 5)?,
                algorithm: row.get(6)?,
                retention: row.get(7)?,
                undoes: row.get(8)?,
            })
        })?;
        Ok(reviews.collect::<Result<_, _>>()?)
    }

    /// The cards reviewed since `since`, undone reviews aside.
    pub fn reviewed_since(&self, since: Timestamp) -> Result<Vec<(CardId, ConceptId)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT card, concept FROM reviews r
             WHERE at >= ?1 AND undoes IS NULL AND NOT EXISTS (SELECT 1 FROM reviews u WHERE u.undoes = r.id)",
        )?;
        let cards = statement.query_map([stamp(since)], |row| {
            Ok((CardId::new(&word(row, 0, QuestionId::new)?), concept(row, 1)?))
        })?;
        Ok(cards.collect::<Result<_, _>>()?)
    }

    /// Moves a card's due date. `false` where there is no such card.
    pub fn postpone(&mut self, card: &CardId, due: Timestamp) -> Result<bool, StoreError> {
        self.change_card("UPDATE cards SET due = ?2 WHERE id = ?1", card, stamp(due))
    }

    /// Puts a card aside, or takes it up again. `false` where there is no such card.
    pub fn suspend(&mut self, card: &CardId, suspended: bool) -> Result<bool, StoreError> {
        self.change_card("UPDATE cards SET suspended = ?2 WHERE id = ?1", card, suspended)
    }

    /// Marks a card, or no longer. `false` where there is no such card.
    pub fn flag(&mut self, card: &CardId, flagged: bool) -> Result<bool, StoreError> {
        self.change_card("UPDATE cards SET flagged = ?2 WHERE id = ?1", card, flagged)
    }

    fn change_card(
        &mut self,
        sql: &str,
        card: &CardId,
        value: impl rusqlite::ToSql,
    ) -> Result<bool, StoreError> {
        self.write(|t| Ok(t.prepare_cached(sql)?.execute((card.as_str(), value))? == 1))
    }

    /// Concepts by how much more often they were missed than known, in quizzes and drills; the weakest first.
    pub fn weak_concepts(&self, limit: u32) -> Result<Vec<(ConceptId, u32)>, StoreError> {
        // Practice aside, it may come before reading. A guess that was right is neither. Undone reviews cancel out: their row counts the other way.
        let mut statement = self.connection.prepare_cached(
            "SELECT concept, sum(misses) AS misses FROM (
                 SELECT concept, sum(CASE WHEN correct = 0 THEN 1 WHEN guessed = 0 THEN -1 ELSE 0 END) AS misses
                 FROM answers WHERE point NOT NULL GROUP BY concept
                 UNION ALL
                 SELECT concept, sum((CASE WHEN rating = 1 THEN 1 WHEN rating >= 3 THEN -1 ELSE 0 END)
                                     * (CASE WHEN undoes IS NULL THEN 1 ELSE -1 END)) AS misses
                 FROM reviews GROUP BY concept
             ) GROUP BY concept HAVING sum(misses) > 0 ORDER BY sum(misses) DESC, concept LIMIT ?1",
        )?;
        let concepts = statement.query_map([limit], |row| Ok((concept(row, 0)?, row.get(1)?)))?;
        Ok(concepts.collect::<Result<_, _>>()?)
    }
}

/// What becomes of a card that is there when its question asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    /// It becomes due, where it is not.
    BecomesDue,
    /// It stays as it is.
    Stays,
}

/// Makes a card of a question that is due at once, where there is none.
pub(super) fn make_card(
    connection: &Connection,
    question: &QuestionId,
    concept: &ConceptId,
    now: &str,
    existing: Existing,
) -> rusqlite::Result<()> {
    let sql = match existing {
        Existing::BecomesDue => {
            "INSERT INTO cards (id, concept, added, due) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (id) DO UPDATE SET due = min(due, excluded.due)"
        }
        Existing::Stays => {
            "INSERT INTO cards (id, concept, added, due) VALUES (?1, ?2, ?3, ?3) ON CONFLICT (id) DO NOTHING"
        }
    };
    connection.prepare_cached(sql)?.execute((question.as_str(), concept.to_string(), now))?;
    Ok(())
}

/// Makes all cards of these concepts due; returns how many were not.
pub(super) fn make_due(connection: &Connection, concepts: &[ConceptId], now: &str) -> rusqlite::Result<u32> {
    let mut statement = connection
        .prepare_cached("UPDATE cards SET due = ?2 WHERE concept = ?1 AND due > ?2 AND suspended = 0")?;
    let mut made = 0;
    for concept in concepts {
        made += statement.execute((concept.to_string(), now))? as u32;
    }
    Ok(made)
}

/// A card's state before and after a review, as JSON.
pub(super) struct States {
    before: String,
    after: String,
}

impl States {
    pub(super) fn of(review: &NewReview<'_>) -> Result<Self, StoreError> {
        Ok(Self { before: to_json(&review.card.state)?, after: to_json(review.after)? })
    }
}

/// Adds a row to the log and gives the card its new state. Returns the row's number; none where the card was
/// reviewed since it was read: then nothing is saved.
pub(super) fn insert_review(
    connection: &Connection,
    review: &NewReview<'_>,
    states: &States,
    now: Timestamp,
) -> rusqlite::Result<Option<i64>> {
    let (id, reviews) = (review.card.id.as_str(), review.card.state.reviews);
    let row = connection
        .prepare_cached(
            "INSERT INTO reviews (card, concept, at, rating, before, after, algorithm, retention)
             SELECT id, concept, ?2, ?3, ?4, ?5, ?6, ?7 FROM cards WHERE id = ?1 AND reviews = ?8 RETURNING id",
        )?
        .query_row(
            (
                id,
                stamp(now),
                review.rating.number(),
                &states.before,
                &states.after,
                review.algorithm,
                review.retention,
                reviews,
            ),
            |row| row.get(0),
        )
        .optional()?;
    if row.is_some() {
        write_state(connection, id, review.after)?;
    }
    Ok(row)
}

fn write_state(connection: &Connection, card: &str, state: &State) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE cards SET due = ?2, interval = ?3, stability = ?4, difficulty = ?5, last = ?6, reviews = ?7,
                              lapses = ?8 WHERE id = ?1",
        )?
        .execute((
            card,
            stamp(state.due),
            state.interval,
            state.memory.map(|m| m.stability),
            state.memory.map(|m| m.difficulty),
            state.last.map(stamp),
            state.reviews,
            state.lapses,
        ))?;
    Ok(())
}

fn read_card(row: &Row<'_>) -> rusqlite::Result<Card> {
    let memory = match (row.get(6)?, row.get(7)?) {
        (Some(stability), Some(difficulty)) => Some(Memory { stability, difficulty }),
        _ => None,
    };
    Ok(Card {
        id: CardId::new(&word(row, 0, QuestionId::new)?),
        concept: concept(row, 1)?,
        suspended: row.get(2)?,
        flagged: row.get(3)?,
        state: State {
            due: moment(row, 4)?,
            interval: row.get(5)?,
            memory,
            last: moment_or_none(row, 8)?,
            reviews: row.get(9)?,
            lapses: row.get(10)?,
        },
    })
}

fn to_json(state: &State) -> Result<String, StoreError> {
    serde_json::to_string(state).map_err(|error| StoreError::Other(error.to_string()))
}
