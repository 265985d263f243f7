//! Checks of detection: Falco, audit policies, tracing.

use super::Check;

mod falco_rule_priority_invalid;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[&[falco_rule_priority_invalid::CHECK]];
