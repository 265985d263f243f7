//! Simulators: pure questions about a world, answers with reasons. Each rule about Kubernetes or Linux has its
//! one home here or in `model`, and says which upstream document or source it follows.
//!
//! Layer 3. Knows no course, no store, no file system, no clock.

pub mod admission;
pub mod cases;
pub mod cel;
mod explain;
pub mod help;
mod invalid;
pub mod kernel;
pub mod network;
pub mod question;
pub mod rbac;
pub mod scheduling;
mod verdict;
pub mod world;

pub use invalid::{Field, Invalid};
pub use verdict::{Answer, Reason, Verdict};
