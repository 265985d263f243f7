//! Checks of the supply chain: registries, signatures, SBOMs, VEX, scans.

use super::Check;

mod registry_config_insecure;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[&[registry_config_insecure::CHECK]];
