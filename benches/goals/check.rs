//! G4, G5 and G15: the checker on pods and Dockerfiles.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

use sealegs::checks::{self, Asked, File, Options, Together};
use sealegs::parse::Limits;
use sealegs::text::Source;

use super::{pairs, row};

/// Thirty of our checks as Rego, in lines that say their name alone.
const RULES: &str = include_str!("rules.rego");

/// The same as people write them for Gatekeeper, one package each.
const TEMPLATES: &str = include_str!("templates.rego");

/// One side's turn is so many rounds: the first finds the processor's caches full of the other's.
const WARM: u32 = 8;

/// A pod with about as many faults as there are rules.
const POD: &str = include_str!("pod.json");

/// G15: the built-in checks on one pod, warm, as `check` asks them, against the same thirty in regorus.
pub fn one_pod() {
    let read = || File::read(&Source::lone("pod.json", POD), Limits::default());
    let judge = |file: &File, asked: &Asked| {
        let together = Together::new(std::slice::from_ref(file), asked);
        together.judge(0).findings.len()
    };
    let (file, mendable) = (read().without_fixes(), read());
    let all = Asked::new(Options::default());
    let (took, mended, ratio) = pairs(
        501,
        || {
            black_box(judge(&file, &all));
        },
        || {
            black_box(judge(&mendable, &all));
        },
    );
    let found = judge(&file, &all);
    row("all checks on one pod", took, &format!("{found} findings (G15: at most 0.010 ms)"));
    row("the same with its fixes", mended, &format!("all checks take {ratio:.2} x this"));

    let ids: Vec<&str> =
        RULES.lines().filter_map(|l| l.strip_prefix("deny contains \"")?.split('"').next()).collect();
    let only: Vec<_> = ids.iter().map(|id| checks::find(id).expect("one of our checks")).collect();
    let thirty = Asked::new(Options { only, ..Options::default() });
    let found = judge(&file, &thirty);
    let pod = regorus::Value::from_json_str(POD).expect("a pod");
    let mut lines = regorus::Engine::new();
    lines.add_policy("rules.rego".to_owned(), RULES.to_owned()).expect("valid Rego");
    lines.set_input(pod);
    let mut templates = regorus::Engine::new();
    for (number, package) in TEMPLATES.split("\n---\n").enumerate() {
        templates.add_policy(format!("{number}.rego"), package.to_owned()).expect("valid Rego");
    }
    let review = format!("{{\"parameters\": {{}}, \"review\": {{\"object\": {POD}}}}}");
    templates.set_input(regorus::Value::from_json_str(&review).expect("a review"));
    let rules: Vec<_> = ids.iter().map(|id| format!("data.{}.violation", id.replace('-', "_"))).collect();
    let ask = |engine: &mut regorus::Engine, rules: &[String]| {
        let count = |rule: &String| {
            let verdict = engine.eval_rule(rule.clone()).expect("a verdict");
            verdict.as_set().map_or(0, std::collections::BTreeSet::len)
        };
        black_box(rules.iter().map(count).sum::<usize>())
    };
    let deny = ["data.pod.deny".to_owned()];
    let violations = ask(&mut templates, &rules);
    let (native, rego, ratio) = pairs(
        101,
        || {
            for _ in 0..WARM {
                black_box(judge(&file, &thirty));
            }
        },
        || {
            for _ in 0..WARM {
                ask(&mut templates, &rules);
            }
        },
    );
    let (native, rego) = (native / WARM, rego / WARM);
    let count = ids.len();
    row(&format!("{count} checks on one pod"), native, &format!("{found} findings (G15: at most 0.010 ms)"));
    let against = format!("{violations} said; native takes 1/{:.0} of it (G15: at least 50)", 1.0 / ratio);
    row("the same as Gatekeeper's templates in regorus", rego, &against);
    let denied = ask(&mut lines, &deny);
    let (_, rego, ratio) = pairs(
        301,
        || {
            for _ in 0..WARM {
                black_box(judge(&file, &thirty));
            }
        },
        || {
            for _ in 0..WARM {
                ask(&mut lines, &deny);
            }
        },
    );
    let against = format!("{denied} named; native takes 1/{:.1} of it", 1.0 / ratio);
    row("the same as lines of Rego that say a name", rego / WARM, &against);
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
