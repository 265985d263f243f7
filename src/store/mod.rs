//! The one door to disk for what the learner did: SQLite. The only place that names `rusqlite`.
//!
//! Layer 3. Knows ids, the data of `quiz` and `study`, and nothing of courses or screens. Verbs of the domain are
//! methods of [`Store`]; there is no SQL outside this directory.

mod error;
mod home;

pub use error::{OpenError, StoreError};
pub use home::{Home, VARIABLE};
