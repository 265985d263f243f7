//! Attempts at quizzes and their answers. Points are never stored: they are what finished attempts say.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use super::cards::{Existing, make_card};
use super::row::{json, moment, word};
use super::{Store, StoreError};
use crate::clock::stamp;
use crate::ids::{ConceptId, LessonId, QuestionId};

/// A question that an attempt asks, and the counted question whose point is at stake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedFor {
    /// The question.
    pub question: String,
    /// The point; none in practice.
    pub point: Option<String>,
}

/// An attempt to be begun.
#[derive(Clone, Copy, Debug)]
pub struct NewAttempt<'a> {
    /// The lesson.
    pub lesson: &'a LessonId,
    /// Whether it counts.
    pub counted: bool,
    /// What the shown order is drawn from.
    pub seed: i64,
    /// The questions, in the order shown.
    pub asked: &'a [AskedFor],
    /// The course's edition.
    pub edition: &'a str,
}

/// An attempt that was begun and not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAttempt {
    /// Its number.
    pub id: i64,
    /// What the shown order is drawn from.
    pub seed: i64,
    /// The questions, in the order shown.
    pub asked: Vec<AskedFor>,
    /// The answers so far, by the index of their question.
    pub answers: BTreeMap<usize, GivenAnswer>,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAnswer {
    /// `quiz::Answer::words`.
    pub chosen: Vec<String>,
    /// Whether it is right.
    pub right: bool,
    /// Whether it was guessed.
    pub guessed: bool,
}

/// An answer to be saved.
#[derive(Clone, Copy, Debug)]
pub struct NewAnswer<'a> {
    /// The attempt.
    pub attempt: i64,
    /// The index of its question.
    pub place: usize,
    /// The question.
    pub question: &'a QuestionId,
    /// The heading that teaches it.
    pub concept: &'a ConceptId,
    /// The point at stake.
    pub point: Option<&'a QuestionId>,
    /// `quiz::Answer::words`.
    pub chosen: &'a [String],
    /// Whether it is right.
    pub right: bool,
    /// Whether it was guessed.
    pub guessed: bool,
    /// Whether the question becomes a card, or its card becomes due.
    pub card: bool,
}

/// What the finished counted attempts at one lesson's quiz say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// How many there are.
    pub attempts: u32,
    /// The points of the first.
    pub first: u32,
    /// The points that were ever won, by their counted questions.
    pub won: BTreeSet<QuestionId>,
    /// When the last of these points was won, or the first attempt finished.
    pub reached: Option<Timestamp>,
}

