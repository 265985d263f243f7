//! Single instructions that do not do what their writer believes.

use std::collections::HashMap;

use crate::checks::{Check, Fault, Faults, InstructionCase, Rule};
use crate::model::pair::pairs;
use crate::model::shell::Command;
use crate::parse::dockerfile::{Keyword, Word};
use crate::text::Severity;

use super::run::{commands, each};

const DOC: &str = include_str!("habit.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "dockerfile-cd-instead-of-workdir",
        Severity::Info,
        "cd where WORKDIR belongs",
        DOC,
        Rule::Instruction(&[Keyword::Run], cd),
    )
    .aliases(&["DS-0013", "DL3003"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-env-self-reference",
        Severity::Low,
        "ENV uses what it defines itself",
        DOC,
        Rule::Instruction(&[Keyword::Env], itself),
    )
    .aliases(&["DL3044"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-expose-port-range",
        Severity::Low,
        "port above 65535",
        DOC,
        Rule::Instruction(&[Keyword::Expose], range),
    )
    .aliases(&["DS-0008", "DL3011"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-expose-ssh",
        Severity::Medium,
        "image is made for SSH",
        DOC,
        Rule::Instruction(&[Keyword::Expose], ssh),
    )
    .aliases(&["DS-0004", "CKV_DOCKER_1"])
    .lessons(&[9, 16])
    .technique("T1133"),
    Check::new(
        "dockerfile-shell-symlink",
        Severity::Info,
        "shell is swapped by a link",
        DOC,
        Rule::Instruction(&[Keyword::Run], symlink),
    )
    .aliases(&["DL4005"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-useless-command",
        Severity::Info,
        "command makes no sense in a build",
        DOC,
        Rule::Instruction(&[Keyword::Run], useless),
    )
    .aliases(&["DL3001"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-wget-progress",
        Severity::Info,
        "wget fills the log with its progress",
        DOC,
        Rule::Instruction(&[Keyword::Run], progress),
    )
    .aliases(&["DL3047"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-workdir-relative",
        Severity::Low,
        "WORKDIR depends on what stands above",
        DOC,
        Rule::Instruction(&[Keyword::Workdir], relative),
    )
    .aliases(&["DS-0009", "CKV_DOCKER_10", "DL3000"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-workdir-system-directory",
        Severity::Medium,
        "WORKDIR is a directory of the system",
        DOC,
        Rule::Instruction(&[Keyword::Workdir], system),
    )
    .aliases(&["DS-0030"])
    .lessons(&[9])
    .technique("T1574"),
];

/// Only where the line begins with it: further on it is for one command.
fn cd(case: &InstructionCase<'_>) -> Faults {
    let all = commands(case);
    let Some(first) = all.first().filter(|c| c.program() == "cd") else { return Faults::new() };
    let Some(to) = first.arguments().first() else { return Faults::new() };
    let detail = if all.len() == 1 {
        format!("cd {} has no effect: the next RUN starts where this one did", to.text)
    } else {
        format!("cd {} holds for this RUN alone", to.text)
    };
    vec![Fault::new(first.span().unwrap_or(to.span), detail, format!("write WORKDIR {}", to.text))]
}

/// The names of the variables that a value is made of: `$NAME` and `${NAME}`.
fn used(value: &str) -> impl Iterator<Item = &str> {
    value.split('$').skip(1).map(|rest| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (inner, braced) = rest.strip_prefix('{').map_or((rest, false), |inner| (inner, true));
        let end = inner.find(|c| !is_name(c)).unwrap_or(inner.len());
        let (name, behind) = inner.split_at(end);
        if braced && !behind.starts_with('}') { "" } else { name }
    })
}

fn itself(case: &InstructionCase<'_>) -> Faults {
    let all = pairs(case.instruction);
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (at, pair) in all.iter().enumerate() {
        first.entry(&pair.name).or_insert(at);
    }
    // `PATH=$PATH:/x` takes the value from before, and is meant so.
    let bad = |(at, pair): (usize, &crate::model::pair::Pair)| {
        let value = pair.value.as_deref()?;
        let known = used(value).filter_map(|name| first.get(name).copied());
        let other = known.filter(|n| *n < at).filter_map(|n| all.get(n)).filter(|p| p.name != pair.name);
        let other = other.min_by_key(|p| p.span)?;
        let detail = format!(
            "{} uses {}, which the same ENV sets: it gets the value from before",
            pair.name, other.name
        );
        Some(
            Fault::new(pair.span, detail, "write a second ENV")
                .related(other.span, "is set for what follows"),
        )
    };
    all.iter().enumerate().filter_map(bad).collect()
}

/// The port or ports that a word exposes.
fn ports(word: &Word) -> Vec<u32> {
    let ports = word.text.split('/').next().unwrap_or("");
    ports.split('-').filter_map(|p| p.parse().ok()).collect()
}

fn range(case: &InstructionCase<'_>) -> Faults {
    let bad = |word: &&Word| ports(word).iter().any(|p| *p > 65_535);
    let fault = |word: &Word| {
        Fault::new(
            word.span,
            format!("EXPOSE {}: ports end at 65535", word.text),
            "write the port that the program listens on",
        )
    };
    case.instruction.words().iter().filter(bad).map(fault).collect()
}

fn ssh(case: &InstructionCase<'_>) -> Faults {
    let is = |word: &&Word| {
        let tcp = word.text.split_once('/').is_none_or(|(_, p)| p.eq_ignore_ascii_case("tcp"));
        let all = ports(word);
        tcp && match all.as_slice() {
            [from, to] => (*from..=*to).contains(&22),
            all => all.contains(&22),
        }
    };
    let fault = |word: &Word| {
        let detail =
            "EXPOSE 22: a second way in, with keys and passwords that no cluster role governs or logs";
        Fault::new(
            word.span,
            detail,
            "remove it and the server behind it; use kubectl exec or an ephemeral container",
        )
    };
    case.instruction.words().iter().filter(is).map(fault).collect()
}

fn symlink(case: &InstructionCase<'_>) -> Faults {
    let bad = |c: &Command| {
        let last = c.arguments().last().filter(|_| c.program() == "ln")?;
        let shell = matches!(&*last.text, "/bin/sh" | "/usr/bin/sh");
        shell.then(|| {
            (c.span().unwrap_or(last.span), "ln replaces /bin/sh for every program of the image".to_owned())
        })
    };
    each(case, bad, "write SHELL [\"/bin/bash\", \"-c\"], which changes the build alone")
}

/// Programs that need a terminal, a running system or somebody who looks.
const USELESS: [&str; 15] = [
    "ssh",
    "vi",
    "vim",
    "nano",
    "shutdown",
    "reboot",
    "service",
    "systemctl",
    "ps",
    "free",
    "top",
    "htop",
    "kill",
    "mount",
    "ifconfig",
];

fn useless(case: &InstructionCase<'_>) -> Faults {
    let bad = |c: &Command| {
        let word = c.run().first().filter(|_| USELESS.contains(&c.program()))?;
        // Units are enabled by links, which a build can make.
        let enables = c.program() == "systemctl" && c.has(&["enable", "disable", "mask", "set-default"]);
        let mounted = c.program() == "ssh" && c.has(&["-V"]);
        let detail = format!(
            "{} works on what a build does not have: a terminal, or processes that stay",
            c.program()
        );
        (!enables && !mounted).then_some((word.span, detail))
    };
    each(case, bad, "remove it, or do it when the container starts")
}

fn progress(case: &InstructionCase<'_>) -> Faults {
    let bad = |c: &Command| {
        let word = c.run().first().filter(|_| c.program() == "wget")?;
        let quiet = c.has(&[
            "--quiet",
            "--no-verbose",
            "-nv",
            "--progress",
            "--version",
            "-o",
            "--output-file",
            "-a",
        ]);
        let short = |w: &crate::model::shell::Word| {
            w.text.starts_with('-') && !w.text.starts_with("--") && w.text.contains('q')
        };
        let said = quiet || c.arguments().iter().any(short);
        (!said).then(|| (word.span, "wget draws a bar into the log of the build".to_owned()))
    };
    each(case, bad, "add --progress=dot:giga, or -nv")
}

fn relative(case: &InstructionCase<'_>) -> Faults {
    let Some(word) = case.instruction.word() else { return Faults::new() };
    let text = word.text.trim_matches(['"', '\'']);
    if text.starts_with(['/', '$', '\\']) || text.get(1..2) == Some(":") {
        return Faults::new();
    }
    let detail = format!("WORKDIR {text} is relative to the one above, or to the base image's");
    vec![Fault::new(word.span, detail, "write the whole path, from /")]
}

fn system(case: &InstructionCase<'_>) -> Faults {
    let Some(word) = case.instruction.word() else { return Faults::new() };
    let text = word.text.trim_matches(['"', '\'']);
    let dirs = [
        "/proc",
        "/sys",
        "/dev",
        "/boot",
        "/etc",
        "/bin",
        "/sbin",
        "/lib",
        "/lib64",
        "/usr/bin",
        "/usr/sbin",
        "/usr/lib",
    ];
    // A directory below /usr/lib or /etc may be the program's own; below the kernel's, none is.
    let below = |dir: &str| {
        ["/proc", "/sys", "/dev", "/boot"].contains(&dir)
            && text.strip_prefix(dir).is_some_and(|r| r.starts_with('/'))
    };
    if !dirs.iter().any(|dir| text.trim_end_matches('/') == *dir || below(dir)) {
        return Faults::new();
    }
    let detail =
        format!("WORKDIR {text}: relative paths of COPY and of the program write among the system's files");
    vec![Fault::new(word.span, detail, "write a directory of its own: WORKDIR /app")]
}
