//! The fields of the machine interface, one by one: what is missing, of another type, null, or not known at all.

use serde_json::{Value, json};

use super::door;

fn pod(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "namespace": "shop" },
            "spec": { "containers": [{ "name": "c", "image": "i" }] }, "status": { "podIP": "10.0.0.1" } })
}

/// A simulator, an input that it answers, the fields that it cannot do without, and those that may be left out.
fn inputs() -> Vec<(&'static str, Value, Vec<&'static str>, Vec<&'static str>)> {
    let rego = "package r\nviolation[{\"msg\": \"no\"}] { true }";
    let template = json!({ "apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate",
        "metadata": { "name": "rule" }, "spec": { "crd": { "spec": { "names": { "kind": "Rule" } } },
        "targets": [{ "target": "admission.k8s.gatekeeper.sh", "rego": rego }] } });
    let constraint = json!({ "apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "Rule", "metadata": { "name": "x" } });
    let kyverno = json!({ "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": { "name": "p" },
        "spec": { "rules": [{ "name": "tag", "match": { "any": [{ "resources": { "kinds": ["Pod"] } }] },
        "validate": { "message": "m", "pattern": { "spec": { "containers": [{ "image": "*:*" }] } } } }] } });
    let rules =
        json!([{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["pods"] }]);
    let policy = json!({ "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": { "name": "v" }, "spec": { "matchConstraints": { "resourceRules": rules },
        "validations": [{ "expression": "object.metadata.name != 'a'" }] } });
    let role = json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": { "name": "r" }, "rules": [] });
    vec![
        (
            "pod-security",
            json!({ "level": "baseline", "version": "latest", "object": pod("a") }),
            vec!["level", "version", "object"],
            vec![],
        ),
        (
            "gatekeeper",
            json!({ "template": template, "constraint": constraint, "object": pod("a") }),
            vec!["template", "constraint", "object"],
            vec!["inventory"],
        ),
        (
            "kyverno",
            json!({ "policy": kyverno, "resource": pod("a") }),
            vec!["policy", "resource"],
            vec![
                "oldResource",
                "operation",
                "userInfo",
                "roles",
                "clusterRoles",
                "namespaceLabels",
                "variables",
                "ruleVariables",
                "exceptions",
                "cluster",
            ],
        ),
        (
            "admission-policy",
            json!({ "policy": policy, "object": pod("a") }),
            vec!["policy", "object"],
            vec!["bindings", "oldObject", "operation", "params", "namespaceObject", "userInfo"],
        ),
        (
            "network-policy",
            json!({ "objects": [pod("a")], "probes": [{ "from": "shop/a", "to": "10.0.0.1", "port": 80 }] }),
            vec!["objects", "probes"],
            vec![],
        ),
        (
            "rbac",
            json!({ "objects": [role], "spec": { "user": "a",
                "resourceAttributes": { "verb": "get", "resource": "pods" } } }),
            vec!["objects", "spec"],
            vec![],
        ),
        (
            "capabilities",
            json!({ "runtime": "containerd" }),
            vec![],
            vec!["runtime", "securityContext", "podSecurityContext", "imageUser", "fileCaps", "noNewPrivs"],
        ),
        ("admit", json!({ "object": pod("a") }), vec!["object"], vec!["objects", "userInfo"]),
    ]
}

#[test]
fn every_field_is_read_or_its_fault_is_said() {
    let mut wrong = Vec::new();
    for (name, input, needed, optional) in inputs() {
        let right = door::ask(name, &input);
        assert!(right.get("verdict").is_some(), "{name}: {right}");
        let with = |key: &str, value: Value| {
            let mut other = input.clone();
            other[key] = value;
            door::ask(name, &other)
        };
        let mut want = |holds: bool, what: &str, got: &Value| {
            if !holds {
                wrong.push(format!("{name}: {what}: {got}"));
            }
        };
        let got = with("whatever", json!({ "a": [1] }));
        want(got == right, "a field that nobody knows changes nothing", &got);
        for key in &needed {
            let mut other = input.clone();
            other.as_object_mut().unwrap().remove(*key);
            let got = door::ask(name, &other);
            let said = got["error"].as_str().is_some_and(|said| said.contains(key));
            want(said, &format!("{key} is missing"), &got);
        }
        for key in &optional {
            let got = with(key, Value::Null);
            want(got == right, &format!("{key} is null"), &got);
        }
        for key in needed.iter().chain(&optional) {
            // A list of lists is what no field of any simulator holds.
            let got = with(key, json!([[7]]));
            let said = got["error"].as_str().is_some_and(|said| said.contains(key));
            want(said, &format!("{key} is of another type"), &got);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
