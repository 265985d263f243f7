//! What the area's checks share: the commands of a `RUN`, whether a stage is part of the image, variables of the file.

use crate::checks::{DockerfileCase, Fault, Faults, InstructionCase};
use crate::model::pair::{self, Variables};
use crate::model::shell::{self, Command, SHELLS, flat};
use crate::model::stage::Stage;
use crate::parse::dockerfile::{Arguments, Instruction, Keyword};
use crate::text::{Edit, Span};

/// The commands of an instruction, where a shell of Unix runs them.
pub(super) fn commands(case: &InstructionCase<'_>) -> Vec<Command> {
    case.stage.map_or_else(Vec::new, |stage| commands_in(&case.file, stage, case.instruction))
}

/// A fault for each command that `bad` points into.
pub(super) fn each(
    case: &InstructionCase<'_>,
    bad: fn(&Command) -> Option<(Span, String)>,
    help: &str,
) -> Faults {
    let all = commands(case);
    let found = flat(&all).into_iter().filter_map(bad);
    found.map(|(span, detail)| Fault::new(span, detail, help)).collect()
}

/// The commands of an instruction of `stage`. None of `PowerShell`'s, whose words are not read here.
pub(super) fn commands_in(
    case: &DockerfileCase<'_>,
    stage: Stage<'_>,
    instruction: &Instruction,
) -> Vec<Command> {
    match shell_of(case, stage, instruction) {
        Some(words) if !words.first().is_some_and(|w| is_shell(w)) => Vec::new(),
        _ => shell::commands(instruction),
    }
}

fn is_shell(text: &str) -> bool {
    SHELLS.contains(&text.rsplit('/').next().unwrap_or(text))
}

/// The `SHELL` that counts for an instruction, where the file sets one.
pub(super) fn shell_of<'t>(
    case: &DockerfileCase<'t>,
    stage: Stage<'_>,
    instruction: &Instruction,
) -> Option<Vec<&'t str>> {
    let stage = case.stages.all.get(stage.index)?;
    let mut set = None;
    for below in case.stages.line(*stage).into_iter().rev() {
        for other in below.each(Keyword::Shell).filter(|s| s.span.start < instruction.span.start) {
            set = Some(other.words().iter().map(|w| &*w.text).collect());
        }
    }
    set
}

/// Whether the image is made of this stage: it is the last one, or below it.
pub(super) fn is_shipped(case: &InstructionCase<'_>) -> bool {
    let stages = case.file.stages;
    let here = case.stage.map(|s| s.index);
    here.is_some()
        && stages.last().is_some_and(|last| stages.line(last).iter().any(|s| Some(s.index) == here))
}

/// The variables of a stage.
pub(super) fn variables(case: &DockerfileCase<'_>, stage: Stage<'_>) -> Variables {
    pair::of(case.stages, stage)
}

/// The `--mount`s of an instruction that hold `text`.
pub(super) fn mounts(instruction: &Instruction, text: &str) -> bool {
    let mounts = instruction.flags.iter().filter(|f| &*f.name == "mount");
    mounts.filter_map(|f| f.value.as_ref()).any(|v| v.text.contains(text))
}

/// An edit that puts `text` behind a word of a shell's line. None in a list in brackets, where it would be part of a string.
pub(super) fn behind(instruction: &Instruction, word: Span, text: &str) -> Option<Edit> {
    let end = Span { start: word.end, ..word };
    matches!(instruction.arguments, Arguments::Shell(_)).then(|| Edit::new(end, text))
}
