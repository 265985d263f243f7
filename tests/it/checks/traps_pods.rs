//! Traps that other checkers fell into: what is easy to get wrong about pods and about the files they stand in.

use sealegs::checks::{Options, select};

use super::{check_yaml, run};

/// The findings of one check, as `line:column`.
fn places(id: &str, text: &str) -> Vec<String> {
    let found = check_yaml(text).into_iter().filter(|line| line.split(' ').nth(2) == Some(id));
    found.filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect()
}

/// How often each of these is found in a pod of this spec.
fn count(id: &str, spec: &str) -> usize {
    places(id, &format!("{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{{spec}}}}}\n")).len()
}

fn container(context: &str) -> String {
    format!("containers: [{{name: a, image: 'a:1', securityContext: {{{context}}}}}]")
}

#[test]
fn trap_01_containers_are_visited_init_main_ephemeral_and_sidecars_are_init() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  ephemeralContainers:
  - {name: e, image: 'a:1', securityContext: {privileged: true}}
  containers:
  - {name: m, image: 'a:1', securityContext: {privileged: true}}
  initContainers:
  - {name: s, image: 'a:1', restartPolicy: Always, securityContext: {privileged: true}}
  - {name: i, image: 'a:1', securityContext: {privileged: true}}
";
    let options = Options { only: select("privileged-container").unwrap(), ..Options::default() };
    let (_, checked) = run(text, &options);
    let mut titles: Vec<_> =
        checked.findings.iter().map(|f| f.detail.split(" of ").next().unwrap_or("").to_owned()).collect();
    titles.sort();
    let wanted =
        ["container \"m\"", "ephemeral container \"e\"", "init container \"i\"", "sidecar container \"s\""];
    assert_eq!(titles, wanted);
}

#[test]
fn trap_02_templates_are_found_where_each_kind_has_them_and_their_annotations_count() {
    let off = "container.apparmor.security.beta.kubernetes.io/a: unconfined";
    let pod = "spec: {containers: [{name: a, image: 'a:1'}]}";
    let own = format!("metadata: {{annotations: {{{off}}}}}, {pod}");
    let of = |kind: &str, body: &str| {
        places("apparmor-unconfined", &format!("{{kind: {kind}, metadata: {{name: w}}, {body}}}\n")).len()
    };
    for kind in ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Job"] {
        assert_eq!(of(kind, &format!("spec: {{template: {{{own}}}}}")), 1, "{kind}");
    }
    assert_eq!(of("CronJob", &format!("spec: {{jobTemplate: {{spec: {{template: {{{own}}}}}}}}}")), 1);
    assert_eq!(of("PodTemplate", &format!("template: {{{own}}}")), 1);
    let list = format!("{{apiVersion: v1, kind: PodList, items: [{{{own}}}, {{{own}}}]}}\n");
    assert_eq!(places("apparmor-unconfined", &list).len(), 2);
    let outside = format!(
        "{{kind: Deployment, metadata: {{annotations: {{{off}}}}}, spec: {{template: {{{pod}}}}}}}\n"
    );
    assert!(places("apparmor-unconfined", &outside).is_empty(), "the workload's own annotation is no pod's");
}

#[test]
fn trap_03_a_container_inherits_what_both_have_and_nothing_else() {
    let hard = "securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false}";
    let spec = format!("{hard}, {}", container("runAsNonRoot: true"));
    assert_eq!(count("root-filesystem-writable", &spec), 1);
    assert_eq!(count("privilege-escalation-not-denied", &spec), 1);
    assert_eq!(count("security-context-field-misplaced", &spec), 2);
    let pod = "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}";
    assert_eq!(count("run-as-non-root-missing", &format!("{pod}, {}", container(""))), 0);
    assert_eq!(count("seccomp-profile-missing", &format!("{pod}, {}", container(""))), 0);
    assert_eq!(count("run-as-non-root-missing", &format!("{pod}, {}", container("runAsNonRoot: false"))), 1);
}

#[test]
fn trap_04_unset_null_false_and_text_are_four_things() {
    let field = "allowPrivilegeEscalation";
    let found = |context: &str| {
        ["privilege-escalation-not-denied", "privilege-escalation-explicit", "security-context-type-mismatch"]
            .map(|id| count(id, &container(context)))
    };
    assert_eq!(found("runAsUser: 10001"), [1, 0, 0]);
    assert_eq!(found(&format!("{field}: null")), [1, 0, 0]);
    assert_eq!(found(&format!("{field}: ~")), [1, 0, 0]);
    assert_eq!(found(&format!("{field}: false")), [0, 0, 0]);
    assert_eq!(found(&format!("{field}: true")), [0, 1, 0]);
    assert_eq!(found(&format!("{field}: 'false'")), [0, 0, 1]);
}

