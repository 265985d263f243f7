//! `ValidatingAdmissionPolicy` through the door that machines use: `tests/it/cases/admission-policy.yaml`.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use sealegs::sim::admission::policy::{Definition, Question, ask, read};
use sealegs::sim::world::World;
use sealegs::sim::{Answer, Verdict};
use serde_json::{Value, json};

use super::door::{self, tree};

/// A case's input: the file's, then what the case says over it. `expression` is a policy's one validation, `spec` lies
/// over the policy's spec, `pod` over the object's.
fn input(file: &Value, case: &Value) -> Value {
    let mut out = file["input"].clone();
    let spec = &mut out["policy"]["spec"];
    if let Some(expression) = case.get("expression") {
        spec["validations"] = json!([{ "expression": expression }]);
    }
    for (key, value) in case.get("spec").and_then(Value::as_object).into_iter().flatten() {
        spec[key] = value.clone();
    }
    if let Some(pod) = case.get("pod") {
        out["object"]["spec"] = pod.clone();
    }
    for (key, value) in case.get("input").and_then(Value::as_object).into_iter().flatten() {
        out[key] = value.clone();
    }
    out
}

fn answered(input: &Value) -> Value {
    door::ask("admission-policy", input)
}

#[test]
fn documented_semantics() {
    let file = door::file("admission-policy");
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 200, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let answer = answered(&input(&file, case));
        let verdict = answer.get("verdict");
        let got = match verdict.map(|v| (v["matched"] == true, v["allowed"] == true)) {
            None => "error",
            Some((false, true)) => "unmatched",
            Some((true, true)) => "allowed",
            Some((true, false)) => "denied",
            Some((false, false)) => "refused without a match",
        };
        wrong.extend(door::differs(case, got, &answer));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const WORLD: &str = r#"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: our-registry }
spec:
  matchConstraints:
    resourceRules:
      - { apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods, pods/ephemeralcontainers] }
  variables:
    - name: images
      expression: >-
        (object.spec.containers + object.spec.?initContainers.orValue([]) +
        object.spec.?ephemeralContainers.orValue([])).map(c, c.image)
  validations:
    - expression: variables.images.all(i, i.startsWith('registry.quay.example/'))
      messageExpression: >-
        'not from our registry: ' +
        variables.images.filter(i, !i.startsWith('registry.quay.example/')).join(', ')
      reason: Forbidden
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: our-registry-shop }
spec:
  policyName: our-registry
  validationActions: [Deny]
  matchResources:
    namespaceSelector: { matchLabels: { team: shop } }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: no-host-paths }
spec:
  matchConstraints:
    resourceRules:
      - { apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [pods] }
  validations:
    - expression: "!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath))"
      message: no volume of the node
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: no-host-paths-yet }
spec: { policyName: no-host-paths, validationActions: [Warn, Audit] }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { team: shop } } }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: play } }
---
apiVersion: v1
kind: Pod
metadata: { name: good, namespace: shop }
spec: { containers: [{ name: c, image: registry.quay.example/web }] }
---
apiVersion: v1
kind: Pod
metadata: { name: init, namespace: shop }
spec:
  initContainers: [{ name: i, image: busybox }]
  containers: [{ name: c, image: registry.quay.example/web }]
---
apiVersion: v1
kind: Pod
metadata: { name: debugged, namespace: shop }
spec:
  ephemeralContainers: [{ name: d, image: alpine }]
  containers: [{ name: c, image: registry.quay.example/web }]
---
apiVersion: v1
kind: Pod
metadata: { name: anything, namespace: play }
spec:
  containers: [{ name: c, image: nginx }]
  volumes: [{ name: h, hostPath: { path: / } }]
"#;

fn question(fields: &[(&str, &str)]) -> Result<Question, String> {
    read(&mut |key| fields.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).to_owned()))
}

fn asked(world: &World, object: &str, operation: &str) -> Verdict {
    let mut fields = vec![("object", object), ("operation", operation), ("user", "ana")];
    if operation == "UPDATE" {
        fields.push(("old", object));
    }
    ask(world, &question(&fields).unwrap())
}

