//! Starts `sealegs`: hands arguments, environment and terminal over, and returns the exit code; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(sealegs::cli::main(std::env::args_os()))
}
