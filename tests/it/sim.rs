//! Tests at the boundary of `sim`: JSON lines in, verdicts out.

mod admission_policy;
mod admit;
mod cel;
mod door;
mod gatekeeper;
mod hostile;
mod image;
mod interface;
mod kernel;
mod kyverno_cel;
mod kyverno_classic;
mod kyverno_webhooks;
mod limits;
mod network;
mod pod_security;
pub mod pod_security_corpus;
pub mod pod_security_upstream;
mod rbac;
mod rbac_reach;
mod scheduling;
