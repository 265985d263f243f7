//! Package managers: what a `RUN` asks of them, and what it leaves behind. Opinion for the most part, and low.

use std::cell::LazyCell;

use super::call::Call;
use super::manager::Kind;
use super::run::{behind, commands, is_shipped};
use super::{cache, compiler};
use crate::checks::{Case, Check, Confidence, Fault, Faults, InstructionCase, Row, Rule, Scope, Standard};
use crate::model::shell::{Command, flat, lists, pipes};
use crate::parse::dockerfile::Keyword;
use crate::text::{Severity, Span};

const DOC: &str = include_str!("package.md");

/// A row about one call.
#[derive(Clone, Copy, Debug)]
struct Asks {
    /// Whether only what is shipped counts.
    shipped: bool,
    /// Where it is wrong, and what is.
    bad: fn(&Call<'_>) -> Option<(Span, String)>,
    /// The smallest change that mends it.
    help: &'static str,
}

impl Row for Asks {
    fn scope(&self) -> Scope {
        Scope::Instruction(RUN)
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Instruction(case) = case else { return Faults::new() };
        if self.shipped && !is_shipped(case) {
            return Faults::new();
        }
        let all = commands(case);
        let calls = Call::all(&flat(&all));
        let bad = calls.iter().filter_map(self.bad);
        bad.map(|(span, says)| Fault::new(span, says, self.help)).collect()
    }
}

const RUN: &[Keyword] = &[Keyword::Run];

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "dockerfile-apt-interactive-tool",
        Severity::Low,
        "apt is for people",
        DOC,
        Rule::Row(&Asks { shipped: false, bad: interactive, help: "write apt-get, or apt-cache" }),
    )
    .aliases(&["CKV_DOCKER_9", "DL3027"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-dist-upgrade",
        Severity::Low,
        "whole distribution is upgraded in a layer",
        DOC,
        Rule::Row(&Asks {
            shipped: false,
            bad: dist_upgrade,
            help: "take a newer base image, by its digest",
        }),
    )
    .aliases(&["DS-0024", "DL3035"])
    .lessons(&[37, 9]),
    Check::new(
        "dockerfile-final-stage-build-tools",
        Severity::Medium,
        "compilers are in the image that ships",
        DOC,
        Rule::Dockerfile(compiler::left),
    )
    .lessons(&[4, 3])
    .technique("T1027.004")
    .confidence(Confidence::Likely),
    Check::new(
        "dockerfile-language-package-unpinned",
        Severity::Low,
        "language package without a version",
        DOC,
        Rule::Instruction(RUN, language_unpinned),
    )
    .aliases(&["DL3013", "DL3016", "DL3028", "DL3062"])
    .lessons(&[13, 9])
    .technique("T1195.001"),
    Check::new(
        "dockerfile-os-package-unpinned",
        Severity::Info,
        "package of the distribution without a version",
        DOC,
        Rule::Row(&Asks {
            shipped: true,
            bad: os_unpinned,
            help: "pin the base image by digest; name versions only where an archive keeps them",
        }),
    )
    .aliases(&["DL3008", "DL3018", "DL3033", "DL3037", "DL3041"])
    .lessons(&[9, 37]),
    Check::new(
        "dockerfile-package-cache-left",
        Severity::Low,
        "package lists or cache stay in the layer",
        DOC,
        Rule::Instruction(RUN, cache::left),
    )
    .aliases(&[
        "DS-0015", "DS-0019", "DS-0020", "DS-0025", "DS-0027", "DL3009", "DL3019", "DL3032", "DL3036",
        "DL3040", "DL3042", "DL3060",
    ])
    .lessons(&[3, 9]),
    Check::new(
        "dockerfile-package-prompt",
        Severity::Low,
        "package manager may ask, and nobody answers",
        DOC,
        Rule::Instruction(RUN, prompt),
    )
    .aliases(&["DS-0021", "DL3014", "DL3030", "DL3034", "DL3038"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-recommended-packages",
        Severity::Low,
        "recommended packages come along",
        DOC,
        Rule::Instruction(RUN, recommended),
    )
    .aliases(&["DS-0029", "DL3015"])
    .lessons(&[3, 9])
    .standards(&[Standard::Cis("D4.3")]),
    Check::new(
        "dockerfile-update-alone",
        Severity::Medium,
        "package list is fetched alone, and cached",
        DOC,
        Rule::Instruction(RUN, update_alone),
    )
    .aliases(&["DS-0017", "CKV_DOCKER_5"])
    .lessons(&[9, 37])
    .standards(&[Standard::Cis("D4.7")])
    .technique("T1525"),
];

fn interactive(call: &Call<'_>) -> Option<(Span, String)> {
    let word = call.command.run().first().filter(|_| call.command.program() == "apt")?;
    Some((word.span, "apt promises no stable interface to scripts".to_owned()))
}

fn dist_upgrade(call: &Call<'_>) -> Option<(Span, String)> {
    let word = call.verb().filter(|_| matches!(call.kind(), Kind::Apt | Kind::Zypper))?;
    let bad = matches!(&*word.text, "dist-upgrade" | "full-upgrade" | "dup");
    let detail =
        format!("{} replaces the base image's packages above it: nobody tested that together", call.title());
    bad.then_some((word.span, detail))
}

fn language_unpinned(case: &InstructionCase<'_>) -> Faults {
    let all = commands(case);
    let bad = |command: &&Command| {
        let found = match Call::of(command) {
            // A list of hashes or of versions decides, and gem's flag is for all.
            Some(call)
                if call.kind().is_system()
                    || command.has(&["--require-hashes", "-c", "--constraint"])
                    || call.kind() == Kind::Gem && command.has(&["-v", "--version"]) =>
            {
                None
            }
            Some(call) => call.packages().find(|w| !call.is_pinned(&w.text)),
            None => floating(command),
        }?;
        let (program, name) = (command.program(), &found.text);
        let detail = format!("{program} installs {name} in whatever version its registry serves that day");
        Some(Fault::new(found.span, detail, "name the version, or install from a lock file with hashes"))
    };
    flat(&all).iter().filter_map(bad).collect()
}

/// `go install …@latest`, and the names of branches.
fn floating(command: &Command) -> Option<&crate::model::shell::Word> {
    let (verb, rest) = command.arguments().split_first()?;
    let asks = command.program() == "go" && matches!(&*verb.text, "install" | "get" | "run");
    let moves = |version: &str| matches!(version, "latest" | "upgrade" | "main" | "master" | "HEAD");
    rest.iter().find(|w| asks && w.text.rsplit_once('@').is_some_and(|(_, version)| moves(version)))
}

fn os_unpinned(call: &Call<'_>) -> Option<(Span, String)> {
    let word = call.packages().find(|w| call.kind().is_system() && !call.is_pinned(&w.text))?;
    let program = call.command.program();
    let detail = format!("{program} installs {} in the version of the day: two builds differ", word.text);
    Some((word.span, detail))
}

/// Whether the file says so anywhere, in a configuration that it writes: `APT::Get::Assume-Yes "true";`.
fn configures(case: &InstructionCase<'_>, option: &'static str) -> bool {
    case.file.stages.says(option)
}

fn prompt(case: &InstructionCase<'_>) -> Faults {
    if configures(case, "apt::get::assume-yes") {
        return Faults::new();
    }
    let all = commands(case);
    // `yes | apt-get install` answers.
    let answered = LazyCell::new(|| {
        lists(&all).into_iter().flat_map(pipes).any(|p| p.iter().any(|c| c.program() == "yes"))
    });
    let bad = |call: &Call<'_>| {
        let word = call.verb().filter(|_| call.asks() && !call.is_answered() && !*answered)?;
        let detail = format!("{} has no -y: the build fails when it asks", call.title());
        let fault = Fault::new(word.span, detail, "add -y; for zypper --non-interactive behind its name");
        let name = call.command.run().first().filter(|_| call.kind() == Kind::Zypper);
        Some(fault.fix([match name {
            Some(name) => behind(case.instruction, name.span, " --non-interactive"),
            None => behind(case.instruction, word.span, " -y"),
        }]))
    };
    Call::all(&flat(&all)).iter().filter_map(bad).collect()
}

