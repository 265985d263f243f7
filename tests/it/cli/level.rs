//! `check --level`: the verdict of a namespace with that label, in every format.

use serde_json::Value;

use super::{POD, Sealegs, write};
use crate::sim::{pod_security_corpus, pod_security_upstream};

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: web}\nspec:\n  template:\n    spec:\n      hostPID: true\n      containers:\n      - {name: c, image: nginx}\n";

#[test]
fn a_level_judges_alone_and_says_what_the_api_server_says() {
    let s = Sealegs::new();
    write(s.home(), "pod.yaml", &POD.replace("  name: a", "  name: a  # sealegs:ignore KSV-0017 reason=x"));
    let ran = s.run(&["check", "--level", "baseline", "--version", "v1.34", "pod.yaml"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let violates = "Pod a violates PodSecurity \"baseline:v1.34\": privileged (container \"c\" must not set securityContext.privileged=true)";
    assert!(
        ran.out.starts_with("critical[privileged-container]: privileged\n  --> pod.yaml:10:21\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains(&format!("   = {violates}\n")), "{}", ran.out);
    assert!(ran.out.contains(&format!("refused: pod.yaml:2:7: {violates}\n")), "{}", ran.out);
    assert!(
        ran.out.contains("baseline:v1.34 refuses 1 of 1 pods, and the pods of 0 of 0 workloads"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.ends_with("read 1 file, 1 object, 1 container: 1 critical\n"),
        "nothing else is told: {}",
        ran.out
    );
    let fine = POD.replace("privileged: true", "privileged: false");
    let ran = s.feed(&["check", "--level", "baseline", "-"], &fine);
    assert!(
        ran.code == 0 && ran.out.starts_with("baseline:latest (v1.37) refuses 0 of 1 pods"),
        "{}",
        ran.out
    );
    let ran = s.feed(&["check", "--level", "restricted", "--version", "v1.99", "-"], &fine);
    assert!(ran.code == 1 && ran.out.contains("(judged as v1.37, the newest known here)"), "{}", ran.out);
}

#[test]
fn the_version_decides() {
    let s = Sealegs::new();
    let pod = "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec:\n  securityContext: {runAsNonRoot: true}\n  containers:\n  - {name: c, image: a}\n";
    let at = |version: &str| {
        s.feed(&["check", "--level", "restricted", "--version", version, "--format", "short", "-"], pod)
    };
    assert_eq!(at("v1.7").code, 0);
    let ran = at("v1.8");
    assert_eq!((ran.code, ran.out.matches("privilege-escalation-not-denied").count()), (1, 1), "{}", ran.out);
    assert_eq!(
        at("v1.22").out.matches(" violates PodSecurity \"restricted:v1.22\"").count(),
        4,
        "three, and their sum"
    );
}

#[test]
fn a_workload_is_stored_and_its_pods_are_refused() {
    let s = Sealegs::new();
    let ran = s.feed(&["check", "--level", "baseline", "-"], DEPLOYMENT);
    assert_eq!(ran.code, 1);
    let says =
        "Deployment web/d would violate PodSecurity \"baseline:latest\": host namespaces (hostPID=true)";
    assert!(ran.out.contains(&format!("stored, its pods refused: <stdin>:2:7: {says}\n")), "{}", ran.out);
    assert!(
        ran.out.contains("refuses 0 of 0 pods, and the pods of 1 of 1 workloads; enforce judges pods alone")
    );
    let json: Value = serde_json::from_str(
        &s.feed(&["check", "--level", "baseline", "--format", "json", "-"], DEPLOYMENT).out,
    )
    .unwrap();
    let level = &json["level"];
    assert_eq!((&level["level"], &level["judgedAs"]), (&Value::from("baseline"), &Value::from("v1.37")));
    let object = &level["objects"][0];
    assert_eq!((&object["isPod"], &object["allowed"]), (&Value::from(false), &Value::from(false)));
    assert!(says.ends_with(object["message"].as_str().unwrap()), "{object}");
    assert_eq!(json["findings"][0]["id"], "host-pid");
}

#[test]
fn every_format_holds_the_verdict() {
    let s = Sealegs::new();
    let run = |format: &str| {
        let ran =
            s.feed(&["check", "--level", "baseline", "--version", "v1.30", "--format", format, "-"], POD);
        assert_eq!(ran.code, 1, "{format}");
        ran.out
    };
    let sarif: Value = serde_json::from_str(&run("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["ruleId"], "privileged-container");
    let text = results[0]["message"]["text"].as_str().unwrap();
    assert!(text.contains("violates PodSecurity \"baseline:v1.30\": privileged (container"), "{text}");
    assert_eq!(sarif["runs"][0]["properties"]["level"], "baseline:v1.30");
    let junit = run("junit");
    assert!(
        junit.contains("failures=\"1\"")
            && junit.contains("<property name=\"level\" value=\"baseline:v1.30\"/>"),
        "{junit}"
    );
    let github = run("github");
    assert!(
        github.starts_with("::error") && github.contains("baseline:v1.30 refuses 1 of 1 pods"),
        "{github}"
    );
}

#[test]
fn what_cannot_be_judged_is_no_pass_and_what_contradicts_is_refused() {
    let s = Sealegs::new();
    let code = |args: &[&str], text: &str| s.feed(args, text).code;
    let level = ["check", "--level", "baseline", "-"];
    let mistyped = s.feed(&level, &POD.replace("privileged: true", "privileged: \"true\""));
    assert!(mistyped.code == 3 && mistyped.out.contains("error[field-mistyped]"), "{}", mistyped.out);
    assert_eq!(code(&level, "a: {{ .Values.x }}\n"), 3);
    let other = s.feed(&level, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    assert!(other.code == 0 && other.out.contains("no pod and no workload was read"), "{}", other.out);
    for args in [
        &["check", "--version", "v1.30", "-"][..],
        &["check", "--level", "privileged", "-"],
        &["check", "--level", "baseline", "--version", "1.30", "-"],
        &["check", "--level", "baseline", "--only", "KSV-0017", "-"],
        &["check", "--level", "baseline", "--pedantic", "-"],
        &["check", "--level", "baseline", "--fix", "-"],
    ] {
        assert_eq!(code(args, POD), 2, "{args:?}");
    }
}

#[test]
fn the_corpus_is_judged_so_on_the_command_line_too() {
    let s = Sealegs::new();
    let mut corpus = pod_security_corpus::manifests();
    assert_eq!(pod_security_corpus::write(&s.home().join("m")).unwrap(), corpus.len());
    corpus.retain(|m| m.level == "restricted" && m.version == "v1.35");
    assert!(corpus.len() > 40, "{}", corpus.len());
    let args =
        ["check", "--level", "restricted", "--version", "v1.35", "--format", "json", "m/restricted/v1.35"];
    let json: Value = serde_json::from_str(&s.run(&args).out).unwrap();
    let objects = json["level"]["objects"].as_array().unwrap();
    assert_eq!(objects.len(), corpus.len());
    for manifest in &corpus {
        let title = format!("Pod {}", manifest.name);
        let object = objects.iter().find(|o| o["object"] == *title).unwrap();
        assert_eq!(object["allowed"], manifest.fails.is_empty(), "{title}");
        for (_, reason) in &manifest.fails {
            assert!(object["message"].as_str().unwrap().contains(reason), "{object}");
        }
    }
}

#[test]
fn the_pods_of_upstreams_fixtures_are_refused_by_the_checks_that_their_names_say() {
    let s = Sealegs::new();
    for (level, version) in [("baseline", "v1.18"), ("restricted", "v1.37")] {
        let pods = pod_security_upstream::fixtures();
        let pods: Vec<_> = pods.iter().filter(|m| m.level == level && m.version == version).collect();
        for manifest in &pods {
            let verdict = if manifest.fails.is_empty() { "pass" } else { "fail" };
            write(s.home(), &format!("{level}/{verdict}/{}.yaml", manifest.name), &manifest.text);
        }
        for (verdict, code) in [("pass", 0), ("fail", 1)] {
            let folder = format!("{level}/{verdict}");
            let ran = s.run(&["check", "--level", level, "--version", version, "--format", "json", &folder]);
            assert_eq!(ran.code, code, "{}", ran.err);
            let json: Value = serde_json::from_str(&ran.out).unwrap();
            let objects = json["level"]["objects"].as_array().unwrap();
            let wanted = pods.iter().filter(|m| m.fails.is_empty() == (verdict == "pass"));
            assert_eq!(objects.len(), wanted.clone().count());
            for manifest in wanted {
                let file = format!("{folder}/{}.yaml", manifest.name);
                let object = objects.iter().find(|o| o["file"] == *file).unwrap();
                let mut got: Vec<_> =
                    object["checks"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
                got.sort_unstable();
                assert_eq!(got, manifest.fails.iter().map(|(check, _)| *check).collect::<Vec<_>>(), "{file}");
                assert_eq!(object["allowed"], verdict == "pass", "{file}");
            }
        }
    }
}

#[test]
fn a_version_is_latest_or_v1_and_a_plain_number() {
    let s = Sealegs::new();
    let at = |version: &str| {
        s.feed(&["check", "--level", "baseline", "--version", version, "--format", "json", "-"], POD)
    };
    for wrong in ["", "v1", "v1.", "v1.01", "v1.30.2", "v1.-1", "v2.0", "V1.30", "30", "Latest", "newest"] {
        let ran = at(wrong);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{wrong}");
        let says = format!("{wrong:?} is no version of the standards; write latest, or v1.N as in v1.34");
        assert!(ran.err.contains(&says), "{}", ran.err);
    }
    let known = (0..=37).map(|minor| (format!("v1.{minor}"), format!("v1.{minor}")));
    let beyond = ["v1.38", "v1.100", "latest"].map(|text| (text.to_owned(), "v1.37".to_owned()));
    for (version, judged_as) in known.chain(beyond) {
        let ran = at(&version);
        assert_eq!(ran.code, 1, "{version}: {}", ran.err);
        let level = &serde_json::from_str::<Value>(&ran.out).unwrap()["level"];
        assert_eq!((&level["version"], &level["judgedAs"]), (&Value::from(version), &Value::from(judged_as)));
    }
}
