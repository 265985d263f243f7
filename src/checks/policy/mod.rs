//! Checks of policies: Kyverno, Gatekeeper, webhooks, admission, seccomp and `AppArmor` profiles.

use super::Check;

mod apparmor_complain_mode;
mod seccomp_json_default_allow;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[&[apparmor_complain_mode::CHECK, seccomp_json_default_allow::CHECK]];
