//! Who may do what: RBAC as the API server's authorizer decides it, over roles and bindings.
//!
//! kubernetes `plugin/pkg/auth/authorizer/rbac/rbac.go` and `pkg/registry/rbac/validation/rule.go`. What a single
//! rule matches is `model::rbac`'s to say. No other authorizer is asked: neither Node nor webhooks, nor the group
//! `system:masters`, which the API server lets through before it asks anybody.

mod aggregate;
mod cases;
mod grants;
mod list;
mod near;
mod refusals;
mod request;
mod token;

pub mod probe;
pub mod reach;

pub use cases::SIMULATOR;
pub(super) use cases::{reason, request};
pub use grants::{Decision, Grants, Grounds, Outside};
pub use list::Listed;
pub use near::ask;
pub use refusals::refusals;
pub use request::{Caller, Request, Target, What};
pub use token::homeless;
