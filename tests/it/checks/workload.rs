//! What the runner walks, what it says of files that it cannot judge, and how findings read.

use insta::assert_snapshot;
use proptest::prelude::*;
use sealegs::checks::{Options, select};
use sealegs::text::{Severity, snippet};

use super::{check_yaml, run};

#[test]
fn a_finding_names_container_path_value_and_origin() {
    let text = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
      initContainers:
      - name: chown
        image: tools:1
        securityContext:
          runAsUser: 0
";
    let only = ["run-as-user-zero", "run-as-non-root-contradiction"].map(|id| select(id).unwrap()).concat();
    let (sources, checked) = run(text, &Options { only, ..Options::default() });
    let shown: String = checked.findings.iter().map(|f| snippet::render(f, &sources)).collect();
    assert_snapshot!(shown, @r#"
    medium[run-as-non-root-contradiction]: root is both asked for and forbidden
      --> m.yaml:14:22
        |
     14 |           runAsUser: 0
        |                      ^ set on the container
       = Deployment shop/web: spec.template.spec.initContainers[0].securityContext.runAsUser is 0, set on the container "chown"
      ::: m.yaml:8:23
       |
     8 |         runAsNonRoot: true
       |                       ^^^^ the kubelet refuses to start a container as root because of this
       = help: set runAsUser to a user other than 0
    high[run-as-user-zero]: container is made to run as root
      --> m.yaml:14:22
        |
     14 |           runAsUser: 0
        |                      ^ set on the container
       = Deployment shop/web: spec.template.spec.initContainers[0].securityContext.runAsUser is 0, set on the container "chown"
      ::: m.yaml:9:20
       |
     9 |         runAsUser: 10001
       |                    ^^^^^ the pod's user, which this overrides
       = help: set runAsUser to a user other than 0
    "#);
}

#[test]
fn every_kind_and_every_class_of_container_is_walked() {
    let bad = "securityContext: {privileged: true}";
    let spec = format!(
        "{{initContainers: [{{name: i, {bad}}}], containers: [{{name: m, {bad}}}], ephemeralContainers: [{{name: e, {bad}}}]}}"
    );
    let text = format!(
        "{{kind: Pod, apiVersion: v1, spec: {spec}}}\n---\n\
         {{kind: Deployment, apiVersion: apps/v1, spec: {{template: {{spec: {spec}}}}}}}\n---\n\
         {{kind: CronJob, apiVersion: batch/v1, spec: {{jobTemplate: {{spec: {{template: {{spec: {spec}}}}}}}}}}}\n---\n\
         {{kind: PodTemplate, apiVersion: v1, template: {{spec: {spec}}}}}\n---\n\
         {{kind: List, apiVersion: v1, items: [{{kind: Job, apiVersion: batch/v1, spec: {{template: {{spec: {spec}}}}}}}]}}\n"
    );
    let found = check_yaml(&text);
    assert_eq!(found.iter().filter(|f| f.contains(" privileged-container ")).count(), 15, "{found:#?}");
    let (_, checked) = run(&text, &Options::default());
    assert_eq!((checked.read.documents, checked.read.objects), (5, 5));
    assert_eq!((checked.read.pods, checked.read.containers), (5, 15));
}

#[test]
fn a_file_that_could_not_be_judged_is_said_to_be_so() {
    let cases = [
        ("", "1:1 error no-object"),
        ("# only a comment\n---\n", "1:1 error no-object"),
        ("- a\n- b\n", "1:1 error not-an-object"),
        ("replicas: 1\nimage: x\n", "1:1 error kind-missing"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "2:7 error pod-spec-missing"),
        ("apiVersion: v1\nkind: Pod\nspec:\n  hostPID: {{ .Values.pid }}\n", "4:12 error not-rendered"),
        ("{{- if .Values.on }}\nkind: Pod\n{{- end }}\n", "error"),
        ("apiVersion: acme.io/v1\nkind: Rocket\n", "2:7 note kind-unknown"),
        (
            "apiVersion: acme.io/v1\nkind: Deployment\nspec: {template: {spec: {hostPID: true}}}\n",
            "2:7 note kind-unknown",
        ),
    ];
    for (text, wanted) in cases {
        let found = check_yaml(text);
        assert!(found.iter().any(|f| f.contains(wanted)), "{text:?}: {found:?}");
        let (_, checked) =
            run(text, &Options { min_severity: Some(Severity::Critical), ..Options::default() });
        assert!(!checked.findings.is_empty(), "{text:?} is silent under a threshold");
        assert_eq!(checked.is_incomplete(), !wanted.contains("note"), "{text:?}");
    }
    let (_, checked) = run(
        "kind: Gateway\napiVersion: gateway.networking.k8s.io/v1\n---\nkind: Rocket\n",
        &Options::default(),
    );
    assert_eq!(checked.read.unjudged.get("Gateway"), Some(&1));
    assert_eq!(checked.read.unknown.get("Rocket"), Some(&1));
}

#[test]
fn options_choose_by_id_alias_and_severity() {
    let text = "{kind: Pod, apiVersion: v1, spec: {hostPID: true, containers: [{name: a, image: a, securityContext: {privileged: true}}]}}";
    let codes = |options: &Options| {
        run(text, options).1.findings.iter().map(|f| f.code.to_string()).collect::<Vec<_>>()
    };
    let only = Options { only: select("CKV_K8S_16").unwrap(), ..Options::default() };
    assert_eq!(codes(&only), ["privileged-container"]);
    let skip = Options { skip: select("privileged-container").unwrap(), ..Options::default() };
    assert!(!codes(&skip).contains(&"privileged-container".to_owned()) && codes(&skip).len() > 3);
    let severe = Options { min_severity: Some(Severity::Critical), ..Options::default() };
    assert_eq!(codes(&severe), ["privileged-container"]);
}

#[test]
fn a_hardened_pod_has_no_finding() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  automountServiceAccountToken: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    seccompProfile: {type: RuntimeDefault}
  containers:
  - name: web
    image: registry.example.com/web:1.0
    securityContext: &hard
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
  - name: log
    image: registry.example.com/log:1.0
    securityContext: *hard
  - name: metrics
    image: registry.example.com/metrics:1.0
    securityContext: {<<: *hard, runAsUser: 10002}
";
    assert_eq!(check_yaml(text), Vec::<String>::new());
}

