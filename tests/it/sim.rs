//! Tests at the boundary of `sim`: JSON lines in, verdicts out.

mod admission_policy;
mod admit;
mod cel;
mod gatekeeper;
mod kernel;
mod network;
mod pod_security;
pub mod pod_security_corpus;
mod rbac;
mod scheduling;
