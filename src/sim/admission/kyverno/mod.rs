//! Kyverno: its policies in CEL (`policies.kyverno.io`) and its old kinds (`kyverno.io`).
//!
//! After kyverno 1.19 `pkg/cel` and kyverno/sdk `extensions/cel`. A `ValidatingPolicy`, a `MutatingPolicy` and a
//! `GeneratingPolicy` are modelled with autogen and exceptions. What asks a network, a registry, a clock or global context
//! is not, nor are mutations of what exists already. The old kinds are `classic`'s.

mod admitted;
mod aside;
pub mod asked;
mod autogen;
mod cases;
pub mod classic;
pub mod cluster;
mod compiled;
mod exception;
mod exceptions;
mod heard;
mod judge;
mod question;
mod scene;
mod spec;
mod taken;
mod template;
mod webhooks;

pub use admitted::ask;
pub use cases::SIMULATOR;
pub(super) use exceptions::Exceptions;
pub use question::{FIELDS, Question, read};
pub(super) use scene::{KYVERNO, libraries, shelves};
pub use taken::{faults, is_ours};
pub(super) use webhooks::{Call, Denial, Webhooks, hook_of};

use asked::{Asked, Said};
use judge::Policy;

/// What a policy of any kind says. An error is what is not modelled, or no policy.
pub fn judge(asked: &Asked<'_>) -> Result<Said, String> {
    let object = asked.policy;
    let kind = object.kind().unwrap_or("object");
    match object.group() {
        Some(spec::GROUP) if spec::Kind::of(object).is_some() => {
            let policy = Policy::read(object, &asked.exceptions).map_err(|fault| fault.text)?;
            policy.judge(asked, "")
        }
        Some("kyverno.io") if matches!(kind, "ClusterPolicy" | "Policy") => classic::judge(asked),
        Some("kyverno.io" | spec::GROUP) => Err(format!("policy: a {kind} is not modelled")),
        _ => Err(format!("policy: a {kind} of {} is none", object.api_version().unwrap_or("no group"))),
    }
}