fn recommended(case: &InstructionCase<'_>) -> Faults {
    if !is_shipped(case) || configures(case, "apt::install-recommends") {
        return Faults::new();
    }
    let bad = |call: &Call<'_>| {
        let told = call.command.has(&["--no-install-recommends", "--without-recommends", "-R"]);
        let word = call.verb().filter(|_| call.kind() == Kind::Apt && call.installs() && !told)?;
        call.packages().next()?;
        let detail = "apt installs what the packages recommend, too: more to patch, more to misuse";
        Some(Fault::new(word.span, detail, "add --no-install-recommends"))
    };
    let all = commands(case);
    Call::all(&flat(&all)).iter().filter_map(bad).collect()
}

fn update_alone(case: &InstructionCase<'_>) -> Faults {
    let all = commands(case);
    let all = flat(&all);
    let calls = Call::all(&all);
    let idle = |c: &Call<'_>| c.lists() || matches!(c.asked(), "clean" | "autoclean" | "distclean" | "");
    // Whatever else it calls may install: a script, another program that knows packages.
    let script = |c: &&Command| {
        let path = c.run().first().is_some_and(|w| w.text.contains(['/', '$']));
        Call::of(c).is_none()
            && (path
                || c.program().ends_with("sh")
                || c.program().contains("install")
                || matches!(c.program(), "eval" | "source" | "." | "make" | "apt-cache" | "debootstrap"))
    };
    let update = calls.iter().find(|c| c.lists());
    let (Some(update), true, false) = (update, calls.iter().all(idle), all.iter().any(script)) else {
        return Faults::new();
    };
    let detail = format!(
        "{} has a layer of its own: the cache keeps the list of that day, and later installs take old packages or none",
        update.title()
    );
    let help = "write it in one RUN with the install: apt-get update && apt-get install …";
    update.command.span().map(|span| Fault::new(span, detail, help)).into_iter().collect()
}
