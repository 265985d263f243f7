//! Kyverno's webhooks, through the whole chain of admission and through a lab's probe: `tests/it/cases/kyverno-webhooks.yaml`.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::sync::Arc;

use sealegs::parse::json as tree;
use sealegs::sim::Answer;
use sealegs::sim::admission::kyverno;
use sealegs::sim::world::World;
use serde_json::{Value, json};

use super::door;

/// What a policy of a case is in a cluster.
fn policy(case: &Value, namespace: Option<&str>) -> Value {
    let group = match case["kind"].as_str().unwrap() {
        "ClusterPolicy" | "Policy" => "kyverno.io/v1",
        _ => "policies.kyverno.io/v1",
    };
    let mut metadata = json!({ "name": case["name"] });
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    json!({ "apiVersion": group, "kind": case["kind"], "metadata": metadata, "spec": case["spec"] })
}

/// What a case puts into the cluster beside the pod.
fn cluster(case: &Value, policies: &Value, namespace: Option<&str>) -> Vec<Value> {
    let mut out = vec![
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop", "labels": { "team": "a" } } }),
    ];
    out.extend(policies.as_array().unwrap().iter().map(|p| policy(p, namespace)));
    out.extend(case.get("objects").and_then(Value::as_array).cloned().unwrap_or_default());
    out
}

/// The answer of a case, and all that is said.
fn answer(case: &Value) -> (&'static str, String) {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "namespace": "shop" },
        "spec": { "containers": [{ "name": "c", "image": case["image"] }] },
    });
    if let Some(policies) = case.get("admit") {
        let mut input = json!({ "objects": cluster(case, policies, Some("shop")), "object": pod });
        if let Some(user) = case.get("user") {
            input["userInfo"] = json!({ "username": user, "groups": ["system:authenticated"] });
        }
        let answer = door::ask("admit", &input);
        return (door::word(&answer), answer.to_string());
    }
    let mut objects = cluster(case, &case["door"], None);
    objects.push(pod);
    let list = json!({ "kind": "List", "items": objects });
    let (world, findings) = World::read(vec![Arc::new(tree::from_value(&list))]);
    assert!(findings.is_empty(), "{findings:?}");
    let mut field = |key: &str| match key {
        "object" => Some("shop/Pod/p".to_owned()),
        key => case.get(key).filter(|_| key == "user").and_then(Value::as_str).map(str::to_owned),
    };
    let verdict = kyverno::ask(&world, &kyverno::read(&mut field).unwrap());
    let said = format!("{verdict:?}");
    match verdict.answer {
        Answer::Allowed => ("allowed", said),
        Answer::Denied => ("denied", said),
        Answer::Unmodelled => ("error", said),
    }
}

#[test]
fn every_case_is_answered_as_documented() {
    let file = door::file("kyverno-webhooks");
    let cases = file["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let (word, said) = answer(case);
        let mut words = case["says"].as_array().unwrap().iter();
        let silent = words.find(|w| !said.contains(w.as_str().unwrap()));
        if case["answer"] != word || silent.is_some() {
            wrong.push(format!("{}: {word}, wanted {} and {silent:?}: {said}", case["id"], case["answer"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
