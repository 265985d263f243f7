//! Network policies: cases from the documented semantics, through the door that machines use; and laws.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::door;

fn cases() -> Value {
    door::file("network-policy")
}

fn ask(input: &Value) -> Value {
    door::ask("network-policy", input)
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

/// What is wrong with a file's cases, and how many questions it has.
fn judge(file: &Value) -> (Vec<String>, usize) {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for case in file["cases"].as_array().unwrap() {
        let mut objects = file["objects"].as_array().unwrap().clone();
        if let Some(spec) = case.get("policy") {
            objects.push(policy(case.get("in").unwrap_or(&json!("a")), 0, spec));
        }
        let list = |key: &str| case.get(key).and_then(Value::as_array).into_iter().flatten();
        objects.extend(list("policies").enumerate().map(|(name, p)| policy(&p["in"], name, &p["policy"])));
        objects.extend(list("more").cloned());
        let cluster = case.get("cluster").and_then(Value::as_object).into_iter().flatten();
        objects.extend(cluster.map(|(name, spec)| {
            let version = case.get("version").and_then(Value::as_str).unwrap_or("v1alpha2");
            json!({ "apiVersion": format!("policy.networking.k8s.io/{version}"), "kind": "ClusterNetworkPolicy",
                    "metadata": { "name": name }, "spec": spec })
        }));
        for (key, wanted) in [("open", json!(true)), ("closed", json!(false)), ("unjudged", Value::Null)] {
            for line in list(key) {
                let line = line.as_str().unwrap();
                let got = ask(&json!({ "objects": objects, "probes": [probe(line)] }));
                asked += 1;
                if got["verdict"]["reachable"] != json!([wanted]) {
                    wrong.push(format!("{} {line}: wanted {wanted}, got {got}", case["id"]));
                }
            }
        }
    }
    (wrong, asked)
}

#[test]
fn every_case_is_answered_as_the_specification_says() {
    for (name, least) in [("network-policy", 170), ("network-cluster", 110)] {
        let (wrong, asked) = judge(&door::file(name));
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(asked > least, "{name}: {asked}");
    }
}

const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

/// Upstream's model: three namespaces of three pods, which serve two ports of every protocol. `labels` are added to those
/// of a namespace or a pod.
fn model(labels: &Value) -> Vec<Value> {
    let mut objects = Vec::new();
    let with = |mut own: Value, name: &str| {
        for (key, value) in labels.get(name).and_then(Value::as_object).into_iter().flatten() {
            own[key] = value.clone();
        }
        own
    };
    for (row, space) in ["x", "y", "z"].into_iter().enumerate() {
        objects.push(json!({ "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": space, "labels": with(json!({ "ns": space }), space) } }));
        for (column, pod) in ["a", "b", "c"].into_iter().enumerate() {
            let ports = [80, 81].into_iter().flat_map(|port| {
                PROTOCOLS.map(|protocol| {
                    json!({ "containerPort": port, "protocol": protocol,
                            "name": format!("serve-{port}-{}", protocol.to_lowercase()) })
                })
            });
            objects.push(json!({ "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": pod, "namespace": space,
                              "labels": with(json!({ "pod": pod }), &format!("{space}/{pod}")) },
                "spec": { "containers": [{ "name": "c", "image": "x", "ports": ports.collect::<Vec<_>>() }] },
                "status": { "podIP": format!("10.0.{}.{}", row + 1, column + 1) } }));
        }
    }
    objects
}

fn pairs() -> Vec<(String, String)> {
    let pods: Vec<String> = ["x", "y", "z"]
        .into_iter()
        .flat_map(|space| ["a", "b", "c"].map(|pod| format!("{space}/{pod}")))
        .collect();
    let all = pods.iter().flat_map(|from| pods.iter().map(move |to| (from.clone(), to.clone())));
    all.filter(|(from, to)| from != to).collect()
}

/// The reachability of all pairs on one port.
fn matrix(objects: &[Value], port: u16, protocol: &str) -> Vec<Value> {
    let probe = |(from, to)| json!({ "from": from, "to": to, "port": port, "protocol": protocol });
    let probes: Vec<Value> = pairs().into_iter().map(probe).collect();
    ask(&json!({ "objects": objects, "probes": probes }))["verdict"]["reachable"].as_array().unwrap().clone()
}

