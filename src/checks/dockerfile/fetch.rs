//! What a build takes from the network, and whether anybody compares what arrives.

use crate::checks::{Check, Fault, Faults, InstructionCase, Rule, Standard};
use crate::model::pair::pairs;
use crate::model::shell::{Command, SHELLS, Word, flat, lists, pipes};
use crate::parse::dockerfile::{Instruction, Keyword};
use crate::text::{Severity, Span};

use super::run::commands;

const DOC: &str = include_str!("fetch.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "dockerfile-add-remote-url",
        Severity::Medium,
        "ADD fetches without a checksum",
        DOC,
        Rule::Instruction(&[Keyword::Add], remote),
    )
    .lessons(&[9, 13])
    .technique("T1195.002"),
    Check::new(
        "dockerfile-package-signature-disabled",
        Severity::High,
        "packages are installed with signature checks off",
        DOC,
        Rule::Instruction(&[Keyword::Run], signature),
    )
    .aliases(&["CKV2_DOCKER_7", "CKV2_DOCKER_8", "CKV2_DOCKER_9", "CKV2_DOCKER_10", "CKV2_DOCKER_11"])
    .lessons(&[13, 9])
    .standards(&[Standard::Cis("D4.11")])
    .technique("T1195.002"),
    Check::new(
        "dockerfile-pipe-to-shell",
        Severity::High,
        "download is run unread",
        DOC,
        Rule::Instruction(&[Keyword::Run], piped),
    )
    .lessons(&[9, 13])
    .technique("T1195.002"),
    Check::new(
        "dockerfile-pipefail-missing",
        Severity::Low,
        "failed download goes unnoticed in a pipe",
        DOC,
        Rule::Instruction(&[Keyword::Run], pipefail),
    )
    .aliases(&["DL4006"])
    .lessons(&[9])
    .yields_to(&["dockerfile-pipe-to-shell"]),
    Check::new(
        "dockerfile-tls-verification-disabled",
        Severity::High,
        "certificates are not checked",
        DOC,
        Rule::Instruction(&[Keyword::Run, Keyword::Env, Keyword::Arg], unverified),
    )
    .aliases(&[
        "CKV2_DOCKER_2",
        "CKV2_DOCKER_3",
        "CKV2_DOCKER_4",
        "CKV2_DOCKER_5",
        "CKV2_DOCKER_6",
        "CKV2_DOCKER_12",
        "CKV2_DOCKER_13",
        "CKV2_DOCKER_14",
        "CKV2_DOCKER_15",
        "CKV2_DOCKER_16",
    ])
    .lessons(&[9, 12])
    .technique("T1557"),
];

fn remote(case: &InstructionCase<'_>) -> Faults {
    let Some((_, sources)) = case.instruction.words().split_last() else { return Faults::new() };
    if case.instruction.flag("checksum").is_some() {
        return Faults::new();
    }
    let is = |text: &str| {
        let http = text.starts_with("http://") || text.starts_with("https://");
        // A commit is a checksum.
        let pinned = text.rsplit_once('#').is_some_and(|(_, r)| {
            let commit = r.split(':').next().unwrap_or("");
            commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit())
        });
        (http || text.starts_with("git@") || text.starts_with("git://") || text.starts_with("ssh://"))
            && !pinned
    };
    let fault = |word: &crate::parse::dockerfile::Word| {
        let detail = format!(
            "ADD takes what {} serves on the day of the build, and compares it with nothing",
            word.text
        );
        Fault::new(word.span, detail, "add --checksum=sha256:…, or for a repository a commit behind the #")
    };
    sources.iter().filter(|w| is(&w.text)).map(fault).collect()
}

/// Programs that write what they fetch to their output.
const FETCHERS: [&str; 5] = ["curl", "wget", "fetch", "http", "aria2c"];

fn is_fetcher(command: &Command) -> bool {
    FETCHERS.contains(&command.program())
}

