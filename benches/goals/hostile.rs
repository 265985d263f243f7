//! G7: input that was made to hurt. Each ends in a verdict or a located finding, soon and in little memory.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

use sealegs::checks::{Asked, File, Options, Together};
use sealegs::parse::Limits;
use sealegs::text::Source;

use super::check::sealegs;
use super::{pairs, repeat, row};

const MIB: usize = 1 << 20;
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n";

/// Prints a row for each probe.
pub fn measure() {
    let folder = tempfile::tempdir().expect("a folder to throw away");
    let asked = Asked::new(Options::default());
    let base = peak(folder.path(), "nothing.yaml", "");
    for (what, name, text) in probes() {
        let source = Source::lone(name, text.as_str());
        let took = repeat(3, || {
            let file = File::read(&source, Limits::default());
            let together = Together::new(std::slice::from_ref(&file), &asked);
            black_box(together.judge(0).findings.len());
        });
        let more = match (peak(folder.path(), name, &text), base) {
            (Some(peak), Some(base)) => {
                let own = text.len() as f64 / MIB as f64;
                format!(", {:.1} MiB beyond the file's {own:.1} (32)", (peak - base) as f64 / 1024.0 - own)
            }
            _ => String::new(),
        };
        row(&format!("hostile: {what}"), took, &format!("(G7: at most 50 ms){more}"));
    }
}

/// Objects that are judged by each other: 3,000 policies and 3,000 pods in a directory.
pub fn directory() {
    let folder = tempfile::tempdir().expect("a folder to throw away");
    for number in 0..3000 {
        fs::write(folder.path().join(format!("policy-{number}.yaml")), policy(number)).expect("written");
        fs::write(folder.path().join(format!("pod-{number}.yaml")), labelled(number)).expect("written");
    }
    let (whole, _, ratio) = pairs(
        5,
        || sealegs(folder.path(), &["--format", "short"]),
        || sealegs(folder.path(), &["--parse-only"]),
    );
    row("3,000 policies and 3,000 pods", whole, &format!("{ratio:.2} x read and parsed"));
}

fn policy(number: usize) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: n{number}}}\nspec:\n  \
         podSelector:\n    matchExpressions: [{{key: a, operator: NotIn, values: [b{number}]}}]\n  \
         policyTypes: [Ingress]\n"
    )
}

fn labelled(number: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}, labels: {{a: b{number}}}}}\n\
         spec: {{containers: [{{name: a, image: b}}]}}\n"
    )
}

