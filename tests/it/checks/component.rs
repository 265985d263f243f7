//! Traps that other checkers fell into: what is easy to get wrong about flags, their files and audit policies, by number.

use sealegs::checks::{self, File, Options};
use sealegs::parse::{Language, Limits};
use sealegs::text::{Finding, Severity, Sources};

use super::{check_yaml, run_as};

/// The ids of the findings that begin so.
fn ids(text: &str, prefix: &str) -> Vec<String> {
    let lines = check_yaml(text);
    let ids = lines.iter().flat_map(|line| line.split([' ', ':'])).filter(|word| word.starts_with(prefix));
    ids.map(str::to_owned).collect()
}

fn of_pod(container: &str, prefix: &str) -> Vec<String> {
    let pod = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{{name: a, {container}}}]}}}}\n"
    );
    ids(&pod, prefix)
}

#[test]
fn trap_14_the_last_flag_wins_however_it_is_written() {
    let profiling =
        |words: &str| !of_pod(&format!("command: [kube-scheduler, {words}]"), "scheduler-prof").is_empty();
    for wrong in [
        "-v=2",
        "--profiling",
        "--profiling=TRUE",
        "--profiling=false, --profiling=1",
        "--profiling, 'false'",
    ] {
        assert!(profiling(wrong), "{wrong}");
    }
    for right in [
        "--profiling=false",
        "--profiling=true, --profiling=F",
        "--config=/a.yaml",
        "--secure-port=0",
        "--version",
    ] {
        assert!(!profiling(right), "{right}");
    }
    let args = "command: [/usr/local/bin/kube-scheduler], args: ['--profiling=false']";
    assert!(of_pod(args, "scheduler-prof").is_empty());
    let starter = "command: [/go-runner, --profiling=false, /usr/local/bin/kube-scheduler, -v=2]";
    assert_eq!(of_pod(starter, "scheduler-prof"), ["scheduler-profiling"]);
}

#[test]
fn trap_14_lists_add_up_and_the_old_flag_counts() {
    let of = |words: &str| of_pod(&format!("command: [kube-apiserver, {words}]"), "apiserver-admission-node");
    assert_eq!(of("'--enable-admission-plugins=PodNodeSelector'").len(), 1);
    assert!(
        of("'--enable-admission-plugins=PodNodeSelector', '--enable-admission-plugins=NodeRestriction'")
            .is_empty()
    );
    assert!(of("--enable-admission-plugins, 'PodNodeSelector,NodeRestriction'").is_empty());
    assert!(of("--admission-control=NodeRestriction").is_empty());
    assert_eq!(of("--admission-control=NamespaceLifecycle").len(), 1);
}

#[test]
fn trap_14_one_of_flag_and_file_decides() {
    let of = |words: &str, prefix: &str| of_pod(&format!("command: [kube-apiserver, {words}]"), prefix);
    let authorization = "apiserver-authorization";
    assert_eq!(of("-v=2", authorization), ["apiserver-authorization-always-allow"]);
    assert!(of("--authorization-config=/a.yaml", authorization).is_empty());
    assert_eq!(of("'--authorization-mode=RBAC'", authorization), ["apiserver-authorization-node-missing"]);
    assert_eq!(
        of("'--authorization-mode=Node,Webhook'", authorization),
        ["apiserver-authorization-rbac-missing"]
    );
    let anonymous = "apiserver-anonymous";
    let rbac = "'--authorization-mode=Node,RBAC'";
    assert_eq!(of(rbac, anonymous).len(), 1);
    assert!(of(&format!("{rbac}, --anonymous-auth=false"), anonymous).is_empty());
    assert!(of(&format!("{rbac}, --authentication-config=/a.yaml"), anonymous).is_empty());
    // The server resets it.
    assert!(of("--authorization-mode=AlwaysAllow, --anonymous-auth=true", anonymous).is_empty());
}

#[test]
fn trap_14_an_absent_flag_and_an_absent_field_have_defaults_of_their_own() {
    let file = |fields: &str, prefix: &str| {
        let head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
        ids(&format!("{head}{fields}"), prefix)
    };
    for id in ["kubelet-anonymous-auth", "kubelet-authorization", "kubelet-read-only-port"] {
        assert!(file("", id).is_empty(), "{id}");
        assert_eq!(of_pod("command: [kubelet]", id).len(), 1, "{id}");
        assert!(of_pod("command: [kubelet, --config=/a.yaml]", id).is_empty(), "{id}");
    }
    assert!(file("authentication: {anonymous: {enabled: null}}\n", "kubelet-anonymous").is_empty());
    assert_eq!(file("authentication: {anonymous: {enabled: true}}\n", "kubelet-anonymous").len(), 1);
    assert_eq!(of_pod("command: [kubelet, --pod-max-pids, '-1']", "kubelet-pod-pids").len(), 1);
    assert!(of_pod("command: [kubelet, --pod-max-pids, '1024']", "kubelet-pod-pids").is_empty());
    // What kubeadm reads it fills in.
    let kubeadm = "---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    assert_eq!(file("", "kubelet-client-ca-file").len(), 1);
    assert!(file(kubeadm, "kubelet-client-ca-file").is_empty());
    assert!(file(kubeadm, "kubelet-rotate-certificates").is_empty());
    assert_eq!(file(kubeadm, "kubelet-seccomp-default").len(), 1);
}

