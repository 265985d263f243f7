//! Kyverno's policies in CEL, through the door that machines use: `tests/it/cases/kyverno-cel.yaml`, and policies that
//! would take for ever.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use serde_json::{Value, json};

use super::door;

fn ask(input: &Value) -> Value {
    door::ask("kyverno", input)
}

fn file() -> Value {
    door::file("kyverno-cel")
}

/// Fields of the request that a case hands on as they are.
const HANDED: &[&str] = &[
    "oldResource",
    "operation",
    "userInfo",
    "roles",
    "clusterRoles",
    "namespaceLabels",
    "exceptions",
    "cluster",
];

/// The question of a case: the file's pod and its constraints, unless it says otherwise.
fn input(file: &Value, case: &Value) -> Value {
    let mut spec = json!({ "matchConstraints": file["pods"] });
    for (key, value) in case["spec"].as_object().into_iter().flatten() {
        spec[key] = value.clone();
    }
    // Short forms, for what most cases are about.
    if let Some(expression) = case.get("holds") {
        spec["validations"] = json!([{ "expression": expression, "message": "no" }]);
    }
    if let Some(expression) = case.get("applies") {
        spec["mutations"] = json!([{ "patchType": "ApplyConfiguration", "applyConfiguration": { "expression": expression } }]);
    }
    if let Some(expression) = case.get("patches") {
        spec["mutations"] = json!([{ "patchType": "JSONPatch", "jsonPatch": { "expression": expression } }]);
    }
    if let Some(expression) = case.get("makes") {
        spec["generate"] = json!([{ "expression": expression }]);
    }
    let kind = case["kind"].as_str().unwrap_or(match () {
        () if spec.get("mutations").is_some() => "MutatingPolicy",
        () if spec.get("generate").is_some() => "GeneratingPolicy",
        () => "ValidatingPolicy",
    });
    let version = case["version"].as_str().unwrap_or("policies.kyverno.io/v1");
    let mut metadata = json!({ "name": "p" });
    if let Some(namespace) = case.get("namespace") {
        metadata["namespace"] = namespace.clone();
    }
    let policy = json!({ "apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec });
    let mut input = json!({ "policy": policy, "resource": case.get("resource").unwrap_or(&file["pod"]) });
    if let Some(name) = case["on"].as_str() {
        input["resource"] = file[name].clone();
    }
    for key in HANDED {
        if let Some(value) = case.get(key) {
            input[*key] = value.clone();
        }
    }
    if case["operation"] == json!("DELETE") {
        input.as_object_mut().unwrap().remove("resource");
    }
    input
}

/// What is wrong with the answer to a case.
fn differs(case: &Value, answer: &Value) -> Option<String> {
    if let Some(wanted) = case["error"].as_str() {
        let got = answer["error"].as_str().unwrap_or("no error");
        return (!got.contains(wanted)).then(|| format!("{got:?} does not say {wanted:?}"));
    }
    let verdict = &answer["verdict"];
    let rules = verdict["rules"].as_array().cloned().unwrap_or_default();
    let results: Vec<_> = rules.iter().map(|r| r["result"].clone()).collect();
    let wanted = case["want"].as_array().unwrap();
    if results != *wanted {
        return Some(format!("{answer}"));
    }
    if let Some(says) = case["says"].as_str()
        && !rules[0]["message"].as_str().unwrap().contains(says)
    {
        return Some(format!("{} does not say {says:?}", rules[0]["message"]));
    }
    if let Some(name) = case.get("name")
        && rules[0]["name"] != *name
    {
        return Some(format!("the rule is called {}", rules[0]["name"]));
    }
    for (pointer, wanted) in case["patched"].as_object().into_iter().flatten() {
        let got = verdict["patched"].pointer(pointer).unwrap_or(&Value::Null);
        if got != wanted {
            return Some(format!("patched{pointer} is {got}"));
        }
    }
    if let Some(made) = case.get("made")
        && verdict["generated"] != *made
    {
        return Some(format!("generated is {}", verdict["generated"]));
    }
    None
}

#[test]
fn every_case_is_answered_as_documented() {
    let file = file();
    let mut wrong = Vec::new();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let answer = ask(&input(&file, case));
        if let Some(why) = differs(case, &answer) {
            wrong.push(format!("{}: {why}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() > 100, "only {} cases", cases.len());
}

#[test]
fn hostile_policies_end() {
    let file = file();
    let doubled: Vec<Value> = (0..40)
        .map(|i| {
            let inner =
                if i == 0 { "['a']".to_owned() } else { format!("[variables.v{0}, variables.v{0}]", i - 1) };
            json!({ "name": format!("v{i}"), "expression": inner })
        })
        .collect();
    let nested = (0..9).fold("true".to_owned(), |body, i| format!("[1,2,3,4,5,6,7,8,9].all(i{i}, {body})"));
    let copies =
        "lists.range(40).map(i, JSONPatch{op: 'copy', from: '/metadata', path: '/metadata/x' + string(i)})";
    let cases = [
        json!({ "holds": nested, "error": "cost limit" }),
        json!({ "holds": format!("{}true{}", "(".repeat(5000), ")".repeat(5000)), "error": "deeper" }),
        json!({ "spec": { "variables": doubled }, "patches": "[JSONPatch{op: 'add', path: '/x', value: variables.v39}]",
                "error": "cost limit" }),
        json!({ "patches": copies, "want": ["error"] }),
        json!({ "makes": "lists.range(1000000).all(i, generator.Apply('a', [{'metadata': {'name': 'x'}}]))",
                "error": "cost limit" }),
        json!({ "patches": "[JSONPatch{op: 'add', path: '/metadata/labels' + '/x'.lowerAscii(), value: 1}]", "want": ["error"],
                "resource": { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "x" } } }),
    ];
    for mut case in cases {
        if case.get("want").is_some() {
            case.as_object_mut().unwrap().remove("error");
        }
        let answer = ask(&input(&file, &case));
        assert_eq!(differs(&case, &answer), None, "{case}");
    }
}

#[test]
fn bad_input_is_an_error_and_no_panic() {
    let file = file();
    let good = input(&file, &json!({ "holds": "true" }));
    for (pointer, value, says) in [
        ("/policy", json!(null), "policy"),
        ("/policy/kind", json!("ConfigMap"), "not modelled"),
        ("/policy/apiVersion", json!("v1"), "none"),
        ("/policy/apiVersion", json!("policies.kyverno.io/v9"), "version"),
        ("/policy/spec", json!(3), "spec"),
        ("/policy/spec/validations", json!([]), "no rule"),
        ("/policy/spec/validations", json!([{}]), "expression"),
        ("/policy/spec/matchConstraints", json!([]), "not a mapping"),
        ("/policy/spec/failurePolicy", json!("Perhaps"), "failurePolicy"),
        ("/policy/spec/validationActions", json!(["Refuse"]), "validationActions"),
        ("/resource", json!(null), "resource"),
        ("/resource", json!({ "apiVersion": "v1" }), "object.kind"),
        ("/operation", json!("PATCH"), "operation"),
        ("/userInfo", json!({ "groups": "a" }), "groups"),
        ("/exceptions", json!({}), "exceptions"),
    ] {
        let mut bad = good.clone();
        let (head, last) = pointer.rsplit_once('/').unwrap();
        bad.pointer_mut(head).unwrap()[last] = value.clone();
        let answer = ask(&bad);
        let error = answer["error"].as_str().unwrap_or_else(|| panic!("{pointer} = {value}: {answer}"));
        assert!(error.contains(says), "{pointer} = {value}: {error}");
    }
}
