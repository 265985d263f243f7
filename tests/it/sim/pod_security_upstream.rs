//! The pods of upstream's own fixtures for Pod Security, told in our words: each kind of pod that kubernetes'
//! `staging/src/k8s.io/pod-security-admission/test/fixtures_*.go` makes of the minimal ones, with the check that must
//! refuse it, or with none. Upstream's directory holds 4,537 of them for v1.0 to v1.37; these are as many. What is
//! expected stands in the table and is asked of nobody.

use serde_json::{Value, json};

use super::pod_security_corpus::{self as corpus, LAST, Manifest};

const TABLE: &str = include_str!("../pod-security-upstream.tsv");

/// A kind of pod: a line of the table.
struct Row {
    /// Upstream's id of the check that it is made for.
    check: &'static str,
    /// Whether that check refuses it.
    refused: bool,
    /// The minor versions, first and last, at which baseline is asked.
    baseline: Option<(u32, u32)>,
    /// And restricted.
    restricted: Option<(u32, u32)>,
    /// The mappings that are there, empty where the minimal pod has none.
    shape: Vec<&'static str>,
    /// What is put where.
    set: Vec<(&'static str, &'static str)>,
    /// Other checks that refuse it too, each since a minor version.
    also: Vec<(&'static str, u32)>,
}

/// The checks of the baseline for which one of restricted speaks, each since a minor version.
const SPOKEN_FOR: &[(&str, u32, &str)] = &[
    ("capabilities_baseline", 22, "capabilities_restricted"),
    ("hostPathVolumes", 0, "restrictedVolumes"),
    ("procMount", 35, "procMount_restricted"),
    ("seccompProfile_baseline", 19, "seccompProfile_restricted"),
];

/// Every pod, named as upstream names it: the check and a number.
pub fn fixtures() -> Vec<Manifest> {
    let rows: Vec<Row> = TABLE.lines().filter(|line| !line.starts_with('#')).map(Row::read).collect();
    let mut out = Vec::new();
    for minor in 0..=LAST {
        out.extend(bases(minor));
        for level in ["baseline", "restricted"] {
            let mut seen: Vec<(&str, bool)> = Vec::new();
            for row in rows.iter().filter(|row| row.is_tried(level, minor)) {
                let key = (row.check, row.refused);
                let number = seen.iter().filter(|k| **k == key).count();
                seen.push(key);
                out.push(row.manifest(level, minor, number));
            }
        }
    }
    out
}

/// The minimal pods, which pass: for any system, and from 1.29 on those of restricted that name theirs.
fn bases(minor: u32) -> Vec<Manifest> {
    let base = |level: &'static str, name: &str, of: u32, os: Option<&str>| {
        let mut pod = minimal(level, of);
        if let Some(os) = os {
            pod["spec"]["os"] = json!({ "name": os });
        }
        corpus::manifest_of(pod, name, level, format!("v1.{minor}"), Vec::new())
    };
    let mut out = vec![base("baseline", "base", minor, None), base("restricted", "base", minor, None)];
    if minor >= 29 {
        out.push(base("restricted", "base_linux", minor, Some("linux")));
        // Of a pod for Windows, restricted asks no more than it asked in the beginning.
        out.push(base("restricted", "base_windows", 0, Some("windows")));
    }
    out
}

/// The minimal pod, of one container and one init container.
fn minimal(level: &str, minor: u32) -> Value {
    let mut pod = corpus::minimal(level, minor);
    if let Some(spec) = pod["spec"].as_object_mut() {
        spec.remove("ephemeralContainers");
        spec.retain(|_, value| *value != json!({}));
    }
    pod
}

/// A JSON pointer without the table's short forms.
fn pointer(text: &str) -> String {
    let long = [
        ("{p}", "/spec/securityContext"),
        ("{m}", "{main}/securityContext"),
        ("{i}", "{init}/securityContext"),
        ("{main}", "/spec/containers/0"),
        ("{init}", "/spec/initContainers/0"),
    ];
    long.iter().fold(text.to_owned(), |text, (short, long)| text.replace(short, long))
}

/// `0-37`, or `-` for never.
fn versions(text: &str) -> Option<(u32, u32)> {
    let (from, to) = text.split_once('-').expect("versions are two numbers");
    Some((from.parse().ok()?, to.parse().ok()?))
}

impl Row {
    fn read(line: &'static str) -> Self {
        let mut columns = line.split('\t').chain(std::iter::repeat(""));
        let mut next = || columns.next().unwrap_or_default();
        Self {
            check: next(),
            refused: next() == "refused",
            baseline: versions(next()),
            restricted: versions(next()),
            shape: next().split_whitespace().collect(),
            set: next().split(" ; ").filter_map(|one| one.split_once(' ')).collect(),
            also: next()
                .split_whitespace()
                .map(|one| {
                    let (check, since) = one.split_once(':').expect("a check and its version");
                    (check, since.parse().expect("a minor version"))
                })
                .collect(),
        }
    }

    fn is_tried(&self, level: &str, minor: u32) -> bool {
        let when = if level == "restricted" { self.restricted } else { self.baseline };
        when.is_some_and(|(from, to)| (from..=to).contains(&minor))
    }

    fn manifest(&self, level: &'static str, minor: u32, number: usize) -> Manifest {
        let mut pod = minimal(level, minor);
        for at in self.shape.iter().map(|at| pointer(at)) {
            if pod.pointer(&at).is_none() {
                corpus::put(&mut pod, &at, "{}");
            }
        }
        for (at, text) in &self.set {
            corpus::put(&mut pod, &pointer(at), text);
        }
        let name = format!("{}{number}", self.check.to_ascii_lowercase());
        corpus::manifest_of(pod, &name, level, format!("v1.{minor}"), self.fails(level, minor))
    }

    /// What refuses it at a level and version.
    fn fails(&self, level: &str, minor: u32) -> Vec<&'static str> {
        if !self.refused {
            return Vec::new();
        }
        let said = |check: &'static str| {
            let by = SPOKEN_FOR.iter().find(|(of, since, _)| *of == check && *since <= minor);
            by.filter(|_| level == "restricted").map_or(check, |(.., by)| *by)
        };
        // Of the others, only hostNamespaces is the baseline's.
        let runs = |check: &str| level == "restricted" || check == "hostNamespaces";
        let also = self.also.iter().filter(|(check, since)| *since <= minor && runs(check));
        [self.check].into_iter().chain(also.map(|(check, _)| *check)).map(said).collect()
    }
}
