//! Checks of Dockerfiles.

use super::Check;

mod dockerfile_command_shell_form;
mod instruction;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[instruction::ROWS, &[dockerfile_command_shell_form::CHECK]];
