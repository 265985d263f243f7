//! The door that machines use, the files of cases, and the comparison of most of them.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::sync::Arc;

use sealegs::parse::{Limits, Tree, json, yaml};
use sealegs::sim::cases::run_cases;
use sealegs::text::Source;
use serde_json::{Value, json};

/// A text without a mistake.
pub fn tree(text: &str) -> Arc<Tree> {
    let (tree, findings) = yaml::parse(&Source::lone("world.yaml", text), Limits::default());
    assert!(findings.is_empty(), "{findings:?}");
    Arc::new(tree)
}

/// `tests/it/cases/NAME.yaml`.
pub fn file(name: &str) -> Value {
    let path = format!("{}/tests/it/cases/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    json::to_value(tree(&std::fs::read_to_string(path).unwrap()).root().unwrap())
}

/// The answer of a simulator: `verdict`, or `error`.
pub fn ask(simulator: &str, input: &Value) -> Value {
    let line = json!({ "id": 1, "input": input }).to_string();
    let mut out = Vec::new();
    run_cases(simulator, line.as_bytes(), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// Whether a verdict allows, in the words of the cases.
pub fn word(answer: &Value) -> &'static str {
    match answer.get("verdict").map(|v| &v["allowed"]) {
        Some(Value::Bool(true)) => "allowed",
        Some(Value::Bool(false)) => "denied",
        _ => "error",
    }
}

/// How an answer is another than a case's `answer`, or lacks words that it `says`.
pub fn differs(case: &Value, got: &str, answer: &Value) -> Option<String> {
    let said = answer.to_string();
    let mut words = case.get("says").and_then(Value::as_array).into_iter().flatten();
    let silent = words.find(|w| !said.contains(w.as_str().unwrap()));
    let differs = case["answer"] != got || silent.is_some();
    differs.then(|| format!("{}: wanted {} and {silent:?}: {said}", case["id"], case["answer"]))
}