impl Store {
    /// The lesson's unfinished attempt.
    pub fn open_attempt(&self, lesson: &LessonId, counted: bool) -> Result<Option<OpenAttempt>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, seed, asked FROM attempts WHERE lesson = ?1 AND purpose = ?2 AND finished IS NULL",
        )?;
        let found = statement.query_row((lesson.as_str(), purpose(counted)), |row| {
            let (id, seed) = (row.get(0)?, row.get(1)?);
            Ok(OpenAttempt { id, seed, asked: json(row, 2)?, answers: BTreeMap::new() })
        });
        let Some(mut attempt) = found.optional()? else { return Ok(None) };
        let mut statement = self
            .connection
            .prepare_cached("SELECT place, chosen, correct, guessed FROM answers WHERE attempt = ?1")?;
        let answers = statement.query_map([attempt.id], |row| {
            let given = GivenAnswer { chosen: json(row, 1)?, right: row.get(2)?, guessed: row.get(3)? };
            Ok((usize::try_from(row.get::<_, i64>(0)?).unwrap_or(usize::MAX), given))
        })?;
        attempt.answers = answers.collect::<Result<_, _>>()?;
        Ok(Some(attempt))
    }

    /// Begins an attempt. Where another process was faster, its attempt is returned.
    pub fn start_attempt(&mut self, new: NewAttempt<'_>, now: Timestamp) -> Result<OpenAttempt, StoreError> {
        let asked = serde_json::to_string(new.asked).map_err(|error| StoreError::Other(error.to_string()))?;
        let id = self.write(|t| {
            t.prepare_cached(
                "INSERT INTO attempts (lesson, purpose, seed, asked, edition, started)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING RETURNING id",
            )?
            .query_row(
                (new.lesson.as_str(), purpose(new.counted), new.seed, &asked, new.edition, stamp(now)),
                |row| row.get(0),
            )
            .optional()
        })?;
        if let Some(id) = id {
            return Ok(OpenAttempt {
                id,
                seed: new.seed,
                asked: new.asked.to_vec(),
                answers: BTreeMap::new(),
            });
        }
        let theirs = self.open_attempt(new.lesson, new.counted)?;
        theirs.ok_or_else(|| StoreError::Other("the attempt was finished in another window".into()))
    }

    /// Saves an answer, and its card where it gets one, in one transaction. `false` where this question was answered
    /// already, or the attempt was finished: then nothing is saved.
    pub fn save_answer(&mut self, answer: NewAnswer<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let chosen =
            serde_json::to_string(answer.chosen).map_err(|error| StoreError::Other(error.to_string()))?;
        let now = stamp(now);
        self.write(|t| {
            let saved = t
                .prepare_cached(
                    "INSERT INTO answers (attempt, place, question, concept, point, chosen, correct, guessed, at)
                     SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM attempts WHERE id = ?1 AND finished IS NULL
                     ON CONFLICT DO NOTHING",
                )?
                .execute((
                    answer.attempt,
                    answer.place as i64,
                    answer.question.as_str(),
                    answer.concept.to_string(),
                    answer.point.map(QuestionId::as_str),
                    &chosen,
                    answer.right,
                    answer.guessed,
                    &now,
                ))?;
            if saved == 1 && answer.card {
                make_card(t, answer.question, answer.concept, &now, Existing::BecomesDue)?;
            }
            Ok(saved == 1)
        })
    }

    /// Finishes an attempt. It counts from now on, and survives a power cut.
    pub fn finish_attempt(&mut self, attempt: i64, now: Timestamp) -> Result<(), StoreError> {
        self.write_durably(|t| {
            t.prepare_cached("UPDATE attempts SET finished = ?2 WHERE id = ?1 AND finished IS NULL")?
                .execute((attempt, stamp(now)))?;
            Ok(())
        })
    }

    /// Gives up an attempt whose questions the course no longer has. Its answers stay in the log and count nothing.
    pub fn discard_attempt(&mut self, attempt: i64, now: Timestamp) -> Result<(), StoreError> {
        self.write(|t| {
            t.prepare_cached(
                "UPDATE attempts SET finished = ?2, purpose = 'discarded' WHERE id = ?1 AND finished IS NULL",
            )?
            .execute((attempt, stamp(now)))?;
            Ok(())
        })
    }

    /// What the finished counted attempts say, for each lesson that has any.
    pub fn scores(&self) -> Result<BTreeMap<LessonId, Score>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT t.lesson, t.attempts, (SELECT finished FROM attempts f WHERE f.id = t.first),
                    (SELECT count(*) FROM answers a WHERE a.attempt = t.first AND a.correct = 1 AND a.point NOT NULL)
             FROM (SELECT lesson, count(*) AS attempts, min(id) AS first
                   FROM attempts WHERE purpose = 'counted' AND finished NOT NULL GROUP BY lesson) t",
        )?;
        let score = |row: &Row<'_>| {
            let (attempts, first, reached) = (row.get(1)?, row.get(3)?, Some(moment(row, 2)?));
            Ok((word(row, 0, LessonId::new)?, Score { attempts, first, won: BTreeSet::new(), reached }))
        };
        let mut scores = statement.query_map([], score)?.collect::<Result<BTreeMap<_, _>, _>>()?;
        let mut statement = self.connection.prepare_cached(
            "SELECT t.lesson, a.point, min(t.finished) FROM answers a JOIN attempts t ON t.id = a.attempt
             WHERE a.correct = 1 AND a.point NOT NULL AND t.purpose = 'counted' AND t.finished NOT NULL
             GROUP BY a.point",
        )?;
        let won = statement.query_map([], |row| {
            Ok((word(row, 0, LessonId::new)?, word(row, 1, QuestionId::new)?, moment(row, 2)?))
        })?;
        for point in won {
            let (lesson, question, at) = point?;
            let score = scores.entry(lesson).or_default();
            score.won.insert(question);
            score.reached = score.reached.max(Some(at));
        }
        Ok(scores)
    }

    /// What the finished counted attempts at one lesson's quiz say.
    pub fn score(&self, lesson: &LessonId) -> Result<Score, StoreError> {
        Ok(self.scores()?.remove(lesson).unwrap_or_default())
    }

    /// What finished counted attempts at this lesson's quiz asked, oldest first: the point and the question that stood
    /// for it.
    pub fn asked(&self, lesson: &LessonId) -> Result<Vec<(QuestionId, QuestionId)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT a.point, a.question FROM answers a JOIN attempts t ON t.id = a.attempt
             WHERE t.lesson = ?1 AND t.purpose = 'counted' AND t.finished NOT NULL AND a.point NOT NULL
             ORDER BY a.attempt, a.place",
        )?;
        let asked = statement.query_map([lesson.as_str()], |row| {
            Ok((word(row, 0, QuestionId::new)?, word(row, 1, QuestionId::new)?))
        })?;
        Ok(asked.collect::<Result<_, _>>()?)
    }

    /// How many attempts at this lesson's quiz were ever begun, of every purpose.
    pub fn begun(&self, lesson: &LessonId) -> Result<u64, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT count(*) FROM attempts WHERE lesson = ?1")?;
        let count: i64 = statement.query_row([lesson.as_str()], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

fn purpose(counted: bool) -> &'static str {
    if counted { "counted" } else { "practice" }
}
