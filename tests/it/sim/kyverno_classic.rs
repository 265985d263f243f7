//! Kyverno's `ClusterPolicy` and `Policy`: `tests/it/cases/kyverno-classic.yaml`.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::collections::BTreeMap;
use std::sync::Arc;

use sealegs::model::Object;
use sealegs::parse::{Limits, json, yaml};
use sealegs::sim::admission::kyverno::asked::{Asked, Operation, Outcome, Said, User};
use sealegs::sim::admission::kyverno::classic::judge;
use sealegs::sim::admission::kyverno::cluster::Cluster;
use sealegs::text::Source;
use serde_json::{Value, json};

use super::door;

/// What the file gives for every case, then what the case says. `rule` is a rule without name and match, `validate` such a
/// rule's `validate`; `pod` lies over the base object's spec.
fn input(base: &Value, case: &Value) -> Value {
    let mut out = case.clone();
    if out.get("resource").is_none() && case.get("operation") != Some(&json!("DELETE")) {
        out["resource"] = base["resource"].clone();
        for (key, value) in case.get("pod").and_then(Value::as_object).into_iter().flatten() {
            out["resource"]["spec"][key] = value.clone();
        }
    }
    if out.get("policy").is_none() {
        let rules = match (case.get("rules"), case.get("rule"), case.get("validate")) {
            (Some(rules), ..) => rules.clone(),
            (_, Some(rule), _) => json!([rule]),
            (_, _, Some(validate)) => json!([{ "validate": validate }]),
            _ => panic!("a case without rules: {}", case["id"]),
        };
        let rules: Vec<Value> = rules.as_array().unwrap().iter().enumerate().map(|(at, rule)| {
            let mut out = json!({ "name": format!("r{at}"), "match": { "any": [{ "resources": { "kinds": ["Pod"] } }] } });
            for (key, value) in rule.as_object().unwrap() {
                out[key] = value.clone();
            }
            out
        }).collect();
        out["policy"] =
            json!({ "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": { "name": "p" } });
        out["policy"]["metadata"]["annotations"] = case.get("annotations").cloned().unwrap_or_default();
        out["policy"]["spec"] = case.get("spec").cloned().unwrap_or(json!({}));
        out["policy"]["spec"]["rules"] = Value::Array(rules);
    }
    out
}

fn texts(of: &Value) -> Vec<String> {
    of.as_array().into_iter().flatten().map(|t| t.as_str().unwrap().to_owned()).collect()
}

fn map(of: &Value) -> BTreeMap<String, Value> {
    of.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn ask(input: &Value) -> Result<Said, String> {
    let tree = json::from_value(input);
    let root = tree.root().unwrap();
    let user = &input["userInfo"];
    let object = |key: &str| input.get(key).filter(|v| !v.is_null()).cloned();
    judge(&Asked {
        policy: Object::new(root.get("policy").unwrap()),
        resource: object("resource").unwrap_or_default(),
        old: object("oldResource"),
        operation: match input["operation"].as_str().unwrap_or("CREATE") {
            "CREATE" => Operation::Create,
            "UPDATE" => Operation::Update,
            "DELETE" => Operation::Delete,
            _ => Operation::Connect,
        },
        user: User {
            name: user["username"].as_str().unwrap_or_default().to_owned(),
            groups: texts(&user["groups"]),
            roles: texts(&input["roles"]),
            cluster_roles: texts(&input["clusterRoles"]),
        },
        unnamed: false,
        namespace_labels: map(&input["namespaceLabels"])
            .into_iter()
            .map(|(k, v)| (k, v.as_str().unwrap().to_owned()))
            .collect(),
        variables: map(&input["variables"]),
        rule_variables: map(&input["ruleVariables"]).into_iter().map(|(k, v)| (k, map(&v))).collect(),
        exceptions: root.get("exceptions").map(|l| l.items().collect()).unwrap_or_default(),
        cluster: Arc::new(Cluster::new(input["cluster"].as_array().cloned().unwrap_or_default())),
    })
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Skip => "skip",
        Outcome::Warn => "warn",
        Outcome::Error => "error",
    }
}

