//! Gatekeeper: constraints of the kinds that templates make, held against a request.
//!
//! After open-policy-agent/gatekeeper `pkg/target`, `pkg/mutation/match`, and open-policy-agent/frameworks
//! `constraint/pkg/client`; Rego as OPA v1 reads it (`rewrite`, `builtins`, `format`, `pattern` mend what the engine reads
//! otherwise). Of a policy's code, Rego is modelled here; what would need CEL, external data or expansion is not judged.

mod admitted;
mod builtins;
mod cases;
mod format;
mod inventory;
mod layout;
mod matching;
mod pattern;
mod policy;
mod review;
mod rewrite;
mod taken;

pub use admitted::{Aside, Asked, Gate, Heard, OPERATIONS, Operation, Question, ask, said};
pub use cases::SIMULATOR;
pub(in crate::sim::admission) use policy::lone_engine;
pub use policy::{Parameters, Policy, Review, Violation};
pub use rewrite::Fault;
pub use taken::{faults, is_ours};
