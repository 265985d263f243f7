//! Tests at the boundary of `sim`: JSON lines in, verdicts out.

mod gatekeeper;
mod kernel;
mod pod_security;
pub mod pod_security_corpus;
