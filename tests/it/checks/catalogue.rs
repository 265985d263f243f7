//! The catalogue of everything that the best checkers check, and what of it is here. The checks must say the same.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::collections::{BTreeMap, BTreeSet};

use sealegs::checks::{Check, Scope, Standard, all, find};

const CATALOGUE: &str = include_str!("../catalogue.tsv");

/// Checks that no catalogue knows, each with its reason.
const OWN: &[&str] = &[
    // A runtime reads what Pod Security refuses: capabilities in other spellings.
    "capability-misspelled",
    // Trap 9 asks that an invalid quantity is a finding with its place.
    "resource-quantity-invalid",
    // `schema-invalid` speaks of what is there; what is not there does no harm but that the object is refused.
    "field-required-missing",
    // What `namespace-psa-label-invalid` is for values: keys that Pod Security does not look up.
    "namespace-psa-label-misspelled",
    "namespace-psa-version-without-level",
    // The catalogue is older than the deprecation of Kyverno's first kinds.
    "kyverno-kind-deprecated",
];

/// Columns with names that other tools give.
const TOOLS: [&str; 9] = [
    "kube-linter",
    "kubesec",
    "kube-score",
    "polaris",
    "trivy",
    "checkov",
    "hadolint",
    "kyverno-policies",
    "gatekeeper-library",
];

type Row = BTreeMap<&'static str, &'static str>;

fn rows() -> BTreeMap<&'static str, Row> {
    let mut lines = CATALOGUE.lines();
    let names: Vec<_> = lines.next().unwrap().split('\t').collect();
    let row = |line: &'static str| {
        let row: Row = names.iter().copied().zip(line.split('\t')).collect();
        (row["id"], row)
    };
    lines.map(row).collect()
}

fn list(cell: &'static str) -> BTreeSet<&'static str> {
    cell.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "own").collect()
}

#[test]
fn checks_say_what_the_catalogue_says() {
    let rows = rows();
    let mut wrong = Vec::new();
    for check in all() {
        let Some(row) = rows.get(check.id) else {
            if !OWN.contains(&check.id) {
                wrong.push(format!("{}: not in tests/it/catalogue.tsv, nor in OWN", check.id));
            }
            continue;
        };
        let mut differs = |what: &str, has: String, wanted: String| {
            if has != wanted {
                wrong.push(format!("{}: {what} {has}, catalogue {wanted}", check.id));
            }
        };
        differs("severity", check.severity.word().to_owned(), row["severity"].to_owned());
        let lessons: BTreeSet<u8> = check.lessons.iter().copied().collect();
        let wanted: BTreeSet<u8> = list(row["lessons"]).iter().map(|n| n.parse().unwrap()).collect();
        differs("lessons", format!("{lessons:?}"), format!("{wanted:?}"));
        let wanted: BTreeSet<_> = TOOLS.iter().chain([&"other"]).flat_map(|tool| list(row[tool])).collect();
        let missing: Vec<_> = wanted.iter().filter(|name| !check.aliases.contains(name)).collect();
        differs("lacks aliases", format!("{missing:?}"), "[]".to_owned());
        let cis: BTreeSet<_> = check
            .standards
            .iter()
            .filter_map(|s| if let Standard::Cis(number) = s { Some(*number) } else { None })
            .collect();
        // Where others are silent for its sake, it speaks for their standards, too.
        let silent = all().iter().filter(|c| c.yields_here_to.contains(&check.id));
        let rows: Vec<_> = silent.filter_map(|c| rows.get(c.id)).chain([row]).collect();
        let standards = |column: &str| rows.iter().flat_map(|row| list(row[column])).collect::<BTreeSet<_>>();
        differs("CIS", format!("{cis:?}"), format!("{:?}", standards("cis")));
        // `labels` there is the admission's own check of a namespace, of no level.
        let pss: BTreeSet<_> = check
            .standards
            .iter()
            .filter_map(|s| {
                if let Standard::Pss(level, name, _) = s { Some((level.word(), *name)) } else { None }
            })
            .map(|(level, name)| format!("{level}:{name}"))
            .collect();
        let wanted: BTreeSet<_> =
            standards("psa").iter().filter(|s| s.contains(':')).map(|s| (*s).to_owned()).collect();
        differs("PSS", format!("{pss:?}"), format!("{wanted:?}"));
        if !fits(check, row["target"]) {
            wrong.push(format!("{}: looks at {:?}, target {}", check.id, check.rule.scope(), row["target"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for id in OWN {
        assert!(find(id).is_some() && !rows.contains_key(id), "{id} is no exception any more");
    }
}

/// Whether what a check looks at can be what the catalogue means.
fn fits(check: &Check, target: &str) -> bool {
    let scope = check.rule.scope();
    match target {
        "dockerfile" => matches!(scope, Scope::Dockerfile | Scope::Instruction(_)),
        "workload" => matches!(scope, Scope::Container | Scope::Pod | Scope::Document(_) | Scope::World),
        "rbac" => matches!(scope, Scope::Role | Scope::Document(_) | Scope::World),
        "apparmor" => matches!(scope, Scope::Text(_)),
        "apiserver" | "controllermanager" | "etcd" | "kubelet" | "scheduler" => {
            matches!(scope, Scope::Component(_) | Scope::Document(_))
        }
        "node-file" | "node" | "any" | "cluster" => true,
        _ => matches!(scope, Scope::Document(_) | Scope::World | Scope::Text(_)),
    }
}

/// Run it with `--nocapture` to see the table.
#[test]
fn what_of_the_catalogue_is_here() {
    let rows = rows();
    let mut by_target: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (id, row) in &rows {
        let (done, of) = by_target.entry(row["target"]).or_default();
        *of += 1;
        *done += usize::from(find(id).is_some_and(|c| c.id == *id));
    }
    let mut total = 0;
    for (target, (done, of)) in &by_target {
        println!("{target:<24} {done:>3} of {of}");
        total += done;
    }
    println!("{:<24} {total:>3} of {}", "all", rows.len());
    assert_eq!(rows.len(), 406);
    assert_eq!(total, all().len() - OWN.len());
}
