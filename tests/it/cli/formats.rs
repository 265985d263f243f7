//! Findings as SARIF, `JUnit` and annotations: what other programs read, whatever the files are called and hold.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_sarif::sarif::Sarif;

use super::{POD, Sealegs, tiny, write};

/// A privileged pod after a comment that moves its lines, with a character of two UTF-16 units before the place.
const WIDE: &str = "# 𝕏\n";
const ODD: &str = "kind: Pod\napiVersion: v1\nmetadata: {name: \"a]](b)<&>\\u0007\"}\nspec:\n  containers:\n  - {name: 𝕏, image: r.example/a:1, securityContext: {privileged: true}}\n";

fn folder() -> Sealegs {
    let s = Sealegs::new();
    write(s.home(), "m/clean.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n");
    write(s.home(), "m/odd,: %<&\"'\u{1b}\n::error::x.yaml", ODD);
    write(s.home(), "m/pod.yaml", POD);
    write(s.home(), "m/Dockerfile", "FROM a\n# sealegs:ignore DL3025 reason=it <pipes>\nCMD a | b\n");
    std::fs::write(s.home().join("m/zbroken.yaml"), b"a: \xff\n").unwrap();
    write(s.home(), "m/strange.yaml", "apiVersion: x.example/v1\nkind: Strange\nmetadata:\n  name: a\n");
    s
}

const ONLY: [&str; 6] =
    ["--only", "privileged-container", "--only", "dockerfile-command-shell-form", "--only", "host-pid"];

fn check(s: &Sealegs, format: &str) -> (i32, String) {
    let ran = s.run(&[&["check", "m", "--format", format], &ONLY[..]].concat());
    assert_eq!(ran.err, "");
    assert!(ran.out.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", ran.out);
    assert_eq!(ran.out, s.run(&[&["check", "m", "--format", format], &ONLY[..]].concat()).out);
    (ran.code, ran.out)
}

/// The log, which is as the schema of SARIF 2.1.0 wants it: the types are made from that schema, so that a wrong type, a
/// wrong word or a missing property is an error, and a property that it does not have is lost on the way back.
fn sarif(text: &str) -> Value {
    let log: Value = serde_json::from_str(text).unwrap();
    let typed: Sarif = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    assert_eq!(serde_json::to_value(typed).unwrap(), log);
    assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&"2.1.0".into(), 1));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: BTreeSet<_> = rules.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len());
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        // SARIF 2.1.0, 3.27.10: what is no failure has no level.
        let levels: &[&str] =
            if result["kind"] == "open" { &["none"] } else { &["error", "warning", "note"] };
        assert!(levels.contains(&result["level"].as_str().unwrap()), "{result}");
        assert!(result["suppressions"].is_array(), "on all or on none");
        for location in result["locations"].as_array().unwrap() {
            let physical = &location["physicalLocation"];
            let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
            let uri = uri.strip_prefix("file:///").unwrap_or(uri);
            assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{uri}");
            let region = &physical["region"];
            let at =
                |line: &str, column: &str| (region[line].as_u64().unwrap(), region[column].as_u64().unwrap());
            assert!((1, 1) <= at("startLine", "startColumn"));
            assert!(at("startLine", "startColumn") <= at("endLine", "endColumn"));
        }
    }
    log
}

#[test]
fn sarif_has_rules_places_suppressions_and_what_was_not_read() {
    let s = folder();
    let (code, text) = check(&s, "sarif");
    assert_eq!(code, 3);
    let log = sarif(&text);
    // What the checks' own documents say may be reworded without this test.
    let mut shown = log.clone();
    shown["runs"][0]["tool"]["driver"]["version"] = "VERSION".into();
    for rule in shown["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        for part in ["/fullDescription/text", "/help/text", "/help/markdown"] {
            if let Some(words) = rule.pointer_mut(part) {
                assert!(words.as_str().is_some_and(|w| w.len() > 20 && !w.contains("#~")), "{words}");
                *words = "WORDS".into();
            }
        }
    }
    insta::assert_snapshot!("sarif", format!("{shown:#}"));
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 1);
    let results = run["results"].as_array().unwrap();
    let odd = results.iter().find(|r| r["message"]["text"].as_str().unwrap().contains("a]]"));
    let odd = &odd.unwrap()["locations"][0]["physicalLocation"];
    let line = ODD.lines().nth(5).unwrap();
    let column = line[..line.find("true").unwrap()].encode_utf16().count() + 1;
    assert_eq!(odd["region"]["startColumn"], column);
    assert_eq!(odd["artifactLocation"]["uri"], "m/odd%2C%3A%20%25%3C%26%22%27%1B%0A%3A%3Aerror%3A%3Ax.yaml");
}

