//! Checks of network policies, services, ingresses and meshes.

use super::Check;

mod coverage;
mod ingress;
mod neighbourhood;
mod network_plugin_without_network_policy;
mod network_policy_selects_nothing;
mod network_policy_types_missing_egress;
mod policy;
mod service;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[
    coverage::ROWS,
    ingress::ROWS,
    policy::ROWS,
    service::ROWS,
    &[
        network_plugin_without_network_policy::CHECK,
        network_policy_selects_nothing::CHECK,
        network_policy_types_missing_egress::CHECK,
    ],
];