#[test]
fn a_world_is_asked_with_all_its_policies_and_bindings() {
    let (world, findings) = World::read(vec![tree(WORLD)]);
    assert!(findings.is_empty());
    let answer = |object: &str| asked(&world, object, "CREATE").answer;
    assert_eq!(answer("shop/Pod/good"), Answer::Allowed);
    assert_eq!(answer("shop/pod/init"), Answer::Denied);
    assert_eq!(answer("shop/Pod/debugged"), Answer::Denied);
    assert_eq!(answer("play/Pod/anything"), Answer::Allowed);
    assert_eq!(answer("Pod/nobody"), Answer::Unmodelled);

    let denied = asked(&world, "shop/Pod/init", "UPDATE");
    assert!(denied.because[0].text.contains("not from our registry: busybox"), "{denied:?}");
    let at = denied.because[0].span.unwrap().start as usize;
    assert!(WORLD[at..].starts_with("variables.images.all"), "{}", &WORLD[at..at + 40]);
    assert!(denied.evidence.unwrap().contains("with binding 'our-registry-shop' denied request"));

    // What warns alone is said, and lets the pod in.
    let warned = asked(&world, "play/Pod/anything", "CREATE");
    assert!(warned.because.iter().any(|r| r.text.contains("no volume of the node")), "{warned:?}");
}

#[test]
fn a_policy_that_does_not_compile_is_said_with_its_place() {
    let text = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\nspec:\n  matchConstraints: {}\n  validations:\n    - expression: |\n        has(object.spec) &&\n          objekt.spec.x == 1\n---\n{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}\n";
    let tree = tree(text);
    let object = sealegs::model::objects(&tree)[0];
    let findings = Definition::compile(object).unwrap_err();
    let position = tree.source().position(findings[0].primary.span.start);
    assert_eq!((position.line, position.column), (9, 11), "{findings:?}");
    let (world, _) = World::read(vec![tree.clone()]);
    let verdict = asked(&world, "Pod/a", "CREATE");
    assert_eq!(verdict.answer, Answer::Unmodelled);
    assert!(verdict.because[0].text.contains("objekt"), "{verdict:?}");
}

/// Policies that want to cost more than they may: an answer each, and mostly an error. Without the limits they would not end.
#[test]
fn hostile_policies_end_in_an_answer() {
    let policy = |variables: Vec<Value>, validations: Vec<Value>| {
        let rule =
            json!({ "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"] });
        let spec = json!({
            "matchConstraints": { "resourceRules": [rule] }, "variables": variables, "validations": validations
        });
        let object =
            json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "namespace": "n" } });
        json!({ "policy": { "kind": "ValidatingAdmissionPolicy", "metadata": { "name": "p" }, "spec": spec }, "object": object })
    };
    let chain = |count: usize, of: &dyn Fn(String) -> String| {
        let before = |i: usize| if i == 0 { "object".to_owned() } else { format!("variables.v{}", i - 1) };
        (0..count)
            .map(|i| json!({ "name": format!("v{i}"), "expression": of(before(i)) }))
            .collect::<Vec<_>>()
    };
    let last = |text: &str| vec![json!({ "expression": text })];
    let each = |count: usize| {
        (0..count).map(|i| json!({ "expression": format!("variables.v{i} != null") })).collect::<Vec<_>>()
    };
    let long = format!("'{}' != ''", "a".repeat(90_000));
    let all = [
        (policy(chain(450, &|v| format!("[{v}]")), last("variables.v449 != null")), "deeper"),
        (policy(chain(450, &|v| format!("dyn([{v}])")), last("variables.v449 != null")), "cost limit"),
        (policy(chain(450, &|v| format!("dyn([{v}])")), each(450)), "cost limit"),
        (
            policy(chain(90, &|v| format!("dyn([{v}, {v}])")), last("variables.v89 == variables.v89")),
            "cost limit",
        ),
        (policy(chain(60, &|v| format!("{{{v}: {v}}}")), last("true")), "key type"),
        (policy(chain(9_000, &|v| format!("{v} == null")), last("true")), "more than 500 variables"),
        (
            policy(chain(40, &|v| format!("string({v}) + string({v})")), last("variables.v39 != ''")),
            "fails to evaluate",
        ),
        (policy(Vec::new(), vec![json!({ "expression": long }); 40]), "bytes of expressions"),
        (policy(Vec::new(), vec![json!({ "expression": "object == object" }); 5_000]), "\"allowed\":true"),
        (policy(Vec::new(), last(&"(".repeat(90_000))), "deeper"),
        (policy(Vec::new(), last(&"a.".repeat(40_000))), "deeper"),
    ];
    for (input, says) in all {
        let said = answered(&input).to_string();
        assert!(said.contains(says), "{says}: {}", said.chars().take(400).collect::<String>());
    }
}

