//! The simulator of RBAC: documented cases, laws, and what a pod's tokens say of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use proptest::prelude::*;
use sealegs::model::objects;
use sealegs::parse::json as parse;
use sealegs::sim::rbac::{Caller, Decision, Grants, Outside, Request, Target, What, probe, refusals};
use sealegs::sim::world::World;
use sealegs::sim::{Answer, Verdict};
use serde_json::{Value, json};

use super::door::{self, tree};

fn ask(input: &Value) -> Value {
    door::ask("rbac", input)
}

/// `bind` of a case as a binding; `ask` and `path` of its spec as attributes.
fn input(objects: &[Value], case: &Value) -> Value {
    let mut objects = objects.to_vec();
    if let Some(bind) = case.get("bind") {
        let everywhere = bind.get("everywhere").is_some();
        let kind = bind.get("kind").cloned();
        objects.push(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": if everywhere { "ClusterRoleBinding" } else { "RoleBinding" },
            "metadata": if everywhere { json!({ "name": "b" }) } else { json!({ "name": "b", "namespace": "shop" }) },
            "roleRef": {
                "kind": kind.unwrap_or_else(|| json!(if everywhere { "ClusterRole" } else { "Role" })),
                "name": bind.get("role").cloned().unwrap_or(json!("reader")),
            },
            "subjects": bind["subjects"],
        }));
    }
    let asked = &case["spec"];
    let mut spec = json!({});
    for key in ["user", "groups"] {
        if let Some(value) = asked.get(key) {
            spec[key] = value.clone();
        }
    }
    if let Some(raw) = asked.get("raw") {
        spec["resourceAttributes"] = raw.clone();
    }
    if let Some((verb, kind)) = asked.get("ask").and_then(|a| a.as_str()?.split_once(' ')) {
        let (resource, subresource) = kind.split_once('/').unwrap_or((kind, ""));
        let of = |key: &str| asked.get(key).cloned().unwrap_or(json!(""));
        spec["resourceAttributes"] = json!({ "verb": verb, "resource": resource, "subresource": subresource,
            "group": of("group"), "namespace": of("in"), "name": of("name") });
    }
    if let Some((verb, path)) = asked.get("path").and_then(|a| a.as_str()?.split_once(' ')) {
        spec["nonResourceAttributes"] = json!({ "verb": verb, "path": path });
    }
    json!({ "objects": objects, "spec": spec })
}

#[test]
fn cases() {
    let file = door::file("rbac");
    let objects = file["objects"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let answer = ask(&input(objects, case));
        wrong.extend(door::differs(case, door::word(&answer), &answer));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The objects that a table of upstream's is short for.
fn written(table: &Value) -> Vec<Value> {
    let of = |key: &str| table[key].as_array().unwrap().iter();
    let roles = of("roles").map(|role| {
        let name = role.get("cluster").or(role.get("role")).unwrap();
        let kind = if role.get("cluster").is_some() { "ClusterRole" } else { "Role" };
        let mut out = json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
            "metadata": { "name": name, "namespace": role["in"], "labels": role["labels"] }, "rules": role["rules"] });
        if let Some(sums) = role.get("sums").and_then(Value::as_array) {
            let selectors: Vec<Value> = sums.iter().map(|labels| json!({ "matchLabels": labels })).collect();
            out["aggregationRule"] = json!({ "clusterRoleSelectors": selectors });
        }
        out
    });
    let bindings = of("bindings").enumerate().map(|(number, binding)| {
        let subjects = binding["to"].as_array().unwrap().iter().map(|subject| {
            let (kind, name) = subject.as_str().unwrap().split_once(':').unwrap();
            match name.split_once('/') {
                Some((namespace, name)) => json!({ "kind": kind, "name": name, "namespace": namespace }),
                None => json!({ "kind": kind, "name": name }),
            }
        });
        let kind = if binding.get("in").is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
        let role = match binding.get("cluster-role") {
            Some(name) => json!({ "kind": "ClusterRole", "name": name }),
            None => json!({ "kind": "Role", "name": binding["role"] }),
        };
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
            "metadata": { "name": format!("b{number}"), "namespace": binding["in"] }, "roleRef": role,
            "subjects": subjects.collect::<Vec<_>>() })
    });
    roles.chain(bindings).collect()
}

