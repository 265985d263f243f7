//! Checks of roles and bindings.

use super::Check;

mod grant;
mod rbac_wildcard_resources;
mod service_account_default_bound;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] =
    &[grant::ROWS, &[rbac_wildcard_resources::CHECK, service_account_default_bound::CHECK]];
