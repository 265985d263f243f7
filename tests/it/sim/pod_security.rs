//! Pod Security, through `sim pod-security`: a minimal valid pod, tweaked into every way to pass and to fail, at both
//! levels and every version. What is expected is written here, not asked of the code.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use sealegs::model::{self, fields};
use sealegs::parse::{Limits, Node, yaml};
use sealegs::sim::admission::pod_security::{CHECKS, Level, Policy, Version, evaluate, review};
use sealegs::sim::cases::run_cases;
use sealegs::text::Source;
use serde_json::{Value, json};

use super::pod_security_corpus::{LAST, Manifest, Tweak, manifests, minimal, tweaks};
use super::pod_security_upstream::fixtures;

/// Every pod that a tweak gives at a level, with its place.
fn pods(tweak: &Tweak, level: &str) -> Vec<(String, Value)> {
    let tweaked = tweak.places().iter().map(|place| {
        let mut pod = minimal(level, LAST);
        tweak.make(&mut pod, place);
        (format!("{} at {place}", tweak.name), pod)
    });
    tweaked.collect()
}

fn answers(lines: &[Value]) -> Vec<Value> {
    let input: String = lines.iter().flat_map(|l| [l.to_string(), "\n".to_owned()]).collect();
    let mut out = Vec::new();
    run_cases("pod-security", input.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// The checks and reasons of what fails, by id.
fn judged(manifest: &Manifest) -> Vec<(String, String)> {
    let source = Source::lone(&manifest.name, &*manifest.text);
    let (tree, findings) = yaml::parse(&source, Limits::default());
    assert!(findings.is_empty(), "{}: {findings:?}\n{}", manifest.name, manifest.text);
    let template = model::template_of(model::objects(&tree)[0]).unwrap();
    assert_eq!(fields::mistyped(template), [], "{}", manifest.name);
    let level = Level::from_word(manifest.level).unwrap();
    let evaluation = evaluate(level, Version::parse(&manifest.version).unwrap(), template);
    let mut got: Vec<_> =
        evaluation.violations.into_iter().map(|v| (v.check.to_owned(), v.reason.into_owned())).collect();
    got.sort_unstable();
    got
}

#[test]
fn the_corpus_is_judged_as_its_tweaks_say() {
    let corpus = manifests();
    let texts: BTreeSet<&str> = corpus.iter().map(|m| &*m.text).collect();
    println!("{} pods", corpus.len());
    assert!(texts.len() >= 4_000 && texts.len() == corpus.len(), "{} of {}", texts.len(), corpus.len());
    corpus.iter().for_each(is_judged_as_it_says);
}

fn is_judged_as_it_says(manifest: &Manifest) {
    let got = judged(manifest);
    let got: Vec<_> = got.iter().map(|(check, reason)| (&**check, &**reason)).collect();
    let Manifest { name, level, version, text, fails } = manifest;
    assert_eq!(got, *fails, "{name} at {level}:{version}\n{text}");
}

#[test]
fn every_pod_of_upstreams_fixtures_is_refused_by_the_check_of_its_name_or_by_none() {
    let all = fixtures();
    let names: BTreeSet<_> =
        all.iter().map(|f| (f.level, &*f.version, &*f.name, f.fails.is_empty())).collect();
    assert_eq!((all.len(), names.len()), (4_537, 4_537));
    all.iter().for_each(is_judged_as_it_says);
}

#[test]
fn the_corpus_has_both_verdicts_of_each_check_at_each_version() {
    let corpus = manifests();
    let mut seen: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for manifest in &corpus {
        let version = &*manifest.version;
        seen.extend(manifest.fails.iter().map(|(check, _)| (manifest.level, version, *check)));
        if manifest.fails.is_empty() {
            seen.insert((manifest.level, version, ""));
        }
    }
    let versions: Vec<String> =
        (0..=LAST).map(|minor| format!("v1.{minor}")).chain(["latest".to_owned()]).collect();
    for (column, version) in versions.iter().enumerate() {
        let minor = (column as u32).min(LAST);
        for level in ["baseline", "restricted"] {
            assert!(seen.contains(&(level, version, "")), "nothing passes {level}:{version}");
            for tweak in tweaks() {
                for (check, from, to) in tweak.fails(level) {
                    let fails = (*from..=*to).contains(&minor);
                    let there = seen.contains(&(level, version, check));
                    assert!(!fails || there, "{check} fails nowhere at {level}:{version}");
                }
            }
        }
    }
}

#[test]
fn the_machine_interface_gives_the_same_verdicts() {
    let mut cases = Vec::new();
    let mut wanted = Vec::new();
    for tweak in &tweaks() {
        for (level, version) in [("baseline", "latest"), ("restricted", "v1.99")] {
            for (name, pod) in pods(tweak, level) {
                let fails = tweak.fails(level).iter().filter(|(_, _, to)| *to == LAST);
                let mut want: Vec<_> = fails.map(|f| f.0).collect();
                want.sort_by_key(|id| CHECKS.iter().position(|c| c.id == *id));
                wanted.push(want);
                let id = format!("{name}, {level}:{version}");
                cases.push(
                    json!({ "id": id, "input": { "level": level, "version": version, "object": pod } }),
                );
            }
        }
    }
    for ((case, answer), want) in cases.iter().zip(answers(&cases)).zip(wanted) {
        assert_eq!(answer["id"], case["id"]);
        let verdict = &answer["verdict"];
        let got: Vec<_> =
            verdict["violations"].as_array().unwrap().iter().map(|v| v["check"].as_str().unwrap()).collect();
        assert_eq!(got, want, "{}", case["id"]);
        assert_eq!(verdict["allowed"], got.is_empty(), "{}", case["id"]);
    }
}

#[test]
fn every_check_has_a_tweak_that_breaks_it_and_privileged_allows_all() {
    for check in CHECKS {
        let breaks =
            tweaks().iter().flat_map(|t| t.baseline.iter().chain(&t.restricted)).any(|f| f.0 == check.id);
        assert!(breaks, "no tweak breaks {}", check.id);
    }
    let cases: Vec<_> = tweaks()
        .iter()
        .flat_map(|t| pods(t, "baseline"))
        .map(|(name, pod)| json!({ "id": name, "input": { "level": "privileged", "version": "v1.30", "object": pod } }))
        .collect();
    assert!(answers(&cases).iter().all(|a| a["verdict"] == json!({ "allowed": true, "violations": [] })));
}

/// Reason and detail of the one failing check named `check`.
fn said(level: Level, version: &str, pod: &str, check: &str) -> (String, String) {
    let source = Source::lone("pod.yaml", pod);
    let (tree, findings) = yaml::parse(&source, Limits::default());
    assert!(findings.is_empty(), "{findings:?}");
    let template = model::template_of(model::objects(&tree)[0]).unwrap();
    assert_eq!(fields::mistyped(template), []);
    let evaluation = evaluate(level, Version::parse(version).unwrap(), template);
    let found = evaluation.violations.into_iter().find(|v| v.check == check);
    let found = found.unwrap_or_else(|| panic!("{check} does not fail"));
    (found.reason.into_owned(), found.detail)
}

/// A pod of the containers `a`, `b` ..., each with its own lines of flow YAML.
fn pod(spec: &str, containers: &[&str]) -> String {
    let list: Vec<_> =
        containers.iter().zip('a'..).map(|(c, name)| format!("{{name: {name}, {c}}}")).collect();
    format!("kind: Pod\nspec: {{{spec} containers: [{}]}}\n", list.join(", "))
}

// The texts are those that upstream's unit tests expect (policy/check_*_test.go).
#[test]
fn messages_are_worded_as_the_api_server_words_them() {
    use Level::{Baseline, Restricted};
    let context = |text: &str| format!("securityContext: {{{text}}}");
    let cases: &[(Level, &str, String, &str, &str, &str)] = &[
        (Baseline, "v1.30", pod("hostNetwork: true, hostPID: true, hostIPC: true,", &[]), "hostNamespaces", "host namespaces", "hostNetwork=true, hostPID=true, hostIPC=true"),
        (Baseline, "v1.30", pod("", &[&context("privileged: true"), "", &context("privileged: true")]), "privileged", "privileged", r#"containers "a", "c" must not set securityContext.privileged=true"#),
        (Baseline, "v1.30", pod("volumes: [{name: x}, {name: a, hostPath: {}}, {name: b, hostPath: {}}],", &[]), "hostPathVolumes", "hostPath volumes", r#"volumes "a", "b""#),
        (Baseline, "v1.30", pod("", &["ports: [{hostPort: 0}]", "ports: [{hostPort: 0}, {hostPort: 20}]", "ports: [{hostPort: 10}, {hostPort: 30}]"]), "hostPorts", "hostPort", r#"containers "b", "c" use hostPorts 10, 20, 30"#),
        (Baseline, "v1.30", pod("", &["ports: [{hostPort: 80}]"]), "hostPorts", "hostPort", r#"container "a" uses hostPort 80"#),
        (Baseline, "v1.30", pod("", &[&context("capabilities: {add: [FOO, CHOWN]}"), &context("capabilities: {add: [BAR]}")]), "capabilities_baseline", "non-default capabilities", r#"containers "a", "b" must not include "BAR", "FOO" in securityContext.capabilities.add"#),
        (Baseline, "v1.30", pod("", &[&context("procMount: Unmasked")]), "procMount", "procMount", r#"container "a" must not set securityContext.procMount to "Unmasked""#),
        (Baseline, "v1.30", pod("securityContext: {seLinuxOptions: {type: foo, user: bar, role: baz}},", &[&context("seLinuxOptions: {type: container_t}"), &context("seLinuxOptions: {type: bar}"), &context("seLinuxOptions: {user: bar}")]), "seLinuxOptions", "seLinuxOptions", r#"pod and containers "b", "c" set forbidden securityContext.seLinuxOptions: types "bar", "foo"; user may not be set; role may not be set"#),
        (Baseline, "v1.30", pod("securityContext: {appArmorProfile: {type: Unconfined}},", &[&context("appArmorProfile: {type: Unconfined}")]), "appArmorProfile", "forbidden AppArmor profile", r#"pod and container "a" must not set AppArmor profile type to "Unconfined""#),
        (Baseline, "v1.30", "{kind: Pod, metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/e: unconfined, container.apparmor.security.beta.kubernetes.io/: bogus}}, spec: {}}".to_owned(), "appArmorProfile", "forbidden AppArmor profiles", r#"annotations must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/="bogus"", "container.apparmor.security.beta.kubernetes.io/e="unconfined"""#),
        (Baseline, "v1.18", "{kind: Pod, metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: unconfined, container.seccomp.security.alpha.kubernetes.io/a: x}}, spec: {containers: [{name: a}]}}".to_owned(), "seccompProfile_baseline", "seccompProfile", r#"forbidden annotations container.seccomp.security.alpha.kubernetes.io/a="x", seccomp.security.alpha.kubernetes.io/pod="unconfined""#),
        (Baseline, "v1.19", pod("securityContext: {seccompProfile: {type: Unconfined}},", &[&context("seccompProfile: {type: Unconfined}"), &context("seccompProfile: {type: Unknown}")]), "seccompProfile_baseline", "seccompProfile", r#"pod and containers "a", "b" must not set securityContext.seccompProfile.type to "Unconfined", "Unknown""#),
        (Baseline, "v1.0", pod("securityContext: {sysctls: [{name: b}, {name: kernel.shm_rmid_forced}, {name: a}]},", &[]), "sysctls", "forbidden sysctls", "b, a"),
        (Baseline, "v1.30", pod("securityContext: {windowsOptions: {hostProcess: true}},", &[&context("windowsOptions: {hostProcess: true}")]), "windowsHostProcess", "hostProcess", r#"pod and container "a" must not set securityContext.windowsOptions.hostProcess=true"#),
        (Baseline, "latest", pod("", &["livenessProbe: {httpGet: {host: bad.host}}", "lifecycle: {preStop: {tcpSocket: {host: 8.8.8.8}}}"]), "hostProbesAndHostLifecycle", "probe or lifecycle host", r#"containers "a", "b" use probe or lifecycle hosts "8.8.8.8", "bad.host""#),
        (Restricted, "v1.30", pod("volumes: [{name: a, hostPath: {}}, {name: b, nfs: {}}, {name: c, odd: {}}],", &[]), "restrictedVolumes", "restricted volume types", r#"volumes "a", "b", "c" use restricted volume types "hostPath", "nfs", "unknown""#),
        // The volumes of upstream's check_restrictedVolumes_test.go, the last of which stands for a type yet to come.
        (Restricted, "v1.30", pod("volumes: [{name: a1, emptyDir: {}}, {name: a9, image: {}}, {name: b1, hostPath: {}}, {name: b2, gcePersistentDisk: {}}, {name: b3, awsElasticBlockStore: {}}, {name: b4, gitRepo: {}}, {name: b5, nfs: {}}, {name: b6, iscsi: {}}, {name: b7, glusterfs: {}}, {name: b8, rbd: {}}, {name: b9, flexVolume: {}}, {name: b10, cinder: {}}, {name: b11, cephfs: {}}, {name: b12, flocker: {}}, {name: b13, fc: {}}, {name: b14, azureFile: {}}, {name: b15, vsphereVolume: {}}, {name: b16, quobyte: {}}, {name: b17, azureDisk: {}}, {name: b18, photonPersistentDisk: {}}, {name: b19, portworxVolume: {}}, {name: b20, scaleIO: {}}, {name: b21, storageos: {}}, {name: c1, new: {}}],", &[]), "restrictedVolumes", "restricted volume types", r#"volumes "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9", "b10", "b11", "b12", "b13", "b14", "b15", "b16", "b17", "b18", "b19", "b20", "b21", "c1" use restricted volume types "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "hostPath", "iscsi", "nfs", "photonPersistentDisk", "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "unknown", "vsphereVolume""#),
        (Restricted, "v1.30", pod("", &["", &context("allowPrivilegeEscalation: true"), &context("allowPrivilegeEscalation: false")]), "allowPrivilegeEscalation", "allowPrivilegeEscalation != false", r#"containers "a", "b" must set securityContext.allowPrivilegeEscalation=false"#),
        (Restricted, "v1.30", pod("", &[&context("capabilities: {add: [FOO, BAR], drop: [x]}"), &context("capabilities: {drop: [ALL], add: [BAZ]}")]), "capabilities_restricted", "unrestricted capabilities", r#"container "a" must set securityContext.capabilities.drop=["ALL"]; containers "a", "b" must not include "BAR", "BAZ", "FOO" in securityContext.capabilities.add"#),
        (Restricted, "v1.30", pod("", &["", &context("runAsNonRoot: true"), ""]), "runAsNonRoot", "runAsNonRoot != true", r#"pod or containers "a", "c" must set securityContext.runAsNonRoot=true"#),
        (Restricted, "v1.30", pod("securityContext: {runAsNonRoot: false},", &["", &context("runAsNonRoot: false")]), "runAsNonRoot", "runAsNonRoot != true", r#"pod and container "b" must not set securityContext.runAsNonRoot=false"#),
        (Restricted, "v1.30", pod("securityContext: {runAsUser: 0},", &[&context("runAsUser: 0"), &context("runAsUser: 1")]), "runAsUser", "runAsUser=0", r#"pod and container "a" must not set runAsUser=0"#),
        (Restricted, "v1.30", pod("", &["", &context("seccompProfile: {type: Localhost}"), ""]), "seccompProfile_restricted", "seccompProfile", r#"pod or containers "a", "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost""#),
        (Restricted, "v1.30", pod("securityContext: {seccompProfile: {type: Unconfined}},", &[&context("seccompProfile: {type: Localhost}"), ""]), "seccompProfile_restricted", "seccompProfile", r#"pod must not set securityContext.seccompProfile.type to "Unconfined""#),
    ];
    for (level, version, pod, check, reason, detail) in cases {
        let got = said(*level, version, pod, check);
        assert_eq!(got, ((*reason).to_owned(), (*detail).to_owned()), "{check}");
    }
}

#[test]
fn a_violation_points_at_the_value_or_where_it_would_go() {
    let text = "\
kind: Deployment
apiVersion: apps/v1
spec:
  template:
    spec:
      hostPID: true
      containers:
      - name: a
        securityContext:
          privileged: true
      - name: b
";
    let source = Source::lone("d.yaml", text);
    let (tree, _) = yaml::parse(&source, Limits::default());
    let template = model::template_of(model::objects(&tree)[0]).unwrap();
    let evaluation = evaluate(Level::Restricted, Version::Latest, template);
    let places = evaluation.violations.iter().flat_map(|v| {
        let source = &source;
        v.places.iter().map(move |p| format!("{} {} {}", v.check, source.position(p.span.start), p.path))
    });
    let context = "spec.template.spec.containers";
    assert_eq!(
        places.collect::<Vec<_>>(),
        [
            "hostNamespaces 6:16 spec.template.spec.hostPID".to_owned(),
            format!("privileged 10:23 {context}[0].securityContext.privileged"),
            format!("allowPrivilegeEscalation 10:11 {context}[0].securityContext.allowPrivilegeEscalation"),
            format!("allowPrivilegeEscalation 11:9 {context}[1].securityContext.allowPrivilegeEscalation"),
            format!("capabilities_restricted 10:11 {context}[0].securityContext.capabilities"),
            format!("capabilities_restricted 11:9 {context}[1].securityContext.capabilities"),
            format!("runAsNonRoot 10:11 {context}[0].securityContext.runAsNonRoot"),
            format!("runAsNonRoot 11:9 {context}[1].securityContext.runAsNonRoot"),
            format!("seccompProfile_restricted 10:11 {context}[0].securityContext.seccompProfile"),
            format!("seccompProfile_restricted 11:9 {context}[1].securityContext.seccompProfile"),
        ]
    );
}

/// Labels without their prefix; enforce, audit and warn; how many labels are wrong.
type Labelled = (&'static [(&'static str, &'static str)], [&'static str; 3], usize);

// The cases of api/helpers.go's PolicyToEvaluate.
#[test]
fn namespace_labels_fail_closed_for_enforce_and_open_for_the_others() {
    let open = "privileged:latest";
    let cases: &[Labelled] = &[
        (&[], [open, open, open], 0),
        (&[("enforce", "baseline")], ["baseline:latest", open, "baseline:latest"], 0),
        (
            &[("enforce", "baseline"), ("enforce-version", "v1.22")],
            ["baseline:v1.22", open, "baseline:v1.22"],
            0,
        ),
        (
            &[("enforce", "restricted"), ("enforce-version", "v1.22"), ("warn-version", "v1.30")],
            ["restricted:v1.22", open, "restricted:v1.30"],
            0,
        ),
        (
            &[("enforce", "restricted"), ("warn", "baseline")],
            ["restricted:latest", open, "baseline:latest"],
            0,
        ),
        (&[("enforce", "strict")], ["restricted:latest", open, open], 1),
        (&[("audit", "strict"), ("warn", "Baseline")], [open, open, open], 2),
        (&[("enforce", "baseline"), ("warn", "x")], ["baseline:latest", open, open], 1),
        (
            &[
                ("enforce", "baseline"),
                ("enforce-version", "1.22"),
                ("audit", "restricted"),
                ("audit-version", "v1.08"),
            ],
            ["baseline:latest", "restricted:latest", "baseline:latest"],
            2,
        ),
        (&[("enforce-version", "v1.20")], ["privileged:v1.20", open, open], 0),
    ];
    for (labels, wanted, errors) in cases {
        let labels: Vec<_> =
            labels.iter().map(|(k, v)| (format!("pod-security.kubernetes.io/{k}"), *v)).collect();
        let labels: Vec<_> = labels.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        let (policy, found) = Policy::of_labels(&labels, Policy::default());
        let got = [policy.enforce, policy.audit, policy.warn].map(|p| p.to_string());
        assert_eq!((got.each_ref().map(String::as_str), found.len()), (*wanted, *errors), "{labels:?}");
    }
}

#[test]
fn a_workload_is_stored_with_a_warning_while_its_pod_is_refused() {
    let labels = [
        ("pod-security.kubernetes.io/enforce", "baseline"),
        ("pod-security.kubernetes.io/audit", "restricted"),
    ];
    let (policy, _) = Policy::of_labels(&labels, Policy::default());
    let text = "{kind: Deployment, spec: {template: {spec: {hostPID: true, containers: []}}}}\n---\n{kind: Pod, spec: {hostPID: true, containers: []}}\n---\n{kind: Service}\n---\n{kind: Pod, spec: {containers: []}}\n";
    let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
    let reviews: Vec<_> = model::objects(&tree).into_iter().map(|o| review(policy, o)).collect();
    let violation = "host namespaces (hostPID=true)";
    let deployment = reviews[0].as_ref().unwrap();
    assert!(deployment.allowed() && deployment.denial().is_none());
    assert_eq!(
        deployment.warning().unwrap(),
        format!("would violate PodSecurity \"baseline:latest\": {violation}")
    );
    assert_eq!(
        deployment.audit_annotation().unwrap(),
        format!("would violate PodSecurity \"restricted:latest\": {violation}")
    );
    let pod = reviews[1].as_ref().unwrap();
    assert_eq!(pod.denial().unwrap(), format!("violates PodSecurity \"baseline:latest\": {violation}"));
    assert_eq!(pod.warning(), None);
    assert_eq!(pod.verdict().answer.word(), "denied");
    assert!(reviews[2].is_none());
    assert!(reviews[3].as_ref().unwrap().verdict().answer.word() == "allowed");
}

#[test]
fn what_the_api_server_would_not_decode_is_an_error_not_a_verdict() {
    for (object, wanted) in [
        (r#"{"kind":"Pod","spec":{"hostPID":"true"}}"#, "spec.hostPID is a string"),
        (
            r#"{"kind":"Pod","spec":{"containers":[{"name":"a","securityContext":{"runAsUser":"0"}}]}}"#,
            "runAsUser",
        ),
        (r#"{"kind":"Deployment","spec":{}}"#, "a Deployment"),
        (r#"{"kind":"Pod"}"#, "not a v1 Pod with a spec"),
        ("[]", "object: missing"),
        (r#"{"kind":7,"spec":{}}"#, "object.kind is an integer"),
        (r#"{"apiVersion":[],"spec":{}}"#, "object.apiVersion is a list"),
        (r#"{"kind":"Pod","metadata":"a","spec":{}}"#, "object.metadata is a string"),
        (r#"{"spec":"containers"}"#, "not a v1 Pod with a spec"),
        (r#"{"spec":{"containers":"a"}}"#, "object.spec.containers is a string"),
        (r#"{"spec":{"containers":[null]}}"#, "object.spec.containers[0] is nothing"),
        (r#"{"spec":{"volumes":[{"name":"a","emptyDir":"/"}]}}"#, "volumes[0].emptyDir is a string"),
        (r#"{"spec":{"containers":[{"name":"a","ports":[{"hostPort":99999}]}]}}"#, "a port number"),
        (
            r#"{"spec":{"containers":[{"name":"a","securityContext":{"capabilities":{"drop":"ALL"}}}]}}"#,
            "drop is a string, and the API server wants a list",
        ),
    ] {
        let object: Value = serde_json::from_str(object).unwrap();
        let case =
            json!({ "id": 1, "input": { "level": "baseline", "version": "latest", "object": object } });
        let error = answers(&[case])[0]["error"].as_str().unwrap().to_owned();
        assert!(error.contains(wanted), "{error}");
    }
}

const KEYS: &[&str] = &[
    "kind",
    "metadata",
    "annotations",
    "spec",
    "template",
    "jobTemplate",
    "containers",
    "initContainers",
    "ephemeralContainers",
    "name",
    "securityContext",
    "capabilities",
    "add",
    "drop",
    "privileged",
    "procMount",
    "seLinuxOptions",
    "type",
    "seccompProfile",
    "appArmorProfile",
    "sysctls",
    "windowsOptions",
    "hostProcess",
    "volumes",
    "hostPath",
    "ports",
    "hostPort",
    "livenessProbe",
    "httpGet",
    "host",
    "lifecycle",
    "preStop",
    "hostUsers",
    "hostNetwork",
    "os",
    "runAsUser",
    "runAsNonRoot",
    "allowPrivilegeEscalation",
    "image",
    "volumeMounts",
    "mountPath",
    "items",
    "seccomp.security.alpha.kubernetes.io/pod",
];

/// Small trees of the words that the checks look for, and of what should not be there.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2i64..70000).prop_map(Value::from),
        Just(json!(0.5)),
        prop::sample::select(vec![
            "",
            "ALL",
            "Unconfined",
            "Localhost",
            "windows",
            "a",
            "true",
            "0",
            "Always"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(7, 120, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(KEYS), inner, 0..7)
                .prop_map(|map| Value::Object(map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_tree_makes_it_panic(spec in tree(), metadata in tree(), minor in 0u32..40) {
        for kind in ["Pod", "Deployment", "CronJob"] {
            let inner = json!({ "metadata": metadata, "spec": spec });
            let object = match kind {
                "Pod" => json!({ "kind": kind, "metadata": metadata, "spec": spec }),
                "Deployment" => json!({ "kind": kind, "spec": { "template": inner } }),
                _ => json!({ "kind": kind, "spec": { "jobTemplate": { "spec": { "template": inner } } } }),
            };
            let (tree, _) = yaml::parse(&Source::lone("t", object.to_string()), Limits::default());
            for object in model::objects(&tree) {
                let Some(template) = model::template_of(object) else { continue };
                let _ = fields::mistyped(template);
                let baseline = evaluate(Level::Baseline, Version::Minor(minor), template);
                let restricted = evaluate(Level::Restricted, Version::Minor(minor), template);
                for violation in baseline.violations.iter().chain(&restricted.violations) {
                    prop_assert!(!violation.places.is_empty());
                    prop_assert!(violation.places.iter().all(|p| !p.path.is_empty()));
                }
                // Restricted refuses at least what baseline refuses, under its own or an overriding id; Windows
                // pods are the exception, whose capabilities nobody looks at.
                let windows = template.spec.at(&["os", "name"]).and_then(Node::as_str) == Some("windows");
                prop_assert!(windows || baseline.allowed() || !restricted.allowed());
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z:{}\\[\\],&*<\\-| \n\"'#]{0,60}") {
        let (tree, _) = yaml::parse(&Source::lone("t", format!("kind: Pod\nspec: {{{text}")), Limits::default());
        for object in model::objects(&tree) {
            if let Some(template) = model::template_of(object) {
                let _ = evaluate(Level::Restricted, Version::Latest, template);
            }
        }
    }
}