#[test]
fn questions_are_read_or_refused() {
    assert!(question(&[("object", "Pod")]).is_err());
    let patch = question(&[("object", "a/Pod/x"), ("operation", "PATCH")]);
    assert!(patch.unwrap_err().contains("CREATE"));
    assert_eq!(question(&[("object", "Pod/x"), ("groups", "a, b")]).unwrap().groups, ["a", "b"]);
    for without in [[("object", "Pod/x"), ("operation", "UPDATE")], [("object", "Pod/x"), ("old", "Pod/x")]] {
        assert!(question(&without).unwrap_err().contains("`old`"), "{without:?}");
    }
}

/// A Role of shop and what is bound to it. `EXPRESSION` is the policy's one validation.
const ASKING: &str = r#"
{ apiVersion: v1, kind: Pod, metadata: { name: web, namespace: shop }, spec: { serviceAccountName: till, containers: [{ name: c, image: a }] } }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: p }
spec:
  matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [pods] }] }
  validations: [{ expression: "EXPRESSION", message: refused }]
---
{ apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: { name: b }, spec: { policyName: p, validationActions: [Deny] } }
"#;
const ROLES: &str = r#"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: books, namespace: shop }
rules:
  - { apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [books] }
  - { apiGroups: [apps], resources: [deployments/scale], verbs: [update] }
  - { apiGroups: [""], resources: [pods], verbs: [create] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: books, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: books }
subjects: [{ kind: User, name: ana, apiGroup: rbac.authorization.k8s.io }, { kind: ServiceAccount, name: till, namespace: shop }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: looks }
rules: [{ nonResourceURLs: ["/metrics/*"], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: looks }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: looks }
subjects: [{ kind: Group, name: "system:authenticated", apiGroup: rbac.authorization.k8s.io }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: elsewhere, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: made-by-an-operator }
subjects: [{ kind: User, name: olaf, apiGroup: rbac.authorization.k8s.io }]
"#;