/// Without nulls and what is empty, as patched objects are compared.
fn pruned(value: &Value) -> Value {
    let kept = |v: &Value| match v {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    };
    match value {
        Value::Array(items) => items.iter().map(pruned).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| (k.clone(), pruned(v)))
            .filter(|(_, v)| kept(v))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[test]
fn documented_semantics() {
    let file = door::file("kyverno-classic");
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let answer = ask(&input(&file["base"], case));
        let (got, said) = match &answer {
            Err(error) => (json!("not judged"), error.clone()),
            Ok(said) => (
                said.rules
                    .iter()
                    .map(|r| (r.name.clone(), json!(word(r.outcome))))
                    .collect::<serde_json::Map<_, _>>()
                    .into(),
                said.rules
                    .iter()
                    .map(|r| format!("{}: {}", r.name, r.message))
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
        };
        let want = match &case["want"] {
            Value::String(one) if one != "not judged" => json!({ "r0": one }),
            Value::Null => json!({}),
            other => other.clone(),
        };
        let silent = texts(&case["says"]).into_iter().find(|w| !said.contains(w.as_str()));
        let refuses = answer.as_ref().is_ok_and(|s| s.rules.iter().any(|r| r.refuses));
        let mut bad = got != want || silent.is_some() || case.get("refuses").is_some_and(|r| *r != refuses);
        let made = answer
            .as_ref()
            .ok()
            .map(|s| json!({ "patched": s.patched, "generated": s.generated }))
            .unwrap_or_default();
        for key in ["patched", "generated"] {
            bad |= case.get(key).is_some_and(|wanted| pruned(wanted) != pruned(&made[key]));
        }
        if bad {
            wrong.push(format!("{}: wanted {want} {silent:?}, got {got}: {said} {made}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn a_failure_is_told_at_the_line_of_the_pattern() {
    let text = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n  validationFailureAction: Enforce\n  rules:\n  - name: tag\n    match: {any: [{resources: {kinds: [Pod]}}]}\n    validate:\n      message: a tag is wanted\n      pattern:\n        spec:\n          =(initContainers):\n          - image: '*:*'\n          containers:\n          - image: '!*:latest'\n";
    let (tree, _) = yaml::parse(&Source::lone("p.yaml", text), Limits::default());
    let pod = json!({ "containers": [{ "name": "c", "image": "x:latest" }] });
    for (kind, spec) in [
        ("Pod", pod.clone()),
        ("Deployment", json!({ "template": { "spec": pod } })),
        ("CronJob", json!({ "jobTemplate": { "spec": { "template": { "spec": pod } } } })),
    ] {
        let said = judge(&Asked {
            policy: Object::new(tree.root().unwrap()),
            resource: json!({ "apiVersion": "v1", "kind": kind, "metadata": { "name": "x" }, "spec": spec }),
            old: None,
            operation: Operation::Create,
            user: User::default(),
            unnamed: false,
            namespace_labels: BTreeMap::new(),
            variables: BTreeMap::new(),
            rule_variables: BTreeMap::new(),
            exceptions: Vec::new(),
            cluster: Arc::default(),
        })
        .unwrap();
        let rule = &said.rules[said.rules.len() - 1];
        assert!(rule.refuses, "{rule:?}");
        let span = rule.because[0].span.unwrap();
        assert_eq!(tree.source().slice(span), "'!*:latest'", "{kind}: {:?}", rule.because);
    }
}

#[test]
fn hostile_policies_end_in_an_answer() {
    let deep = "a".to_owned() + &"[]".repeat(600);
    let wide = "[@,@,@,@,@,@,@,@] | ".repeat(30) + "@";
    let looped = json!([{ "list": "request.object.many", "foreach": [{ "list": "request.object.many", "deny": { "conditions": { "any": [{ "key": "{{ element1 }}", "operator": "Equals", "value": "x" }] } } }] }]);
    let deny = |key: String| json!({ "deny": { "conditions": { "any": [{ "key": key, "operator": "Equals", "value": "x" }] } } });
    let many: Vec<Value> = (0..4000).map(|n| json!({ "n": n })).collect();
    let items = |head: &str| (0..5000).map(|n| json!(format!("{head}{n}"))).collect::<Value>();
    let validates = [
        deny(format!("{{{{ {deep} }}}}")),
        deny(format!("{{{{ {wide} }}}}")),
        deny("{{".repeat(5000) + "a" + &"}}".repeat(5000)),
        json!({ "foreach": looped }),
        json!({ "pattern": { "many": [{ "n": format!("{}!x", "*a|".repeat(2000)) }] } }),
        deny("{{ regex_match('[ab]*a[ab]{900}c', request.object.text) }}".to_owned()),
        json!({ "deny": { "conditions": { "any": [{ "key": items("a*"), "operator": "AnyIn", "value": items("b*") }] } } }),
        json!({ "pattern": { "spec": { "a": "x".repeat(100), "b": "$(./../a) ".repeat(20_000) } } }),
    ];
    let doubling: Vec<String> =
        (0..40).map(|n| format!("- {{ op: copy, from: /metadata, path: /metadata/m{n} }}")).collect();
    let validates = validates.map(|validate| json!({ "validate": validate })).into_iter();
    for rule in validates.chain([json!({ "mutate": { "patchesJson6902": doubling.join("\n") } })]) {
        let case = json!({ "id": "hostile", "rule": rule, "resource": { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "x" }, "many": many, "text": "ab".repeat(200_000) } });
        let answer = ask(&input(&Value::Null, &case));
        let head = &rule.to_string()[..80];
        let long = answer.map_or_else(|text| text.len(), |said| format!("{said:?}").len());
        assert!(long < 8 << 20, "{head}");
    }
}
