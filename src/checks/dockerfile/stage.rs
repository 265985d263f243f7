//! What a stage has twice, what its name means, and what its instructions say together.

use crate::checks::{
    Case, Check, DockerfileCase, Fault, Faults, InstructionCase, Row, Rule, Scope, Standard,
};
use crate::model::shell::flat;
use crate::parse::dockerfile::{Instruction, Keyword};
use crate::text::{Severity, Span};

const DOC: &str = include_str!("stage.md");

/// A row about an instruction of which only the last one counts.
#[derive(Clone, Copy, Debug)]
struct Once(Keyword);

impl Row for Once {
    fn scope(&self) -> Scope {
        Scope::Dockerfile
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Dockerfile(case) = case else { return Faults::new() };
        let word = self.0.word();
        let mut faults = Faults::new();
        for stage in &case.stages.all {
            let all: Vec<_> = stage.each(self.0).collect();
            let Some((last, before)) = all.split_last() else { continue };
            for instruction in before {
                let detail = format!("another {word} follows in the same stage: this one has no effect");
                let fault = Fault::new(instruction.span, detail, format!("keep one {word}"));
                faults.push(fault.related(last.keyword_span, "this one counts"));
            }
        }
        faults
    }
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "dockerfile-cmd-multiple",
        Severity::Low,
        "CMD without effect",
        DOC,
        Rule::Row(&Once(Keyword::Cmd)),
    )
    .aliases(&["DS-0016", "DL4003"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-entrypoint-multiple",
        Severity::Low,
        "ENTRYPOINT without effect",
        DOC,
        Rule::Row(&Once(Keyword::Entrypoint)),
    )
    .aliases(&["DS-0007", "DL4004"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-healthcheck-missing",
        Severity::Info,
        "image says nothing of its health",
        DOC,
        Rule::Dockerfile(healthcheck),
    )
    .aliases(&["DS-0026", "CKV_DOCKER_2", "DL3057"])
    .lessons(&[9])
    .standards(&[Standard::Cis("D4.6")])
    .opinion(),
    Check::new(
        "dockerfile-healthcheck-multiple",
        Severity::Low,
        "HEALTHCHECK without effect",
        DOC,
        Rule::Row(&Once(Keyword::Healthcheck)),
    )
    .aliases(&["DS-0023", "DL3012"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-instruction-order",
        Severity::Low,
        "instruction before the first FROM",
        DOC,
        Rule::Dockerfile(order),
    )
    .aliases(&["DL3061"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-onbuild-invalid",
        Severity::Low,
        "ONBUILD holds what it may not",
        DOC,
        Rule::Instruction(&[Keyword::Onbuild], onbuild),
    )
    .aliases(&["DL3043"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-run-consecutive",
        Severity::Info,
        "several RUN in a row",
        DOC,
        Rule::Dockerfile(consecutive),
    )
    .aliases(&["DL3059"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-stage-name-duplicate",
        Severity::Low,
        "two stages share a name",
        DOC,
        Rule::Dockerfile(duplicate),
    )
    .aliases(&["DS-0012", "CKV_DOCKER_11", "DL3024"])
    .lessons(&[4, 9]),
    Check::new(
        "dockerfile-stage-name-reserved",
        Severity::Low,
        "stage has a reserved name",
        DOC,
        Rule::Dockerfile(reserved),
    )
    .aliases(&["DL3063"])
    .lessons(&[4, 9]),
    Check::new("dockerfile-wget-and-curl", Severity::Info, "both wget and curl", DOC, Rule::Dockerfile(both))
        .aliases(&["DS-0014", "DL4001"])
        .lessons(&[9, 3]),
];

/// Kubernetes reads none, and so the row is an opinion that a standard of Docker's shares.
fn healthcheck(case: &DockerfileCase<'_>) -> Faults {
    let Some(last) = case.stages.last() else { return Faults::new() };
    let line = case.stages.line(last);
    if line.iter().any(|stage| stage.each(Keyword::Healthcheck).next().is_some()) {
        return Faults::new();
    }
    let detail = "no HEALTHCHECK in the stage that is built, nor below it in this file";
    let help = "add HEALTHCHECK CMD where Docker runs the image; Kubernetes asks probes instead";
    vec![Fault::new(last.from.keyword_span, detail, help)]
}

fn order(case: &DockerfileCase<'_>) -> Faults {
    let first = case.stages.global.iter().find(|i| i.keyword != Keyword::Arg);
    let fault = |instruction: &Instruction| {
        let word = instruction.keyword.word();
        let detail = format!("{word} stands before the first FROM, where only ARG may: the build fails");
        Fault::new(instruction.keyword_span, detail, format!("move {word} below the FROM of its stage"))
    };
    first.map(fault).into_iter().collect()
}

fn onbuild(case: &InstructionCase<'_>) -> Faults {
    let bad = |i: &&Instruction| matches!(i.keyword, Keyword::Onbuild | Keyword::From | Keyword::Maintainer);
    let fault = |inner: &Instruction| {
        let detail = format!("ONBUILD {} is refused: the build fails", inner.keyword.word());
        Fault::new(
            inner.keyword_span,
            detail,
            "hold back another instruction, or write this one in the stage",
        )
    };
    case.instruction.inner.as_deref().filter(bad).map(fault).into_iter().collect()
}

/// Of the stages that the image is made of: others' layers are thrown away.
fn consecutive(case: &DockerfileCase<'_>) -> Faults {
    let Some(last) = case.stages.last() else { return Faults::new() };
    let plain =
        |i: &Instruction| i.keyword == Keyword::Run && i.here_documents.is_empty() && i.flags.is_empty();
    let mut faults = Faults::new();
    for stage in case.stages.line(last) {
        for group in stage.instructions.chunk_by(|a, b| plain(a) && plain(b)) {
            if let [_, second, ..] = group {
                let detail = format!(
                    "{} RUN follow one another, each a layer: what one writes, the next cannot take out",
                    group.len()
                );
                faults.push(Fault::new(second.keyword_span, detail, "join with && what belongs together"));
            }
        }
    }
    faults
}

fn name_span(case: &DockerfileCase<'_>, index: usize) -> Option<Span> {
    Some(case.stages.all.get(index)?.from.name.as_ref()?.span)
}

fn duplicate(case: &DockerfileCase<'_>) -> Faults {
    let fault = |stage: &crate::model::stage::Stage<'_>| {
        let name = stage.name()?;
        let first = case.stages.named(name).filter(|first| first.index < stage.index)?;
        let detail =
            format!("the name {name} is taken: which of both --from={name} means depends on where it stands");
        let fault = Fault::new(name_span(case, stage.index)?, detail, "give each stage a name of its own");
        Some(fault.related(name_span(case, first.index)?, "has the name already"))
    };
    case.stages.all.iter().filter_map(fault).collect()
}

fn reserved(case: &DockerfileCase<'_>) -> Faults {
    let fault = |stage: &crate::model::stage::Stage<'_>| {
        let name =
            stage.name().filter(|n| matches!(n.to_ascii_lowercase().as_str(), "scratch" | "context"))?;
        let detail = format!("the stage is called {name}, which means something else in FROM and --from");
        Some(Fault::new(name_span(case, stage.index)?, detail, "call it after what it does: build, test"))
    };
    case.stages.all.iter().filter_map(fault).collect()
}

fn both(case: &DockerfileCase<'_>) -> Faults {
    let Some(last) = case.stages.last() else { return Faults::new() };
    let (mut curl, mut wget) = (None, None);
    for stage in case.stages.line(last).into_iter().rev() {
        for run in stage.each(Keyword::Run) {
            let all = case.stages.commands(stage, run);
            for command in flat(&all) {
                let span = || command.run().first().map(|w| w.span);
                match command.program() {
                    "curl" => curl = curl.or_else(span),
                    "wget" => wget = wget.or_else(span),
                    _ => {}
                }
            }
        }
    }
    let (Some(curl), Some(wget)) = (curl, wget) else { return Faults::new() };
    let (first, second) = if curl.start < wget.start { (curl, wget) } else { (wget, curl) };
    let detail = "curl and wget do the same: each stays for an attacker who wants to fetch something";
    vec![Fault::new(second, detail, "use one of them").related(first, "the other one")]
}