/// `USER|GROUPS|VERB|RESOURCE or PATH|NAMESPACE|API GROUP` as the spec of a review.
fn review(line: &str) -> Value {
    let words: Vec<&str> = line.split('|').collect();
    let word = |at: usize| words.get(at).copied().unwrap_or("");
    let groups: Vec<&str> = word(1).split(',').filter(|group| !group.is_empty()).collect();
    let mut spec = json!({ "user": word(0), "groups": groups });
    let what = word(3);
    if what.starts_with('/') {
        spec["nonResourceAttributes"] = json!({ "verb": word(2), "path": what });
    } else {
        let (resource, subresource) = what.split_once('/').unwrap_or((what, ""));
        spec["resourceAttributes"] = json!({ "verb": word(2), "resource": resource, "subresource": subresource,
            "namespace": word(4), "group": word(5) });
    }
    spec
}

#[test]
fn upstreams_own_tables_go_as_there() {
    let file = door::file("rbac-upstream");
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for table in file["tables"].as_array().unwrap() {
        let objects = written(table);
        for (key, wanted) in [("pass", true), ("fail", false)] {
            for line in table[key].as_array().unwrap() {
                let line = line.as_str().unwrap();
                let got = ask(&json!({ "objects": objects, "spec": review(line) }));
                asked += 1;
                if got["verdict"]["allowed"] != json!(wanted) {
                    wrong.push(format!("{} {line}: wanted {wanted}, got {got}", table["id"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 130, "{asked}");
}

/// A role of two rules, three accounts, a Secret with a token, and the pods that are asked about.
const WORLD: &str = r#"
{ apiVersion: v1, kind: ServiceAccount, metadata: { name: loud, namespace: shop } }
---
{ apiVersion: v1, kind: ServiceAccount, metadata: { name: mute, namespace: shop }, automountServiceAccountToken: false }
---
{ apiVersion: v1, kind: Secret, metadata: { name: old, namespace: shop, annotations: { kubernetes.io/service-account.name: loud } }, type: kubernetes.io/service-account-token }
---
{ apiVersion: v1, kind: Secret, metadata: { name: plain, namespace: shop }, type: Opaque }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: shop }
rules:
  - { apiGroups: [""], resources: [pods, "pods/*"], verbs: [list] }
  - { apiGroups: [""], resources: [secrets], resourceNames: [one], verbs: [list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: readers, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: loud }, { kind: Group, name: "system:serviceaccounts:shop" }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: root }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: User, name: ann }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: viewer, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:heapster" }
subjects: [{ kind: User, name: bob }]
"#;

fn of_world(pod: &str, fields: &[(&str, &str)]) -> Verdict {
    let (world, findings) = World::read(vec![(tree(&format!("{WORLD}---\n{pod}")))]);
    assert!(findings.is_empty());
    let mut read = |key: &str| fields.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).to_owned());
    probe::ask(&world, &probe::read(&mut read).unwrap())
}

/// What is said of a pod with this spec that lists pods.
fn pod(spec: &str) -> (Answer, String) {
    let pod = format!(
        "{{ apiVersion: v1, kind: Pod, metadata: {{ name: p, namespace: shop }}, spec: {{ {spec} }} }}"
    );
    let verdict =
        of_world(&pod, &[("pod", "shop/p"), ("verb", "list"), ("resource", "pods"), ("namespace", "shop")]);
    assert!(verdict.because.iter().all(|r| r.span.is_some()), "{verdict:?}");
    (verdict.answer, verdict.because.iter().map(|r| r.text.as_str()).collect::<Vec<_>>().join("; "))
}

#[test]
fn a_pod_speaks_with_the_tokens_that_it_holds() {
    let own = "containers: [{ name: c, image: i }]";
    let cases = [
        (own.to_owned(), Answer::Allowed, "speaks as default"),
        (format!("serviceAccountName: loud, {own}"), Answer::Allowed, "speaks as loud"),
        (format!("serviceAccount: loud, {own}"), Answer::Allowed, "speaks as loud"),
        (format!("serviceAccountName: mute, {own}"), Answer::Denied, "its account mute says"),
        (
            format!("serviceAccountName: mute, automountServiceAccountToken: true, {own}"),
            Answer::Allowed,
            "speaks as mute",
        ),
        (format!("automountServiceAccountToken: false, {own}"), Answer::Denied, "automountServiceAccountToken is false"),
        (format!("serviceAccountName: gone, {own}"), Answer::Denied, "no ServiceAccount gone"),
        (
            "volumes: [{ name: v }], containers: [{ name: c, image: i, volumeMounts: [{ name: v, mountPath: /var/run/secrets/kubernetes.io/serviceaccount }] }]".to_owned(),
            Answer::Denied,
            "something else",
        ),
        (
            "volumes: [{ name: v }], initContainers: [{ name: i, image: i }], containers: [{ name: c, image: i, volumeMounts: [{ name: v, mountPath: /var/run/secrets/kubernetes.io/serviceaccount }] }]".to_owned(),
            Answer::Allowed,
            "speaks as default",
        ),
        (
            "automountServiceAccountToken: false, volumes: [{ name: v, projected: { sources: [{ serviceAccountToken: { path: t } }] } }], containers: [{ name: c, image: i, volumeMounts: [{ name: v, mountPath: /t }] }]".to_owned(),
            Answer::Allowed,
            "the volume `v` holds",
        ),
        (
            format!("automountServiceAccountToken: false, volumes: [{{ name: v, projected: {{ sources: [{{ serviceAccountToken: {{ path: t }} }}] }} }}], {own}"),
            Answer::Denied,
            "mounts no token",
        ),
        (
            "automountServiceAccountToken: false, volumes: [{ name: v, projected: { sources: [{ serviceAccountToken: { path: t, audience: vault } }] } }], containers: [{ name: c, image: i, volumeMounts: [{ name: v, mountPath: /t }] }]".to_owned(),
            Answer::Denied,
            "for the audience vault",
        ),
        (
            "automountServiceAccountToken: false, volumes: [{ name: v, projected: { sources: [{ serviceAccountToken: { path: t, audience: \"https://kubernetes.default.svc.cluster.local\" } }] } }], containers: [{ name: c, image: i, volumeMounts: [{ name: v, mountPath: /t }] }]".to_owned(),
            Answer::Allowed,
            "the volume `v` holds",
        ),
        (
            "automountServiceAccountToken: false, volumes: [{ name: v, projected: { sources: [{ serviceAccountToken: { path: t, audience: \"https://issuer.test\" } }] } }], containers: [{ name: c, image: i, volumeMounts: [{ name: v, mountPath: /t }] }]".to_owned(),
            Answer::Unmodelled,
            "nobody says",
        ),
        (
            "automountServiceAccountToken: false, volumes: [{ name: v, secret: { secretName: old } }], containers: [{ name: c, image: i, volumeMounts: [{ name: v, mountPath: /t }] }]".to_owned(),
            Answer::Allowed,
            "from the Secret old",
        ),
        (
            "automountServiceAccountToken: false, containers: [{ name: c, image: i, envFrom: [{ secretRef: { name: old } }] }]".to_owned(),
            Answer::Allowed,
            "from the Secret old",
        ),
        (
            "automountServiceAccountToken: false, containers: [{ name: c, image: i, env: [{ name: E, valueFrom: { secretKeyRef: { name: plain, key: k } } }] }]".to_owned(),
            Answer::Denied,
            "mounts no token",
        ),
    ];
    for (spec, wanted, word) in cases {
        let (answer, said) = pod(&spec);
        assert!(answer == wanted && said.contains(word), "{spec}: {answer:?}: {said}");
    }
}

#[test]
fn a_refusal_names_what_comes_nearest() {
    let user = "system:serviceaccount:shop:loud";
    let said = |fields: &[(&str, &str)]| {
        let verdict = of_world("{}", fields);
        (verdict.answer, verdict.because[0].text.clone())
    };
    let of = |verb, resource, namespace| {
        said(&[("user", user), ("verb", verb), ("resource", resource), ("namespace", namespace)])
    };
    let denied = |(answer, text): (Answer, String), word: &str| {
        assert!(answer == Answer::Denied && text.contains(word), "{answer:?}: {text}");
    };
    denied(of("get", "pods/log", "shop"), "`pods/*` in Role shop/reader matches nothing");
    denied(of("list", "secrets", "shop"), "for one alone, and a list of all names none");
    denied(of("delete", "pods", "shop"), "and not delete");
    denied(of("list", "pods", "bank"), "in shop alone, not in bank");
    denied(of("get", "nodes", "shop"), "speaks of something else");
    let stranger = [
        ("user", "system:serviceaccount:bank:loud"),
        ("verb", "list"),
        ("resource", "pods"),
        ("namespace", "shop"),
    ];
    denied(said(&stranger), "gives it to ServiceAccount shop/loud");
    denied(said(&[("user", "zoe"), ("verb", "list"), ("resource", "pods")]), "no binding names zoe");
    // What Kubernetes makes itself.
    let by = |who| said(&[("user", who), ("verb", "get"), ("path", "/metrics")]);
    assert_eq!(by("ann").0, Answer::Allowed);
    let bob = said(&[("user", "bob"), ("verb", "get"), ("resource", "pods"), ("namespace", "shop")]);
    assert!(bob.0 == Answer::Unmodelled && bob.1.contains("system:heapster"), "{bob:?}");
}

#[test]
fn what_the_api_server_refuses_is_refused() {
    let role = |rules: &str| {
        format!(
            "{{ apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {{ name: r, namespace: n }}, rules: [{rules}] }}"
        )
    };
    let binding = |kind: &str, rest: &str| {
        format!(
            "{{ apiVersion: rbac.authorization.k8s.io/v1, kind: {kind}, metadata: {{ name: b }}, {rest} }}"
        )
    };
    let cases = [
        (role("{ apiGroups: [''], resources: [pods], verbs: [get] }"), ""),
        (role("{ apiGroups: [''], resources: [pods] }"), "has no verbs"),
        (role("{ resources: [pods], verbs: [get] }"), "has no apiGroups"),
        (role("{ apiGroups: [''], verbs: [get] }"), "has no resources"),
        (
            role("{ apiGroups: [''], resources: [a, b], resourceNames: [n], verbs: [get] }"),
            "more than one resource",
        ),
        (role("{ nonResourceURLs: [/x], verbs: [get] }"), "in no namespace"),
        (role("{ nonResourceURLs: [/x], resources: [a], verbs: [get] }"), "at once"),
        (binding("RoleBinding", "roleRef: { kind: Role, name: r }, subjects: [{ kind: User, name: u }]"), ""),
        (binding("RoleBinding", "roleRef: { kind: Pole, name: r }"), "a Role or a ClusterRole"),
        (binding("ClusterRoleBinding", "roleRef: { kind: Role, name: r }"), "has to be a ClusterRole"),
        (binding("RoleBinding", "roleRef: { kind: Role }"), "names no role"),
        (binding("RoleBinding", "roleRef: { apiGroup: apps, kind: Role, name: r }"), "has to be of rbac"),
        (
            binding(
                "ClusterRoleBinding",
                "roleRef: { kind: ClusterRole, name: r }, subjects: [{ kind: ServiceAccount, name: a }]",
            ),
            "without its namespace",
        ),
        (
            binding(
                "RoleBinding",
                "roleRef: { kind: Role, name: r }, subjects: [{ kind: ServiceAccount, name: a, apiGroup: rbac.authorization.k8s.io }]",
            ),
            "of another group",
        ),
        (
            binding("RoleBinding", "roleRef: { kind: Role, name: r }, subjects: [{ kind: Pod, name: a }]"),
            "kind `Pod`",
        ),
        (
            binding(
                "RoleBinding",
                "roleRef: { kind: Role, name: r }, subjects: [{ kind: Group, name: g, apiGroup: v1 }]",
            ),
            "is of v1",
        ),
        (
            binding("RoleBinding", "roleRef: { kind: Role, name: r }, subjects: [{ kind: Group }]"),
            "has no name",
        ),
    ];
    for (text, word) in cases {
        let tree = tree(&text);
        let said: Vec<_> = objects(&tree).into_iter().flat_map(refusals).map(|r| r.text).collect();
        match word {
            "" => assert!(said.is_empty(), "{text}: {said:?}"),
            word => assert!(said.iter().any(|t| t.contains(word)), "{text}: {said:?}"),
        }
    }
}

// Laws: small alphabets, so that rules and requests meet.

fn words(of: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(of), 1..3)
}

fn rule() -> impl Strategy<Value = Value> {
    let names = prop::collection::vec(prop::sample::select(&["x", "y"][..]), 0..2);
    (words(&["get", "list", "*"]), words(&["", "apps", "*"]), words(&["a", "a/s", "*/s", "a/*", "*"]), names)
        .prop_map(|(verbs, groups, resources, names)| {
            json!({ "verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": names })
        })
}

/// Roles of three names, some of the cluster and some aggregated, and bindings of them.
fn world() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    let role = (0..3_usize, prop::bool::ANY, prop::bool::ANY, prop::collection::vec(rule(), 0..3)).prop_map(
        |(number, cluster, sum, rules)| {
            let mut role = json!({ "kind": if cluster { "ClusterRole" } else { "Role" },
                "metadata": { "name": format!("r{number}"), "namespace": "n", "labels": { "to": format!("r{}", number + 1) } },
                "rules": rules });
            if cluster && sum {
                role["rules"] = json!([]);
                role["aggregationRule"] = json!({ "clusterRoleSelectors": [{ "matchLabels": { "to": format!("r{number}") } }] });
            }
            role
        },
    );
    let subject = (
        prop::sample::select(&["User", "Group", "ServiceAccount"][..]),
        prop::sample::select(&["u", "v"][..]),
    )
        .prop_map(|(kind, name)| json!({ "kind": kind, "name": name, "namespace": "n" }));
    let binding = (0..3_usize, prop::bool::ANY, prop::bool::ANY, prop::collection::vec(subject, 0..3)).prop_map(
        |(number, everywhere, cluster, subjects)| {
            json!({ "kind": if everywhere { "ClusterRoleBinding" } else { "RoleBinding" },
                "metadata": { "name": "b", "namespace": "n" },
                "roleRef": { "kind": if cluster { "ClusterRole" } else { "Role" }, "name": format!("r{number}") },
                "subjects": subjects })
        },
    );
    (prop::collection::vec(role, 1..5), prop::collection::vec(binding, 1..5))
}

