//! Checks of network policies, services, ingresses and meshes.

use super::Check;

mod network_policy_selects_nothing;
mod network_policy_types_missing_egress;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] =
    &[&[network_policy_selects_nothing::CHECK, network_policy_types_missing_egress::CHECK]];
