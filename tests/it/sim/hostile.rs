//! Whoever means ill: `tests/it/cases/hostile.yaml`, and lines that are none. Each ends in an answer; nothing here looks at a
//! clock, for without the limits most of these would not end at all.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use sealegs::sim::cases::{Tally, run_cases};
use serde_json::{Value, json};

use super::door;

/// What `<<N|text>>` stands for.
fn expanded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<<") {
        let (inner, behind) = after.split_once(">>").unwrap();
        let (count, part) = inner.split_once('|').unwrap();
        out.push_str(before);
        for number in 0..count.parse::<usize>().unwrap() {
            out.push_str(&numbered(part, number));
        }
        rest = behind;
    }
    out + rest
}

fn numbered(text: &str, number: usize) -> String {
    text.replace("@+", &(number + 1).to_string()).replace('@', &number.to_string())
}

/// A value with what is repeated in it written out.
fn written_out(value: &Value, number: Option<usize>) -> Value {
    match value {
        Value::String(text) => {
            let text = expanded(text);
            json!(number.map_or(text.clone(), |number| numbered(&text, number)))
        }
        Value::Array(items) => {
            let mut out = Vec::new();
            for item in items {
                match (item["repeat"].as_u64(), item.get("of")) {
                    (Some(count), Some(of)) => {
                        out.extend((0..count).map(|n| written_out(of, usize::try_from(n).ok())));
                    }
                    _ => out.push(written_out(item, number)),
                }
            }
            Value::Array(out)
        }
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), written_out(value, number))).collect()
        }
        other => other.clone(),
    }
}

fn text(case: &Value, key: &str) -> Option<String> {
    case[key].as_str().map(expanded)
}

/// The pod that policies are asked about: its spec holds what a case puts there.
fn pod(case: &Value) -> Value {
    let count = case["list"].as_u64().unwrap_or(1);
    let containers: Vec<Value> =
        (0..count).map(|n| json!({ "name": format!("c{n}"), "image": "r.test/web:1" })).collect();
    let name = text(case, "name").unwrap_or_else(|| "web".to_owned());
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "namespace": "shop" },
            "spec": { "containers": containers, "big": text(case, "big"), "cut": text(case, "cut") } })
}

