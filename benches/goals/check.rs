//! G4, G5 and G15: the checker on pods and Dockerfiles.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

use sealegs::checks::{self, Asked, File, Options, Together};
use sealegs::parse::Limits;
use sealegs::text::Source;

use super::{pairs, repeat, row};

/// Thirty of our checks as Rego.
const RULES: &str = include_str!("rules.rego");

/// A pod with about as many faults as there are rules.
const POD: &str = include_str!("pod.json");

/// G15: the built-in checks on one pod, warm, against the same thirty in regorus.
pub fn one_pod() {
    let file = File::read(&Source::lone("pod.json", POD), Limits::default());
    let judge = |asked: &Asked| {
        let together = Together::new(std::slice::from_ref(&file), asked);
        together.judge(0).findings.len()
    };
    let all = Asked::new(Options::default());
    let took = repeat(501, || {
        black_box(judge(&all));
    });
    let found = judge(&all);
    row("all checks on one pod", took, &format!("{found} findings (G15: at most 0.010 ms)"));

    let ids: Vec<&str> =
        RULES.lines().filter_map(|l| l.strip_prefix("deny contains \"")?.split('"').next()).collect();
    let only: Vec<_> = ids.iter().map(|id| checks::find(id).expect("one of our checks")).collect();
    let thirty = Asked::new(Options { only, ..Options::default() });
    let mut engine = regorus::Engine::new();
    engine.add_policy("rules.rego".to_owned(), RULES.to_owned()).expect("valid Rego");
    engine.set_input(regorus::Value::from_json_str(POD).expect("a pod"));
    let denied = engine.eval_rule("data.pod.deny".to_owned()).expect("a verdict");
    let denied = denied.as_set().map_or(0, std::collections::BTreeSet::len);
    let (native, rego, ratio) = pairs(
        301,
        || {
            black_box(judge(&thirty));
        },
        || {
            black_box(engine.eval_rule("data.pod.deny".to_owned()).is_ok());
        },
    );
    let found = judge(&thirty);
    row(
        &format!("{} checks on one pod", ids.len()),
        native,
        &format!("{found} findings (G15: at most 0.010 ms)"),
    );
    let against = format!("{denied} denied; native takes 1/{:.0} of it (G15: at least 50)", 1.0 / ratio);
    row("the same as Rego in regorus, warm", rego, &against);
}

/// G2: one pod from cold, against printing the version and against a program that prints a line and ends.
pub fn cold() {
    let folder = tempfile::tempdir().expect("a folder to throw away");
    fs::write(folder.path().join("pod.yaml"), pod(0)).expect("written");
    let us = std::env::current_exe().expect("a path");
    let print = || {
        let status = Command::new(&us).arg("--print").stdout(Stdio::null()).status().expect("it runs");
        assert!(status.success(), "{status}");
    };
    let (whole, least, ratio) = pairs(101, || sealegs(folder.path(), &[]), print);
    let more = (whole.as_secs_f64() - least.as_secs_f64()) * 1e3;
    row(
        "one pod, cold",
        whole,
        &format!("{ratio:.2} x print and exit, {more:.2} ms more (G2: at most 2 ms)"),
    );
    let version = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealegs"));
        let status = command.arg("--version").stdout(Stdio::null()).status().expect("it runs");
        assert!(status.success(), "{status}");
    };
    let (_, version, ratio) = pairs(101, || sealegs(folder.path(), &[]), version);
    row("printing the version", version, &format!("one pod takes {ratio:.2} x this"));
}

/// G4: the whole grade against reading and parsing alone, by the executable, on 4,500 pods.
pub fn corpus() {
    let folder = tempfile::tempdir().expect("a folder to throw away");
    for number in 0..4500 {
        let into = folder.path().join(format!("d{:03}", number / 40));
        if number % 40 == 0 {
            fs::create_dir(&into).expect("made");
        }
        fs::write(into.join(format!("pod-{number}.yaml")), pod(number)).expect("written");
    }
    let (whole, parse, ratio) = pairs(
        15,
        || sealegs(folder.path(), &["--format", "short"]),
        || sealegs(folder.path(), &["--parse-only"]),
    );
    row("4,500 pods, read and parsed", parse, "check --parse-only");
    row("4,500 pods, every check", whole, &format!("{ratio:.2} x read and parsed (G4: at most 2)"));
    let (text, _, ratio) =
        pairs(7, || sealegs(folder.path(), &[]), || sealegs(folder.path(), &["--format", "short"]));
    row("4,500 pods, every finding with its line", text, &format!("{ratio:.2} x one line a finding"));
}

/// G5: a thousand Dockerfiles.
pub fn dockerfiles() {
    let folder = tempfile::tempdir().expect("a folder to throw away");
    for number in 0..1000 {
        let text = include_str!("../peers/Dockerfile.sample").replace("8080", &(8000 + number).to_string());
        fs::write(folder.path().join(format!("Dockerfile.{number}")), text).expect("written");
    }
    let (whole, _, ratio) = pairs(
        9,
        || sealegs(folder.path(), &["--format", "short"]),
        || sealegs(folder.path(), &["--parse-only"]),
    );
    row("1,000 Dockerfiles, every check", whole, &format!("{ratio:.2} x read and parsed (G4: at most 2)"));
}

pub(super) fn sealegs(folder: &Path, args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealegs"));
    command.arg("check").arg(folder).args(args).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status().expect("it runs");
    assert_ne!(status.code(), Some(2), "{status}");
}

/// About 450 bytes, with a few faults that differ from pod to pod.
fn pod(number: usize) -> String {
    let faults = [
        "runAsNonRoot: true",
        "runAsUser: 0",
        "privileged: true",
        "allowPrivilegeEscalation: false",
        "readOnlyRootFilesystem: true",
        "capabilities: { add: [SYS_ADMIN] }",
        "capabilities: { drop: [ALL] }",
    ];
    let fault = faults[number % faults.len()];
    let mut text = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-{number}\nspec:\n");
    if number.is_multiple_of(5) {
        text += "  hostNetwork: true\n";
    }
    for (list, name) in [("initContainers", "first"), ("containers", "main")] {
        let _ = write!(
            text,
            "  {list}:\n    - name: {name}\n      image: registry.k8s.io/pause\n      securityContext:\n        {fault}\n"
        );
    }
    text
}