fn requests() -> Vec<Request> {
    let mut out = Vec::new();
    let account = Caller { user: "system:serviceaccount:n:u".to_owned(), groups: Vec::new() };
    for who in [Caller { user: "u".to_owned(), groups: vec!["v".to_owned()] }, account] {
        for verb in ["get", "list"] {
            for (subresource, group, namespace, name) in [
                ("", "", "n", ""),
                ("s", "", "n", "x"),
                ("", "apps", "", "x"),
                ("", "", "m", "y"),
                ("s", "apps", "", ""),
            ] {
                let own = str::to_owned;
                let target = Target {
                    verb: own(verb),
                    group: own(group),
                    resource: own("a"),
                    subresource: own(subresource),
                    namespace: own(namespace),
                    name: own(name),
                };
                out.push(Request { who: who.clone(), what: What::Resource(target) });
            }
        }
    }
    out
}

/// Which of the requests are allowed.
fn allowed(roles: &[Value], bindings: &[Value]) -> Vec<bool> {
    let items: Vec<&Value> = roles.iter().chain(bindings).collect();
    let tree = parse::from_value(&json!({ "kind": "List", "items": items }));
    let grants = Grants::new(objects(&tree), Outside::Nothing);
    requests().iter().map(|r| matches!(grants.decide(r), Decision::Allowed(_))).collect()
}

