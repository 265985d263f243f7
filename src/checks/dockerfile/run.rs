//! What the area's checks share: the commands of a `RUN`, whether a stage is part of the image, variables of the file.

use std::rc::Rc;

use crate::checks::{DockerfileCase, Fault, Faults, InstructionCase};
use crate::model::pair::{self, Variables};
use crate::model::shell::{Command, flat};
use crate::model::stage::Stage;
use crate::parse::dockerfile::{Arguments, Instruction};
use crate::text::{Edit, Span};

/// The commands of an instruction, where a shell of Unix runs them.
pub(super) fn commands(case: &InstructionCase<'_>) -> Rc<[Command]> {
    case.stage
        .map_or_else(|| Rc::new([]) as Rc<[Command]>, |s| case.file.stages.commands(s, case.instruction))
}

/// A fault for each command that `bad` points into.
pub(super) fn each(
    case: &InstructionCase<'_>,
    bad: fn(&Command) -> Option<(Span, String)>,
    help: &'static str,
) -> Faults {
    let all = commands(case);
    let found = flat(&all).into_iter().filter_map(bad);
    found.map(|(span, detail)| Fault::new(span, detail, help)).collect()
}

/// Whether the image is made of this stage: it is the last one, or below it.
pub(super) fn is_shipped(case: &InstructionCase<'_>) -> bool {
    case.stage.is_some_and(|stage| case.file.stages.is_shipped(stage))
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
