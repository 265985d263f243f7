//! Grading: lab → plan → report. Same input, same bytes out: no IO, no time, no randomness.
//!
//! Layer 5.

mod accepted;
mod asked;
mod plan;
mod posture;
mod prove;
mod report;
mod run;
mod schema;
mod size;

pub use asked::{Asked, asked};
pub use plan::Plan;
pub use prove::{prove, submission};
pub use report::{Outcome, Report, Status, StepResult, Submission};
pub use run::run;