#[test]
fn trap_18_the_first_audit_rule_that_matches_decides() {
    let of = |rules: &str| {
        let head = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\n";
        let mut ids = ids(&format!("{head}rules:\n{rules}"), "audit-policy-");
        ids.dedup();
        ids
    };
    let secrets = "- {level: Metadata, resources: [{group: '', resources: [secrets, configmaps, serviceaccounts/token]}, {group: authentication.k8s.io}]}\n";
    let bodies = "- level: RequestResponse\n";
    assert!(of(&format!("{secrets}{bodies}")).is_empty());
    assert_eq!(of(&format!("{bodies}{secrets}")), ["audit-policy-secret-body", "audit-policy-rule-shadowed"]);
    assert_eq!(
        of("- level: None\n- level: Metadata\n"),
        ["audit-policy-catch-all-none", "audit-policy-rule-shadowed"]
    );
    assert!(of("- {level: None, users: [a]}\n- level: Metadata\n").is_empty());
    let narrow = "- {level: RequestResponse, resources: [{group: '', resources: [secrets], resourceNames: [a]}]}\n- level: Metadata\n";
    assert_eq!(of(narrow), ["audit-policy-secret-body"]);
}

#[test]
fn a_listing_of_files_is_known_by_its_lines_and_each_line_is_judged() {
    let text = "# node-1\n644 root:root /etc/kubernetes/admin.conf\n600 etcd:etcd /etc/kubernetes/pki/ca.key\n777 a:b /tmp/x\n";
    let sources = Sources::new();
    let source = sources.add("node-1.txt", text);
    let file = File::read(&source, Limits::default());
    assert_eq!(file.language, Language::Text);
    let checked = checks::run(&[file], &Options::default());
    let found: Vec<_> = checked.findings.iter().map(|f| (f.code.as_ref(), f.severity)).collect();
    assert_eq!(
        found,
        [("admin-kubeconfig-permissions", Severity::Critical), ("pki-ownership", Severity::High)]
    );
    assert!(!checked.is_incomplete());
}

/// What kubeadm is told is judged as what it makes of it, where it is told.
#[test]
fn configurations_of_kubeadm_are_judged_by_the_tables_of_flags() {
    let found = |text: &str, only: &[&str]| {
        let (_, checked) = run_as(Language::Yaml, text, &Options::default());
        let of = |f: &&Finding| only.contains(&&*f.code);
        let place = |f: &Finding| format!("{} {}", f.code, &text[f.primary.span.range()]);
        checked.findings.iter().filter(of).map(place).collect::<Vec<_>>()
    };
    let old = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n    profiling: \"true\"\n    \
               enable-admission-plugins: AlwaysPullImages\n    authorization-mode: AlwaysAllow,Node\ncontrollerManager:\n  \
               extraArgs: {bind-address: 0.0.0.0}\nscheduler:\n  extraArgs: {profiling: \"false\"}\netcd:\n  local:\n    extraArgs:\n      \
               peer-auto-tls: \"true\"\n";
    let ids = [
        "apiserver-profiling",
        "apiserver-admission-node-restriction",
        "apiserver-authorization-always-allow",
        "apiserver-kubelet-client-certificate",
        "apiserver-tls-certificate",
        "controller-manager-bind-address",
        "controller-manager-profiling",
        "scheduler-profiling",
        "etcd-peer-auto-tls",
        "etcd-server-certificate",
        "audit-policy-absent",
    ];
    assert_eq!(
        found(old, &ids),
        [
            "audit-policy-absent extraArgs",
            "apiserver-profiling \"true\"",
            "apiserver-admission-node-restriction AlwaysPullImages",
            "apiserver-authorization-always-allow AlwaysAllow,Node",
            "controller-manager-profiling extraArgs",
            "controller-manager-bind-address 0.0.0.0",
            "etcd-peer-auto-tls \"true\"",
        ]
    );
    let new = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n  - name: \
               anonymous-auth\n    value: \"true\"\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\netcd:\n  \
               external: {endpoints: [\"http://10.0.0.1:2379\"]}\n";
    assert_eq!(
        found(new, &["kubelet-anonymous-auth", "kubelet-rotate-certificates", "apiserver-etcd-ca-file"]),
        ["kubelet-anonymous-auth \"true\"", "apiserver-etcd-ca-file ClusterConfiguration"]
    );
    let mended = sealegs::checks::mend(&[("a.yaml", old)], &Options::default());
    assert!(mended[0].text.contains("profiling: \"false\"\n    enable"), "{}", mended[0].text);
    assert!(mended[0].text.contains("\"AlwaysPullImages,NodeRestriction\""), "{}", mended[0].text);
    let other = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\n";
    assert!(
        run_as(Language::Yaml, other, &Options::default())
            .1
            .findings
            .iter()
            .any(|f| f.code == "kind-unknown")
    );
}
