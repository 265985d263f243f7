//! What is drilled: a card, what is remembered of it, and the four ratings.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::stamp;
use crate::ids::{ConceptId, QuestionId};

/// From this many lapses on a card is a leech: the lesson helps more than another repetition
/// (Anki manual, "Leeches": the default threshold is 8).
pub const LEECH_AT: u32 = 8;

/// Names a card: the question that it asks.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct CardId(QuestionId);

impl CardId {
    /// The card that asks this question.
    pub fn new(question: &QuestionId) -> Self {
        Self(question.clone())
    }

    /// The question that it asks.
    pub fn question(&self) -> &QuestionId {
        &self.0
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How well it was recalled. Hard means that it *was* recalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rating {
    /// Not recalled.
    Again = 1,
    /// Recalled, with effort.
    Hard = 2,
    /// Recalled.
    Good = 3,
    /// Recalled at once.
    Easy = 4,
}

impl Rating {
    /// All four, from worst to best.
    pub const ALL: [Self; 4] = [Self::Again, Self::Hard, Self::Good, Self::Easy];

    /// 1 to 4: the key that gives it, and the number in the log.
    pub fn number(self) -> u32 {
        self as u32
    }

    /// The rating with this number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.number() == number)
    }

    /// What an answer is worth that held `said` of a rubric's `points`: below a half, below four fifths, below all.
    pub fn of_rubric(said: usize, points: usize) -> Self {
        if said * 2 < points || points == 0 {
            Self::Again
        } else if said * 5 < points * 4 {
            Self::Hard
        } else if said < points {
            Self::Good
        } else {
            Self::Easy
        }
    }

    /// The one of four things, from Again to Easy, that belongs to it.
    pub fn among<T>(self, [again, hard, good, easy]: [T; 4]) -> T {
        match self {
            Self::Again => again,
            Self::Hard => hard,
            Self::Good => good,
            Self::Easy => easy,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Again => "Again",
            Self::Hard => "Hard",
            Self::Good => "Good",
            Self::Easy => "Easy",
        }
    }
}

/// What FSRS knows of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Days until the chance of recall falls to 90 %.
    pub stability: f32,
    /// From 1 (easy) to 10.
    pub difficulty: f32,
}

/// What changes with each review. The review log keeps it from before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When it is due.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub due: Timestamp,
    /// Days between the last review and `due`; 0 while it is learned or learned again on the same day.
    pub interval: u32,
    /// What is remembered; none before the first review.
    pub memory: Option<Memory>,
    /// When it was last reviewed.
    #[serde(serialize_with = "write_some", deserialize_with = "read_some")]
    pub last: Option<Timestamp>,
    /// How often it was reviewed.
    pub reviews: u32,
    /// How often it was forgotten after it had been kept for a day or more.
    pub lapses: u32,
}

impl State {
    /// A card that was never reviewed, due at `due`.
    pub fn new(due: Timestamp) -> Self {
        Self { due, interval: 0, memory: None, last: None, reviews: 0, lapses: 0 }
    }
}

fn write<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    stamp(*at).serialize(to)
}

#[expect(clippy::ref_option, reason = "the signature is serde's")]
fn write_some<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    at.map(stamp).serialize(to)
}

fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn read_some<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

/// A card.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// The heading that teaches it; cards of one concept are siblings.
    pub concept: ConceptId,
    /// Put aside by the learner.
    pub suspended: bool,
    /// Marked by the learner.
    pub flagged: bool,
    /// What changes with each review.
    pub state: State,
}

impl Card {
    /// Whether it was forgotten so often that the lesson would help more than another repetition.
    pub fn is_leech(&self) -> bool {
        self.state.lapses >= LEECH_AT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_ratings() {
        use Rating::{Again, Easy, Good, Hard};
        let of = |points: usize| (0..=points).map(|said| Rating::of_rubric(said, points)).collect::<Vec<_>>();
        assert_eq!(of(3), [Again, Again, Hard, Easy], "33 %, 67 %");
        assert_eq!(of(4), [Again, Again, Hard, Hard, Easy], "50 % is hard, 75 % too");
        assert_eq!(of(5), [Again, Again, Again, Hard, Good, Easy], "80 % is good");
        assert_eq!(of(6), [Again, Again, Again, Hard, Hard, Good, Easy]);
        assert_eq!(of(0), [Again]);
        assert_eq!(Rating::Hard.among([1, 2, 3, 4]), 2);
    }
}