/// k8s.io/apiserver `pkg/cel/library/authz.go` and `authz_test.go`; `Authorizer` of the Kubernetes documentation "CEL in Kubernetes".
#[test]
fn expressions_ask_the_authorizer() {
    use Answer::{Allowed, Denied, Unmodelled};
    let group = "authorizer.group('').resource('secrets').namespace('shop')";
    let cases = [
        ("authorizer.requestResource.check('create').allowed()", "ana", Allowed),
        ("authorizer.requestResource.check('delete').allowed()", "ana", Denied),
        ("authorizer.requestResource.check('create').allowed()", "eve", Denied),
        ("authorizer.requestResource.name('x').check('create').allowed()", "ana", Allowed),
        ("authorizer.requestResource.subresource('exec').check('create').allowed()", "ana", Denied),
        ("GROUP.name('books').check('get').allowed()", "ana", Allowed),
        ("GROUP.name('keys').check('get').allowed()", "ana", Denied),
        ("GROUP.check('get').allowed()", "ana", Denied),
        (
            "GROUP.name('books').labelSelector('a=b').fieldSelector('x=y').check('get').allowed()",
            "ana",
            Allowed,
        ),
        ("authorizer.group('').resource('secrets').name('books').check('get').allowed()", "ana", Denied),
        (
            "authorizer.group('apps').resource('deployments').subresource('scale').namespace('shop').check('update').allowed()",
            "ana",
            Allowed,
        ),
        (
            "authorizer.group('apps').resource('deployments').namespace('shop').check('update').allowed()",
            "ana",
            Denied,
        ),
        ("authorizer.path('/metrics/x').check('get').allowed()", "ana", Allowed),
        ("authorizer.path('/metrics').check('get').allowed()", "ana", Denied),
        // An account's own groups, without that of all who have shown a credential.
        (
            "authorizer.serviceAccount('shop', 'till').group('').resource('secrets').namespace('shop').name('books').check('get').allowed()",
            "eve",
            Allowed,
        ),
        (
            "authorizer.serviceAccount(object.metadata.namespace, object.spec.serviceAccountName).group('').resource('pods').namespace('shop').check('create').allowed()",
            "eve",
            Allowed,
        ),
        (
            "authorizer.serviceAccount('shop', 'till').path('/metrics/x').check('get').allowed()",
            "eve",
            Denied,
        ),
        ("authorizer.serviceAccount('Shop', 'till').path('/x').check('get').allowed()", "ana", Denied),
        ("authorizer.serviceAccount('shop', 'Till').path('/x').check('get').allowed()", "ana", Denied),
        ("authorizer.path(' ').check('get').allowed()", "ana", Denied),
        ("authorizer.group('').resource('').check('get').allowed()", "ana", Denied),
        (
            "!GROUP.name('keys').check('get').errored() && GROUP.name('keys').check('get').error() == ''",
            "ana",
            Allowed,
        ),
        (
            "GROUP.name('books').check('get').reason().startsWith('RBAC: allowed by RoleBinding')",
            "ana",
            Allowed,
        ),
        ("GROUP.name('keys').check('get').reason() == ''", "ana", Allowed),
        // A third check costs more than an expression may.
        ("[1, 2].all(x, GROUP.name('books').check('get').allowed())", "ana", Allowed),
        ("[1, 2, 3].all(x, GROUP.name('books').check('get').allowed())", "ana", Unmodelled),
        // A role that others know, and what nobody knows.
        ("GROUP.name('keys').check('get').allowed()", "olaf", Unmodelled),
        ("GROUP.name('keys').check('get').allowed()", "", Unmodelled),
        // What no type allows is refused before it is asked.
        ("authorizer.check('get').allowed()", "ana", Unmodelled),
        ("authorizer.group('').check('get').allowed()", "ana", Unmodelled),
        ("GROUP.allowed()", "ana", Unmodelled),
        ("authorizer.path('/x').namespace('shop').check('get').allowed()", "ana", Unmodelled),
        ("authorizer.requestResource.requestResource.check('get').allowed()", "ana", Unmodelled),
    ];
    let verdict = |expression: &str, user: &str, groups: &str, roles: &str| {
        let text = ASKING.replace("EXPRESSION", &expression.replace("GROUP", group)) + roles;
        let (world, findings) = World::read(vec![tree(&text)]);
        assert!(findings.is_empty(), "{findings:?}");
        ask(&world, &question(&[("object", "shop/Pod/web"), ("user", user), ("groups", groups)]).unwrap())
    };
    for (expression, user, wanted) in cases {
        let got = verdict(expression, user, "system:authenticated", ROLES);
        assert_eq!(got.answer, wanted, "{expression} for {user}: {got:?}");
    }
    let keys = "GROUP.name('keys').check('get').allowed()";
    for (groups, roles, wanted) in [
        ("system:masters", ROLES, Allowed),
        ("system:nodes", ROLES, Unmodelled),
        // Without a single binding nothing is known of who may do what.
        ("system:authenticated", "", Unmodelled),
    ] {
        let got = verdict(keys, "eve", groups, roles);
        assert_eq!(got.answer, wanted, "{groups}: {got:?}");
    }
}
