//! Card, rating and the present moment to the card's next state, by the `fsrs` crate. Pure: `now` is an argument.
//!
//! Layer 2, beside the course. Knows no store, no clock, no screen.

mod card;
mod day;
mod queue;
mod schedule;

pub use card::{Card, CardId, LEECH_AT, Memory, Rating, State};
pub use day::{DAY_STARTS_AT, Day};
pub use queue::{Today, queue};
pub use schedule::{ALGORITHM, Interval, Next, Retention, Scheduler};
