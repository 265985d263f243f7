//! `can`: yes or no, by which rule at which line, and what is not known.

use super::Sealegs;

const RBAC: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: shop }
rules:
  - apiGroups: ['']
    resources: [pods]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: readers, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects:
  - { kind: ServiceAccount, name: web }
  - { kind: Group, name: dev }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: charts }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: of-a-chart }
subjects: [{ kind: User, name: ann }]
";

const WEB: &str = "system:serviceaccount:shop:web";

fn cluster() -> Sealegs {
    let s = Sealegs::new();
    std::fs::create_dir(s.home().join("k")).unwrap();
    std::fs::write(s.home().join("k/rbac.yaml"), RBAC).unwrap();
    s
}

#[test]
fn yes_and_no_are_exit_codes_with_a_line() {
    let s = cluster();
    let yes = s.run(&["can", "get", "pods", "--as", WEB, "-n", "shop", "k"]);
    assert_eq!((yes.code, yes.err.as_str()), (0, ""), "{}", yes.out);
    assert!(yes.out.starts_with("yes: system:serviceaccount:shop:web may get pods in shop\n"), "{}", yes.out);
    assert!(yes.out.contains("k/rbac.yaml:6:17") && yes.out.contains("k/rbac.yaml:14:"), "{}", yes.out);
    let no = s.run(&["can", "get", "pods/log", "--as", WEB, "-n", "shop", "k"]);
    assert_eq!(no.code, 1);
    assert!(no.out.contains("speaks of `pods`, which is not `pods/log`"), "{}", no.out);
    assert_eq!(s.run(&["can", "get", "pods", "--as", WEB, "k"]).code, 1);
    assert_eq!(s.run(&["can", "get", "pods", "--as", "x", "--as-group", "dev", "-n", "shop", "k"]).code, 0);
    assert_eq!(s.run(&["can", "get", "pods", "--as", WEB, "--as-group", "dev", "-n", "shop", "k"]).code, 0);
    let fed = s.feed(&["can", "get", "pods", "--as", WEB, "-n", "shop", "-"], RBAC);
    assert_eq!(fed.code, 0, "{}", fed.err);
}

#[test]
fn what_is_not_among_the_files_is_no_no() {
    let s = cluster();
    let unknown = s.run(&["can", "get", "pods", "--as", "ann", "k"]);
    assert_eq!(unknown.code, 3);
    assert!(unknown.out.contains("the rules of of-a-chart are not among what was read"), "{}", unknown.out);
    std::fs::write(s.home().join("k/broken.yaml"), "a: [").unwrap();
    let broken = s.run(&["can", "get", "pods", "--as", WEB, "k"]);
    assert_eq!(broken.code, 3);
    assert!(broken.out.contains("not read: k/broken.yaml"), "{}", broken.out);
    assert_eq!(s.run(&["can", "get", "pods", "--as", WEB, "-n", "shop", "k"]).code, 0);
}

#[test]
fn everything_that_one_can_is_listed() {
    let s = cluster();
    let text = s.run(&["can", "--list", "--as", WEB, "k"]);
    assert_eq!((text.code, text.out.lines().next()), (0, Some("in shop: get pods")));
    let json = s.run(&["can", "--list", "--as", "ann", "--format", "json", "k"]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json.code, 3);
    assert!(value["rules"][0]["unknown"].is_string(), "{value}");
    assert!(s.run(&["can", "--list", "--as", "zoe", "k"]).out.contains("no binding names zoe"));
}

#[test]
fn wrong_questions_are_said() {
    let s = cluster();
    for args in [
        &["can", "get", "--as", "x"][..],
        &["can", "get", "pods", "--as", "x"],
        &["can", "get", "pods", "--as", "x", "nowhere"],
        &["can", "get", "/version", "-n", "shop", "--as", "x", "k"],
    ] {
        let ran = s.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.out);
        assert!(!ran.err.is_empty(), "{args:?}");
    }
}

#[test]
fn who_reaches_cluster_admin_is_told_step_by_step() {
    let s = cluster();
    let nobody = s.run(&["can", "--reach", "cluster-admin", "--as", WEB, "k"]);
    assert_eq!(nobody.code, 3, "{}", nobody.out);
    assert!(nobody.out.contains("nobody else is seen to reach cluster-admin"), "{}", nobody.out);
    assert!(nobody.out.contains("not known: ClusterRoleBinding charts may give more"), "{}", nobody.out);
    let strong = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: tiller }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: tiller, namespace: shop }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: editors, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit }
subjects: [{ kind: Group, name: dev }]
";
    std::fs::write(s.home().join("k/strong.yaml"), strong).unwrap();
    let text = s.run(&["can", "--reach", "cluster-admin", "k"]);
    assert_eq!(text.code, 1, "{}", text.err);
    for line in [
        "ServiceAccount shop/tiller may do everything already",
        "Group dev reaches cluster-admin in 1 step:",
        "1. asks as ServiceAccount shop/tiller",
        "RoleBinding shop/editors gives it in shop (k/strong.yaml:10:",
        "what is not looked at:",
    ] {
        assert!(text.out.contains(line), "{line}: {}", text.out);
    }
    let json = s.run(&["can", "--reach", "cluster-admin", "--format", "json", "k"]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["chains"][0]["steps"][0]["way"], "impersonate", "{value}");
    assert_eq!(s.run(&["can", "--reach", "cluster-admin", "-n", "shop", "k"]).code, 2);
    let nobody = s.run(&["can", "--reach", "zoe", "k"]);
    assert!(nobody.code == 2 && nobody.err.contains("no binding names User zoe"), "{}", nobody.err);
    let everybody = strong.replace("name: dev", "name: \"system:authenticated\"");
    std::fs::write(s.home().join("k/strong.yaml"), everybody).unwrap();
    let stranger = s.run(&["can", "--reach", "cluster-admin", "--as", "zoe", "k"]);
    assert!(
        stranger.code == 1 && stranger.out.contains("Group system:authenticated reaches"),
        "{}",
        stranger.out
    );
    std::fs::write(s.home().join("k/strong.yaml"), strong).unwrap();
    let web = s.run(&["can", "--reach", WEB, "k"]);
    assert!(web.code == 1 && web.out.contains("Group dev reaches"), "{}", web.out);
}
