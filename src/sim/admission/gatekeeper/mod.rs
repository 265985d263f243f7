//! Gatekeeper: constraints of the kinds that templates make, held against a request.
//!
//! After open-policy-agent/gatekeeper `pkg/target`, `pkg/mutation/match`, and open-policy-agent/frameworks
//! `constraint/pkg/client`; Rego as OPA v1 reads it (`rewrite`, `builtins`, `format`, `pattern` mend what the engine reads
//! otherwise); where a template holds CEL alone, that is asked (`native`). External data and expansion are not judged.

mod admitted;
mod allowance;
mod builtins;
mod cases;
mod config;
mod copies;
mod engine;
mod expression;
mod format;
mod held;
mod inventory;
mod layout;
mod matching;
mod native;
mod negation;
mod pattern;
mod policy;
mod recursion;
mod review;
mod rewrite;
mod taken;

pub use admitted::{Aside, Asked, Gate, Heard, OPERATIONS, Operation, Question, ask, said};
pub use cases::SIMULATOR;
pub use policy::{Parameters, Policy, Review, Violation};
pub(in crate::sim::admission) use policy::{lone_engine, why_not};
pub use rewrite::Fault;
pub use taken::{faults, is_ours};
