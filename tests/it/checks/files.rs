//! Files of every language, several files at once, and findings that somebody accepts.

use sealegs::checks::{self, Checked, Day, File, Options, select};
use sealegs::parse::{Language, Limits};
use sealegs::text::Sources;

use super::{check_yaml, run, run_as};

fn codes(checked: &Checked) -> Vec<&str> {
    checked.findings.iter().map(|f| &*f.code).collect()
}

fn day(text: &str) -> Option<Day> {
    Day::parse(text)
}

#[test]
fn what_is_not_recognised_is_said_in_every_language() {
    let cases = [
        (Language::Toml, "[package]\nname = \"x\"\n", "kind-missing"),
        (Language::Json, "{\"name\": \"x\"}", "kind-missing"),
        (Language::Json, "[1]", "not-an-object"),
        (Language::Json, "{", "yaml-syntax"),
        (Language::Text, "a note\n", "not-recognised"),
        (Language::Dockerfile, "FORM a\n", "dockerfile-syntax"),
        (Language::Yaml, "- hosts: all\n", "not-an-object"),
    ];
    for (language, text, wanted) in cases {
        let (_, checked) = run_as(language, text, &Options::default());
        assert_eq!(codes(&checked), [wanted], "{text}");
        assert!(checked.is_incomplete(), "{text}");
    }
    let (_, checked) = run_as(Language::Dockerfile, "FROM a\nCMD [\"x\"]\n", &Options::default());
    assert_eq!((checked.read.documents, checked.read.others), (1, 1));
    assert!(!checked.is_incomplete());
}

#[test]
fn files_that_are_read_together_know_each_other() {
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\nspec: {podSelector: {matchLabels: {a: b}}}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: LABEL}}\nspec: {containers: [{name: c, image: \"i:1\"}]}\n";
    let only = select("network-policy-selects-nothing").unwrap();
    let options = Options { only, ..Options::default() };
    for (label, wanted) in [("b", 0), ("c", 1)] {
        let sources = Sources::new();
        let files = [pod.replace("LABEL", label), policy.to_owned()]
            .map(|text| File::read(&sources.add("m.yaml", text), Limits::default()));
        assert_eq!(checks::run(&files, &options).findings.len(), wanted, "{label}");
        assert_eq!(checks::run(&files[1..], &options).findings.len(), 0, "alone it is unknown");
    }
}

#[test]
fn the_wildcard_stands_for_what_it_includes_and_alone_each_speaks() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules:\n- {apiGroups: [''], resources: ['*'], verbs: [get]}\n";
    let (_, all) = run(role, &Options::default());
    assert_eq!(codes(&all), ["rbac-wildcard-resources"]);
    let only = select("rbac-secrets-access").unwrap();
    let (_, one) = run(role, &Options { only, ..Options::default() });
    assert_eq!(codes(&one), ["rbac-secrets-access"]);
}

#[test]
fn an_accepted_finding_is_listed_with_its_reason_until_its_day() {
    let pod = |comment: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{comment}");
    let only = select("host-pid").unwrap();
    let today = Options { only, today: day("2026-11-22"), ..Options::default() };
    let cases = [
        ("  hostPID: true # sealegs:ignore host-pid reason=an agent of the node\n", 1, vec![]),
        ("  # sealegs:ignore host-pid reason=an agent\n  # and more\n  hostPID: true\n", 1, vec![]),
        ("  # sealegs:ignore KSV-0010 reason=an agent until=2026-11-22\n  hostPID: true\n", 1, vec![]),
        (
            "  hostPID: true # sealegs:ignore host-pid until=2026-11-21 reason=an agent\n",
            0,
            vec!["host-pid", "suppression-expired"],
        ),
        ("  hostPID: true # sealegs:ignore host-pid\n", 0, vec!["host-pid", "suppression-without-reason"]),
        (
            "  hostPID: true # sealegs:ignore host-pid reason= \n",
            0,
            vec!["host-pid", "suppression-without-reason"],
        ),
        (
            "  hostPID: true # sealegs:ignore host-pd reason=x\n",
            0,
            vec!["host-pid", "suppression-unknown-check"],
        ),
        (
            "  hostPID: true # sealegs:ignore host-pid reason=x until=soon\n",
            0,
            vec!["host-pid", "suppression-date-invalid"],
        ),
        ("  hostPID: false # sealegs:ignore host-pid reason=x\n", 0, vec!["suppression-unused"]),
        ("  hostPID: true # sealegs:ignore host-ipc reason=x\n", 0, vec!["host-pid"]),
        ("  hostname: |\n    # sealegs:ignore host-pid reason=x\n  hostPID: true\n", 0, vec!["host-pid"]),
        ("  hostname: 'a # sealegs:ignore host-pid'\n  hostPID: true\n", 0, vec!["host-pid"]),
    ];
    for (text, accepted, wanted) in cases {
        let (_, checked) = run(&pod(text), &today);
        let mut codes = codes(&checked);
        codes.sort_unstable();
        assert_eq!((checked.suppressed.len(), codes), (accepted, wanted), "{text}");
    }
    let text = pod("  hostPID: true # sealegs:ignore host-pid until=2020-01-01 reason=an agent\n");
    let undated = Options { today: None, ..today };
    let (_, checked) = run(&text, &undated);
    assert_eq!(checked.suppressed[0].reason, "an agent");
    assert_eq!(checked.suppressed[0].until.as_deref(), Some("2020-01-01"));
}

#[test]
fn what_hangs_on_other_objects_is_not_said_to_be_accepted_in_vain() {
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\nspec:\n  # sealegs:ignore ID reason=the pods stand elsewhere\n  podSelector: {matchLabels: {a: b}}\n  policyTypes: [Ingress, Egress]\n";
    let of = |id: &str| {
        let only = select(id).unwrap();
        let found = run(&policy.replace("ID", id), &Options { only, ..Options::default() }).1;
        found.findings.iter().map(|f| f.detail.clone()).collect::<Vec<_>>()
    };
    assert!(of("network-policy-selects-nothing").is_empty());
    assert_eq!(of("host-pid"), ["line 6 has no finding host-pid"]);
}

#[test]
fn dockerfiles_and_toml_have_such_comments_and_json_has_none() {
    let count = |language, text: &str| {
        let checked = run_as(language, text, &Options::default()).1;
        (checked.suppressed.len(), checked.findings.len())
    };
    let file = "FROM a:nonroot@sha256:0\n# sealegs:ignore DL3025 reason=it needs the shell\nCMD a && b\n";
    assert_eq!(count(Language::Dockerfile, file), (1, 0));
    let behind =
        "FROM a:nonroot@sha256:0\nCMD a && b # sealegs:ignore DL3025 reason=this is no comment here\n";
    assert_eq!(count(Language::Dockerfile, behind), (0, 1));
    let toml =
        "server = \"https://a\"\nskip_verify = true # sealegs:ignore registry-config-insecure reason=a lab\n";
    assert_eq!(count(Language::Toml, toml), (1, 0));
    let json = "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"x\": \"# sealegs:ignore seccomp-json-default-allow reason=x\"}";
    assert_eq!(count(Language::Json, json), (0, 1));
}

#[test]
fn a_list_of_falcos_rules_and_a_bare_list_are_told_apart() {
    let invalid = |text: &str| check_yaml(text).iter().any(|f| f.contains("falco-rule-priority-invalid"));
    assert!(!invalid("- rule: a\n  priority: NOTICE\n"));
    assert!(invalid("- rule: a\n  priority: NOTIC\n"));
    assert!(check_yaml("- list: a\n  items: [b]\n").is_empty());
}
