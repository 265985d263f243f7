//! Checks of policies: Kyverno, Gatekeeper, webhooks, admission, seccomp and `AppArmor` profiles.

use super::Check;

mod apparmor;
mod apparmor_complain_mode;
mod gatekeeper;
mod image_policy;
mod kyverno;
mod kyverno_pattern;
mod kyverno_spared;
mod lists;
mod mesh;
mod pod_security_policy_removed;
mod scc_allows_privileged;
mod seccomp_json;
mod seccomp_json_default_allow;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[
    apparmor::ROWS,
    gatekeeper::ROWS,
    image_policy::ROWS,
    kyverno::ROWS,
    mesh::ROWS,
    seccomp_json::ROWS,
    &[
        apparmor_complain_mode::CHECK,
        pod_security_policy_removed::CHECK,
        scc_allows_privileged::CHECK,
        seccomp_json_default_allow::CHECK,
    ],
];
