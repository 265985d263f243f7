//! Compilers in an image that ships.

use super::call::Call;
use crate::checks::{DockerfileCase, Fault, Faults};
use crate::model::ImageReference;
use crate::model::pair::{expand, global};
use crate::model::shell::flat;
use crate::model::stage::Stage;
use crate::parse::dockerfile::Keyword;
use crate::text::Span;

/// Packages that compile.
const COMPILERS: &[&str] = &[
    "alpine-sdk",
    "autoconf",
    "automake",
    "binutils",
    "build-base",
    "build-essential",
    "cargo",
    "clang",
    "cmake",
    "default-jdk",
    "g++",
    "gcc",
    "gcc-c++",
    "go",
    "golang",
    "golang-go",
    "gradle",
    "libc6-dev",
    "make",
    "maven",
    "musl-dev",
    "openjdk-17-jdk",
    "openjdk-21-jdk",
    "python3-dev",
    "rustc",
];

/// Images that are made to compile in.
const COMPILING: &[&str] =
    &["gcc", "golang", "rust", "maven", "gradle", "swift", "haskell", "dotnet/sdk", "buildpack-deps"];

const HELP: &str = "compile in a stage of its own, and copy only the result: COPY --from=build …";

/// Compilers of the base, and those that a `RUN` installs and none takes away.
pub(super) fn left(case: &DockerfileCase<'_>) -> Faults {
    let Some(last) = case.stages.last() else { return Faults::new() };
    let line = case.stages.line(last);
    let mut faults: Faults =
        line.last().copied().and_then(|stage| of_base(case, stage)).into_iter().collect();
    for stage in line.iter().rev() {
        let mut found: Option<(Span, String)> = None;
        for run in stage.each(Keyword::Run) {
            let all = case.stages.commands(*stage, run);
            let calls = Call::all(&flat(&all));
            let name =
                |text: &str| COMPILERS.contains(&text.split(['=', '<', '>', '~']).next().unwrap_or(""));
            let mut packages = calls.iter().filter(|c| c.kind().is_system()).flat_map(Call::packages);
            found = found.or_else(|| packages.find(|w| name(&w.text)).map(|w| (w.span, w.text.to_string())));
            // It stays in a layer, but nobody runs it there.
            if calls.iter().any(Call::removes) {
                found = None;
            }
        }
        faults.extend(found.map(|(span, package)| {
            let detail = format!(
                "{package} is installed in the image that ships: it compiles what an attacker brings as source"
            );
            Fault::new(span, detail, HELP)
        }));
    }
    faults
}

fn of_base(case: &DockerfileCase<'_>, stage: Stage<'_>) -> Option<Fault> {
    let base = stage.base()?;
    let text = expand(&base.text, &global(case.stages))?;
    let name = ImageReference::parse(&text).repository;
    let is = |c: &&&str| name == **c || name.strip_suffix(**c).is_some_and(|b| b.ends_with('/'));
    let kind = COMPILING.iter().find(is)?;
    let detail = format!("the image is built on {text}: the compilers of {kind} are in what ships");
    Some(Fault::new(base.span, detail, HELP))
}
