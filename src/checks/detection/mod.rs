//! Checks of detection: Falco, audit policies, tracing.

use super::Check;

mod falco_rule;
mod falco_rule_name_undefined;
mod falco_rule_override_misuse;
mod falco_rule_priority_invalid;
mod sensor;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[
    falco_rule::ROWS,
    sensor::ROWS,
    &[
        falco_rule_name_undefined::CHECK,
        falco_rule_override_misuse::CHECK,
        falco_rule_priority_invalid::CHECK,
    ],
];