fn piped(case: &InstructionCase<'_>) -> Faults {
    let all = commands(case);
    let help = "download to a file, compare its sha256sum with one in the repository, then run it";
    let fault = |span: Span, from: &Command, to: &str| {
        let address = from.arguments().iter().find(|w| w.text.contains("://"));
        let what = address.map_or_else(|| from.program().to_owned(), |w| w.text.to_string());
        Fault::new(span, format!("{to} runs what {what} serves at that moment, unread"), help)
    };
    let mut faults = Faults::new();
    for pipe in lists(&all).into_iter().flat_map(pipes) {
        let from = pipe.iter().position(is_fetcher);
        let to = pipe.iter().rposition(Command::runs_input);
        if let (Some(from), Some(to)) = (from, to)
            && let (Some(source), Some(target)) = (pipe.get(from), pipe.get(to))
            && from < to
        {
            let span = source.span().zip(target.span()).map(|(a, b)| a.to(b));
            faults.extend(span.map(|s| fault(s, source, target.program())));
        }
    }
    for command in flat(&all) {
        let runs =
            SHELLS.contains(&command.program()) || matches!(command.program(), "eval" | "source" | ".");
        // `sh -c "curl …"` runs a text that is written here; `sh -c "$(curl …)"` runs what arrives.
        let fetched = |w: &&Word| {
            let opens = w.text.starts_with("$(") || w.text.starts_with("<(") || w.text.starts_with('`');
            opens && w.nested.first().is_some_and(is_fetcher)
        };
        if let Some(word) = command.arguments().iter().find(fetched).filter(|_| runs)
            && let Some(source) = word.nested.first()
        {
            faults.push(fault(command.span().unwrap_or(word.span), source, command.program()));
        }
    }
    faults
}

fn pipefail(case: &InstructionCase<'_>) -> Faults {
    let set = |shell: &Instruction| shell.words().iter().any(|w| w.text.contains("pipefail"));
    if let Some(stage) = case.stage
        && case.file.stages.shell(stage, case.instruction).is_some_and(set)
    {
        return Faults::new();
    }
    let all = commands(case);
    if flat(&all).iter().any(|c| c.words.iter().any(|w| w.text == "pipefail")) {
        return Faults::new();
    }
    // Only a download: it fails for reasons of others, and the rest of the pipe reports success.
    let found = lists(&all).into_iter().flat_map(pipes).find_map(|pipe| {
        let (_, before) = pipe.split_last()?;
        before.iter().find(|c| is_fetcher(c))
    });
    let fault = |command: &Command| {
        let detail = format!(
            "{} in a pipe: when it fails, the RUN succeeds if the last command does",
            command.program()
        );
        Some(Fault::new(
            command.span()?,
            detail,
            "write SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"], or set -o pipefail",
        ))
    };
    found.and_then(fault).into_iter().collect()
}

/// Flags that switch the check of signatures off, by program.
const UNSIGNED: &[(&[&str], &[&str])] = &[
    (&["apk"], &["--allow-untrusted"]),
    (
        &["apt-get", "apt", "aptitude"],
        &["--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"],
    ),
    (&["yum", "dnf", "microdnf", "tdnf"], &["--nogpgcheck", "--no-gpgchecks"]),
    (&["zypper"], &["--no-gpg-checks"]),
    (&["rpm"], &["--nosignature", "--nodigest", "--noverify"]),
];

/// What configures the same, in small letters and wherever it is written.
const UNSIGNED_WORDS: &[&str] = &[
    "gpgcheck=0",
    "gpgcheck=false",
    "trusted=yes",
    "apt::get::allowunauthenticated=true",
    "acquire::allowinsecurerepositories=true",
];

fn signature(case: &InstructionCase<'_>) -> Faults {
    let all = commands(case);
    let bad = |command: &Command| {
        let program = command.program();
        let flags =
            UNSIGNED.iter().find(|(programs, _)| programs.contains(&program)).map(|(_, flags)| *flags);
        let flag = flags.and_then(|flags| command.flag(flags));
        let says = |w: &&Word| {
            // Most words set nothing, and need not be looked at letter by letter.
            w.text.contains('=') && {
                let lower = w.text.to_ascii_lowercase().replace([' ', '"'], "");
                UNSIGNED_WORDS.iter().any(|s| lower.contains(s))
            }
        };
        let word = flag.or_else(|| command.words.iter().find(says))?;
        let detail = format!(
            "{program} is told {}: any package of that name is installed, whoever made it",
            word.text
        );
        Some(Fault::new(
            word.span,
            detail,
            "remove it, and install the repository's key from a file of your own",
        ))
    };
    flat(&all).into_iter().filter_map(bad).collect()
}

