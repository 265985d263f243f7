//! Checks of namespaces and of what lies in them: service accounts, secrets, config maps, webhooks.

use super::Check;

mod credential;
mod csr_privileged_group;
mod label;
mod namespace_change_protected;
mod space;
mod webhook;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[
    credential::ROWS,
    label::ROWS,
    space::ROWS,
    webhook::ROWS,
    &[csr_privileged_group::CHECK, namespace_change_protected::CHECK],
];
