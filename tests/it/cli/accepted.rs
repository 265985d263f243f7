//! Files of several languages below one directory, and findings that a comment accepts until a day.

use super::{Sealegs, write};

#[test]
fn a_directory_is_judged_together_and_what_is_accepted_is_listed() {
    let s = Sealegs::new();
    let folder = s.home().join("m");
    write(
        &folder,
        "Dockerfile",
        "FROM a:nonroot@sha256:0\n# sealegs:ignore DL3025 reason=it pipes until=2026-11-21\nCMD a | b\n",
    );
    write(&folder, "Cargo.toml", "[package]\nname = \"x\"\n");
    let ran = s.run(&["check", "m"]);
    assert!(
        ran.out.contains(
            "accepted: m/Dockerfile:3:5: dockerfile-command-shell-form: it pipes, until 2026-11-21"
        )
    );
    assert!(
        ran.out.contains("read 1 file, 1 object, 0 containers, 1 finding accepted: no findings"),
        "{}",
        ran.out
    );
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let json: serde_json::Value =
        serde_json::from_str(&s.run(&["check", "m", "--format", "json"]).out).unwrap();
    assert_eq!(json["accepted"][0]["finding"]["id"], "dockerfile-command-shell-form");
    assert_eq!(json["accepted"][0]["until"], "2026-11-21");
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\nspec: {podSelector: {matchLabels: {a: b}}}\n";
    write(&folder, "policy.yaml", policy);
    assert_eq!(s.run(&["check", "m"]).code, 0, "without a pod nothing is known");
    write(&folder, "pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {}\n");
    let ran = s.run(&["check", "m", "--format", "short"]);
    assert!(ran.out.contains("network-policy-selects-nothing"), "{}", ran.out);
    write(
        &folder,
        "Dockerfile",
        "FROM a:nonroot@sha256:0\n# sealegs:ignore DL3025 reason=it pipes until=2026-11-20\nCMD a | b\n",
    );
    let ran = s.run(&["check", "m/Dockerfile", "--format", "short"]);
    assert!(ran.out.contains("suppression-expired") && ran.code == 1, "{}", ran.out);
}

#[test]
fn a_row_is_explained_with_what_its_family_has_in_common() {
    let s = Sealegs::new();
    let ran = s.run(&["explain", "KCV-0007"]);
    for part in ["apiserver-authorization-always-allow", "Why it matters", "CIS 1.2.6", "T1078"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    assert!(!ran.out.contains("tokens.csv"), "another row's example");
    assert!(s.run(&["explain", "DL3025"]).out.contains("it is opinion"));
}
