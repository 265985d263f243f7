//! `sealegs sim`: reasons with their places, and the simulators' pages.

use serde_json::Value;

use super::*;

fn explained(name: &str, cases: &str) -> Vec<Value> {
    let ran = Sealegs::new().feed(&["sim", name, "--cases", "-", "--explain"], cases);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What stands in the line at the column that a reason names.
fn at<'c>(cases: &'c str, reason: &Value) -> &'c str {
    let (line, column) = (reason["line"].as_u64().unwrap(), reason["column"].as_u64().unwrap());
    let line = cases.lines().nth(line as usize - 1).unwrap();
    &line[line.char_indices().nth(column as usize - 1).unwrap().0..]
}

#[test]
fn a_reason_names_line_column_and_path_of_its_case() {
    let pod = |name: &str| {
        format!(r#"{{"kind":"Pod","metadata":{{"name":"{name}","namespace":"shop"}},"spec":{{}}}}"#)
    };
    let policy = r#"{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"closed","namespace":"shop"},"spec":{"podSelector":{},"policyTypes":["Egress"],"egress":[{"ports":[{"port":5432}]}]}}"#;
    let probes =
        r#"[{"from":"shop/web","to":"shop/db","port":5432},{"from":"shop/web","to":"shop/db","port":22}]"#;
    let objects = format!("[{}, {}, {policy}]", pod("web"), pod("db"));
    // An empty line and one that is no case come before it: lines are counted all the same.
    let cases = format!(
        "\n{{\"id\": 1}}\n{{\"id\": \"ü\", \"input\": {{\"objects\": {objects}, \"probes\": {probes}}}}}\n"
    );
    let out = explained("network-policy", &cases);
    assert!(out[0]["error"].is_string());
    let verdict = &out[1]["verdict"];
    assert_eq!(verdict["reachable"], serde_json::json!([true, false]));
    let because = verdict["because"].as_array().unwrap();
    let first = because.iter().find(|r| r["probe"] == 0).unwrap();
    assert_eq!((&first["file"], &first["line"]), (&Value::Null, &serde_json::json!(3)));
    assert_eq!(first["path"], "objects[2].spec.egress[0]");
    assert!(at(&cases, first).starts_with(r#"{"ports":[{"port":5432}]}"#), "{first}");
    let second = because.iter().find(|r| r["probe"] == 1).unwrap();
    assert!(second["text"].as_str().unwrap().contains("no rule lets it to shop/db on 22/TCP"), "{second}");
    assert!(second["path"].as_str().unwrap().starts_with("objects[2].spec.podSelector"), "{second}");
}

#[test]
fn every_simulator_says_why_and_without_the_flag_nothing_changes() {
    for page in sealegs::sim::help::PAGES {
        let (case, answer) = page.example().unwrap();
        let out = explained(page.name, &case);
        let because = out[0]["verdict"]["because"].as_array().unwrap();
        assert!(!because.is_empty(), "{}", page.name);
        for reason in because {
            assert!(reason["text"].as_str().is_some_and(|t| !t.is_empty()), "{}: {reason}", page.name);
            assert_eq!(reason["path"].is_string(), reason["column"].is_u64(), "{}: {reason}", page.name);
            assert_eq!(reason["path"].is_string(), reason["line"].is_u64(), "{}: {reason}", page.name);
        }
        let mut verdict = out[0]["verdict"].clone();
        verdict["because"] = answer["verdict"]["because"].clone();
        let mut wanted = answer["verdict"].clone();
        wanted["because"] = answer["verdict"]["because"].clone();
        assert_eq!(verdict, wanted, "{}: --explain changes nothing but the reasons", page.name);
    }
}

#[test]
fn reasons_point_at_what_decides() {
    let of = |name: &str, wanted: &str| {
        let (case, _) = sealegs::sim::help::find(name).unwrap().example().unwrap();
        let out = explained(name, &case);
        let because = out[0]["verdict"]["because"].as_array().unwrap().clone();
        let path = because[0]["path"].as_str().unwrap_or("").to_owned();
        assert_eq!(path, wanted, "{name}: {because:?}");
    };
    of("pod-security", "object.spec.hostNetwork");
    of("rbac", "objects[0].rules[0].resources[1]");
    of("start", "objects[2].spec.containers[0]");
    of("setuid", "objects[2].spec.containers[0].securityContext.allowPrivilegeEscalation");
    of("capabilities", "securityContext.capabilities.add");
    of("gatekeeper", "constraint");
}

#[test]
fn a_simulator_s_page_has_an_example_that_runs() {
    let s = Sealegs::new();
    for page in sealegs::sim::help::PAGES {
        let ran = s.run(&["sim", page.name, "--help"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", page.name);
        assert!(ran.out.contains("Input") && ran.out.contains("--explain"), "{}", ran.out);
        let prose = ran.out.lines().filter(|line| !line.contains('"'));
        for line in prose {
            assert!(line.chars().count() <= 80, "{}: {line}", page.name);
        }
        let case = s.run(&["sim", page.name, "--example"]).out;
        let ran = s.feed(&["sim", page.name, "--cases", "-"], &case);
        let got: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(got, page.example().unwrap().1, "{}", page.name);
    }
    let help = s.run(&["sim", "-h"]);
    assert!(
        help.code == 0 && help.out.contains("--example") && help.out.contains("Usage: sealegs sim"),
        "{}",
        help.out
    );
    assert_eq!(s.run(&["help", "sim"]).code, 0);
    assert_eq!(s.run(&["sim", "tea-leaves", "--help"]).code, 2);
    assert_eq!(s.run(&["sim", "rbac", "--explain"]).code, 2);
}
