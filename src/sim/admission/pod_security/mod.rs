//! Pod Security Admission: may this pod be created under that level and version?
//!
//! After kubernetes `staging/src/k8s.io/pod-security-admission`: `policy/check_*.go` and `registry.go` for the checks,
//! `api/helpers.go` for namespace labels, `admission/admission.go` for enforce, audit and warn. Reasons and details
//! are worded as there, because learners meet them on real clusters. Where releases differ, this is the policy of
//! v1.37, which evaluates every older version; nothing is relaxed below 1.35 for user namespaces (older releases had
//! an alpha gate).
//!
//! A check is data (`registry`): id, level, and what it does from which version on. An older behaviour is never
//! edited; a newer one stands beside it.

mod cases;
mod checks;
mod level;
mod namespace;
mod pod;
mod registry;
mod violation;

pub use cases::SIMULATOR;
pub use checks::privilege::is_baseline_capability;
pub use level::{Level, LevelVersion, NEWEST, Version};
pub use namespace::{LabelError, Mode, Policy, Review, evaluate_at, refusals, review, strangers};
pub use pod::Pod;
pub use registry::{CHECKS, Check, Evaluation, Since, evaluate, violation};
pub use violation::{Place, Violation};