/// What they are, the file's name, and its text.
fn probes() -> Vec<(&'static str, &'static str, String)> {
    let lines = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let same = |count: usize, line: &str| line.repeat(count);
    let bomb = (1..10).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, i| {
        let before = format!("*a{},", i - 1).repeat(10);
        format!("{text}a{i}: &a{i} [{}]\n", before.trim_end_matches(','))
    });
    let merges = (1..300).fold(format!("{POD}x:\n- &a0 {{x0: 1}}\n"), |text, i| {
        format!("{text}- &a{i} {{<<: [*a{0}, *a{0}], x{i}: 1}}\n", i - 1)
    });
    let containers = |n| {
        format!("{POD}spec:\n  containers:\n{}", lines(n, &|i| format!("  - {{name: c{i}, image: i}}\n")))
    };
    let docker = |rest: String| format!("FROM a:1\n{rest}\n");
    vec![
        ("more than is read", "a.yaml", same(5 * MIB / 5, "a: b\n")),
        ("alias bomb", "a.yaml", bomb),
        ("merge bomb", "a.yaml", merges),
        ("100,000 open brackets", "a.yaml", same(100_000, "[")),
        ("100,000 open braces", "a.yaml", same(100_000, "{")),
        ("2,500 levels", "a.yaml", lines(2500, &|i| " ".repeat(i) + "a:\n")),
        ("10,000 levels in a line", "a.yaml", same(10_000, "- ")),
        ("20,000 keys, one twice", "a.yaml", lines(20_000, &|i| format!("k{i}: 1\n")) + "k7: 1\n"),
        ("one key 20,000 times", "a.yaml", same(20_000, "k: 1\n")),
        ("50,000 broken documents", "a.yaml", same(50_000, "a: [\n---\n")),
        ("one endless line", "a.yaml", "a: ".to_owned() + &same(MIB, "x")),
        ("nothing but NUL", "a.yaml", same(MIB, "\0")),
        ("80,000 actions of a template", "a.yaml", same(80_000, "a: \"{{ .Values }}\"\n")),
        (
            "20,000 accepted findings",
            "a.yaml",
            POD.to_owned()
                + &same(20_000, "# sealegs:ignore host-pid reason=x\n")
                + "spec: {hostPID: true}\n",
        ),
        ("1,000 containers", "a.yaml", containers(1000)),
        (
            "20,000 annotations",
            "a.yaml",
            format!(
                "{POD}  annotations:\n{}spec: {{containers: [{{name: a, image: b}}]}}\n",
                lines(20_000, &|i| format!("    k{i}: v\n"))
            ),
        ),
        ("10,000 levels of JSON", "a.json", same(10_000, "{\"a\":")),
        ("100,000 open brackets of JSON", "a.json", same(100_000, "[")),
        ("100,000 open brackets of TOML", "a.toml", "a = ".to_owned() + &same(100_000, "[")),
        ("50,000 tables, one name", "hosts.toml", same(50_000, "[host.\"https://a\"]\n")),
        ("one instruction of 1 MiB", "Dockerfile", docker("RUN ".to_owned() + &same(MIB / 5, "x && "))),
        ("one instruction of 30 KiB", "Dockerfile", docker("RUN ".to_owned() + &same(6000, "x && "))),
        (
            "100,000 continued lines",
            "Dockerfile",
            docker("RUN a \\\n".to_owned() + &same(100_000, " b \\\n")),
        ),
        ("1,000 instructions", "Dockerfile", docker(same(990, "RUN a | b\n"))),
        (
            "1,000 stages",
            "Dockerfile",
            lines(490, &|i| format!("FROM a:1 AS s{i}\nCOPY --from=s{} a b\n", i.saturating_sub(1))),
        ),
        (
            "8 times 6,000 commands",
            "Dockerfile",
            docker(same(8, &("RUN ".to_owned() + &same(6000, "a && ") + "b\n"))),
        ),
        (
            "8 times 4,500 pipes",
            "Dockerfile",
            docker(same(7, &("RUN ".to_owned() + &same(4500, "curl x|") + "sh\n"))),
        ),
        (
            "8 times 10,000 open quotes",
            "Dockerfile",
            docker(same(8, &("RUN ".to_owned() + &same(10_000, "`'\"") + "\n"))),
        ),
        (
            "990 commands that are judged",
            "Dockerfile",
            docker(same(
                990,
                &("RUN ".to_owned() + &same(4, "curl -k https://x/y | sh && apt-get install foo; ") + "a\n"),
            )),
        ),
        ("500 stages on each other", "Dockerfile", {
            let from = lines(498, &|i| format!("FROM s{i} AS s{}\nCOPY x y\n", i + 1));
            format!("FROM a AS s0\n{from}")
        }),
        (
            "500 archives",
            "Dockerfile",
            docker(lines(490, &|i| format!("COPY a{i}.tar.gz /x\nRUN tar xf b{i}\n"))),
        ),
        (
            "a value that doubles 900 times",
            "Dockerfile",
            format!("ARG A=xxxxxxxx\n{}FROM $A\n", same(900, "ARG A=$A$A\n")),
        ),
        (
            "8 times 7,900 variables",
            "Dockerfile",
            docker(same(8, &("ENV ".to_owned() + &same(7900, "A=b ") + "\n"))),
        ),
        ("5,000 pods", "a.yaml", lines(5000, &|i| labelled(i) + "---\n")),
        ("2,000 rules of a role", "a.yaml", {
            let rule = "- {apiGroups: ['*'], resources: [secrets, pods/exec], verbs: [get, create, '*']}\n";
            format!(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r}}\nrules:\n{}",
                same(2000, rule)
            )
        }),
        (
            "2,500 policies and 2,500 pods",
            "a.yaml",
            lines(2500, &|i| format!("{}---\n{}---\n", policy(i), labelled(i))),
        ),
        (
            "20,000 unknown names accepted",
            "a.yaml",
            lines(20_000, &|i| format!("x{i}: 1 # sealegs:ignore no-{i} reason=x\n")),
        ),
        ("2,000 variables", "Dockerfile", docker("ENV ".to_owned() + &same(2000, "A=b "))),
    ]
}

/// The most memory that the executable held, in KiB, as often as one can look; Linux alone tells.
fn peak(folder: &Path, name: &str, text: &str) -> Option<i64> {
    let path = folder.join(name);
    fs::write(&path, text).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealegs"));
    command.arg("check").arg(&path).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.spawn().expect("it runs");
    let status = format!("/proc/{}/status", child.id());
    let mut most = None;
    loop {
        let seen = fs::read_to_string(&status).ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        });
        most = most.max(seen);
        if child.try_wait().expect("its end").is_some() {
            return most;
        }
    }
}
