//! What an image is built from: a name that somebody can move, and how much comes along.

use crate::checks::{Check, Confidence, DockerfileCase, Fault, Faults, InstructionCase, Rule, Standard};
use crate::model::stage::Stage;
use crate::model::{ImageReference, pair};
use crate::parse::dockerfile::Keyword;
use crate::text::{Severity, Span, near};

const DOC: &str = include_str!("base.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "dockerfile-base-image-digest-missing",
        Severity::Low,
        "base image has a tag and no digest",
        DOC,
        Rule::Instruction(&[Keyword::From], digest_missing),
    )
    .lessons(&[12, 11])
    .technique("T1525"),
    Check::new(
        "dockerfile-base-image-latest",
        Severity::Medium,
        "base image is whatever latest is",
        DOC,
        Rule::Instruction(&[Keyword::From], latest),
    )
    .aliases(&["DS-0001", "CKV_DOCKER_7", "DL3007"])
    .lessons(&[9, 12, 37])
    .technique("T1525"),
    Check::new(
        "dockerfile-base-image-registry",
        Severity::Medium,
        "build takes from a registry that is not the site's",
        DOC,
        Rule::Instruction(&[Keyword::From, Keyword::Add, Keyword::Copy, Keyword::Run], registry),
    )
    .aliases(&["DL3026"])
    .lessons(&[2, 9, 12])
    .standards(&[Standard::Cis("D4.2")])
    .technique("T1525")
    .parameter("registries"),
    Check::new(
        "dockerfile-base-image-untagged",
        Severity::Medium,
        "base image has neither tag nor digest",
        DOC,
        Rule::Instruction(&[Keyword::From], untagged),
    )
    .aliases(&["DS-0001", "CKV_DOCKER_7", "DL3006"])
    .lessons(&[9, 12])
    .technique("T1525"),
    Check::new(
        "dockerfile-final-base-not-minimal",
        Severity::Low,
        "image is based on a whole distribution",
        DOC,
        Rule::Dockerfile(not_minimal),
    )
    .lessons(&[3])
    .technique("T1059.004")
    .confidence(Confidence::Likely),
];

/// The image that a `FROM` names, its variables put in. `None` for `scratch`, an earlier stage, and what only the
/// build knows.
fn image(case: &InstructionCase<'_>) -> Option<(String, Span)> {
    let (stage, stages) = (case.stage?, case.file.stages);
    let base = stage.base()?;
    // What ONBUILD holds back has no stage of its own; a `FROM` is none of it.
    if case.instruction.keyword != Keyword::From || stages.parent(stage).is_some() {
        return None;
    }
    let text = pair::expand(&base.text, &pair::global(stages))?;
    (text != "scratch" && !text.is_empty()).then_some((text, base.span))
}

/// `image`, or `image, from VARIABLE…`.
fn named(case: &InstructionCase<'_>, image: &str) -> String {
    let written = case.stage.and_then(Stage::base).map_or("", |b| &*b.text);
    if written == image { image.to_owned() } else { format!("{written}, which is {image} by default,") }
}

