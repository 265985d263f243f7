//! Who reaches cluster-admin: each way with and without what it needs; and the law that fewer bindings open no way.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::door;

fn cases() -> Value {
    door::file("rbac-reach")
}

fn ask(objects: &[Value], to: Option<&Value>) -> Value {
    let mut input = json!({ "objects": objects });
    if let Some(to) = to {
        input["to"] = to.clone();
    }
    let answer = door::ask("rbac-reach", &input);
    answer["verdict"].clone()
}

/// The rules of a case in a role `own`, bound to mallory.
fn granted(case: &Value) -> Vec<Value> {
    let api = "rbac.authorization.k8s.io/v1";
    let (prefix, namespace) = match case.get("in") {
        Some(namespace) => ("", namespace.clone()),
        None => ("Cluster", Value::Null),
    };
    let mut out = Vec::new();
    let mut role = json!({ "kind": format!("{prefix}Role"), "name": "own" });
    match case.get("bind") {
        Some(name) => role = json!({ "kind": "ClusterRole", "name": name }),
        None => out.push(json!({ "apiVersion": api, "kind": role["kind"],
            "metadata": { "name": "own", "namespace": namespace }, "rules": case["rules"] })),
    }
    out.push(json!({ "apiVersion": api, "kind": format!("{prefix}RoleBinding"),
        "metadata": { "name": "own", "namespace": namespace }, "roleRef": role,
        "subjects": [{ "kind": "User", "name": "mallory" }] }));
    out
}

#[test]
fn every_way_is_found_with_all_that_it_needs_and_not_without() {
    let file = cases();
    let mut wrong = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let mut objects = file["objects"].as_array().unwrap().clone();
        objects.extend(granted(case));
        objects.extend(case.get("more").and_then(Value::as_array).into_iter().flatten().cloned());
        let got = ask(&objects, case.get("to"));
        let chains = got["chains"].as_array().unwrap();
        let chain = chains.iter().find(|chain| chain["from"] == "User mallory");
        let steps = chain.and_then(|c| c["steps"].as_array()).into_iter().flatten();
        let ways: Vec<&Value> = steps.map(|step| &step["way"]).collect();
        let said = chain.map_or_else(String::new, Value::to_string);
        let silent: Vec<&Value> = case
            .get("says")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|word| !said.contains(word.as_str().unwrap()))
            .collect();
        let admin = got["admins"].as_array().unwrap().contains(&json!("User mallory"));
        let wanted = case.get("admin").is_some();
        if json!(ways) != case["ways"] || !silent.is_empty() || admin != wanted {
            wrong.push(format!("{}: wanted {} and {silent:?}, got {said}", case["id"], case["ways"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_known_is_said() {
    let objects = [json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": { "name": "charts" }, "roleRef": { "kind": "ClusterRole", "name": "of-a-chart" },
        "subjects": [{ "kind": "User", "name": "mallory" }] })];
    let got = ask(&objects, None);
    assert_eq!(got["chains"], json!([]));
    assert!(got["unknown"][0].as_str().unwrap().contains("of-a-chart"), "{got}");
}

/// Who is or becomes an administrator.
fn strong(objects: &[Value]) -> BTreeSet<String> {
    let got = ask(objects, None);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let admins = got["admins"].as_array().unwrap().iter().map(text);
    admins.chain(got["chains"].as_array().unwrap().iter().map(|chain| text(&chain["from"]))).collect()
}

fn rule() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] }),
        json!({ "apiGroups": [""], "resources": ["pods", "pods/exec"], "verbs": ["create"] }),
        json!({ "apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"] }),
        json!({ "apiGroups": [""], "resources": ["users", "groups"], "verbs": ["impersonate"] }),
        json!({ "apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "create"] }),
        json!({ "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["bind", "create"] }),
        json!({ "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["escalate", "patch"] }),
        json!({ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"] }),
    ])
}

fn binding() -> impl Strategy<Value = Value> {
    let subject = prop::sample::select(vec![
        json!({ "kind": "User", "name": "u" }),
        json!({ "kind": "User", "name": "v" }),
        json!({ "kind": "Group", "name": "g" }),
        json!({ "kind": "ServiceAccount", "name": "web", "namespace": "shop" }),
        json!({ "kind": "ServiceAccount", "name": "operator", "namespace": "ops" }),
    ]);
    let namespace = prop::sample::select(vec![None, Some("shop"), Some("ops"), Some("open")]);
    (0..4_usize, namespace, subject).prop_map(|(role, namespace, subject)| {
        let kind = if namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
            "metadata": { "namespace": namespace },
            "roleRef": { "kind": "ClusterRole", "name": format!("r{role}") }, "subjects": [subject] })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn removing_a_binding_never_makes_a_chain_appear(
        rules in prop::collection::vec(rule(), 4),
        bindings in prop::collection::vec(binding(), 1..6),
        at in 0..6_usize,
    ) {
        let file = cases();
        // Of the world itself, without its administrators.
        let base = file["objects"].as_array().unwrap().iter().filter(|o| o["kind"] != "ClusterRoleBinding");
        let mut objects: Vec<Value> = base.cloned().collect();
        objects.extend(rules.into_iter().enumerate().map(|(number, rule)| {
            json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                "metadata": { "name": format!("r{number}") }, "rules": [rule] })
        }));
        let named = |bindings: &[Value]| {
            let mut all = objects.clone();
            all.extend(bindings.iter().cloned().enumerate().map(|(number, mut binding)| {
                binding["metadata"]["name"] = json!(format!("b{number}"));
                binding
            }));
            all
        };
        let mut fewer = bindings.clone();
        fewer.remove(at % bindings.len());
        let (before, after) = (strong(&named(&bindings)), strong(&named(&fewer)));
        prop_assert!(after.is_subset(&before), "{after:?} is not within {before:?}");
    }
}
