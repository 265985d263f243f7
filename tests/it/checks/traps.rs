//! Traps that other checkers fell into: what is easy to get wrong about roles, policies and tokens, by number.

use super::check_yaml;

/// The ids of the findings that begin so.
fn ids(text: &str, prefix: &str) -> Vec<String> {
    let lines = check_yaml(text);
    let ids = lines.iter().flat_map(|line| line.split([' ', ':'])).filter(|word| word.starts_with(prefix));
    ids.map(str::to_owned).collect()
}

fn of_role(groups: &str, resources: &str, rest: &str) -> Vec<String> {
    let rule = format!("{{apiGroups: [{groups}], resources: [{resources}], {rest}}}");
    let head = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: shop}\n";
    ids(
        &format!("{head}rules:\n- {{apiGroups: [''], resources: [nodes], verbs: [get]}}\n- {rule}\n"),
        "rbac-",
    )
}

#[test]
fn trap_12_rules_are_judged_one_by_one_with_their_groups() {
    assert_eq!(of_role("''", "secrets", "verbs: [get]"), ["rbac-secrets-access"]);
    assert!(of_role("acme.io", "secrets", "verbs: [get]").is_empty());
    assert_eq!(of_role("acme.io", "'*'", "verbs: [get]"), ["rbac-wildcard-resources"]);
    assert_eq!(of_role("acme.io", "'*'", "verbs: ['*']"), ["rbac-wildcard-resources", "rbac-wildcard-verbs"]);
    assert_eq!(of_role("''", "'*'", "verbs: ['*']"), ["rbac-wildcard-all"]);
}

#[test]
fn trap_12_a_subresource_is_none_of_its_resource() {
    assert_eq!(of_role("''", "pods/exec", "verbs: [get]"), ["rbac-pod-exec-attach"]);
    assert_eq!(of_role("''", "'*/exec'", "verbs: [create]"), ["rbac-pod-exec-attach"]);
    for harmless in ["pods", "'pods/*'", "pods/log"] {
        assert!(of_role("''", harmless, "verbs: [get]").is_empty(), "{harmless}");
    }
    assert!(of_role("''", "pods/exec", "verbs: [create]").contains(&"rbac-pod-exec-attach".to_owned()));
    assert!(!of_role("''", "pods/exec", "verbs: [create]").contains(&"rbac-pod-create".to_owned()));
}

#[test]
fn trap_12_names_do_not_hold_create_but_hold_subresources() {
    let named =
        |resource: &str, verb: &str| of_role("''", resource, &format!("resourceNames: [a], verbs: [{verb}]"));
    assert!(named("secrets", "get").is_empty());
    assert_eq!(named("pods", "create"), ["rbac-pod-create"]);
    assert!(named("events", "deletecollection").is_empty(), "a collection has no name, so this is refused");
    assert!(named("serviceaccounts/token", "create").is_empty());
}

#[test]
fn trap_12_a_role_grants_nothing_that_has_no_namespace() {
    assert!(of_role("''", "nodes/proxy", "verbs: [get]").is_empty());
    assert!(of_role("''", "persistentvolumes", "verbs: [create]").is_empty());
    assert_eq!(of_role("rbac.authorization.k8s.io", "clusterroles", "verbs: [bind]"), ["rbac-bind-verb"]);
}

#[test]
fn trap_12_names_of_administrators_narrow_nothing() {
    let bind = |name: &str| {
        of_role(
            "rbac.authorization.k8s.io",
            "clusterroles",
            &format!("resourceNames: [{name}], verbs: [bind]"),
        )
    };
    assert!(bind("view").is_empty());
    assert_eq!(bind("cluster-admin"), ["rbac-bind-verb"]);
}