#[test]
fn one_root_cause_is_one_finding() {
    let ids = |text: &str| {
        let found = check_yaml(&format!("{{kind: Pod, apiVersion: v1, spec: {{{text}}}}}\n"));
        let ids = found.iter().filter_map(|f| f.split(' ').nth(2).map(str::to_owned));
        ids.filter(|id| id.contains("run-as") || id.contains("capab") || id.contains("mismatch"))
            .collect::<Vec<_>>()
    };
    let container = |context: &str| format!("containers: [{{name: a, securityContext: {{{context}}}}}]");
    let hard = "capabilities: {drop: [ALL]}";
    assert_eq!(ids(&container(&format!("runAsUser: 0, {hard}"))), ["run-as-user-zero"]);
    assert_eq!(ids(&container(&format!("runAsUser: 10005, {hard}"))), Vec::<String>::new());
    assert_eq!(
        ids(&container(&format!("runAsNonRoot: \"true\", {hard}"))),
        ["security-context-type-mismatch"]
    );
    assert_eq!(ids(&container("runAsUser: 10005, capabilities: {drop: [all]}")), ["capability-misspelled"]);
    assert_eq!(
        ids(&container("runAsUser: 10005, capabilities: {drop: ALL}")),
        ["security-context-type-mismatch"]
    );
    assert_eq!(
        ids("containers: [{name: a, securityContext: none}, {name: b, securityContext: []}]"),
        ["security-context-type-mismatch"; 2]
    );
    assert_eq!(
        ids(
            "securityContext: {runAsUser: 0, runAsNonRoot: true}, containers: [{name: a, securityContext: &h {capabilities: {drop: [ALL]}}}, {name: b, securityContext: *h}]"
        ),
        ["run-as-non-root-contradiction", "run-as-user-zero"]
    );
    assert_eq!(
        ids(&container("runAsUser: 10005, capabilities: {drop: [CAP_ALL]}")),
        ["capabilities-drop-all-missing", "capability-misspelled"]
    );
}

#[test]
fn the_pods_contradiction_is_said_once_with_every_heir_and_every_reason() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  securityContext: {runAsUser: 0, runAsNonRoot: true}
  initContainers:
  - {name: i, securityContext: {runAsNonRoot: true}}
  containers:
  - {name: a}
  - {name: b}
  - {name: c, securityContext: {runAsUser: 7}}
  - {name: d, securityContext: {runAsNonRoot: false}}