fn one(
    case: &InstructionCase<'_>,
    bad: fn(ImageReference<'_>) -> bool,
    follows: &str,
    help: &'static str,
) -> Faults {
    let Some((text, span)) = image(case) else { return Faults::new() };
    if !bad(ImageReference::parse(&text)) {
        return Faults::new();
    }
    vec![Fault::new(span, format!("FROM {} {follows}", named(case, &text)), help)]
}

const PIN: &str = "write NAME:TAG@sha256:…, and let a bot move the digest in a pull request";

fn digest_missing(case: &InstructionCase<'_>) -> Faults {
    let bad = |i: ImageReference<'_>| i.digest.is_none() && i.tag.is_some_and(|t| t != "latest");
    one(case, bad, "has no digest: whoever can push the tag decides what the next build is made of", PIN)
}

fn latest(case: &InstructionCase<'_>) -> Faults {
    let bad = |i: ImageReference<'_>| i.digest.is_none() && i.tag == Some("latest");
    one(case, bad, "is a different image after each push: two builds of this file are not the same", PIN)
}

fn untagged(case: &InstructionCase<'_>) -> Faults {
    let bad = |i: ImageReference<'_>| i.digest.is_none() && i.tag.is_none();
    one(case, bad, "has no tag, so that it means latest, and no digest", PIN)
}

/// Images that are none of the site's: the base, and whatever else `--from` and `--mount` take files of.
fn registry(case: &InstructionCase<'_>) -> Faults {
    let parameters = &case.file.world.parameters;
    let global = pair::global(case.file.stages);
    let before = |name: &str| {
        let here = case.stage.map_or(0, |stage| stage.index);
        name.parse::<usize>().is_ok() || case.file.stages.named(name).is_some_and(|stage| stage.index < here)
    };
    let named = |text: &str, span: Span| {
        let image = pair::expand(text, &global)?;
        (!image.is_empty() && image != "scratch" && !before(&image)).then_some((image, span))
    };
    let mut images: Vec<(String, Span)> = image(case).into_iter().collect();
    for flag in &case.instruction.flags {
        let Some(value) = &flag.value else { continue };
        match &*flag.name {
            "from" => images.extend(named(&value.text, value.span)),
            "mount" => {
                let from = value.text.split(',').find_map(|part| part.trim().strip_prefix("from="));
                images.extend(from.and_then(|text| named(text, value.span)));
            }
            _ => {}
        }
    }
    let allowed = parameters.registries.as_deref().unwrap_or_default();
    let listed = near::list(&allowed.iter().map(String::as_str).collect::<Vec<_>>());
    let foreign = images.into_iter().filter(|(image, _)| !parameters.allows_image(image));
    let help = "use the copy in the site's registry, or have it mirrored there";
    foreign
        .map(|(image, span)| {
            Fault::new(span, format!("{image} is taken, and the site takes images from {listed} alone"), help)
        })
        .collect()
}

/// Distributions that come with a package manager, a shell and what an administrator likes.
const DISTRIBUTIONS: &[&str] = &[
    "almalinux",
    "amazonlinux",
    "archlinux",
    "buildpack-deps",
    "centos",
    "debian",
    "fedora",
    "kali-rolling",
    "opensuse",
    "oraclelinux",
    "rockylinux",
    "ubi",
    "ubi8",
    "ubi9",
    "ubuntu",
];

/// Languages whose official images stand on buildpack-deps where the tag does not say otherwise.
const LANGUAGES: &[&str] = &["gcc", "golang", "node", "openjdk", "perl", "php", "python", "ruby", "rust"];

/// Words in a tag that say it is a small one.
const SMALL: &[&str] =
    &["slim", "alpine", "distroless", "minimal", "micro", "nonroot", "static", "busybox", "nano"];

fn not_minimal(case: &DockerfileCase<'_>) -> Faults {
    let root = case.stages.last().and_then(|last| case.stages.line(last).last().copied());
    let Some(base) = root.and_then(Stage::base) else { return Faults::new() };
    let Some(text) = pair::expand(&base.text, &pair::global(case.stages)) else {
        return Faults::new();
    };
    let image = ImageReference::parse(&text);
    let name = image.repository.rsplit('/').next().unwrap_or("");
    let tag = image.tag.unwrap_or("");
    // A digest alone says nothing about the variant, and nor does a private name of one path.
    let known = DISTRIBUTIONS.contains(&name) || LANGUAGES.contains(&name) && image.tag.is_some();
    if !known || SMALL.iter().any(|s| tag.contains(s)) {
        return Faults::new();
    }
    let detail = format!("the image is built on {text}: shell, package manager and interpreters are in it");
    vec![Fault::new(
        base.span,
        detail,
        "build there, and copy the result into a stage FROM a distroless or slim base",
    )]
}