/// Variables that switch the check of certificates off, with the values that do; no values: any that is not empty.
const VARIABLES: &[(&str, &[&str])] = &[
    ("PYTHONHTTPSVERIFY", &["0"]),
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("GIT_SSL_NO_VERIFY", &[]),
    ("PIP_TRUSTED_HOST", &[]),
    ("NPM_CONFIG_STRICT_SSL", &["false"]),
    ("YARN_STRICT_SSL", &["false"]),
];

fn off(name: &str, value: &str) -> bool {
    let row = VARIABLES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    row.is_some_and(|(_, values)| if values.is_empty() { !value.is_empty() } else { values.contains(&value) })
}

fn unverified(case: &InstructionCase<'_>) -> Faults {
    let help = "install the authority's certificate, and leave the check on";
    let says = |what: &str| format!("{what}: whoever is on the way can put something else in");
    if case.instruction.keyword != Keyword::Run {
        let set = pairs(case.instruction).into_iter();
        let set = set.filter(|p| p.value.as_deref().is_some_and(|v| off(&p.name, v)));
        let value = |p: &crate::model::pair::Pair| p.value.clone().unwrap_or_default();
        return set
            .map(|p| Fault::new(p.span, says(&format!("{} is {}", p.name, value(&p))), help))
            .collect();
    }
    let all = commands(case);
    let bad = |command: &Command| {
        let assigned = |w: &&Word| w.text.split_once('=').is_some_and(|(name, value)| off(name, value));
        let wrapped = command.assignments.iter().chain(&command.words).find(assigned);
        let word = wrapped.or_else(|| insecure(command))?;
        Some(Fault::new(word.span, says(&format!("{} is told {}", command.program(), word.text)), help))
    };
    flat(&all).into_iter().filter_map(bad).collect()
}

/// The argument that switches the check of certificates off.
fn insecure(command: &Command) -> Option<&Word> {
    let arguments = command.arguments();
    let option = |word: &&Word| {
        let lower = word.text.to_ascii_lowercase();
        matches!(
            &*lower,
            "http.sslverify=false"
                | "http.sslverify=0"
                | "sslverify=0"
                | "sslverify=false"
                | "--setopt=sslverify=0"
                | "--setopt=sslverify=false"
                | "--strict-ssl=false"
                | "--no-strict-ssl"
                | "acquire::https::verify-peer=false"
                | "-oacquire::https::verify-peer=false"
        )
    };
    let pair = |name: &str, off: &[&str]| {
        let at =
            arguments.windows(2).find(|w| w[0].text.eq_ignore_ascii_case(name) && off.contains(&&*w[1].text));
        at.and_then(|w| w.get(1))
    };
    match command.program() {
        "curl" => command
            .flag(&["--insecure", "--proxy-insecure"])
            .or_else(|| arguments.iter().find(|w| has_short_k(&w.text))),
        "wget" | "wget2" | "apk" => command.flag(&["--no-check-certificate"]),
        "pip" | "pip3" | "pipx" | "uv" => command.flag(&["--trusted-host", "--allow-insecure-host"]),
        "python" | "python3" if arguments.get(1).is_some_and(|w| w.text == "pip") => {
            command.flag(&["--trusted-host"])
        }
        "npm" | "yarn" | "pnpm" => arguments.iter().find(option).or_else(|| pair("strict-ssl", &["false"])),
        "git" => arguments.iter().find(option).or_else(|| pair("http.sslverify", &["false", "0"])),
        "yum" | "dnf" | "microdnf" | "tdnf" | "apt-get" | "apt" => arguments.iter().find(option),
        _ => None,
    }
}

/// Whether `-fsSLk` holds `k`: letters up to the first that takes a value.
fn has_short_k(text: &str) -> bool {
    let Some(letters) = text.strip_prefix('-').filter(|l| !l.starts_with('-')) else { return false };
    letters.chars().take_while(|c| !"oduHXAbcCDeEFmrTwxyYzKPQtUh".contains(*c)).any(|c| c == 'k')
}