";
    let only = select("run-as-non-root-contradiction").unwrap();
    let (sources, checked) = run(text, &Options { only, ..Options::default() });
    let [finding] = checked.findings.as_slice() else { panic!("{:?}", checked.findings) };
    assert_eq!(
        finding.detail,
        "Pod p: spec.securityContext.runAsUser is 0, set on the pod, and counts for init container \"i\", container \"a\", container \"b\""
    );
    let related: Vec<_> =
        finding.related.iter().map(|label| sources.locate(label.span).unwrap().1.line).collect();
    assert_eq!(related, [7, 5]);
}

#[test]
fn fixes_fit_what_they_are_to_mend() {
    let helps = |id: &str, spec: &str| {
        let text = format!("{{kind: Pod, apiVersion: v1, spec: {{{spec}}}}}\n");
        let (_, checked) = run(&text, &Options { only: select(id).unwrap(), ..Options::default() });
        checked.findings.into_iter().map(|f| format!("{} | {}", f.detail, f.help)).collect::<Vec<_>>()
    };
    let container = |context: &str| format!("containers: [{{name: a, securityContext: {{{context}}}}}]");
    let cases = [
        // The API server refuses `privileged: true` beside `allowPrivilegeEscalation: false`.
        ("privilege-escalation-not-denied", container("privileged: true"), "remove privileged, then"),
        ("privilege-escalation-not-denied", container(""), "| set allowPrivilegeEscalation: false"),
        ("capabilities-drop-all-missing", container("privileged: true"), "privileged gives every capability"),
        ("capabilities-drop-all-missing", container(""), "the runtime's default set stays"),
        ("seccomp-profile-missing", container("privileged: true"), "| set privileged: false, and"),
        ("seccomp-profile-missing", container(""), "| set seccompProfile.type"),
        ("run-as-non-root-missing", container("runAsNonRoot: false"), "| set it to true"),
        ("run-as-non-root-missing", container(""), "| set runAsNonRoot: true in the pod's"),
        ("seccomp-unconfined", container("seccompProfile: {type: Unconfined}"), "open to container \"a\""),
        (
            "hostpath-volume",
            "volumes: [{name: v, hostPath: {path: /run/x.sock}}]".to_owned(),
            "| remove the volume",
        ),
        ("hostpath-volume", "volumes: [{name: v, hostPath: {path: /run}}]".to_owned(), "| use an emptyDir"),
        (
            "hostpath-volume",
            "volumes: [{name: v, hostPath: {}}]".to_owned(),
            "gives the pod a directory of its node",
        ),
        (
            "security-context-field-misplaced",
            container("fsGroup: 1"),
            "| move it into the pod's securityContext",
        ),
        (
            "security-context-field-misplaced",
            "containers: [{name: a, runAsUser: 1}]".to_owned(),
            "| move it into the container's securityContext",
        ),
        ("security-context-field-misplaced", "securityContext: {privileged: true}".to_owned(), "| remove it"),
        (
            "security-context-type-mismatch",
            "containers: [{name: a, ports: [{hostPort: 70000}]}]".to_owned(),
            "1 to 65535",
        ),
    ];
    for (id, spec, wanted) in cases {
        let found = helps(id, &spec);
        assert!(found.len() == 1 && found[0].contains(wanted), "{id}: {spec}: {found:?}");
    }
    for spec in ["volumes: [{name: v, hostPath: /run}]", "securityContext: {privileged: null}"] {
        assert_eq!(helps("hostpath-volume", spec), Vec::<String>::new());
        assert_eq!(helps("security-context-field-misplaced", spec), Vec::<String>::new());
    }
}

#[test]
fn a_file_of_nothing_but_containers_ends_soon() {
    let containers = "{name: a},".repeat(3_000);
    let mounts = "{name: v},".repeat(1_000);
    let volumes = "{name: v,hostPath: {path: /run}},".repeat(5);
    let text = format!(
        "{{kind: Pod, apiVersion: v1, spec: {{containers: [{containers} {{name: m, volumeMounts: [{mounts}]}}], volumes: [{volumes}]}}}}"
    );
    let (_, checked) = run(&text, &Options::default());
    assert_eq!(checked.read.containers, 3_001);
    assert!(checked.findings.len() > 15_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "(kind|spec|Pod|containers|securityContext|name|image|items|List|[-:{}\\[\\],&*<|\"'# \n\ta1]){0,60}") {
        let _ = check_yaml(&text);
        let _ = check_yaml(&format!("kind: Pod\nspec: {{containers: [{text}"));
    }
}
