//! The API servers that an object runs, for checks that look at its flags and at files of its own.

use crate::checks::DocumentCase;
use crate::model::flags::{CommandLine, Program};

/// The command lines of the containers that run `kube-apiserver`.
pub(super) fn api_servers<'c, 't>(
    case: &'c DocumentCase<'t>,
) -> impl Iterator<Item = &'c CommandLine<'t>> + use<'c, 't> {
    case.commands.iter().filter(|line| line.program == Program::ApiServer && !line.is_idle())
}
