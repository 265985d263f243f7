//! Package managers: what a `RUN` asks of them, and what it leaves behind. Opinion for the most part, and low.

use crate::checks::{
    Case, Check, Confidence, DockerfileCase, Fault, Faults, InstructionCase, Row, Rule, Scope, Standard,
};
use crate::model::ImageReference;
use crate::model::pair::{expand, global};
use crate::model::shell::{Command, Word, flat};
use crate::model::stage::Stage;
use crate::parse::dockerfile::Keyword;
use crate::text::{Severity, Span};

use super::run::{commands, commands_in, is_shipped, mounts, variables};

const DOC: &str = include_str!("package.md");

/// A row about one command.
#[derive(Clone, Copy, Debug)]
struct Asks {
    /// Programs that it looks at.
    programs: &'static [&'static str],
    /// Whether only what is shipped counts.
    shipped: bool,
    /// Where it is wrong, and what is.
    bad: fn(&Command) -> Option<(Span, String)>,
    /// The smallest change that mends it.
    help: &'static str,
}

impl Row for Asks {
    fn scope(&self) -> Scope {
        Scope::Instruction(&[Keyword::Run])
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Instruction(case) = case else { return Faults::new() };
        let text: Vec<_> = case.instruction.shell().map(|w| &*w.text).collect();
        // Most lines name no such program, and are not read.
        let named = |p: &&str| text.iter().any(|t| t.contains(*p)) || !case.instruction.words().is_empty();
        if !self.programs.iter().any(named) || self.shipped && !is_shipped(case) {
            return Faults::new();
        }
        let all = commands(case);
        let asked = flat(&all).into_iter().filter(|c| self.programs.contains(&c.program()));
        asked.filter_map(|c| (self.bad)(c)).map(|(span, says)| Fault::new(span, says, self.help)).collect()
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
        Rule::Row(&Asks {
            programs: &["apt"],
            shipped: false,
            bad: |c| Some((c.run().first()?.span, "apt promises no stable interface to scripts".to_owned())),
            help: "write apt-get, or apt-cache",
        }),
    )
    .aliases(&["CKV_DOCKER_9", "DL3027"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-dist-upgrade",
        Severity::Low,
        "whole distribution is upgraded in a layer",
        DOC,
        Rule::Row(&Asks {
            programs: &["apt-get", "apt", "zypper"],
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
        Rule::Dockerfile(build_tools),
    )
    .lessons(&[4, 3])
    .technique("T1027.004")
    .confidence(Confidence::Likely),
    Check::new(
        "dockerfile-language-package-unpinned",
        Severity::Low,
        "language package without a version",
        DOC,
        Rule::Row(&Asks {
            programs: &["pip", "pip3", "npm", "gem", "go"],
            shipped: false,
            bad: language_unpinned,
            help: "name the version, or install from a lock file with hashes",
        }),
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
            programs: &["apt-get", "apt", "apk", "yum", "dnf", "zypper"],
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
        Rule::Instruction(RUN, cache_left),
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
        Rule::Row(&Asks {
            programs: &["apt-get", "apt", "yum", "dnf", "tdnf", "zypper"],
            shipped: false,
            bad: prompt,
            help: "add -y; for zypper --non-interactive behind its name",
        }),
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

/// The first argument that is no flag.
fn asked(command: &Command) -> &str {
    command.subcommand().map_or("", |(word, _)| &word.text)
}

/// The packages behind `install` or `add`: no flags, no variables, no files.
fn packages<'c>(command: &'c Command, words: &[&str]) -> impl Iterator<Item = &'c Word> {
    let rest =
        command.subcommand().filter(|(word, _)| words.contains(&&*word.text)).map_or(&[][..], |(_, r)| r);
    let mut skip = false;
    rest.iter().filter(move |word| {
        let value = std::mem::replace(
            &mut skip,
            matches!(
                &*word.text,
                "-t" | "--virtual"
                    | "-o"
                    | "-X"
                    | "--repository"
                    | "--target"
                    | "-r"
                    | "-c"
                    | "--requirement"
                    | "--constraint"
                    | "-i"
                    | "--index-url"
                    | "--extra-index-url"
                    | "--prefix"
                    | "-f"
                    | "--find-links"
                    | "-v"
                    | "--version"
                    | "--setopt"
                    | "--registry"
                    | "--cache-dir"
                    | "--trusted-host"
                    | "--root"
            ),
        );
        !value && !word.text.starts_with('-')
    })
}

/// Whether a package is given by a name alone: no file, no address, no variable.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['/', '$', '`', ':', '*']) && !text.starts_with(['.', '@', '!'])
}

/// Whether a path ends in that extension.
fn ends(path: &str, extension: &str) -> bool {
    path.rsplit('.').next() == Some(extension)
}

fn dist_upgrade(command: &Command) -> Option<(Span, String)> {
    let (word, _) = command.subcommand()?;
    let bad = matches!(&*word.text, "dist-upgrade" | "full-upgrade" | "dup");
    let detail = format!(
        "{} {} replaces the base image's packages above it: nobody tested that together",
        command.program(),
        word.text
    );
    bad.then_some((word.span, detail))
}

fn language_unpinned(command: &Command) -> Option<(Span, String)> {
    let arguments = command.arguments();
    let found = match command.program() {
        "pip" | "pip3" => packages(command, &["install"]).find(|w| {
            is_name(&w.text) && !w.text.contains(['=', '<', '>', '~', '@']) && !ends(&w.text, "whl")
        }),
        "npm" => packages(command, &["install", "i", "add"]).find(|w| {
            let name = w.text.strip_prefix('@').unwrap_or(&w.text);
            let scoped = name.len() < w.text.len() && name.matches('/').count() == 1 && !name.contains('$');
            (scoped || is_name(name)) && !name.contains('@') && !ends(name, "tgz")
        }),
        "gem" if !command.has(&["-v", "--version"]) => {
            packages(command, &["install"]).find(|w| is_name(&w.text) && !ends(&w.text, "gem"))
        }
        "go" if arguments.first().is_some_and(|w| matches!(&*w.text, "install" | "get")) => {
            arguments.iter().find(|w| w.text.ends_with("@latest"))
        }
        _ => None,
    }?;
    // A list of hashes or of versions decides.
    if command.has(&["--require-hashes", "-c", "--constraint"]) {
        return None;
    }
    let detail = format!(
        "{} installs {} in whatever version its registry serves that day",
        command.program(),
        found.text
    );
    Some((found.span, detail))
}

fn os_unpinned(command: &Command) -> Option<(Span, String)> {
    let pinned = |text: &str| match command.program() {
        "apk" => text.contains(['=', '<', '>', '~']),
        "yum" | "dnf" => text.split('-').skip(1).any(|p| p.starts_with(|c: char| c.is_ascii_digit())),
        _ => text.contains(['=', '<', '>']),
    };
    let word = packages(command, &["install", "add", "in"]).find(|w| is_name(&w.text) && !pinned(&w.text))?;
    let detail =
        format!("{} installs {} in the version of the day: two builds differ", command.program(), word.text);
    Some((word.span, detail))
}

fn prompt(command: &Command) -> Option<(Span, String)> {
    let (word, _) = command.subcommand()?;
    let asks = matches!(
        &*word.text,
        "install"
            | "reinstall"
            | "remove"
            | "purge"
            | "upgrade"
            | "dist-upgrade"
            | "full-upgrade"
            | "autoremove"
            | "in"
            | "groupinstall"
            | "build-dep"
    );
    let short = |w: &Word| {
        let letters = w.text.strip_prefix('-').filter(|l| !l.starts_with('-'));
        letters.is_some_and(|l| {
            l.chars().all(char::is_alphanumeric) && (l.contains(['y', 'n']) || l.matches('q').count() > 1)
        })
    };
    let answered = command.has(&[
        "--yes",
        "--assume-yes",
        "--assumeyes",
        "--force-yes",
        "--non-interactive",
        "-q=2",
        "--no-confirm",
        "--assumeno",
        "--print-uris",
        "--simulate",
        "--download-only",
        "-s",
        "-d",
    ]) || command.arguments().iter().any(short)
        || command.arguments().iter().any(|w| w.text.to_ascii_lowercase().contains("assume-yes"));
    let detail = format!("{} {} has no -y: the build fails when it asks", command.program(), word.text);
    (asks && !answered).then_some((word.span, detail))
}

fn recommended(case: &InstructionCase<'_>) -> Faults {
    let told = case.file.file.source().text().to_ascii_lowercase();
    if !is_shipped(case) || told.contains("apt::install-recommends") {
        return Faults::new();
    }
    let bad = |c: &Command| {
        let apt = matches!(c.program(), "apt-get" | "apt") && !c.has(&["--no-install-recommends"]);
        let (word, _) = c.subcommand().filter(|_| apt)?;
        packages(c, &["install"]).next()?;
        let detail = "apt installs what the packages recommend, too: more to patch, more to misuse";
        Some(Fault::new(word.span, detail, "add --no-install-recommends"))
    };
    let all = commands(case);
    flat(&all).into_iter().filter_map(bad).collect()
}

fn update_alone(case: &InstructionCase<'_>) -> Faults {
    let all = commands(case);
    let all = flat(&all);
    let index = |c: &&Command| match c.program() {
        "apt-get" | "apt" | "aptitude" | "apk" => asked(c) == "update",
        "zypper" => matches!(asked(c), "refresh" | "ref"),
        "yum" | "dnf" => asked(c) == "makecache",
        _ => false,
    };
    // Whatever else it calls may install: another word, a script, another program that knows packages.
    let uses = |c: &&Command| {
        let manager =
            matches!(c.program(), "apt-get" | "apt" | "aptitude" | "apk" | "zypper" | "yum" | "dnf");
        let other = manager && !index(c) && !matches!(asked(c), "clean" | "autoclean" | "autoremove" | "");
        let path = c.run().first().is_some_and(|w| w.text.contains(['/', '$']));
        let script = path
            || c.program().ends_with("sh")
            || c.program().contains("install")
            || matches!(c.program(), "eval" | "make" | "apt-cache" | "debootstrap");
        other || script
    };
    let (Some(update), false) = (all.iter().find(|c| index(c)), all.iter().any(uses)) else {
        return Faults::new();
    };
    let detail = format!(
        "{} {} has a layer of its own: the cache keeps the list of that day, and later installs take old packages or none",
        update.program(),
        asked(update)
    );
    let help = "write it in one RUN with the install: apt-get update && apt-get install …";
    update.span().map(|span| Fault::new(span, detail, help)).into_iter().collect()
}

/// A package manager, what makes it keep something, the path of its cache, and what takes it away again.
struct Cache {
    programs: &'static [&'static str],
    asks: &'static [&'static str],
    none: &'static [&'static str],
    paths: &'static [&'static str],
    help: &'static str,
}