#[test]
fn fixes_open_questions_and_other_places_fit_the_schema() {
    let s = Sealegs::new();
    write(s.home(), "m/pod.yaml", POD);
    write(s.home(), "m/Dockerfile", "FROM a:1\nFROM b:1 AS b\nFROM c:1 AS b\nRUN sudo make\nCMD a\n");
    let space = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n---\napiVersion: cilium.io/v2\n\
                 kind: CiliumNetworkPolicy\nmetadata:\n  name: a\n  namespace: a\n";
    write(s.home(), "m/space.yaml", space);
    let log = sarif(&s.run(&["check", "m", "--format", "sarif", "--pedantic"]).out);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().any(|r| r["kind"] == "open"), "{log:#}");
    assert!(results.iter().any(|r| r["fixes"].is_array()));
    assert!(results.iter().any(|r| r["relatedLocations"].is_array()));
}

#[test]
fn fingerprints_stay_when_lines_move_and_tell_equal_findings_apart() {
    let s = Sealegs::new();
    let prints = |text: &str| {
        write(s.home(), "a.yaml", text);
        let path = s.home().join("a.yaml");
        // Named by its absolute path: the same file.
        let ran =
            s.run(&["check", path.to_str().unwrap(), "--only", "privileged-container", "--format", "sarif"]);
        let log = sarif(&ran.out);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let of = |r: &Value| r["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned();
        assert!(
            results
                .iter()
                .all(|r| { r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.yaml" })
        );
        results.iter().map(of).collect::<Vec<_>>()
    };
    let one = prints(POD);
    assert_eq!(one.len(), 1);
    assert_eq!(prints(&format!("{WIDE}{POD}")), one);
    assert_ne!(prints(&POD.replace("name: c", "name: d")), one);
    let twice = prints(&format!("{POD}---\n{POD}"));
    assert_eq!(twice[0], one[0]);
    assert_eq!(twice[1], one[0].replace(":1", ":2"));
}

#[test]
fn junit_has_a_suite_a_file_and_a_case_a_finding() {
    let (code, text) = check(&folder(), "junit");
    assert_eq!(code, 3);
    insta::assert_snapshot!("junit", text);
}

#[test]
fn annotations_are_one_command_a_line() {
    let (code, text) = check(&folder(), "github");
    assert_eq!(code, 3);
    let (sum, commands) = text.trim_end().rsplit_once('\n').map(|(c, s)| (s, c)).unwrap();
    assert!(sum.starts_with("read ") && commands.lines().all(|l| l.starts_with("::")), "{text}");
    insta::assert_snapshot!("github", text);
}

#[test]
fn a_course_is_told_in_the_same_forms() {
    let s = Sealegs::new();
    let pack = format!("{}/tests/it/packs/badly-written", env!("CARGO_MANIFEST_DIR"));
    let ran = s.run(&["course", "check", &pack, "--format", "sarif"]);
    let log = sarif(&ran.out);
    let run = &log["runs"][0];
    assert_eq!((ran.code, &run["invocations"][0]["exitCode"]), (1, &1.into()));
    let accepted = run["results"].as_array().unwrap().iter();
    let accepted: Vec<_> = accepted.filter_map(|r| r["suppressions"][0]["justification"].as_str()).collect();
    assert!(accepted.len() == 1 && !accepted[0].is_empty(), "{accepted:?}");
    // Warnings are no failures: the exit code says so, too.
    let tiny = s.run(&["course", "check", &tiny(), "--format", "junit"]);
    assert_eq!(tiny.code, 0);
    assert!(
        tiny.out.contains("failures=\"0\" errors=\"0\"") && tiny.out.contains("<system-out>"),
        "{}",
        tiny.out
    );
    let own = s.run(&["course", "check", "--format", "github"]);
    assert_eq!((own.code, own.out.as_str()), (0, "no findings\n"));
}
