//! A command that runs below a shell.

use crate::checks::{Check, DockerfileCase, Fault, Faults, Rule};
use crate::parse::dockerfile::{Arguments, Keyword};
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "dockerfile-command-shell-form",
    Severity::Low,
    "command runs below a shell",
    include_str!("dockerfile_command_shell_form.md"),
    Rule::Dockerfile(look),
)
.aliases(&["DL3025"])
.lessons(&[9, 3])
.technique("T1059.004");

/// What the built image starts: the last of each word on the line of stages that it comes from. checks.md 3, trap 15.
fn look(case: &DockerfileCase<'_>) -> Faults {
    let Some(last) = case.stages.last() else { return Faults::new() };
    let line = case.stages.line(last);
    let of = |keyword| line.iter().find_map(|stage| stage.each(keyword).next_back());
    [(Keyword::Entrypoint, "ENTRYPOINT"), (Keyword::Cmd, "CMD")]
        .into_iter()
        .filter_map(|(keyword, word)| {
            let instruction = of(keyword)?;
            let Arguments::Shell(command) = &instruction.arguments else { return None };
            let detail = format!("{word} is in shell form: /bin/sh -c is process 1, and takes the signals");
            let help = "write it as a list: [\"program\", \"argument\"]";
            Some(Fault::new(command.whole(), detail, help))
        })
        .collect()
}