const CACHES: &[Cache] = &[
    Cache {
        programs: &["apt-get", "apt"],
        asks: &["install", "update", "build-dep"],
        none: &[],
        paths: &["/var/lib/apt"],
        help: "end the same RUN with rm -rf /var/lib/apt/lists/*",
    },
    Cache {
        programs: &["apk"],
        asks: &["add"],
        none: &["--no-cache"],
        paths: &["/var/cache/apk", "/etc/apk/cache"],
        help: "write apk add --no-cache",
    },
    Cache {
        programs: &["yum", "dnf", "microdnf", "tdnf"],
        asks: &["install"],
        none: &[],
        paths: &["/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf", "/var/cache/tdnf"],
        help: "end the same RUN with clean all",
    },
    Cache {
        programs: &["zypper"],
        asks: &["install", "in"],
        none: &[],
        paths: &["/var/cache/zypp"],
        help: "end the same RUN with zypper clean",
    },
    Cache {
        programs: &["pip", "pip3"],
        asks: &["install"],
        none: &["--no-cache-dir"],
        paths: &["/root/.cache", "~/.cache", "$HOME/.cache"],
        help: "write pip install --no-cache-dir",
    },
];

fn cache_left(case: &InstructionCase<'_>) -> Faults {
    let Some(stage) = case.stage.filter(|_| is_shipped(case)) else { return Faults::new() };
    let all = commands(case);
    let all = flat(&all);
    let told = |c: &Cache| {
        let off = |v: &Option<String>| v.as_deref().is_none_or(|v| !matches!(v, "" | "0" | "off" | "false"));
        c.programs.contains(&"pip") && variables(&case.file, stage).get("PIP_NO_CACHE_DIR").is_some_and(off)
    };
    let left = |cache: &Cache| {
        let ours = |c: &&&Command| cache.programs.contains(&c.program());
        let keeps = |c: &&&Command| cache.asks.contains(&asked(c)) && !c.has(cache.none);
        let command = all.iter().filter(ours).find(keeps)?;
        // apt-get update alone is another check's.
        if !all.iter().filter(ours).any(|c| asked(c) != "update" && asked(c) != "clean") {
            return None;
        }
        let cleans = |c: &&Command| {
            // `apt-get clean` takes the packages away, and leaves the lists.
            let own = ours(&c) && asked(c) == "clean" && !cache.programs.contains(&"apt");
            let removed = |w: &Word| cache.paths.iter().any(|p| w.text.contains(p));
            own || matches!(c.program(), "rm" | "find") && c.words.iter().any(removed)
        };
        let mounted =
            cache.paths.iter().any(|p| mounts(case.instruction, p)) || mounts(case.instruction, "type=cache");
        if mounted || all.iter().any(cleans) || told(cache) {
            return None;
        }
        let detail = format!(
            "{} {} leaves its lists or its cache in the layer; a later RUN cannot take them out",
            command.program(),
            asked(command)
        );
        Some(Fault::new(command.span()?, detail, cache.help))
    };
    CACHES.iter().filter_map(left).collect()
}

