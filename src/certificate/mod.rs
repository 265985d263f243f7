//! The certificate: canonical form, digest, issue, verify. Pure: no IO, no clock.
//!
//! `certificate.json` is one JSON object in canonical form and one line feed. Format `/0` holds exactly:
//!
//! ```text
//! format      "sealegs-certificate/0"
//! course      { id, title, edition, contentDigest, lessons, questions }
//! learner     { id, name }                   id is "urn:uuid:…", made at the first start
//! issuedAt    "YYYY-MM-DDTHH:MM:SSZ"
//! rule        { overall, eachLesson, labs }  percent, compared in integers
//! lessons     [ { id, first, best, total, attempts, completedAt } ]   in the order of the course, each once
//! totals      { first, best, questions, labsPassed, labs }
//! tool        { name, version }
//! digest      "sha256:" + hex of SHA-256( canonical form of the rest )
//! ```
//!
//! Anything more, anything less and `null` are errors. What a digest shows and does not show is said in every
//! output: *intact* is not *earned*.

mod bank;
mod canonical;
mod claims;
mod document;
mod name;
mod people;
mod verify;

pub use bank::bank_digest;
pub use claims::needed;
pub use document::{
    Certificate, Course, Draft, FORMAT, Learner, LessonScore, Rule, Score, Tool, Totals, issue,
};
pub use name::check_name;
pub use people::text;
pub use verify::{Known, KnownCourse, Level, MAX_BYTES, Outcome, Refusal, Verification, verify};
