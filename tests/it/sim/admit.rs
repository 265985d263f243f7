//! The chain of admission, through the door that machines use: `tests/it/cases/admit.yaml` holds what is in the
//! cluster, what is created, the answer, the stage that gives it, and words that have to be said.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::door;

fn ask(input: &Value) -> Value {
    door::ask("admit", input)
}

fn pod(name: &str, spec: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "namespace": "shop" }, "spec": spec })
}

fn input(case: &Value) -> Value {
    let mut labels = case.get("space").cloned().unwrap_or(json!({}));
    if let Some(level) = case.get("level") {
        labels["pod-security.kubernetes.io/enforce"] = level.clone();
    }
    let mut objects = vec![
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop", "labels": labels } }),
    ];
    let mut add = |api: &str, kind: &str, name: &str, body: Value| {
        let mut object =
            json!({ "apiVersion": api, "kind": kind, "metadata": { "name": name, "namespace": "shop" } });
        for (key, value) in body.as_object().unwrap() {
            object[key] = value.clone();
        }
        objects.push(object);
    };
    if let Some(limits) = case.get("limits") {
        add("v1", "LimitRange", "bounds", json!({ "spec": { "limits": limits } }));
    }
    if let Some(hard) = case.get("hard") {
        let mut body = json!({ "spec": { "hard": hard } });
        if let Some(scopes) = case.get("scopes") {
            body["spec"]["scopes"] = scopes.clone();
        }
        if let Some(select) = case.get("select") {
            body["spec"]["scopeSelector"] = json!({ "matchExpressions": select });
        }
        if let Some(used) = case.get("used") {
            body["status"] = json!({ "hard": hard, "used": used });
        }
        add("v1", "ResourceQuota", "team", body);
    }
    if let Some(overhead) = case.get("runtimeClass") {
        add(
            "node.k8s.io/v1",
            "RuntimeClass",
            "r",
            json!({ "handler": "r", "overhead": { "podFixed": overhead } }),
        );
    }
    if case.get("usualClass").is_some() {
        add("scheduling.k8s.io/v1", "PriorityClass", "usual", json!({ "value": 1, "globalDefault": true }));
    }
    if case.get("running").is_some() {
        add("v1", "Pod", "running", json!({ "spec": { "containers": [{ "name": "c", "image": "i" }] } }));
        add("v1", "Pod", "done", json!({ "spec": { "containers": [] }, "status": { "phase": "Succeeded" } }));
    }
    if let Some(resources) = case.get("webhook") {
        let rule = json!({ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": resources });
        let body = json!({ "webhooks": [{ "name": "rules.example.org", "rules": [rule] }] });
        add("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "rules", body);
    }
    if let Some(expression) = case.get("cel") {
        let resources = case.get("resources").cloned().unwrap_or_else(|| json!(["pods"]));
        let rule = json!({ "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": resources });
        let mut spec = json!({
            "matchConstraints": { "resourceRules": [rule] }, "validations": [{ "expression": expression }],
        });
        lay(&mut spec, case.get("policy"));
        add("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "rules", json!({ "spec": spec }));
        let actions = case.get("actions").cloned().unwrap_or_else(|| json!(["Deny"]));
        let mut spec = json!({ "policyName": "rules", "validationActions": actions });
        lay(&mut spec, case.get("binding"));
        add(
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicyBinding",
            "here",
            json!({ "spec": spec }),
        );
    }
    for (at, policy) in case.get("mutate").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let rule = json!({ "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["pods"] });
        let mut spec =
            json!({ "matchConstraints": { "resourceRules": [rule] }, "reinvocationPolicy": "Never" });
        lay(&mut spec, Some(policy));
        for (form, field) in [("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch")] {
            if let Some(expression) = policy.get(field) {
                spec["mutations"] = json!([{ "patchType": form, (field): { "expression": expression } }]);
                spec.as_object_mut().unwrap().remove(field);
            }
        }
        let name = format!("shape-{at}");
        let bound = json!({ "spec": { "policyName": name } });
        add("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy", &name, json!({ "spec": spec }));
        add(
            "admissionregistration.k8s.io/v1",
            "MutatingAdmissionPolicyBinding",
            &format!("bound-{at}"),
            bound,
        );
    }
    if let Some(rego) = case.get("rego") {
        let names = json!({ "spec": { "names": { "kind": "Rule" } } });
        let target = json!({ "target": "admission.k8s.gatekeeper.sh", "rego": rego });
        let template = json!({ "spec": { "crd": names, "targets": [target] } });
        add("templates.gatekeeper.sh/v1", "ConstraintTemplate", "rule", template);
        let action = case.get("action").cloned().unwrap_or_else(|| json!("deny"));
        let spec = json!({ "spec": { "enforcementAction": action } });
        add("constraints.gatekeeper.sh/v1beta1", "Rule", "house", spec);
    }
    for (at, policy) in case.get("policies").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let version = match policy["kind"].as_str().unwrap() {
            "ClusterPolicy" | "Policy" => "kyverno.io/v1",
            "ClusterImagePolicy" => "policy.sigstore.dev/v1beta1",
            _ => "policies.kyverno.io/v1",
        };
        let mut metadata = json!({ "name": format!("p{at}"), "namespace": "shop" });
        lay(&mut metadata, policy.get("metadata"));
        let (kind, spec) = (&policy["kind"], &policy["spec"]);
        objects.push(json!({ "apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec }));
    }
    for (at, spec) in case.get("images").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let metadata = json!({ "name": format!("image-{at}") });
        objects
            .push(json!({ "apiVersion": "sealegs/v1", "kind": "Image", "metadata": metadata, "spec": spec }));
    }
    objects.extend(case.get("objects").and_then(Value::as_array).cloned().unwrap_or_default());
    let mut object = match (case.get("object"), case.get("deployment")) {
        (Some(object), _) => object.clone(),
        (None, None) => pod("p", &case["pod"]),
        (None, Some(spec)) => json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "d", "namespace": "shop" },
            "spec": { "replicas": case.get("replicas").unwrap_or(&json!(1)), "template": { "spec": spec } },
        }),
    };
    if let Some(labels) = case.get("labels") {
        object["metadata"]["labels"] = labels.clone();
    }
    if case.get("written").is_none() {
        fill_in(&mut object);
    }
    let mut input = json!({ "objects": objects, "object": object });
    if let Some(user) = case.get("user") {
        input["userInfo"] = json!({ "username": user, "groups": ["system:authenticated"] });
    }
    input
}

/// Adds what the API server asks of every object, and what most cases are not about.
fn fill_in(object: &mut Value) {
    let kind = object["kind"].as_str().unwrap().to_owned();
    let job = if kind == "CronJob" { "/spec/jobTemplate/spec/template" } else { "/spec/template" };
    let template = if kind == "Pod" { "" } else { job };
    let Some(pod) = object.pointer_mut(&format!("{template}/spec")).filter(|spec| spec.is_object()) else {
        return;
    };
    for list in ["containers", "initContainers"] {
        if list == "containers" && pod[list].as_array().is_none_or(Vec::is_empty) {
            pod[list] = json!([{}]);
        }
        let all = pod.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for (at, one) in all.enumerate() {
            let map = one.as_object_mut().unwrap();
            map.entry("name").or_insert_with(|| json!(format!("{}{at}", &list[..1])));
            map.entry("image").or_insert_with(|| json!("i"));
        }
    }
    if ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"].contains(&kind.as_str())
        && object["spec"].get("selector").is_none()
    {
        object["spec"]["selector"] = json!({ "matchLabels": { "app": "own" } });
        object["spec"]["template"]["metadata"]["labels"]["app"] = json!("own");
    }
    if kind == "CronJob" && object["spec"].get("schedule").is_none() {
        object["spec"]["schedule"] = json!("0 0 * * *");
    }
}

/// Lays fields over others.
fn lay(over: &mut Value, fields: Option<&Value>) {
    for (key, value) in fields.and_then(Value::as_object).into_iter().flatten() {
        over[key] = value.clone();
    }
}

#[test]
fn every_stage_answers_as_documented() {
    table("admit");
}

#[test]
fn webhooks_answer_at_their_place() {
    table("admit-webhooks");
}

#[test]
fn what_the_api_server_refuses_itself_it_says_in_its_words() {
    table("admit-validation");
}

#[test]
fn upstreams_own_tables_go_as_there() {
    table("admit-upstream");
}

fn table(name: &str) {
    let cases = door::file(name);
    let mut wrong = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for case in cases["cases"].as_array().unwrap() {
        assert!(seen.insert(case["id"].as_str().unwrap()), "{} is there twice", case["id"]);
        let answer = ask(&input(case));
        let got = match answer.get("verdict").map(|v| &v["allowed"]) {
            Some(Value::Bool(true)) => "allowed",
            Some(Value::Bool(false)) => "denied",
            _ => "error",
        };
        let stage = answer["verdict"].get("stage");
        let said = answer.to_string();
        let silent = case["says"].as_array().unwrap().iter().find(|w| !said.contains(w.as_str().unwrap()));
        if case["answer"] != got || stage != case.get("stage") || silent.is_some() {
            wrong.push(format!("{}: wanted {} and {silent:?}: {said}", case["id"], case["answer"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cannot_be_asked_about_is_an_error() {
    for input in [
        json!({}),
        json!({ "object": {} }),
        json!({ "object": { "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "s" } } }),
        json!({ "object": { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" } } }),
        json!({ "objects": {}, "object": pod("p", &json!({ "containers": [] })) }),
    ] {
        assert!(ask(&input)["error"].is_string(), "{input}");
    }
}

/// Some amount of CPU.
fn cpu() -> impl Strategy<Value = String> {
    (0_u32..4000).prop_map(|n| format!("{n}m"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// More quotas and bounds never admit more pods, and a workload never gets more than it asks for.
    #[test]
    fn what_is_added_never_admits_more(each in cpu(), hard in cpu(), max in cpu(), replicas in 0_u64..20) {
        let case = json!({
            "replicas": replicas, "deployment": {
                "containers": [{ "name": "c", "image": "i", "resources": { "limits": { "cpu": each } } }],
            },
        });
        let admitted = |case: &Value| ask(&input(case))["verdict"]["admitted"].as_u64().unwrap();
        let mut more = case.clone();
        more["hard"] = json!({ "limits.cpu": hard });
        let (free, counted) = (admitted(&case), admitted(&more));
        more["limits"] = json!([{ "type": "Container", "max": { "cpu": max } }]);
        let bound = admitted(&more);
        prop_assert_eq!(free, replicas);
        prop_assert!(bound <= counted && counted <= free);
    }

    /// Whatever a quantity is written as, there is an answer.
    #[test]
    fn no_quantity_makes_it_panic(a in "[0-9.eEkKMGTPnumi+-]{0,12}", b in "-?[0-9]{1,30}[a-zA-Z]{0,2}") {
        let case = json!({
            "hard": { "requests.cpu": a, "requests.memory": b, "pods": b },
            "limits": [{ "type": "Container", "max": { "cpu": b }, "maxLimitRequestRatio": { "cpu": a } }],
            "replicas": 3,
            "deployment": { "containers": [{ "name": "c", "image": "i", "resources": {
                "requests": { "cpu": a, "memory": b }, "limits": { "cpu": b },
            } }] },
        });
        let answer = ask(&input(&case));
        prop_assert!(answer.get("verdict").is_some() || answer["error"].is_string());
    }
}
