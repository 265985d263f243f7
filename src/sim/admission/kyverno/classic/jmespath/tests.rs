//! Expressions and what they find: the specification's examples in values of our own, and Kyverno's functions.

use serde_json::{Value, json};

use super::{Failure, Fuel, query};

fn data() -> Value {
    json!({
        "name": "web", "n": 3, "none": null, "list": [3, 1, 2], "deep": [[1, 2], [3], 4],
        "labels": { "app": "web", "a.b/c": "x" },
        "pods": [
            { "name": "a", "cpu": 1, "ports": [{ "p": 1 }, { "p": 2 }] },
            { "name": "b", "cpu": 2, "ready": true },
            { "name": "c", "ports": [] },
        ],
    })
}

fn ask(text: &str) -> Result<Value, Failure> {
    query(text, &data(), &Fuel::new())
}

#[test]
fn expressions() {
    for (text, found) in [
        ("name", json!("web")),
        ("labels.\"a.b/c\"", json!("x")),
        ("list[0]", json!(3)),
        ("list[-1]", json!(2)),
        ("list[9]", json!(null)),
        ("list[1:]", json!([1, 2])),
        ("list[::-1]", json!([2, 1, 3])),
        ("list[:2]", json!([3, 1])),
        ("deep[]", json!([1, 2, 3, 4])),
        ("pods[*].name", json!(["a", "b", "c"])),
        ("pods[].ports[].p", json!([1, 2])),
        ("pods[*].ports[*].p", json!([[1, 2], []])),
        ("pods[?cpu > `1`].name", json!(["b"])),
        ("pods[?ready].name | [0]", json!("b")),
        ("pods[?!ready && name != 'c'].name", json!(["a"])),
        ("pods[?name == 'z'] || 'nobody'", json!("nobody")),
        ("labels.*", json!(["x", "web"])),
        ("labels.nothing || 'none'", json!("none")),
        ("gone.further[].x", json!(null)),
        ("[name, n, gone]", json!(["web", 3, null])),
        ("[pods, gone][].name", json!(["a", "b", "c"])),
        ("pods[].{n: name, c: cpu}", json!([{"n":"a","c":1},{"n":"b","c":2},{"n":"c","c":null}])),
        ("@.name", json!("web")),
        ("(n == `3` && list) || name", json!([3, 1, 2])),
        ("`{\"a\": [1]}`.a[0]", json!(1)),
        ("'it\\'s'", json!("it's")),
    ] {
        assert_eq!(ask(text), Ok(found), "{text}");
    }
}

