//! What is copied, from where, and with which rights.

use crate::checks::{Check, Confidence, DockerfileCase, Fault, Faults, InstructionCase, Rule, Standard};
use crate::model::shell::flat;
use crate::model::stage::Stage;
use crate::parse::dockerfile::{Arguments, Instruction, Keyword, Word};
use crate::text::{Edit, Severity, Span};

use super::run::{commands, is_shipped};

const DOC: &str = include_str!("copy.md");

const COPIES: &[Keyword] = &[Keyword::Add, Keyword::Copy];

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "dockerfile-add-instead-of-copy",
        Severity::Low,
        "ADD where COPY does",
        DOC,
        Rule::Instruction(&[Keyword::Add], add),
    )
    .aliases(&["DS-0005", "CKV_DOCKER_4", "DL3020"])
    .lessons(&[9])
    .standards(&[Standard::Cis("D4.9")]),
    Check::new(
        "dockerfile-chmod-world-writable",
        Severity::Medium,
        "everybody may write what runs",
        DOC,
        Rule::Instruction(&[Keyword::Run, Keyword::Add, Keyword::Copy], world_writable),
    )
    .lessons(&[5, 9])
    .technique("T1554"),
    Check::new(
        "dockerfile-copy-archive",
        Severity::Info,
        "archive is copied, and unpacked in another layer",
        DOC,
        Rule::Dockerfile(archive),
    )
    .aliases(&["DL3010"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-copy-context-whole",
        Severity::Medium,
        "whole context is copied into what ships",
        DOC,
        Rule::Instruction(COPIES, context),
    )
    .lessons(&[9, 4, 17])
    .technique("T1552.001")
    .confidence(Confidence::Contextual),
    Check::new(
        "dockerfile-copy-from-self",
        Severity::Low,
        "COPY --from names its own stage",
        DOC,
        Rule::Instruction(COPIES, from_self),
    )
    .aliases(&["DS-0006", "DL3023"])
    .lessons(&[4, 9]),
    Check::new(
        "dockerfile-copy-from-unknown-stage",
        Severity::Medium,
        "COPY --from names no earlier stage",
        DOC,
        Rule::Instruction(COPIES, from_unknown),
    )
    .aliases(&["DL3022"])
    .lessons(&[4, 9])
    .technique("T1195.002")
    .confidence(Confidence::Likely),
    Check::new(
        "dockerfile-copy-many-without-slash",
        Severity::Low,
        "several sources and no directory",
        DOC,
        Rule::Instruction(COPIES, many),
    )
    .aliases(&["DS-0011", "DL3021"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-copy-relative-without-workdir",
        Severity::Low,
        "destination depends on the base image",
        DOC,
        Rule::Instruction(COPIES, relative),
    )
    .aliases(&["DL3045"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-copy-whole-filesystem",
        Severity::Medium,
        "whole file system of a stage is copied",
        DOC,
        Rule::Instruction(&[Keyword::Copy], everything),
    )
    .aliases(&["DL3067"])
    .lessons(&[4, 3])
    .technique("T1552.001"),
    Check::new(
        "dockerfile-setuid-left",
        Severity::Medium,
        "build sets a setuid or setgid bit",
        DOC,
        Rule::Instruction(&[Keyword::Run, Keyword::Add, Keyword::Copy], setuid),
    )
    .lessons(&[6, 9])
    .standards(&[Standard::Cis("D4.8")])
    .technique("T1548.001"),
];

/// Sources and destination.
fn parts(instruction: &Instruction) -> Option<(&[Word], &Word)> {
    let (to, sources) = instruction.words().split_last()?;
    Some((sources, to))
}

/// Where it copies from, where that is not the context: `--from`, its variables aside.
fn from(instruction: &Instruction) -> Option<&Word> {
    instruction.flag("from")?.value.as_ref()
}

fn is_archive(path: &str) -> bool {
    let ends =
        [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.lzma"];
    ends.iter().any(|end| path.ends_with(end))
}

fn add(case: &InstructionCase<'_>) -> Faults {
    let Some((sources, _)) = parts(case.instruction) else { return Faults::new() };
    let unpacks = case.instruction.flag("unpack").is_some() || case.instruction.flag("checksum").is_some();
    let special = |w: &Word| {
        let text = &w.text;
        is_archive(text) || text.contains("://") || text.contains(['$', '*', '?']) || text.starts_with("git@")
    };
    if unpacks || sources.is_empty() || sources.iter().any(special) {
        return Faults::new();
    }
    let detail = "ADD of files that are no archive: some day one is, and it is unpacked where nobody looks";
    vec![Fault::new(case.instruction.keyword_span, detail, "write COPY")]
}

/// The rights that an instruction gives: of `--chmod`, or of each `chmod` of a `RUN`; with their place and what gets them.
fn rights(case: &InstructionCase<'_>) -> Vec<(Span, String, Vec<String>)> {
    if case.instruction.keyword != Keyword::Run {
        let value = case.instruction.flag("chmod").and_then(|f| f.value.as_ref());
        let to = parts(case.instruction).map_or("", |(_, to)| &*to.text);
        return value.map(|v| (v.span, v.text.to_string(), vec![to.to_owned()])).into_iter().collect();
    }
    let all = commands(case);
    let chmod = |c: &&crate::model::shell::Command| {
        let mode_first =
            |w: &&crate::model::shell::Word| !w.text.starts_with('-') || w.text.starts_with("-x");
        let at = c.arguments().iter().position(|w| mode_first(&w))?;
        let mode = c.arguments().get(at)?;
        let paths = c.arguments().get(at + 1..)?.iter().map(|w| w.text.to_string()).collect();
        Some((mode.span, mode.text.to_string(), paths))
    };
    flat(&all).iter().filter(|c| c.program() == "chmod").filter_map(chmod).collect()
}

/// The bits of an octal mode.
fn octal(mode: &str) -> Option<u32> {
    u32::from_str_radix(mode, 8).ok().filter(|_| mode.len() >= 3)
}

/// Whether a clause such as `a+rwx` or `go=w` gives `right` to one of `whom`.
fn gives(mode: &str, whom: &str, right: char) -> bool {
    mode.split(',').any(|clause| {
        let Some(at) = clause.find(['+', '=']) else { return false };
        let (who, rights) = clause.split_at(at);
        who.contains(|c| whom.contains(c)) && rights.contains(right)
    })
}

fn world_writable(case: &InstructionCase<'_>) -> Faults {
    if !is_shipped(case) {
        return Faults::new();
    }
    let bad = |(span, mode, paths): (Span, String, Vec<String>)| {
        // With the sticky bit, as /tmp has it, nobody replaces the files of another.
        let open = octal(&mode)
            .map_or_else(|| gives(&mode, "oa", 'w') && !mode.contains('t'), |m| m & 0o1002 == 0o002);
        let temporary = !paths.is_empty()
            && paths.iter().all(|p| p == "/tmp" || p == "/var/tmp" || p.starts_with("/dev/"));
        let detail = format!("mode {mode} lets every user of the container write {}", paths.join(" "));
        (open && !temporary).then(|| {
            Fault::new(
                span,
                detail,
                "leave it to root, and let others read: 0555 for what runs, 0444 for what is read",
            )
        })
    };
    rights(case).into_iter().filter_map(bad).collect()
}

fn setuid(case: &InstructionCase<'_>) -> Faults {
    if !is_shipped(case) {
        return Faults::new();
    }
    let bad = |(span, mode, paths): (Span, String, Vec<String>)| {
        let set = octal(&mode).map_or_else(|| gives(&mode, "uga", 's') || mode == "+s", |m| m & 0o6000 != 0);
        let detail =
            format!("mode {mode} makes {} run with its owner's rights, whoever starts it", paths.join(" "));
        set.then(|| Fault::new(span, detail, "give the one capability that it needs instead, or none"))
    };
    rights(case).into_iter().filter_map(bad).collect()
}

/// The first archive that is copied.
fn packed(copy: &Instruction) -> Option<&Word> {
    parts(copy)?.0.iter().find(|s| is_archive(&s.text))
}

/// What a `RUN` tells tar, each word with the place of the `RUN`.
fn tar_words(case: &DockerfileCase<'_>, stage: Stage<'_>, run: &Instruction) -> Vec<(u32, String)> {
    let all = case.stages.commands(stage, run);
    let tars = flat(&all).into_iter().filter(|c| c.program() == "tar");
    tars.flat_map(|c| &c.words).map(|w| (run.span.start, w.text.to_string())).collect()
}

fn archive(case: &DockerfileCase<'_>) -> Faults {
    let mut faults = Faults::new();
    for stage in &case.stages.all {
        let copies = || stage.each(Keyword::Copy).filter(|c| c.flag("from").is_none());
        let archives: Vec<_> = copies().filter_map(|c| Some((c, packed(c)?))).collect();
        if archives.is_empty() {
            continue;
        }
        let tars: Vec<_> = stage.each(Keyword::Run).flat_map(|run| tar_words(case, *stage, run)).collect();
        for (copy, source) in archives {
            let name = source.text.rsplit('/').next().unwrap_or("");
            let unpacked = tars.iter().any(|(at, text)| *at > copy.span.start && text.ends_with(name));
            if unpacked {
                let detail = format!(
                    "{name} is a layer, and what tar takes out of it is another: the packed one stays"
                );
                faults.push(Fault::new(
                    source.span,
                    detail,
                    "write ADD, which unpacks a local archive in one layer",
                ));
            }
        }
    }
    faults
}

fn context(case: &InstructionCase<'_>) -> Faults {
    let Some((sources, to)) = parts(case.instruction) else { return Faults::new() };
    if from(case.instruction).is_some() || !is_shipped(case) {
        return Faults::new();
    }
    let whole = |w: &&Word| matches!(&*w.text, "." | "./" | "/" | "./." | "*" | "./*");
    let fault = |word: &Word| {
        let detail = format!(
            "everything beside the Dockerfile goes to {}: .git, .env and keys too, unless .dockerignore, which is not read here, names them",
            to.text
        );
        Fault::new(word.span, detail, "name the directories that the program needs: COPY src/ src/")
    };
    sources.iter().find(whole).map(fault).into_iter().collect()
}

fn from_self(case: &InstructionCase<'_>) -> Faults {
    let (Some(from), Some(stage)) = (from(case.instruction), case.stage) else { return Faults::new() };
    let own = stage.name().is_some_and(|n| n.eq_ignore_ascii_case(&from.text)) && !earlier(case, &from.text);
    if !own && from.text.parse() != Ok(stage.index) {
        return Faults::new();
    }
    let detail = format!("--from={} is the stage that it stands in: the build fails", from.text);
    vec![Fault::new(from.span, detail, "name the earlier stage, or write cp in a RUN")]
}

/// Whether a stage before this one has that name.
fn earlier(case: &InstructionCase<'_>, name: &str) -> bool {
    let here = case.stage.map_or(0, |s| s.index);
    case.file.stages.named(name).is_some_and(|first| first.index < here)
}

fn from_unknown(case: &InstructionCase<'_>) -> Faults {
    let (Some(from), Some(stage)) = (from(case.instruction), case.stage) else { return Faults::new() };
    let text = &*from.text;
    // A tag, a digest or a path means an image, and a variable is known to the build alone.
    if text.contains(['/', ':', '@', '$', '.']) || earlier(case, text) || text.is_empty() {
        return Faults::new();
    }
    let number = text.parse::<usize>();
    let own = stage.name().is_some_and(|n| n.eq_ignore_ascii_case(text));
    if own || number.as_ref().is_ok_and(|n| *n <= stage.index) {
        return Faults::new();
    }
    let later = case.file.stages.named(text).is_some();
    let detail = if number.is_ok() {
        format!("--from={text}: no stage before this one has that number")
    } else if later {
        format!("--from={text}: that stage comes later, and the builder reads only what stands above")
    } else {
        format!(
            "--from={text}: no stage above is called so, and the builder takes docker.io/library/{text}:latest, or a named context"
        )
    };
    vec![Fault::new(from.span, detail, "name an earlier stage, or an image by its full name and digest")]
}

fn many(case: &InstructionCase<'_>) -> Faults {
    let Some((sources, to)) = parts(case.instruction) else { return Faults::new() };
    let count = sources.len() + case.instruction.here_documents.len();
    let directory = to.text.ends_with('/')
        || matches!(&*to.text, "." | "..")
        || to.text.ends_with("/.")
        || to.text.contains('$');
    if count < 2 || directory {
        return Faults::new();
    }
    let detail = format!("{count} sources go to {}, which has no slash at its end: the build fails", to.text);
    let fault = Fault::new(to.span, detail, format!("write {}/", to.text));
    let edit = || Edit::new(Span { start: to.span.end, ..to.span }, "/");
    let plain = case.file.file.source().slice(to.span) == &*to.text && !listed(case.instruction);
    vec![fault.fix([plain.then(edit)])]
}

/// Whether sources and destination stand in brackets.
fn listed(instruction: &Instruction) -> bool {
    matches!(instruction.arguments, Arguments::Exec(..))
}

fn relative(case: &InstructionCase<'_>) -> Faults {
    let (Some((_, to)), Some(stage)) = (parts(case.instruction), case.stage) else { return Faults::new() };
    let text = &*to.text;
    let absolute = text.starts_with(['/', '$', '\\']) || text.get(1..2) == Some(":");
    let line = case.file.stages.line(stage);
    let set = line.iter().any(|s| {
        let mut dirs = s.each(Keyword::Workdir);
        dirs.any(|w| s.index != stage.index || w.span.start < case.instruction.span.start)
    });
    // The base `scratch` begins at /, and that is no question.
    let scratch = line.last().and_then(|s| s.base()).is_some_and(|b| &*b.text == "scratch");
    if absolute || set || scratch {
        return Faults::new();
    }
    let detail =
        format!("{text} is relative, and no WORKDIR stands above: the base image says where it goes");
    vec![Fault::new(to.span, detail, "write WORKDIR /app above it, or an absolute path")]
}

fn everything(case: &InstructionCase<'_>) -> Faults {
    let (Some(from), Some((sources, to))) = (from(case.instruction), parts(case.instruction)) else {
        return Faults::new();
    };
    let root = |w: &Word| matches!(&*w.text, "/" | "/." | "/*" | "./");
    let Some(source) = sources.iter().find(|w| root(w)).filter(|_| root(to)) else { return Faults::new() };
    let detail =
        format!("all of {} goes into this stage: its tools and what its layers hid come along", from.text);
    vec![Fault::new(source.span, detail, "copy the files that the program needs, each by its path")]
}
