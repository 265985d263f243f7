//! Grading: lab → plan → report. Same input, same bytes out: no IO, no time, no randomness.
//!
//! Layer 5.

mod report;

pub use report::{Outcome, Report, Status, StepResult, Submission};
