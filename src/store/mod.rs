//! The one door to disk for what the learner did: `SQLite`. The only place that names `rusqlite`.
//!
//! Layer 3. Knows ids, the data of `quiz` and `study`, and nothing of courses or screens. Verbs of the domain are
//! methods of [`Store`]; there is no SQL outside this directory. Whatever is reported as saved survives a kill at
//! any moment; what counts (finished quizzes, lab grades, certificates) survives a power cut, too.

mod attempts;
mod cards;
mod certificates;
mod error;
mod home;
mod interviews;
mod labs;
mod open;
mod place;
mod row;

pub use attempts::{AskedFor, GivenAnswer, NewAnswer, NewAttempt, OpenAttempt, Score};
pub use cards::{NewReview, Review};
pub use certificates::IssuedCertificate;
pub use error::{OpenError, StoreError, says};
pub use home::{Home, VARIABLE};
pub use interviews::{NewRubric, Said};
pub use labs::{LabMarks, NewLabGrade};
pub use open::{SCHEMA, Store};
pub use place::Place;