#[test]
fn trap_12_the_worst_verb_speaks_for_the_star() {
    assert_eq!(of_role("rbac.authorization.k8s.io", "roles", "verbs: ['*']"), ["rbac-escalate-verb"]);
    assert_eq!(of_role("''", "serviceaccounts", "verbs: ['*']"), ["rbac-impersonate-verb"]);
    assert_eq!(of_role("apps", "deployments", "verbs: ['*']"), ["rbac-wildcard-verbs"]);
}

fn of_policy(spec: &str, pods: &str) -> Vec<String> {
    let head =
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\n";
    ids(&format!("{head}spec: {spec}\n{pods}"), "network-policy-")
}

const WEB: &str = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}}\nspec: {containers: [{name: a, image: 'a:1'}]}\n";

#[test]
fn trap_13_emptiness_means_opposite_things() {
    assert!(of_policy("{podSelector: {}, ingress: []}", "").is_empty());
    assert_eq!(of_policy("{podSelector: {}, ingress: [{}]}", ""), ["network-policy-allow-all"]);
    assert_eq!(of_policy("{podSelector: {}, ingress: [{from: []}]}", ""), ["network-policy-allow-all"]);
    assert_eq!(of_policy("{podSelector: {}, egress: []}", ""), ["network-policy-types-missing-egress"]);
    assert!(of_policy("{podSelector: {}, policyTypes: [Ingress], egress: [{}]}", "").len() == 1);
}

#[test]
fn trap_13_an_empty_selector_is_every_pod_and_an_expression_counts() {
    let closed = "policyTypes: [Ingress, Egress]";
    assert!(of_policy(&format!("{{podSelector: {{}}, {closed}}}"), WEB).is_empty());
    let select = |e: &str| {
        of_policy(&format!("{{podSelector: {{matchExpressions: [{{key: app, {e}}}]}}, {closed}}}"), WEB)
    };
    assert!(select("operator: In, values: [web]").is_empty());
    assert_eq!(select("operator: NotIn, values: [web]"), ["network-policy-selects-nothing"]);
}

#[test]
fn trap_13_policies_add_up_and_pods_of_other_namespaces_are_others() {
    let ingress = "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}";
    assert_eq!(of_policy(ingress, WEB), ["network-policy-egress-not-restricted"]);
    assert!(of_policy(ingress, &WEB.replace("shop", "other")).is_empty());
    let second = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: q, namespace: shop}\nspec: {policyTypes: [Egress]}\n";
    assert!(of_policy(ingress, &format!("{second}{WEB}")).is_empty());
}

#[test]
fn trap_13_no_namespace_is_not_the_one_called_default() {
    let policy = "{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress]}";
    let apply = |text: &str| text.replace(", namespace: shop", "");
    let head =
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: default}\n";
    let text = |pod: &str| format!("{head}spec: {policy}\n{pod}");
    assert!(ids(&text(&apply(WEB)), "network-policy-").is_empty());
    let there = WEB.replace("shop", "default");
    assert_eq!(ids(&text(&there), "network-policy-"), ["network-policy-selects-nothing"]);
}

fn of_pod(account: &str, pod: &str) -> Vec<String> {
    let account = format!("apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: web}}\n{account}");
    let pod = format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  serviceAccountName: web\n{pod}"
    );
    ids(&format!("{account}{pod}  containers: [{{name: a, image: 'a:1'}}]\n"), "service-account-")
}

#[test]
fn trap_16_the_pods_field_wins_and_unset_is_mounted() {
    let (on, off) = ("automountServiceAccountToken: true\n", "automountServiceAccountToken: false\n");
    let mounted = "service-account-token-automounted";
    assert!(of_pod(off, "").is_empty());
    assert_eq!(of_pod(off, &format!("  {on}")), [mounted]);
    assert!(of_pod(on, &format!("  {off}")).is_empty());
    assert_eq!(of_pod(on, ""), [mounted]);
    assert_eq!(of_pod("", ""), [mounted]);
    let projected = "  automountServiceAccountToken: false\n  volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t}}]}}]\n";
    assert!(of_pod(on, projected).is_empty());
}
