//! Checks of namespaces, service accounts, secrets and config maps.

use super::Check;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[];
