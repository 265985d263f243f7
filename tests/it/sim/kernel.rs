//! The kernel's simulators, through the door that machines use: `tests/it/cases/*.yaml` holds worlds, questions,
//! answers, and words that the reasons must have.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use serde_json::{Value, json};

use super::door;

/// The world of a file with the pod of a case, and the question: the file's `ask`, then the case's.
fn input(file: &Value, case: &Value) -> Value {
    let mut objects = file["objects"].as_array().unwrap().clone();
    let namespace = case.get("namespace").cloned().unwrap_or(json!("default"));
    objects.push(json!({
        "apiVersion": "v1", "kind": "Pod", "spec": case["spec"],
        "metadata": { "name": "p", "namespace": namespace, "labels": file.get("labels").unwrap_or(&json!({})) },
    }));
    let mut out = json!({ "objects": objects });
    if file["simulator"] != "service" {
        out["pod"] = json!("p");
        out["container"] = json!("c");
    }
    for asked in [file.get("ask"), case.get("ask")].into_iter().flatten() {
        for (key, value) in asked.as_object().unwrap() {
            out[key] = value.clone();
        }
    }
    out
}

fn all(file: &str) {
    let cases = door::file(file);
    let mut wrong = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let answer = door::ask(file, &input(&cases, case));
        wrong.extend(door::differs(case, door::word(&answer), &answer));
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

#[test]
fn start() {
    all("start");
}

#[test]
fn identity() {
    all("identity");
}

#[test]
fn file() {
    all("file");
}

#[test]
fn setuid() {
    all("setuid");
}

#[test]
fn process() {
    all("process");
}

#[test]
fn kernel() {
    all("kernel");
}

#[test]
fn service() {
    all("service");
}

#[test]
fn capabilities() {
    let cases = door::file("capabilities");
    for case in cases["cases"].as_array().unwrap() {
        let answer = door::ask("capabilities", &case["input"]);
        if let Some(error) = case.get("error") {
            assert!(answer["error"].as_str().unwrap().contains(error.as_str().unwrap()), "{answer}");
            continue;
        }
        for set in ["effective", "bounding"] {
            let count = answer["verdict"][set].as_array().unwrap().len();
            assert_eq!(case[set], count, "{} {set}: {answer}", case["id"]);
        }
        if let Some(exec) = case.get("exec") {
            assert_eq!(*exec, answer["verdict"]["exec"], "{}", case["id"]);
        }
    }
}
