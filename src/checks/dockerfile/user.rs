//! Who runs what the image starts.

use crate::checks::{Check, Confidence, DockerfileCase, Fault, Faults, InstructionCase, Rule, Standard};
use crate::model::shell::Command;
use crate::model::{ImageReference, pair};
use crate::parse::dockerfile::{Instruction, Keyword};
use crate::text::{Edit, Severity, Span};

use super::run::{each, variables};

const DOC: &str = include_str!("user.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "dockerfile-password-set",
        Severity::High,
        "password is set while the image is built",
        DOC,
        Rule::Instruction(&[Keyword::Run], password),
    )
    .aliases(&["CKV2_DOCKER_17"])
    .lessons(&[9, 5, 17])
    .technique("T1078.003"),
    Check::new(
        "dockerfile-sudo",
        Severity::Medium,
        "sudo in a build",
        DOC,
        Rule::Instruction(&[Keyword::Run], sudo),
    )
    .aliases(&["DS-0010", "CKV2_DOCKER_1", "DL3004"])
    .lessons(&[9, 5])
    .technique("T1548.003"),
    Check::new(
        "dockerfile-user-missing",
        Severity::High,
        "nothing says who runs the image",
        DOC,
        Rule::Dockerfile(missing),
    )
    .aliases(&["DS-0002", "CKV_DOCKER_3"])
    .lessons(&[5, 9])
    .standards(&[Standard::Cis("D4.1")])
    .technique("T1611")
    .confidence(Confidence::Likely),
    Check::new("dockerfile-user-non-numeric", Severity::Low, "user is a name", DOC, Rule::Dockerfile(name))
        .aliases(&["DL3066"])
        .lessons(&[5, 9]),
    Check::new(
        "dockerfile-user-root-last",
        Severity::High,
        "image runs as root",
        DOC,
        Rule::Dockerfile(root),
    )
    .aliases(&["DS-0002", "CKV_DOCKER_8", "DL3002"])
    .lessons(&[5, 9])
    .standards(&[Standard::Cis("D4.1")])
    .technique("T1611"),
    Check::new(
        "dockerfile-useradd-high-uid",
        Severity::Low,
        "useradd with a high number and no -l",
        DOC,
        Rule::Instruction(&[Keyword::Run], high_uid),
    )
    .aliases(&["DL3046"])
    .lessons(&[5, 9]),
];

/// The `USER` that counts: the last one of the stage that is built, or of the stages that it builds on. Its text with
/// variables put in, where the file says them. checks.md 3, trap 15.
fn user<'t>(case: &DockerfileCase<'t>) -> Option<(&'t Instruction, Option<String>)> {
    let last = case.stages.last()?;
    let (stage, user) = case
        .stages
        .line(last)
        .into_iter()
        .find_map(|stage| Some((stage, stage.each(Keyword::User).next_back()?)))?;
    let text = &user.word()?.text;
    Some((user, pair::expand(text, &variables(case, stage))))
}

fn word_span(instruction: &Instruction) -> Span {
    instruction.word().map_or(instruction.span, |w| w.span)
}

/// The part before the colon.
fn who(text: &str) -> &str {
    text.split(':').next().unwrap_or(text).trim()
}

fn missing(case: &DockerfileCase<'_>) -> Faults {
    let Some(last) = case.stages.last() else { return Faults::new() };
    let root = case.stages.line(last).last().and_then(|s| s.base());
    let (Some(base), None) = (root, user(case)) else { return Faults::new() };
    let help = "write USER 65532:65532 behind what needs root";
    let Some(text) = pair::expand(&base.text, &pair::global(case.stages)) else {
        let detail = format!("no USER, and what {} is only the build knows: its user is unknown", base.text);
        return vec![Fault::unknown(base.span, detail, help)];
    };
    let image = ImageReference::parse(&text);
    let says = |part: &str| ["nonroot", "rootless", "unprivileged"].iter().any(|w| part.contains(w));
    if says(image.repository) || image.tag.is_some_and(says) {
        return Faults::new();
    }
    let runs = if text == "scratch" {
        "scratch has no user, and so it runs as root (0)".to_owned()
    } else {
        format!("the user is that of {text}, which this file does not say: root unless the base sets another")
    };
    let detail = format!("no USER in the stage that is built, nor below it: {runs}");
    vec![Fault::new(last.from.span, detail, help).label("this stage is built")]
}