/// Packages that compile.
const COMPILERS: &[&str] = &[
    "build-essential",
    "build-base",
    "gcc",
    "g++",
    "clang",
    "make",
    "cmake",
    "cargo",
    "rustc",
    "golang",
    "golang-go",
    "go",
    "gcc-c++",
    "maven",
    "gradle",
    "default-jdk",
    "openjdk-17-jdk",
    "openjdk-21-jdk",
    "python3-dev",
    "libc6-dev",
    "musl-dev",
    "autoconf",
    "automake",
    "alpine-sdk",
    "binutils",
];

/// Images that are made to compile in.
const COMPILING: &[&str] =
    &["gcc", "golang", "rust", "maven", "gradle", "swift", "haskell", "dotnet/sdk", "buildpack-deps"];

fn build_tools(case: &DockerfileCase<'_>) -> Faults {
    let Some(last) = case.stages.last() else { return Faults::new() };
    let line = case.stages.line(last);
    let help = "compile in a stage of its own, and copy only the result: COPY --from=build …";
    let mut faults = Faults::new();
    let base = line.last().copied().and_then(Stage::base);
    if let Some(base) = base
        && let Some(text) = expand(&base.text, &global(case.file, case.stages))
    {
        let name = ImageReference::parse(&text).repository;
        let is = |c: &&str| name == *c || name.strip_suffix(*c).is_some_and(|b| b.ends_with('/'));
        if let Some(kind) = COMPILING.iter().find(|c| is(c)) {
            let detail = format!("the image is built on {text}: the compilers of {kind} are in what ships");
            faults.push(Fault::new(base.span, detail, help));
        }
    }
    for stage in &line {
        for run in stage.each(Keyword::Run) {
            let all = commands_in(case, *stage, run);
            faults.extend(installed(&flat(&all), help));
        }
    }
    faults
}

/// Compilers that a `RUN` installs and does not take away again.
fn installed(all: &[&Command], help: &str) -> Option<Fault> {
    let manager = |c: &&&Command| {
        matches!(c.program(), "apt-get" | "apt" | "apk" | "yum" | "dnf" | "microdnf" | "zypper")
    };
    if all
        .iter()
        .filter(manager)
        .any(|c| matches!(asked(c), "purge" | "remove" | "del" | "autoremove" | "erase"))
    {
        return None;
    }
    let mut words = all.iter().filter(manager).flat_map(|c| packages(c, &["install", "add", "in"]));
    let name = |w: &&Word| COMPILERS.contains(&w.text.split(['=', '<', '>', '~']).next().unwrap_or(""));
    let word = words.find(name)?;
    let detail = format!(
        "{} is installed in the image that ships: it compiles what an attacker brings as source",
        word.text
    );
    Some(Fault::new(word.span, detail, help))
}
