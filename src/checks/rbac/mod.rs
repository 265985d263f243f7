//! Checks of roles and bindings.

use super::Check;

mod binding;
mod grant;
mod identity;
mod plumbing;
mod pods;
mod rbac_wildcard_resources;
mod service_account_default_bound;
mod wildcard;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[
    binding::ROWS,
    identity::ROWS,
    plumbing::ROWS,
    pods::ROWS,
    wildcard::ROWS,
    &[rbac_wildcard_resources::CHECK, service_account_default_bound::CHECK],
];