fn name(case: &DockerfileCase<'_>) -> Faults {
    let Some((user, Some(text))) = user(case) else { return Faults::new() };
    let who = who(&text);
    // Windows has no numbers, and its names are no accounts of Unix.
    let windows = who.starts_with("Container") || who.contains('\\');
    if who.is_empty() || who == "root" || windows || who.chars().all(|c| c.is_ascii_digit()) {
        return Faults::new();
    }
    let detail = format!(
        "USER is the name {who}: with runAsNonRoot the kubelet cannot verify it, and refuses to start"
    );
    vec![Fault::new(
        word_span(user),
        detail,
        "write the number, as /etc/passwd of the image has it: USER 65532:65532",
    )]
}

fn root(case: &DockerfileCase<'_>) -> Faults {
    let Some((user, text)) = user(case) else { return Faults::new() };
    let Some(text) = text else {
        let written = user.word().map_or("", |w| &*w.text);
        let detail =
            format!("USER is {written}, and the file gives it no value: who runs the image is unknown");
        return vec![Fault::unknown(word_span(user), detail, "give the ARG a default that is not 0")];
    };
    let who = who(&text);
    let zero = !who.is_empty() && who.chars().all(|c| c == '0');
    if who != "root" && !zero {
        return Faults::new();
    }
    let written = user.word().map_or("", |w| &*w.text);
    let by = if written == text { String::new() } else { format!(", by the default of {written}") };
    let detail = format!("the last USER of what is built is {text}{by}: the process is uid 0");
    let (span, help) = (word_span(user), "end with a number that is not 0: USER 65532:65532");
    vec![Fault::new(span, detail, help).suggest([Some(Edit::new(span, "65532:65532"))])]
}

fn password(case: &InstructionCase<'_>) -> Faults {
    let bad = |c: &Command| {
        let sets = match c.program() {
            "chpasswd" => true,
            "passwd" => !c.has(&["-l", "--lock", "-S", "--status", "-e", "--expire"]),
            "usermod" | "useradd" => c.has(&["-p", "--password"]),
            _ => false,
        };
        let detail = format!("{} sets a password: everybody who can pull the image has it", c.program());
        sets.then(|| Some((c.run().first()?.span, detail))).flatten()
    };
    each(case, bad, "set none: accounts of an image need no password, and people come in with kubectl exec")
}

fn sudo(case: &InstructionCase<'_>) -> Faults {
    let bad = |c: &Command| {
        let word = c.wrapper("sudo").or_else(|| c.run().is_empty().then(|| c.words.first()).flatten())?;
        let detail = format!("RUN calls sudo for {}: what it needs, the image keeps", c.program());
        (word.text.rsplit('/').next() == Some("sudo")).then_some((word.span, detail))
    };
    each(case, bad, "write USER 0 before what needs root, and USER 65532:65532 behind it")
}

fn high_uid(case: &InstructionCase<'_>) -> Faults {
    let bad = |c: &Command| {
        if c.program() != "useradd" || c.has(&["-l", "--no-log-init"]) {
            return None;
        }
        let arguments = c.arguments();
        let short = arguments.windows(2).find(|w| matches!(&*w[0].text, "-u" | "--uid")).map(|w| &w[1]);
        let long = arguments.iter().find(|w| w.text.starts_with("--uid="));
        let word = short.or(long)?;
        let number = word.text.strip_prefix("--uid=").unwrap_or(&word.text);
        let uid: u64 = number.parse().ok()?;
        let detail = format!(
            "useradd makes /var/log/lastlog and faillog as long as uid {uid} asks for: a sparse file that a layer holds whole"
        );
        (uid > 99_999).then_some((word.span, detail))
    };
    each(case, bad, "add -l (--no-log-init), or take a number below 100000")
}
