//! Gatekeeper: constraints of the kinds that templates make, held against a request.
//!
//! After open-policy-agent/gatekeeper `pkg/target`, `pkg/mutation/match`, and open-policy-agent/frameworks
//! `constraint/pkg/client`; Rego as OPA v1 reads it (`rewrite`, `builtins`, `format`, `pattern` mend what the engine reads
//! otherwise); where a template holds CEL alone, that is asked (`native`). External data is not judged.

mod admitted;
mod allowance;
mod broken;
mod builtins;
mod cases;
mod config;
mod copies;
mod engine;
mod expansion;
mod expression;
mod format;
mod gate;
mod heard;
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

pub use admitted::{OPERATIONS, Operation, Question, ask};
pub(in crate::sim::admission) use allowance::Shared;
pub use cases::SIMULATOR;
pub use gate::{Aside, Asked, Gate};
pub use heard::{Heard, said};
pub(in crate::sim::admission) use policy::alone;
pub use policy::{Ended, Parameters, Policy, Review, Violation};
pub use rewrite::Fault;
pub use taken::{faults, is_ours};