fn shrinks(before: &[bool], after: &[bool]) -> bool {
    before.iter().zip(after).any(|(before, after)| *before && !*after)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn removing_a_binding_never_grows_what_one_can_do((roles, bindings) in world(), at in 0..5_usize) {
        let mut fewer = bindings.clone();
        fewer.remove(at % bindings.len());
        prop_assert!(!shrinks(&allowed(&roles, &fewer), &allowed(&roles, &bindings)));
    }

    #[test]
    fn adding_a_rule_never_shrinks_it((roles, bindings) in world(), at in 0..5_usize, rule in rule()) {
        let mut more = roles.clone();
        let role = at % roles.len();
        more[role]["rules"].as_array_mut().unwrap().push(rule);
        prop_assert!(!shrinks(&allowed(&roles, &bindings), &allowed(&more, &bindings)));
    }

    #[test]
    fn more_groups_never_shrink_it((roles, bindings) in world()) {
        let items: Vec<&Value> = roles.iter().chain(&bindings).collect();
        let tree = parse::from_value(&json!({ "kind": "List", "items": items }));
        let grants = Grants::new(objects(&tree), Outside::Nothing);
        for mut request in requests() {
            let before = matches!(grants.decide(&request), Decision::Allowed(_));
            request.who.groups.push("u".to_owned());
            prop_assert!(!before || matches!(grants.decide(&request), Decision::Allowed(_)));
        }
    }
}
