//! Checks of Dockerfiles.

use super::Check;

mod base;
mod cache;
mod call;
mod compiler;
mod copy;
mod dockerfile_command_shell_form;
mod fetch;
mod habit;
mod instruction;
mod manager;
mod package;
mod run;
mod secret;
mod stage;
mod user;

/// The area's checks.
pub(super) const CHECKS: &[&[Check]] = &[
    base::ROWS,
    copy::ROWS,
    fetch::ROWS,
    habit::ROWS,
    instruction::ROWS,
    package::ROWS,
    secret::ROWS,
    stage::ROWS,
    user::ROWS,
    &[dockerfile_command_shell_form::CHECK],
];
