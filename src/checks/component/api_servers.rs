//! The API servers that an object runs, for checks that look at its flags and at files of its own.

use crate::checks::DocumentCase;
use crate::model::flags::{CommandLine, Program};
use crate::model::template_of;

/// The command lines of the containers that run `kube-apiserver`.
pub(super) fn api_servers<'t>(case: &DocumentCase<'t>) -> Vec<CommandLine<'t>> {
    let Some(template) = template_of(case.object) else { return Vec::new() };
    let lines = template.containers().filter_map(CommandLine::of);
    lines.filter(|line| line.program == Program::ApiServer && !line.is_idle()).collect()
}
