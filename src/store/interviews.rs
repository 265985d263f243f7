//! What was said in interviews: which points of a rubric an answer held, beside the review that it led to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::cards::{Existing, NewReview, States, insert_review, make_card};
use super::row::{json, moment, word};
use super::{Store, StoreError};
use crate::clock::stamp;
use crate::ids::{ConceptId, QuestionId};

/// An answer that was held against its rubric, to be saved.
#[derive(Clone, Copy, Debug)]
pub struct NewRubric<'a> {
    /// The question.
    pub question: &'a QuestionId,
    /// The heading that teaches it.
    pub concept: &'a ConceptId,
    /// The points that were said, by their places from 0.
    pub said: &'a BTreeSet<usize>,
    /// How many points the rubric has.
    pub points: usize,
    /// The course's edition.
    pub edition: &'a str,
}

/// How an interview question went the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// How many points of the rubric were said.
    pub said: u32,
    /// Of how many.
    pub points: u32,
    /// When.
    #[serde(serialize_with = "write_moment")]
    pub at: Timestamp,
}

fn write_moment<S: serde::Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    stamp(*at).serialize(to)
}

impl Store {
    /// Saves what was said, the review that it leads to, and the card where there was none, in one transaction.
    /// `false` where the card was reviewed since it was read: then nothing is saved.
    pub fn save_rubric(
        &mut self,
        rubric: NewRubric<'_>,
        review: NewReview<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let states = States::of(&review)?;
        let said =
            serde_json::to_string(rubric.said).map_err(|error| StoreError::Other(error.to_string()))?;
        self.write(|t| {
            make_card(t, rubric.question, rubric.concept, &stamp(now), Existing::Stays)?;
            let Some(row) = insert_review(t, &review, &states, now)? else { return Ok(false) };
            t.prepare_cached(
                "INSERT INTO rubrics (review, question, said, points, edition) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                row,
                rubric.question.as_str(),
                &said,
                rubric.points as i64,
                rubric.edition,
            ))?;
            Ok(true)
        })
    }

    /// How each interview question went the last time; what was taken back does not count.
    pub fn said(&self) -> Result<BTreeMap<QuestionId, Said>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT s.question, s.said, s.points, r.at FROM rubrics s JOIN reviews r ON r.id = s.review
             WHERE NOT EXISTS (SELECT 1 FROM reviews u WHERE u.undoes = r.id) ORDER BY s.review",
        )?;
        // Of a question's rows the last one stays.
        let said = statement.query_map([], |row| {
            let said = json::<BTreeSet<usize>>(row, 1)?.len() as u32;
            Ok((word(row, 0, QuestionId::new)?, Said { said, points: row.get(2)?, at: moment(row, 3)? }))
        })?;
        Ok(said.collect::<Result<_, _>>()?)
    }
}
