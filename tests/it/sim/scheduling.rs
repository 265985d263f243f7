//! `scheduling`, through the door that machines use: `tests/it/cases/scheduling.yaml` holds nodes, pods, the nodes that
//! take them, and words that must be said.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use serde_json::{Value, json};

use super::door;

fn cases() -> Value {
    door::file("scheduling")
}

fn ask(input: &Value) -> Value {
    door::ask("scheduling", input)
}

/// The file's objects and the case's own, then the pod of the case.
fn input(file: &Value, case: &Value) -> Value {
    let nodes = case.get("nodes").unwrap_or(&file["nodes"]).as_array().unwrap();
    let mut objects = nodes.clone();
    objects.extend(file["classes"].as_array().unwrap().iter().cloned());
    objects.extend(case.get("objects").and_then(Value::as_array).into_iter().flatten().cloned());
    let spec = &case["spec"];
    let pod = match case.get("kind").and_then(Value::as_str) {
        Some(kind) => json!({
            "apiVersion": "apps/v1", "kind": kind, "metadata": { "name": "p" },
            "spec": { "template": { "spec": spec } },
        }),
        None => json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" }, "spec": spec }),
    };
    objects.push(pod);
    json!({ "objects": objects, "pod": "default/p" })
}

fn named(map: &Value, wanted: bool) -> Vec<&str> {
    let pairs = map.as_object().unwrap().iter();
    pairs.filter(|(_, v)| v.as_bool() == Some(wanted)).map(|(k, _)| k.as_str()).collect()
}

#[test]
fn every_case() {
    let file = cases();
    let mut wrong = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for case in file["cases"].as_array().unwrap() {
        assert!(seen.insert(case["id"].as_str().unwrap()), "{} is there twice", case["id"]);
        let answer = ask(&input(&file, case));
        let said = answer.to_string();
        let silent: Vec<_> = case
            .get("says")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|w| !said.contains(w.as_str().unwrap()))
            .collect();
        let right = match (case.get("lands"), answer.get("verdict")) {
            (Some(lands), Some(verdict)) => {
                let mut wanted: Vec<_> =
                    lands.as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
                wanted.sort_unstable();
                let stuck = case.get("stuck").map_or_else(Vec::new, |s| {
                    s.as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect()
                });
                named(&verdict["nodes"], true) == wanted && named(&verdict["starts"], false) == stuck
            }
            (None, None) => answer["error"].is_string(),
            _ => false,
        };
        if !right || !silent.is_empty() {
            wrong.push(format!("{}: {silent:?}: {said}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_input_is_answered_with_an_error() {
    let objects = json!([{ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" }, "spec": 7 }]);
    for input in [
        json!({}),
        json!({ "objects": 1, "pod": "p" }),
        json!({ "objects": [], "pod": "p" }),
        json!({ "objects": [], "pod": "a//b" }),
        json!({ "objects": objects, "pod": "p" }),
        json!({ "objects": [{ "apiVersion": "v1", "kind": "Node", "metadata": [], "spec": { "taints": 1 } }], "pod": 1 }),
    ] {
        assert!(ask(&input)["error"].is_string(), "{input}");
    }
    let weird =
        json!({ "containers": 1, "nodeSelector": [1], "tolerations": {}, "affinity": { "nodeAffinity": 3 } });
    let node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n", "labels": 3 },
        "spec": { "taints": [1, {}] }, "status": { "allocatable": [], "runtimeHandlers": {} },
    });
    let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" }, "spec": weird });
    let answer = ask(&json!({ "objects": [node, pod], "pod": "p" }));
    assert!(answer.get("verdict").is_some() || answer["error"].is_string(), "{answer}");
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn node(name: &str, taints: &[(u8, bool)], label: u8) -> Value {
        let taints: Vec<_> = taints
            .iter()
            .map(|(k, hard)| json!({ "key": format!("t{k}"), "effect": if *hard { "NoSchedule" } else { "NoExecute" } }))
            .collect();
        json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": { "name": name, "labels": { "l": label.to_string() } }, "spec": { "taints": taints },
        })
    }

    fn lands(nodes: &[Value], spec: &Value) -> Vec<String> {
        let mut objects = nodes.to_vec();
        objects.push(json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" }, "spec": spec }));
        let answer = ask(&json!({ "objects": objects, "pod": "p" }));
        named(&answer["verdict"]["nodes"], true).into_iter().map(str::to_owned).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A further toleration opens nodes, a further selector or taint closes them, and never the other way round.
        #[test]
        fn tolerations_open_and_selectors_and_taints_close(
            world in prop::collection::vec((prop::collection::vec((0u8..3, any::<bool>()), 0..3), 0u8..3), 1..5),
            tolerated in 0u8..3,
            label in 0u8..3,
        ) {
            let name = |i: usize| format!("n{i}");
            let nodes: Vec<_> =
                world.iter().enumerate().map(|(i, (taints, label))| node(&name(i), taints, *label)).collect();
            let bare = json!({ "containers": [] });
            let tolerating = json!({
                "containers": [], "tolerations": [{ "key": format!("t{tolerated}"), "operator": "Exists" }],
            });
            let selecting = json!({ "containers": [], "nodeSelector": { "l": label.to_string() } });
            let (before, more, fewer) = (lands(&nodes, &bare), lands(&nodes, &tolerating), lands(&nodes, &selecting));
            prop_assert!(before.iter().all(|n| more.contains(n)));
            prop_assert!(fewer.iter().all(|n| before.contains(n)));
            let tainted: Vec<_> = world
                .iter()
                .enumerate()
                .map(|(i, (taints, label))| {
                    let taints: Vec<_> = taints.iter().copied().chain([(tolerated, true)]).collect();
                    node(&name(i), &taints, *label)
                })
                .collect();
            prop_assert!(lands(&tainted, &bare).is_empty());
            prop_assert_eq!(lands(&tainted, &tolerating), more);
        }
    }
}
