//! Checks of namespaces, service accounts, secrets and config maps.

use super::Check;

mod credential;
mod space;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[credential::ROWS, space::ROWS];