#[test]
fn functions() {
    for (text, found) in [
        ("length(pods)", json!(3)),
        ("keys(labels)", json!(["a.b/c", "app"])),
        ("contains(list, `2`)", json!(true)),
        ("contains(name, 'eb')", json!(true)),
        ("sort(list)", json!([1, 2, 3])),
        ("sort_by(pods[:2], &cpu)[-1].name", json!("b")),
        ("max_by(pods[:2], &cpu).name", json!("b")),
        ("map(&name, pods)", json!(["a", "b", "c"])),
        ("join(',', pods[].name)", json!("a,b,c")),
        ("merge(labels, {app: 'db'}).app", json!("db")),
        ("not_null(gone, none, name)", json!("web")),
        ("to_string(list)", json!("[3,1,2]")),
        ("to_number('1.5')", json!(1.5)),
        ("type(gone)", json!("null")),
        ("reverse(list)", json!([2, 1, 3])),
        ("sum(list)", json!(6)),
        ("add('1Gi', '1Gi')", json!("2Gi")),
        ("add('1h', '30s')", json!("1h0m30s")),
        ("divide('1Gi', '512Mi')", json!(2)),
        ("modulo(`7`, `4`)", json!(3)),
        ("split('a/b', '/')", json!(["a", "b"])),
        ("replace_all('a.b.c', '.', '-')", json!("a-b-c")),
        ("replace('a.b.c', '.', '-', `1`)", json!("a-b.c")),
        ("regex_match('^[a-z]+$', name)", json!(true)),
        ("regex_replace_all('^([a-z]+)/(.*)$', 'r/app', '${2}@$1')", json!("app@r")),
        ("regex_replace_all_literal('b+', 'abbc', '$1')", json!("a$1c")),
        ("pattern_match('w*', name)", json!(true)),
        ("label_match({app: 'web'}, labels)", json!(true)),
        ("to_upper(name)", json!("WEB")),
        ("trim('--a-', '-')", json!("a")),
        ("truncate('abcdef', `3`)", json!("abc")),
        ("base64_encode('hello')", json!("aGVsbG8=")),
        ("base64_decode('aGVsbG8=')", json!("hello")),
        ("base64_encode('hi')", json!("aGk=")),
        ("path_canonicalize('/a/../b//c/.')", json!("/b/c")),
        ("parse_json('{\"a\": 1}').a", json!(1)),
        ("parse_yaml('a: [x]').a[0]", json!("x")),
        ("lookup(labels, 'app')", json!("web")),
        ("items({a: `1`}, 'k', 'v')", json!([{"k": "a", "v": 1}])),
        ("object_from_lists(['a', 'b'], list)", json!({"a": 3, "b": 1})),
        ("semver_compare('1.2.3', '>=1.0.0 <2.0.0')", json!(true)),
        ("time_diff('2026-01-01T00:00:00Z', '2026-01-01T01:30:00Z')", json!("1h30m0s")),
        ("time_add('2026-01-01T00:00:00+02:00', '36h')", json!("2026-01-02T12:00:00+02:00")),
        ("time_truncate('2026-01-01T10:17:36+01:00', '1h')", json!("2026-01-01T10:00:00+01:00")),
        ("time_truncate('2026-01-01T10:17:36Z', '0s')", json!("2026-01-01T10:17:36Z")),
        ("time_to_cron('2026-11-22T08:30:00Z')", json!("30 8 22 11 0")),
        ("time_between('2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z')", json!(true)),
        ("image_normalize('nginx')", json!("docker.io/nginx:latest")),
        ("to_boolean('True')", json!(true)),
        ("round(`1.256`, `2`)", json!(1.26)),
        ("equal_fold('A', 'a')", json!(true)),
        ("compare('a', 'b')", json!(-1)),
    ] {
        assert_eq!(ask(text), Ok(found), "{text}");
    }
}

#[test]
fn an_unknown_key_is_told_and_what_is_wrong_is_an_error() {
    assert_eq!(ask("labels.nothing"), Err(Failure::NotFound("nothing".to_owned())));
    assert_eq!(ask("gone.more"), Err(Failure::NotFound("gone".to_owned())));
    for text in ["", "a.", "a[", "a b", "length(n)", "nobody(n)", "'x", "`{`", "a[::0]", "sort(deep)"] {
        assert!(matches!(ask(text), Err(Failure::Fault(_))), "{text}: {:?}", ask(text));
    }
}

#[test]
fn what_needs_the_world_is_not_modelled() {
    for text in [
        "time_now()",
        "random('[a-z]')",
        "sha256('')",
        "multiply('1Gi', `0.5`)",
        "time_since('', '2026-01-01T00:00:00Z', '')",
    ] {
        assert!(matches!(ask(text), Err(Failure::Unmodelled(_))), "{text}: {:?}", ask(text));
    }
}

#[test]
fn hostile_expressions_end() {
    let doubled = "[@,@,@,@,@,@,@,@] | ".repeat(20) + "@";
    let nested = "(".repeat(10_000);
    let dotted = "a".to_owned() + &".a".repeat(20_000);
    let regex = format!("regex_match('{}', 'aaaa')", "(a{1000}){1000}");
    let chained = "a".to_owned() + &"[]".repeat(600);
    let both = format!("{}a{}", "[a.a.a.a.a.a.a, ".repeat(120), "]".repeat(120));
    for text in [doubled, nested, dotted, regex, chained, both] {
        assert!(
            matches!(ask(&text), Err(Failure::Fault(_) | Failure::Unmodelled(_))),
            "{}: {:?}",
            &text[..40],
            ask(&text)
        );
    }
}
