//! Checks of the supply chain: registries, signatures, SBOMs, VEX, scans.

use super::Check;

pub(super) mod identity;
mod papers;
mod registry_config_insecure;
mod secret_provider_sync_enabled;
mod signature;
mod vex;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] =
    &[papers::ROWS, signature::ROWS, &[registry_config_insecure::CHECK, secret_provider_sync_enabled::CHECK]];
