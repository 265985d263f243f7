//! Gatekeeper's simulator, through the door that machines use: `tests/it/cases/gatekeeper.yaml`, and policies that would
//! take for ever.

use serde_json::{Value, json};

use super::door;

fn ask(input: &Value) -> Value {
    door::ask("gatekeeper", input)
}

fn file() -> Value {
    door::file("gatekeeper")
}

/// The question of a case: the file's objects with what it changes.
fn input(file: &Value, case: &Value) -> Value {
    let mut template = file["template"].clone();
    let rego = case["rego"].as_str().unwrap_or(r#"violation[{"msg": "hit"}] { true }"#);
    let source = json!({
        "rego": format!("package t\n{rego}\n"),
        "libs": case.get("libs").cloned().unwrap_or(json!([])),
        "version": if case["v1"] == json!(true) { "v1" } else { "v0" },
    });
    let code = json!([{ "engine": "Rego", "source": source }]);
    let target = json!({ "target": "admission.k8s.gatekeeper.sh", "code": code });
    template["spec"]["targets"] = json!([case.get("target").cloned().unwrap_or(target)]);
    let mut constraint = case.get("constraint").unwrap_or(&file["constraint"]).clone();
    for key in ["match", "parameters"] {
        if let Some(value) = case.get(key) {
            constraint["spec"][key] = value.clone();
        }
    }
    let mut input = json!({ "template": template, "constraint": constraint });
    match case.get("request") {
        Some(request) => input["request"] = request.clone(),
        None => input["object"] = case.get("object").unwrap_or(&file["object"]).clone(),
    }
    for key in ["inventory", "userInfo"] {
        if let Some(value) = case.get(key) {
            input[key] = value.clone();
        }
    }
    input
}

#[test]
fn every_case_is_answered_as_documented() {
    let file = file();
    let mut wrong = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let answer = ask(&input(&file, case));
        let right = if let Some(word) = case.get("error") {
            answer["error"].as_str().is_some_and(|e| e.contains(word.as_str().unwrap()))
        } else {
            let found = answer["verdict"]["violations"].as_array();
            let list = |key: &str| found.map(|f| f.iter().map(|v| v[key].clone()).collect::<Vec<_>>());
            let mut said = list("msg").unwrap_or(vec![json!("?")]);
            said.sort_by_key(ToString::to_string);
            json!(said) == case["says"]
                && case.get("details").is_none_or(|d| json!(list("details").unwrap_or_default()) == *d)
        };
        if !right {
            wrong.push(format!("{}: {answer}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_policies_end_in_a_message() {
    let file = file();
    let lines = |of: &dyn Fn(u32) -> String| (1..60).map(of).collect::<Vec<_>>().concat();
    let doubling = lines(&|i| format!("  x{i} := concat(\"\", [x{0}, x{0}])\n", i - 1));
    let nested = lines(&|i| format!("  x{i} := [x{0}, x{0}]\n", i - 1));
    let policies = [
        "violation[{\"msg\": \"a\"}] { r := numbers.range(1, 5000); count([1 | r[_] + r[_] + r[_] < 0]) > 1 }".to_owned(),
        "violation[{\"msg\": \"a\"}] { count(numbers.range(1, 1000000000)) > 1 }".to_owned(),
        "violation[{\"msg\": \"a\"}] { f(1) }\nf(x) { f(x + 1) }".to_owned(),
        format!("violation[{{\"msg\": x59}}] {{\n  x0 := \"aaaaaaaa\"\n{doubling}}}"),
        format!("violation[{{\"msg\": m}}] {{\n  x0 := \"a\"\n{nested}  m := sprintf(\"%v\", [x59])\n}}"),
        // Shared parts, which only what compares or sorts goes over.
        format!("violation[{{\"msg\": \"a\"}}] {{\n  x0 := \"a\"\n{nested}  {{x59: 1}}[x59] == 1\n}}"),
        format!("violation[{{\"msg\": \"a\"}}] {{\n  x0 = \"a\"\n{}  x59 == x59\n}}", nested.replace(":=", "=")),
        format!("violation[{{\"msg\": \"a\"}}] {{\n  x0 := \"a\"\n{}  {{x59: 1}}[x59] == 1\n}}", lines(&|i| format!("  x{i} := [x{0} | [1, 2][_]]\n", i - 1))),
        format!("violation[{{\"msg\": \"a\"}}] {{\n  x := f59(\"a\")\n  {{x: 1}}[x] == 1\n}}\nf0(x) = x\n{}", lines(&|i| format!("f{i}(x) = f{0}([x, x])\n", i - 1))),
        format!("violation[{{\"msg\": \"a\"}}] {{\n  x := f59(\"a\")\n  {{x: 1}}[x] == 1\n}}\nf0(x) = x\n{}", lines(&|i| format!("f{i}(x) = [y, y] {{ y := f{0}(x) }}\n", i - 1))),
        format!("violation[{{\"msg\": \"a\"}}] {{ not f59(\"a\") }}\nf0(x) {{ {{x: 1}}[x] == 2 }}\n{}", lines(&|i| format!("f{i}(x) {{ not f{0}([x, x]) }}\n", i - 1))),
        "violation[{\"msg\": m}] { m := sprintf(\"%999999999d\", [1]) }".to_owned(),
        format!("violation[{{\"msg\": \"a\"}}] {{ {} }}", "[".repeat(5000)),
        format!("violation[{{\"msg\": \"a\"}}] {{ x := 1{} }}", " + 1".repeat(9000)),
        format!("violation[{{\"msg\": \"a\"}}] {{ input{} }}", ".a".repeat(20_000)),
        "violation[{\"msg\": \"a\"}] { re_match(\"((a{100}){100}){100}\", \"a\") }".to_owned(),
        "violation[{\"msg\": \"a\"}] {".to_owned(),
        "\u{0}\u{feff}".to_owned(),
    ];
    for rego in policies {
        let answer = ask(&input(&file, &json!({ "rego": rego })));
        let shown: String = rego.chars().take(80).collect();
        assert!(answer["error"].as_str().is_some_and(|e| !e.is_empty()), "{shown}: {answer}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(96))]

    /// Whatever a policy says, there is an answer.
    #[test]
    fn nothing_makes_it_panic(text in "(violation|contains|not |f\\(x\\)|\\{|\\}|\\[|\\]|\\(|\\)|:=|=|if |some |every |in |input|\\.a|\"m\"|x|_|\\n|;|,|1| |with |else ){0,24}", v1: bool) {
        let file = file();
        let answer = ask(&input(&file, &json!({ "rego": text, "v1": v1 })));
        assert!(answer.get("error").is_some() || answer.get("verdict").is_some());
    }

    /// One more excluded namespace never adds a violation.
    #[test]
    fn leaving_out_more_finds_no_more(patterns in proptest::collection::vec("[*]?[a-z-]{0,5}[*]?", 0..4), more in "[*]?[a-z-]{0,5}[*]?") {
        let file = file();
        let count = |list: &[String]| {
            let answer = ask(&input(&file, &json!({ "match": { "excludedNamespaces": list } })));
            answer["verdict"]["violations"].as_array().map_or(0, Vec::len)
        };
        let mut longer = patterns.clone();
        longer.push(more);
        assert!(count(&longer) <= count(&patterns));
    }
}
