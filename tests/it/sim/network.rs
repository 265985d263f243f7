//! Network policies: cases from the documented semantics, through the door that machines use; and laws.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use proptest::prelude::*;
use sealegs::parse::{Limits, json, yaml};
use sealegs::sim::cases::run_cases;
use sealegs::text::Source;
use serde_json::{Value, json};

fn cases() -> Value {
    let path = format!("{}/tests/it/cases/network-policy.yaml", env!("CARGO_MANIFEST_DIR"));
    let source = Source::lone("network-policy", std::fs::read_to_string(path).unwrap());
    let (tree, findings) = yaml::parse(&source, Limits::default());
    assert!(findings.is_empty(), "{findings:?}");
    json::to_value(tree.root().unwrap())
}

fn ask(input: &Value) -> Value {
    let mut out = Vec::new();
    run_cases("network-policy", json!({ "id": 1, "input": input }).to_string().as_bytes(), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn policy(namespace: &Value, name: usize, spec: &Value) -> Value {
    json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": format!("p{name}"), "namespace": namespace }, "spec": spec })
}

fn probe(line: &str) -> Value {
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or("TCP");
    json!({ "from": word(), "to": word(), "port": word().parse::<u16>().unwrap(), "protocol": word() })
}

#[test]
fn every_case_is_answered_as_the_specification_says() {
    let file = cases();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for case in file["cases"].as_array().unwrap() {
        let mut objects = file["objects"].as_array().unwrap().clone();
        if let Some(spec) = case.get("policy") {
            objects.push(policy(case.get("in").unwrap_or(&json!("a")), 0, spec));
        }
        let more = case.get("policies").and_then(Value::as_array).into_iter().flatten();
        objects.extend(more.enumerate().map(|(name, p)| policy(&p["in"], name, &p["policy"])));
        for (key, wanted) in [("open", json!(true)), ("closed", json!(false)), ("unjudged", Value::Null)] {
            for line in case.get(key).and_then(Value::as_array).into_iter().flatten() {
                let line = line.as_str().unwrap();
                let got = ask(&json!({ "objects": objects, "probes": [probe(line)] }));
                asked += 1;
                if got["verdict"]["reachable"] != json!([wanted]) {
                    wrong.push(format!("{} {line}: wanted {wanted}, got {got}", case["id"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 120, "{asked}");
}

#[test]
fn what_cannot_be_asked_is_an_error_and_the_next_line_goes_on() {
    let file = cases();
    for (probe, says) in [
        (json!({ "from": "a/nobody", "to": "a/web", "port": 80 }), "no object makes a pod"),
        (json!({ "from": "a/*", "to": "a/web", "port": 80 }), "several"),
        (json!({ "from": "a/web", "to": "b/web", "port": 70000 }), "port"),
        (json!({ "from": "a/web", "to": "b/web", "port": 80, "protocol": "tcp" }), "protocol"),
        (json!({ "to": "b/web", "port": 80 }), "from"),
    ] {
        let got = ask(&json!({ "objects": file["objects"], "probes": [probe] }));
        assert!(got["error"].as_str().unwrap().contains(says), "{got}");
    }
}

fn selector() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({})),
        Just(json!({ "matchLabels": { "app": "web" } })),
        Just(json!({ "matchLabels": { "app": "db" } })),
        Just(json!({ "matchExpressions": [{ "key": "tier", "operator": "DoesNotExist" }] })),
    ]
}

fn peer() -> impl Strategy<Value = Value> {
    prop_oneof![
        selector().prop_map(|s| json!({ "podSelector": s })),
        selector().prop_map(|s| json!({ "podSelector": s, "namespaceSelector": {} })),
        Just(json!({ "namespaceSelector": { "matchLabels": { "team": "blue" } } })),
        Just(json!({ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.0.2.0/24"] } })),
    ]
}

fn rule(key: &'static str) -> impl Strategy<Value = Value> {
    let port = prop_oneof![Just(json!([])), Just(json!([{ "port": 80 }])), Just(json!([{ "port": "http" }]))];
    (prop::collection::vec(peer(), 0..3), port).prop_map(move |(peers, ports)| {
        let mut rule = json!({ "ports": ports });
        rule[key] = json!(peers);
        rule
    })
}

fn spec() -> impl Strategy<Value = Value> {
    let rules = (prop::collection::vec(rule("from"), 0..3), prop::collection::vec(rule("to"), 0..3));
    (selector(), rules).prop_map(|(selector, (ingress, egress))| {
        json!({ "podSelector": selector, "policyTypes": ["Ingress", "Egress"], "ingress": ingress, "egress": egress })
    })
}

/// Which of all pairs of pods are open, on three ports.
fn open(objects: &[Value]) -> Vec<bool> {
    let pods = ["a/web", "a/db", "b/web", "c/web"];
    let pairs = pods.iter().flat_map(|from| pods.iter().map(move |to| (from, to)));
    let probes: Vec<Value> = pairs
        .flat_map(|(from, to)| [80, 8080, 9090].map(|port| json!({ "from": from, "to": to, "port": port })))
        .collect();
    let got = ask(&json!({ "objects": objects, "probes": probes }));
    got["verdict"]["reachable"].as_array().unwrap().iter().map(|r| r.as_bool().unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_further_rule_never_closes_anything(before in spec(), more in rule("from"), out in rule("to")) {
        let file = cases();
        let with = |spec: &Value| {
            let mut objects = file["objects"].as_array().unwrap().clone();
            objects.push(policy(&json!("a"), 0, spec));
            open(&objects)
        };
        let mut after = before.clone();
        after["ingress"].as_array_mut().unwrap().push(more);
        after["egress"].as_array_mut().unwrap().push(out);
        for (old, new) in with(&before).into_iter().zip(with(&after)) {
            prop_assert!(new || !old);
        }
    }

    #[test]
    fn a_further_policy_opens_nothing_to_pods_that_none_selected_and_closes_nothing_to_those_that_one_did(
        first in spec(), second in spec(),
    ) {
        let file = cases();
        let base = file["objects"].as_array().unwrap();
        let with = |specs: &[&Value]| {
            let mut objects = base.clone();
            objects.extend(specs.iter().enumerate().map(|(name, spec)| policy(&json!("a"), name, spec)));
            open(&objects)
        };
        let all = json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] });
        // Where every pod is closed already, policies only open.
        for (old, new) in with(&[&all, &first]).into_iter().zip(with(&[&all, &first, &second])) {
            prop_assert!(new || !old);
        }
        // And nothing that is closed to all policies together was open to less than all of them for another reason.
        let together = with(&[&all, &first, &second]);
        let either = with(&[&all, &first]).into_iter().zip(with(&[&all, &second]));
        for (whole, (a, b)) in together.into_iter().zip(either) {
            prop_assert!(whole || !(a || b));
        }
    }
}