#[test]
fn trap_05_what_the_api_server_fills_in_is_no_fault_of_the_file() {
    let ports = "containers: [{name: a, image: 'a:1', ports: [{containerPort: 8080}]}]";
    assert_eq!(count("host-port", &format!("hostNetwork: true, {ports}")), 0);
    assert_eq!(count("restricted-volume-type", &format!("volumes: [{{name: v}}], {ports}")), 0);
    let limit = "containers: [{name: a, image: 'a:1', resources: {limits: {memory: 64Mi, cpu: 1}}}]";
    assert_eq!(count("resource-quantity-invalid", limit), 0);
}

#[test]
fn trap_06_resources_of_the_pod_are_read_like_those_of_a_container() {
    let pod = "resources: {limits: {memory: 1GB}}, containers: [{name: a, image: 'a:1'}]";
    assert_eq!(count("resource-quantity-invalid", pod), 1);
    assert_eq!(count("resource-quantity-invalid", &pod.replace("1GB", "1G")), 0);
}

#[test]
fn trap_07_runtimes_read_more_spellings_than_pod_security() {
    let ids = ["capability-misspelled", "capabilities-drop-all-missing", "capability-added-beyond-baseline"];
    let found = |text: &str| ids.map(|id| count(id, &container(&format!("capabilities: {{{text}}}"))));
    assert_eq!(found("drop: [ALL]"), [0, 0, 0]);
    assert_eq!(found("drop: [all]"), [1, 0, 0], "dropped, but Pod Security does not see it");
    assert_eq!(found("drop: [CAP_ALL]"), [1, 1, 0], "containerd drops nothing");
    assert_eq!(found("drop: [ALL], add: [sys_time]"), [1, 0, 1], "added, however it is written");
    assert_eq!(found("drop: [ALL], add: [SYS_TYME]"), [1, 0, 0]);
    assert_eq!(count("capability-sys-admin-added", &container("capabilities: {add: [cap_sys_admin]}")), 1);
}

#[test]
fn trap_08_only_what_follows_the_last_slash_holds_the_tag() {
    let latest =
        |image: &str| count("image-tag-latest", &format!("containers: [{{name: a, image: '{image}'}}]"));
    for image in ["localhost:5000/app", "app", "r.io:443/a/b", "app:latest", "App/app"] {
        assert_eq!(latest(image), 1, "{image}");
    }
    for image in
        ["localhost:5000/app:1", "app@sha256:00", "app:latest@sha256:00", "a:5000/b:latest-1", "$IMG"]
    {
        assert_eq!(latest(image), 0, "{image}");
    }
}

#[test]
fn trap_09_quantities_are_compared_by_value_and_an_invalid_one_has_its_column() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a
    image: a:1
    resources:
      requests: {cpu: 0.5, memory: 1Gi}
      limits: {cpu: 500m, memory: 1GB}
";
    assert_eq!(places("resource-quantity-invalid", text), ["10:35"]);
    assert_eq!(
        places("resource-quantity-invalid", &text.replace("1GB", "1G")),
        ["9:36"],
        "1Gi is more than 1G"
    );
    for right in ["1e9, x.io/a: 1", "'1073741824'", "2048Mi", "1.5Gi"] {
        let text = text.replace("1GB", right).replace("1Gi", "1G");
        assert!(places("resource-quantity-invalid", &text).is_empty(), "{right}");
    }
}

const BAD: &str =
    "kind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: [{name: a, image: 'a:1'}]}\n";

#[test]
fn trap_10_documents_begin_and_end_as_yaml_says() {
    let head = "apiVersion: v1\n";
    for between in ["---\n", "---  \n", "--- # two\n", "...\n---\n", "---\n# nothing\n---\n"] {
        let text = format!("{head}{BAD}{between}{head}{BAD}");
        assert_eq!(places("host-pid", &text).len(), 2, "{between:?}");
        assert_eq!(places("host-pid", &text.replace('\n', "\r\n")).len(), 2, "{between:?}");
    }
    assert_eq!(places("host-pid", &format!("\u{feff}{head}{BAD}")), ["4:17"]);
    let scalar =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  x: |\n    a\n    ---\n    b\n";
    assert_eq!(places("host-pid", &format!("{scalar}---\n{head}{BAD}")), ["13:17"]);
}

#[test]
fn trap_10_an_alias_and_a_merge_key_lead_to_the_place_that_sets_the_value() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a
    image: a:1
    securityContext: &base
      privileged: true
  - name: b
    image: a:1
    securityContext: {<<: *base, runAsUser: 10001}
  - name: c
    image: a:1
    securityContext: {<<: *base, privileged: false}