fn gatekeeper(case: &Value, rego: &str) -> Value {
    let rego = format!("package p\n{rego}\nviolation[{{\"msg\": \"hit\"}}] {{ count([r]) == 1 }}\n");
    let libs = case.get("libs").map(|libs| {
        let text = libs["text"].as_str().unwrap();
        (0..libs["count"].as_u64().unwrap())
            .map(|n| numbered(&expanded(text), usize::try_from(n).unwrap()))
            .collect::<Vec<_>>()
    });
    json!({
        "template": { "apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "metadata": { "name": "few" },
            "spec": { "crd": { "spec": { "names": { "kind": "Few" } } }, "targets": [
                { "target": "admission.k8s.gatekeeper.sh", "rego": rego, "libs": libs.unwrap_or_default() }] } },
        "constraint": { "apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "Few", "metadata": { "name": "all" } },
        "object": pod(case),
    })
}

fn kyverno_cel(case: &Value, expression: &str) -> Value {
    let first = case["first"].as_str().unwrap_or("1");
    let variables = (0..case["doubled"].as_u64().unwrap_or(0)).map(|n| match n {
        0 => json!({ "name": "v0", "expression": first }),
        n => json!({ "name": format!("v{n}"), "expression": format!("variables.v{0} + variables.v{0}", n - 1) }),
    });
    let rule =
        json!({ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"] });
    json!({
        "policy": { "apiVersion": "policies.kyverno.io/v1", "kind": "ValidatingPolicy", "metadata": { "name": "few" },
            "spec": { "matchConstraints": { "resourceRules": [rule] }, "variables": variables.collect::<Vec<_>>(),
                      "validations": [{ "expression": expression }] } },
        "resource": pod(case),
    })
}

fn cluster_policy(case: &Value, rule: &Value) -> Value {
    let mut rule = written_out(rule, None);
    rule["name"] = json!("r");
    if rule.get("match").is_none() {
        rule["match"] = json!({ "any": [{ "resources": { "kinds": ["Pod"] } }] });
    }
    json!({ "policy": { "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": { "name": "p" }, "spec": { "rules": [rule] } },
            "resource": pod(case) })
}

/// A policy of images with what a case puts into it.
fn images(case: &Value) -> Value {
    let glob = text(case, "glob").unwrap_or_else(|| "r.test/**".to_owned());
    let mut identity = json!({ "issuer": "https://ci.test", "subject": "release" });
    if let Some(pattern) = text(case, "identity") {
        identity = json!({ "issuer": "https://ci.test", "subjectRegExp": pattern });
    }
    let mut authority =
        json!({ "name": "ci", "keyless": { "url": "https://fulcio.test", "identities": [identity] } });
    let statement = [("cue", "cue"), ("rego", "statement")].into_iter();
    for (kind, data) in statement.filter_map(|(kind, key)| Some((kind, text(case, key)?))) {
        authority["attestations"] = json!([
            { "name": "a", "predicateType": "https://a.test", "policy": { "type": kind, "data": data } }]);
    }
    json!({ "object": pod(case), "objects": [
        { "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop",
          "labels": { "policy.sigstore.dev/include": "true" } } },
        { "apiVersion": "policy.sigstore.dev/v1beta1", "kind": "ClusterImagePolicy", "metadata": { "name": "released" },
          "spec": { "images": [{ "glob": glob }], "authorities": [authority] } },
        { "apiVersion": "sealegs/v1", "kind": "Image", "metadata": { "name": "web" }, "spec": {
          "references": ["r.test/web:1"], "digest": format!("sha256:{}", "4a".repeat(32)),
          "signatures": [{ "issuer": "https://ci.test", "subject": "release" }],
          "attestations": [{ "issuer": "https://ci.test", "subject": "release", "predicateType": "https://a.test",
                             "predicate": { "a": "a".repeat(60_000) } }] } },
    ] })
}

fn asked(case: &Value) -> (&str, Value) {
    if let Some(rego) = text(case, "rego") {
        ("gatekeeper", gatekeeper(case, &rego))
    } else if let Some(expression) = text(case, "kcel") {
        ("kyverno", kyverno_cel(case, &expression))
    } else if let Some(query) = text(case, "query") {
        let condition = json!({ "key": format!("{{{{ {query} }}}}"), "operator": "Equals", "value": "x" });
        let rule =
            json!({ "validate": { "message": "x", "deny": { "conditions": { "all": [condition] } } } });
        ("kyverno", cluster_policy(case, &rule))
    } else if let Some(rule) = case.get("rule") {
        ("kyverno", cluster_policy(case, rule))
    } else if let Some(input) = case.get("input") {
        (case["sim"].as_str().unwrap(), written_out(input, None))
    } else {
        ("image-policy", images(case))
    }
}

#[test]
fn every_case_ends_in_an_answer_that_names_the_limit() {
    let file = door::file("hostile");
    let mut wrong = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let (simulator, input) = asked(case);
        let answer = door::ask(simulator, &input);
        let word = if answer.get("verdict").is_some() { "verdict" } else { "error" };
        let said = door::differs(case, word, &answer);
        wrong.extend(said.map(|said| said.chars().take(600).collect::<String>()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_has_a_number_of_its_own() {
    let file = door::file("hostile");
    let ids: Vec<&str> =
        file["cases"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

/// Lines that are no case get an error each, and the one behind them its verdict.
#[test]
fn lines_that_are_none_do_not_end_the_run() {
    let good =
        r#"{"id":"good","input":{"level":"baseline","version":"latest","object":{"spec":{"hostPID":true}}}}"#;
    let deep = format!("{{\"id\":1,\"input\":{}}}", "[".repeat(500_000));
    let values = format!("{{\"id\":1,\"input\":{{\"x\":[{}0]}}}}", "[],".repeat(1_300_000));
    let long = format!("{{\"id\":\"{}\"}}", "a".repeat(33 << 20));
    let lines: [(&[u8], &str); 14] = [
        (deep.as_bytes(), "recursion limit"),
        (values.as_bytes(), "more than 2500000 values"),
        (long.as_bytes(), "longer than 32 MiB"),
        (b"{\"id\":NaN,\"input\":{}}", "not JSON"),
        (b"{\"id\":1e999,\"input\":{}}", "not JSON"),
        (b"{\"id\":\"\\ud800\",\"input\":{}}", "not JSON"),
        (b"{\"id\":\"a\x00b\",\"input\":{}}", "not JSON"),
        (b"\x00\x00\x00", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"[1]", "input: missing"),
        (b"\"x\"", "input: missing"),
        (b"{\"input\":[]}", "input: missing"),
        (b"{\"id\":1,\"input\":{\"level\":\"x\\u001b[31m\\u009b\\u202e\"}}", "level"),
    ];
    let mut input = Vec::new();
    for (line, _) in lines {
        input.extend_from_slice(line);
        input.extend_from_slice(b"\n");
    }
    input.extend_from_slice(good.as_bytes());
    let mut out = Vec::new();
    let tally = run_cases("pod-security", &input[..], &mut out).unwrap();
    assert_eq!(tally, Tally { answered: 1, errors: lines.len() });
    let out = String::from_utf8(out).unwrap();
    let acts = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!out.contains(acts), "what a terminal acts upon stands in an answer");
    let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for ((_, word), answer) in lines.iter().zip(&answers) {
        assert!(answer["error"].as_str().is_some_and(|error| error.contains(word)), "{word}: {answer}");
    }
    assert_eq!(answers.last().unwrap()["verdict"]["allowed"], false);
}
