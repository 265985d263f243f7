//! Policies of image signatures through the door that machines use, `tests/it/cases/image-policy.yaml`, and asked of a world.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::sync::Arc;

use sealegs::parse::json;
use sealegs::sim::admission::image;
use sealegs::sim::world::World;
use sealegs::sim::{Answer, Verdict};
use serde_json::{Value, json};

use super::door::{self, tree};

fn file() -> Value {
    door::file("image-policy")
}

fn run(input: &Value) -> Value {
    door::ask("image-policy", input)
}

/// The question of a case: the file's images and namespace, with what it adds.
fn input(file: &Value, case: &Value) -> Value {
    let mut objects: Vec<Value> = Vec::new();
    for image in file["images"].as_array().unwrap() {
        let mut spec = json!({ "references": image["refs"], "digest": image["digest"] });
        for key in ["signatures", "attestations"] {
            if let Some(value) = image.get(key) {
                spec[key] = value.clone();
            }
        }
        let name = json!({ "name": image["name"] });
        objects.push(json!({ "apiVersion": "sealegs/v1", "kind": "Image", "metadata": name, "spec": spec }));
    }
    let labels = case.get("labels").cloned().unwrap_or(json!({ "policy.sigstore.dev/include": "true" }));
    objects.push(
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop", "labels": labels } }),
    );
    let sigstore = |spec: Value| {
        let name = json!({ "name": "p" });
        json!({ "apiVersion": "policy.sigstore.dev/v1beta1", "kind": "ClusterImagePolicy", "metadata": name, "spec": spec })
    };
    if let Some(authority) = case.get("authority") {
        objects.push(sigstore(json!({ "images": [{ "glob": "**" }], "authorities": [authority] })));
    }
    objects.extend(case.get("spec").cloned().map(sigstore));
    objects.extend(case.get("policies").and_then(Value::as_array).into_iter().flatten().cloned());
    objects.extend(case.get("objects").and_then(Value::as_array).into_iter().flatten().cloned());
    if let Some(over) = case.get("kyverno") {
        let mut spec = file["kyverno"].clone();
        for (key, value) in over.as_object().unwrap() {
            spec[key] = value.clone();
        }
        let name = json!({ "name": "kyverno" });
        objects.push(json!({ "apiVersion": "policies.kyverno.io/v1", "kind": "ImageValidatingPolicy", "metadata": name, "spec": spec }));
    }
    if let Some(config) = case.get("config") {
        let metadata = json!({ "name": "config-policy-controller", "namespace": "cosign-system" });
        objects.push(json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": { "no-match-policy": config } }));
    }
    let pod = |image: &Value| {
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "o", "namespace": "shop" },
                "spec": { "containers": [{ "name": "m", "image": image }] } })
    };
    let object = case.get("object").cloned().or_else(|| case.get("image").map(pod)).unwrap();
    let mut input = json!({ "objects": objects, "object": object });
    for key in ["operation", "oldObject", "subresource"] {
        if let Some(value) = case.get(key) {
            input[key] = value.clone();
        }
    }
    input
}