";
    assert_eq!(places("privileged-container", text), ["9:19", "9:19"]);
}

#[test]
fn trap_10_duplicate_keys_tabs_and_yes() {
    let pod = |line: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n{line}  containers: [{{name: a, image: 'a:1'}}]\n"
        )
    };
    let says = |text: &str, word: &str| check_yaml(text).iter().any(|line| line.contains(word));
    assert!(
        says(&pod("  hostPID: false\n  hostPID: true\n"), "error"),
        "strict decoding refuses a second key"
    );
    assert!(says(&pod("\thostPID: true\n"), "error"));
    assert_eq!(places("host-pid", &pod("  hostPID: yes\n")), ["5:12"], "YAML 1.1, as Kubernetes reads it");
    assert_eq!(places("host-pid", &pod("  hostPID: 'yes'\n")), Vec::<String>::new());
    let ports = "containers: [{name: a, image: 'a:1', ports: [{containerPort: '80'}]}]";
    assert_eq!(count("security-context-type-mismatch", ports), 1);
}

#[test]
fn trap_11_what_is_not_rendered_is_said_and_never_clean() {
    for text in [
        "{{- if .Values.on }}\nkind: Pod\n{{- end }}\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  hostPID: {{ .Values.pid }}\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  {{- toYaml .Values.spec | nindent 2 }}\n",
    ] {
        let (_, checked) = run(text, &Options::default());
        assert!(checked.is_incomplete(), "{text}: {:?}", checked.findings);
    }
}

#[test]
fn trap_16_an_empty_name_is_unset_and_the_old_field_counts_then() {
    let account =
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\nautomountServiceAccountToken: false\n";
    let pod = |name: &str| {
        format!(
            "{account}---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{{name}, containers: [{{name: a, image: 'a:1'}}]}}\n"
        )
    };
    let mounted = |name: &str| places("service-account-token-automounted", &pod(name)).len();
    assert_eq!(mounted("serviceAccountName: web"), 0);
    assert_eq!(mounted("serviceAccountName: '', serviceAccount: web"), 0);
    assert_eq!(mounted("serviceAccountName: other, serviceAccount: web"), 1);
    assert_eq!(mounted("automountServiceAccountToken: null"), 1);
}

#[test]
fn trap_17_a_workload_is_stored_and_each_of_its_pods_refused() {
    let space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}\n---\n";
    let spec = "spec: {hostPID: true, containers: [{name: a, image: 'a:1'}]}";
    let of = |kind: &str, body: &str| {
        let text = format!("{space}{{kind: {kind}, metadata: {{name: a, namespace: shop}}, {body}}}\n");
        check_yaml(&text)
            .into_iter()
            .filter(|line| line.contains("pod-security-level-baseline"))
            .collect::<Vec<_>>()
    };
    let pod = of("Pod", spec);
    assert!(pod.len() == 1 && pod[0].contains("so the pod is refused"), "{pod:?}");
    let workload = of("Deployment", &format!("spec: {{template: {{{spec}}}}}"));
    assert!(workload.len() == 1 && workload[0].contains("so every pod of it is refused"), "{workload:?}");
}

#[test]
fn trap_19_only_the_pods_own_word_makes_it_windows() {
    let ids = ["privilege-escalation-not-denied", "capabilities-drop-all-missing", "seccomp-profile-missing"];
    let found = |os: &str| ids.map(|id| count(id, &format!("{os}containers: [{{name: a, image: 'a:1'}}]")));
    assert_eq!(found("os: {name: windows}, "), [0, 0, 0]);
    assert_eq!(found("os: {name: linux}, "), [1, 1, 1]);
    assert_eq!(found("nodeSelector: {kubernetes.io/os: windows}, "), [1, 1, 1]);
    let all = |id: &str| count(id, "os: {name: windows}, containers: [{name: a, image: 'a:1'}]");
    assert_eq!(all("run-as-non-root-missing"), 1, "that one holds on Windows, too");
}

#[test]
fn trap_20_a_pass_needs_evidence() {
    let (_, empty) = run("# nothing\n", &Options::default());
    assert!(empty.is_incomplete() && empty.read.objects == 0);
    let (_, checked) = run(&format!("apiVersion: v1\n{BAD}---\nkind: Rocket\n"), &Options::default());
    assert_eq!((checked.read.documents, checked.read.objects, checked.read.containers), (2, 2, 1));
    assert_eq!(checked.read.unknown.get("Rocket"), Some(&1));
}
