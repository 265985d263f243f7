//! `check --diff` and `--fix`: what is shown, what is written, and what is left alone.

use super::{POD, Sealegs, write};

#[test]
fn a_diff_is_shown_first_and_written_only_on_demand() {
    let s = Sealegs::new();
    let path = write(s.home(), "m/pod.yaml", POD);
    let ran = s.run(&["check", "m", "--diff"]);
    assert!(ran.out.starts_with("--- m/pod.yaml\n+++ m/pod.yaml\n"), "{}", ran.out);
    assert!(ran.out.contains("-        privileged: true\n+        privileged: false\n"), "{}", ran.out);
    assert!(ran.out.ends_with("in 1 file\n"), "{}", ran.out);
    assert_eq!((ran.code, std::fs::read_to_string(&path).unwrap()), (1, POD.to_owned()));

    let ran = s.run(&["check", "m", "--fix"]);
    assert!(ran.out.contains("+        privileged: false\n"), "{}", ran.out);
    assert!(ran.out.contains("\nmended ") && ran.out.contains("root-filesystem-writable"), "{}", ran.out);
    assert!(!ran.out.contains("[privileged-container]"), "{}", ran.out);
    assert_eq!(ran.code, 1, "other findings are left");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("        privileged: false\n        allowPrivilegeEscalation: false\n"), "{text}");

    let ran = s.run(&["check", "m", "--diff"]);
    assert_eq!((ran.out.as_str(), ran.code), ("nothing here has a safe fix\n", 0));
    assert_eq!(std::fs::read_dir(s.home().join("m")).unwrap().count(), 1, "no draft is left behind");
}

const TOKEN: &str = "service-account-token-automounted";

#[test]
fn only_what_is_asked_for_is_mended_and_a_program_reads_one_document() {
    let s = Sealegs::new();
    let path = write(s.home(), "pod.yaml", POD);
    assert_eq!(
        s.run(&["check", "pod.yaml", "--diff", "--skip", "privileged-container", "--skip", TOKEN]).code,
        0
    );
    let ran = s.run(&["check", "pod.yaml", "--fix", "--format", "json", "--only", "privileged-container"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((json["findings"].as_array().unwrap().len(), ran.code), (0, 0));
    assert_eq!(std::fs::read_to_string(path).unwrap(), POD.replace("privileged: true", "privileged: false"));
}

#[test]
fn a_fix_is_told_to_programs() {
    let s = Sealegs::new();
    let ran = s.feed(&["check", "-", "--format", "json", "--only", "privileged-container"], POD);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let fix = &json["findings"][0]["fix"];
    assert_eq!((&fix["safe"], &fix["edits"][0]["text"]), (&true.into(), &"false".into()));
    assert_eq!((&fix["edits"][0]["line"], &fix["edits"][0]["column"]), (&10.into(), &21.into()));
    let ran = s.feed(&["check", "-", "--format", "sarif", "--only", "privileged-container"], POD);
    let sarif: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let change = &sarif["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(change["insertedContent"]["text"], "false");
    assert_eq!(change["deletedRegion"]["startLine"], 10);
}

#[test]
fn what_cannot_be_written_says_so_and_stays() {
    let s = Sealegs::new();
    let ran = s.feed(&["check", "-", "--fix"], POD);
    assert!(ran.code == 2 && ran.err.contains("--diff"), "{}", ran.err);
    assert_eq!(s.feed(&["check", "-", "--diff"], POD).code, 1);
    assert_eq!(s.run(&["check", "x", "--diff", "--fix"]).code, 2);
}