#[test]
fn documented_semantics() {
    let file = file();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 140, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let answer = run(&input(&file, case));
        wrong.extend(door::differs(case, door::word(&answer), &answer));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const WORLD: &str = r#"
apiVersion: sealegs/v1
kind: Image
metadata: { name: good }
spec:
  references: ["r.test/org/app:1"]
  digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  signatures: [{ subject: ci, issuer: https://i.test }]
---
apiVersion: sealegs/v1
kind: Image
metadata: { name: bad }
spec:
  references: ["r.test/org/bad:1"]
  later: ["r.test/org/app:1"]
  digest: sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
---
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: { name: signed }
spec:
  images: [{ glob: "r.test/**" }]
  authorities:
    - keyless:
        url: https://fulcio.test
        identities:
          - issuer: https://i.test
            subject: ci
---
{ apiVersion: v1, kind: Namespace, metadata: { name: in, labels: { policy.sigstore.dev/include: "true" } } }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: out } }
---
{ apiVersion: v1, kind: Pod, metadata: { name: app, namespace: in }, spec: { containers: [{ name: c, image: "r.test/org/app:1" }] } }
---
{ apiVersion: v1, kind: Pod, metadata: { name: bad, namespace: in }, spec: { containers: [{ name: c, image: "r.test/org/bad:1" }] } }
---
{ apiVersion: v1, kind: Pod, metadata: { name: app, namespace: out }, spec: { containers: [{ name: c, image: "r.test/org/app:1" }] } }
"#;

fn asked(world: &World, object: &str, operation: &str) -> Verdict {
    let mut get = |key: &str| match key {
        "object" => Some(object.to_owned()),
        "operation" => Some(operation.to_owned()),
        _ => None,
    };
    image::ask(world, &image::read(&mut get).unwrap())
}

#[test]
fn a_world_is_asked_what_comes_in_and_what_is_pulled_later() {
    let (world, findings) = World::read(vec![tree(WORLD)]);
    assert!(findings.is_empty(), "{findings:?}");
    let answer = |object: &str, operation: &str| asked(&world, object, operation).answer;
    assert_eq!(answer("in/Pod/app", "create"), Answer::Allowed);
    assert_eq!(answer("in/pod/bad", "create"), Answer::Denied);
    assert_eq!(answer("out/pod/app", "create"), Answer::Allowed);
    assert_eq!(answer("in/pod/nobody", "create"), Answer::Unmodelled);
    // The digest is kept where the gate set it; elsewhere the tag leads to what nobody judged.
    assert_eq!(answer("in/pod/app", "pull"), Answer::Denied);
    let moved = asked(&world, "out/pod/app", "pull");
    assert_eq!(moved.answer, Answer::Allowed);
    assert!(moved.because[0].text.contains("which nobody judged"), "{moved:?}");
    let denied = asked(&world, "in/pod/bad", "create");
    let at = denied.because[0].span.unwrap().start as usize;
    assert!(WORLD[at..].starts_with("identities"), "{}", &WORLD[at..at + 40]);
    assert!(denied.evidence.unwrap().contains("failed policy: signed: spec.containers[0].image"));
}

#[test]
fn questions_are_read_or_refused() {
    let ask = |object: &str, operation: Option<&str>, old: Option<&str>, subresource: Option<&str>| {
        let mut get = |key: &str| match key {
            "object" => Some(object.to_owned()),
            "operation" => operation.map(str::to_owned),
            "old" => old.map(str::to_owned),
            _ => subresource.map(str::to_owned),
        };
        image::read(&mut get)
    };
    let read = |object: &str, operation: Option<&str>, old: Option<&str>| ask(object, operation, old, None);
    assert!(read("a/pod/b", None, None).is_ok());
    assert!(read("pod/b", None, None).is_err());
    assert!(read("a/pod/b", Some("look"), None).unwrap_err().contains("pull"));
    assert!(read("a/pod/b", Some("create"), Some("a/pod/c")).is_err());
    assert_eq!(read("a/pod/b", Some("update"), Some("a/pod/c")).unwrap().says(), "update of a/pod/b");
    let debug = ask("a/pod/b", Some("update"), None, Some("ephemeralcontainers")).unwrap();
    assert_eq!(debug.says(), "update of a/pod/b/ephemeralcontainers");
    assert!(ask("a/deployment/b", Some("update"), None, Some("ephemeralcontainers")).is_err());
}

#[test]
fn policies_that_the_engines_refuse_are_said_with_their_place() {
    let faults = |spec: &str| -> Vec<String> {
        let text = format!(
            "apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {{ name: p }}\nspec: {spec}\n"
        );
        let tree = tree(&text);
        image::faults(&sealegs::model::objects(&tree)).iter().map(|f| f.title.to_string()).collect()
    };
    let one =
        |authority: &str| faults(&format!("{{ images: [{{ glob: \"**\" }}], authorities: [{authority}] }}"));
    let good = "{ keyless: { url: x, identities: [{ issuer: a, subject: b }] } }";
    assert!(one(good).is_empty());
    for (found, word) in [
        (faults("{ images: [], authorities: [] }"), "`images` is missing"),
        (faults(&format!("{{ images: [{{ glob: \"a#b\" }}], authorities: [{good}] }}")), "invalid glob"),
        (
            faults(&format!("{{ images: [{{ glob: a }}], mode: loud, authorities: [{good}] }}")),
            "cannot be `loud`",
        ),
        (
            faults(&format!(
                "{{ images: [{{ glob: a }}], match: [{{ selector: {{}} }}], authorities: [{good}] }}"
            )),
            "goes with a `resource`",
        ),
        (one("{ name: a }"), "has one of"),
        (one("{ static: { action: pass }, key: { data: x } }"), "static"),
        (one("{ static: { action: maybe } }"), "cannot be `maybe`"),
        (one("{ static: { action: pass }, ctlog: { url: x } }"), "exclude each other"),
        (one("{ key: { data: x } }"), "no public key"),
        (one("{ key: { kms: x, data: y } }"), "one of `data`"),
        (one("{ keyless: { url: x } }"), "`identities` is missing"),
        (one("{ keyless: { url: x, identities: [{ issuer: a }] } }"), "is anybody's"),
        (one("{ keyless: { url: x, identities: [{ issuer: a, issuerRegExp: a, subject: b }] } }"), "exclude"),
        (one("{ keyless: { url: x, identities: [{ issuer: a, subjectRegExp: \"(\" }] } }"), "is not taken"),
        (one("{ keyless: { url: x, identities: [{ issuer: a, subjectRegexp: b }] } }"), "subjectRegexp"),
        (one(&good.replace("} }", "}, attestations: [{ name: a, predicateType: provenance }] }")), "no type"),
        (
            one(&good.replace(
                "} }",
                "}, attestations: [{ name: a, predicateType: vuln, policy: { type: cel, data: x } }] }",
            )),
            "cannot be `cel`",
        ),
    ] {
        assert!(found.iter().any(|title| title.contains(word)), "{word}: {found:?}");
    }
}

/// Kyverno's `verifyImages`: `pkg/engine/internal/imageverifier.go`, `pkg/cosign/cosign.go`.
#[test]
fn a_rule_of_the_old_kinds_is_asked_about_each_image() {
    let file = file();
    let list = input(&file, &json!({ "image": "r.test/org/app:1" }))["objects"].clone();
    let list = json::from_value(&json!({ "kind": "List", "items": list }));
    let (world, findings) = World::read(vec![Arc::new(list)]);
    assert!(findings.is_empty(), "{findings:?}");
    let key = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n";
    let other = key.replace("MFkw", "MFkx");
    let ask = |image: &str, verify: Value| -> Result<Vec<(bool, String, Option<String>)>, String> {
        let rule = json::from_value(&json!({ "name": "r", "verifyImages": [verify] }));
        let pod = json::from_value(
            &json!({ "apiVersion": "v1", "kind": "Pod", "spec": { "containers": [{ "name": "c", "image": image }] } }),
        );
        let object = sealegs::model::objects(&pod)[0];
        let said = image::kyverno_rule(rule.root().unwrap(), object, None, world.images())?;
        Ok(said.into_iter().map(|s| (s.passes, s.message, s.pinned)).collect())
    };
    let by =
        |entries: Value| json!({ "imageReferences": ["r.test/*"], "attestors": [{ "entries": entries }] });
    let keyless =
        |issuer: &str, subject: &str| json!({ "keyless": { "issuer": issuer, "subject": subject } });
    let github = "https://token.actions.githubusercontent.com";
    let ours = keyless(github, "https://github.com/org/*");
    let unlogged = |keys: &str| json!({ "keys": { "publicKeys": keys, "rekor": { "ignoreTlog": true } } });
    let (app, keyed, attested) = ("r.test/org/app:1", "r.test/org/keyed:1", "r.test/org/attested:1");
    for (image, verify, wanted, word) in [
        (app, by(json!([ours])), true, "verified image signatures for r.test/org/app:1"),
        (
            app,
            by(json!([keyless(github, "https://github.com/org")])),
            false,
            ".attestors[0].entries[0].keyless",
        ),
        (app, by(json!([keyless("https://token.*", "*")])), true, "verified"),
        ("r.test/org/plain:1", by(json!([ours])), false, "there is no signature"),
        // All entries, unless `count` says fewer.
        (app, by(json!([ours, keyless("x", "y")])), false, "entries[1]"),
        (
            app,
            json!({ "imageReferences": ["*"], "attestors": [{ "count": 1, "entries": [keyless("x", "y"), ours] }] }),
            true,
            "verified",
        ),
        (
            app,
            by(json!([{ "attestor": { "count": 1, "entries": [keyless("x", "y"), ours] } }])),
            true,
            "verified",
        ),
        (
            app,
            json!({ "imageReferences": ["*"], "attestors": [{ "entries": [ours] }, { "entries": [keyless("x", "y")] }] }),
            false,
            ".attestors[1]",
        ),
        // Each key of a text is an entry of its own; keys ask the log, too.
        (keyed, by(json!([unlogged(key)])), true, "verified"),
        (keyed, by(json!([{ "keys": { "publicKeys": key } }])), false, "no entry"),
        (keyed, by(json!([unlogged(&format!("{other}{key}"))])), false, "another key"),
        (
            keyed,
            json!({ "imageReferences": ["*"], "attestors": [{ "count": 1, "entries": [unlogged(&format!("{other}{key}"))] }] }),
            true,
            "verified",
        ),
        ("r.test/org/bundle:1", by(json!([ours])), false, "stored as bundle"),
        (
            app,
            json!({ "imageReferences": ["*"], "mutateDigest": false, "attestors": [{ "entries": [ours] }] }),
            false,
            "missing digest",
        ),
        (
            app,
            json!({ "imageReferences": ["*"], "mutateDigest": false, "verifyDigest": false, "attestors": [{ "entries": [ours] }] }),
            true,
            "verified",
        ),
        (
            attested,
            json!({ "imageReferences": ["*"], "attestations": [{ "type": "https://slsa.dev/provenance/v1", "attestors": [{ "entries": [ours] }] }] }),
            true,
            "verified image attestations",
        ),
        (
            attested,
            json!({ "imageReferences": ["*"], "attestations": [{ "predicateType": "https://scan.test/v1", "attestors": [{ "entries": [ours] }] }] }),
            false,
            "predicate type https://scan.test/v1",
        ),
    ] {
        let said = ask(image, verify.clone());
        let Ok([(passes, message, pinned)]) = said.as_deref() else { panic!("{verify}: {said:?}") };
        assert!(*passes == wanted && message.contains(word), "{verify}: {said:?}");
        assert_eq!(pinned.is_some(), verify.get("mutateDigest").is_none(), "{verify}: {said:?}");
    }
    assert_eq!(ask(app, json!({ "imageReferences": ["other.test/*"], "attestors": [] })), Ok(Vec::new()));
    assert_eq!(
        ask(app, json!({ "imageReferences": ["*"], "skipImageReferences": ["r.test/org/*"] })),
        Ok(Vec::new())
    );
    for verify in [
        json!({ "imageReferences": ["*"], "type": "Notary" }),
        json!({ "imageReferences": ["*"] }),
        by(json!([{ "certificates": {} }])),
        by(json!([{ "keys": { "secret": { "name": "x" } } }])),
    ] {
        assert!(ask(app, verify.clone()).is_err(), "{verify}");
    }
    assert!(ask("r.test/org/nothing:1", by(json!([ours]))).unwrap_err().contains("does not say"));
}

#[test]
fn hostile_policies_end_in_an_answer() {
    let file = file();
    let image = "r.test/org/attested:1";
    let kind = "https://slsa.dev/provenance/v1";
    let keyless = json!({ "url": "https://f.test", "identities": [{ "issuerRegExp": ".*", "subjectRegExp": "((a*)*)*$" }] });
    let policies = [
        json!({ "type": "cue", "data": "a: {".repeat(9000) }),
        json!({ "type": "cue", "data": "a: 1 | 2 & ".repeat(6000) }),
        json!({ "type": "cue", "data": "a: =~\"((a{1000}){1000}){1000}\"" }),
        json!({ "type": "rego", "data": "package sigstore\nisCompliant { isCompliant }" }),
        json!({ "type": "rego", "data": "package sigstore\nisCompliant { r := numbers.range(1, 5000); count([1 | r[_] + r[_] + r[_] < 0]) > 1 }" }),
        json!({ "type": "rego", "data": format!("package sigstore\nisCompliant {{ {} }}", "[".repeat(5000)) }),
    ];
    for policy in policies {
        let attestation = json!({ "name": "a", "predicateType": kind, "policy": policy });
        let authority = json!({ "keyless": keyless, "attestations": [attestation] });
        let answer = run(&input(&file, &json!({ "authority": authority, "image": image })));
        assert!(answer.get("error").is_some(), "{answer}");
    }
    let many =
        vec![json!({ "keyless": { "url": "x", "identities": [{ "subjectRegExp": "(x+x+)+y" }] } }); 100];
    let spec = json!({ "images": vec![json!({ "glob": "*".repeat(400) }); 100], "authorities": many });
    let answer = run(&input(&file, &json!({ "spec": spec, "image": image })));
    assert_eq!(answer["verdict"]["allowed"], false, "{answer}");
    let wide =
        json!({ "keyless": { "url": "x", "identities": [{ "issuer": "x", "subjectRegExp": "\\pL{100}" }] } });
    let answer = run(&input(&file, &json!({ "authority": wide, "image": image })));
    assert!(answer["error"].as_str().is_some_and(|text| text.contains("larger than")), "{answer}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// One more policy that enforces never lets more in.
    #[test]
    fn one_more_policy_lets_no_more_in(first in 0usize..4, second in 0usize..4, image in 0usize..3) {
        let file = file();
        let globs = ["**", "r.test/org/*", "r.test/**", "r.test/org/team/**"];
        let images = ["r.test/org/app:1", "r.test/org/team/app:1", "r.test/org/plain:1"];
        let policy = |name: &str, glob: &str| json!({
            "apiVersion": "policy.sigstore.dev/v1beta1", "kind": "ClusterImagePolicy", "metadata": { "name": name },
            "spec": { "images": [{ "glob": glob }], "authorities": [{ "keyless": { "identities": [{ "issuerRegExp": "token", "subjectRegExp": "release" }] } }] },
        });
        let allowed = |policies: &[Value]| {
            let answer = run(&input(&file, &json!({ "policies": policies, "image": images[image], "config": "allow" })));
            answer["verdict"]["allowed"] == true
        };
        let (one, two) = (policy("a", globs[first]), policy("b", globs[second]));
        proptest::prop_assert!(!allowed(&[one.clone(), two]) || allowed(&[one]));
    }

    /// Whatever stands there as a pattern, a reference or a rule, there is an answer.
    #[test]
    fn nothing_makes_it_panic(glob in ".{0,20}", image in ".{0,30}", cue in "(a|:| |\\{|\\}|\"b\"|=~|\\n|\\||&|1|\\[|\\]|\\.\\.\\.|<){0,20}") {
        let file = file();
        let attestation = json!({ "name": "a", "predicateType": "https://slsa.dev/provenance/v1", "policy": { "type": "cue", "data": cue } });
        let authority = json!({ "keyless": { "identities": [{ "subjectRegExp": glob }] }, "attestations": [attestation] });
        let spec = json!({ "images": [{ "glob": glob }, { "glob": "**" }], "authorities": [authority] });
        for name in [image.as_str(), "r.test/org/attested:1"] {
            let answer = run(&input(&file, &json!({ "spec": spec, "image": name, "kyverno": { "matchImageReferences": [{ "glob": glob }] } })));
            proptest::prop_assert!(answer.get("error").is_some() || answer.get("verdict").is_some());
        }
    }
}