#[test]
fn upstreams_own_cases_go_as_there() {
    let file = door::file("network-upstream");
    let fits = |pattern: &str, pod: &str| match pattern.strip_suffix("/*") {
        Some(space) => pod.starts_with(&format!("{space}/")),
        None => pattern == "*" || pattern == pod,
    };
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for case in file["cases"].as_array().unwrap() {
        let mut objects = model(case.get("labels").unwrap_or(&Value::Null));
        let policies = case["policies"].as_array().unwrap().iter().enumerate();
        objects.extend(policies.map(|(name, p)| policy(&p["in"], name, &p["policy"])));
        for on in case["on"].as_array().unwrap() {
            let on = on.as_str().map_or_else(|| on.to_string(), str::to_owned);
            let (port, protocol) = on.split_once(' ').unwrap_or((&on, "TCP"));
            let got = matrix(&objects, port.parse().unwrap(), protocol);
            for ((from, to), got) in pairs().into_iter().zip(got) {
                let lines = case["expect"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
                let last = lines.rev().find_map(|line| {
                    let words: Vec<&str> = line.split(' ').collect();
                    (fits(words[0], &from) && fits(words[2], &to)).then(|| words[3] == "yes")
                });
                asked += 1;
                if got != json!(last.unwrap_or(true)) {
                    wrong.push(format!("{} on {on}: {from} > {to}: got {got}", case["id"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 4000, "{asked}");
}

/// cyclonus `pkg/generator/portprotocolcases.go`: every port of a rule alone, and every two of them together, in both
/// directions; what they let through is told here once more, from the API's comments.
#[test]
fn every_pair_of_ports_lets_through_what_either_does() {
    let mut ports: Vec<(Value, Vec<(u16, &str)>)> = Vec::new();
    for protocol in [None, Some("TCP"), Some("UDP"), Some("SCTP")] {
        let spoken = protocol.unwrap_or("TCP");
        let written = |mut port: Value| {
            if let Some(protocol) = protocol {
                port["protocol"] = json!(protocol);
            }
            port
        };
        ports.push((written(json!({})), vec![(80, spoken), (81, spoken)]));
        ports.push((written(json!({ "port": 81 })), vec![(81, spoken)]));
        // The name is that of a port of TCP.
        let named = if spoken == "TCP" { vec![(81, "TCP")] } else { Vec::new() };
        ports.push((written(json!({ "port": "serve-81-tcp" })), named));
    }
    let asked = [80, 81].into_iter().flat_map(|port| PROTOCOLS.map(|protocol| (port, protocol)));
    let asked: Vec<(u16, &str)> = asked.collect();
    for (at, (first, lets)) in ports.iter().enumerate() {
        for (second, more) in &ports[at..] {
            for (way, rules) in [("Ingress", "ingress"), ("Egress", "egress")] {
                let spec = json!({ "podSelector": { "matchLabels": { "pod": "a" } }, "policyTypes": [way],
                                   rules: [{ "ports": [first, second] }] });
                let mut objects = model(&Value::Null);
                objects.push(policy(&json!("x"), 0, &spec));
                let (from, to) = if way == "Ingress" { ("y/b", "x/a") } else { ("x/a", "y/b") };
                let probes: Vec<Value> = asked
                    .iter()
                    .map(|(port, protocol)| json!({ "from": from, "to": to, "port": port, "protocol": protocol }))
                    .collect();
                let got = ask(&json!({ "objects": objects, "probes": probes }));
                let wanted: Vec<bool> =
                    asked.iter().map(|one| lets.contains(one) || more.contains(one)).collect();
                assert_eq!(got["verdict"]["reachable"], json!(wanted), "{way} {first} {second}");
            }
        }
    }
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
    fn a_policy_of_the_cluster_that_passes_everything_on_changes_nothing(spec in spec(), admin in any::<bool>()) {
        let mut objects = cases()["objects"].as_array().unwrap().clone();
        objects.push(policy(&json!("a"), 0, &spec));
        let before = open(&objects);
        objects.push(json!({ "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy",
            "metadata": { "name": "pass" },
            "spec": { "tier": if admin { "Admin" } else { "Baseline" }, "priority": 1000,
                      "subject": { "namespaces": {} },
                      "ingress": [{ "action": "Pass", "from": [{ "namespaces": {} }] }],
                      "egress": [{ "action": "Pass", "to": [{ "namespaces": {} }, { "networks": ["0.0.0.0/0"] }] }] } }));
        prop_assert_eq!(before, open(&objects));
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
