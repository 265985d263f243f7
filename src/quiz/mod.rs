//! Answers to marks, and the order in which things are shown. Pure.
//!
//! Layer 2, beside the course. Knows no store, no clock, no screen.

mod answer;
mod points;
mod shown;

pub use answer::{Answer, mark};
pub use points::{Ask, Asked, first_try, practice, retake};
pub use shown::{Seed, shown_options, shuffle};
