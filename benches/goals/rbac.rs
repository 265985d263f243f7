//! Issue 5: RBAC with 10,000 bindings, one question under 100 µs.

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use sealegs::model::objects;
use sealegs::parse::{Limits, yaml};
use sealegs::sim::rbac::reach::{OWN, own, reach};
use sealegs::sim::rbac::{Caller, Decision, Grants, Outside, Request, Target, What, ask};
use sealegs::sim::world::World;
use sealegs::text::Source;

use super::{repeat, row};

const BINDINGS: usize = 10_000;
const NAMESPACES: usize = 500;
const HEADER: &str = "---\napiVersion: rbac.authorization.k8s.io/v1\n";

/// Each account has its role and its binding; every hundredth binding is one of all accounts, and of the cluster.
fn manifests() -> String {
    let mut out = String::new();
    let rule = "rules: [{ apiGroups: [''], resources: [pods, pods/log], verbs: [get, list] }]";
    for i in 0..BINDINGS {
        let namespace = i % NAMESPACES;
        let (kind, scope) = match i % 100 {
            0 => ("Cluster", String::new()),
            _ => ("", format!(", namespace: n{namespace}")),
        };
        let subject = match i % 100 {
            0 => "{ kind: Group, name: 'system:serviceaccounts' }".to_owned(),
            _ => format!("{{ kind: ServiceAccount, name: a{i} }}"),
        };
        let _ = write!(
            out,
            "{HEADER}kind: {kind}Role\nmetadata: {{ name: r{i}{scope} }}\n{rule}\n{HEADER}kind: {kind}RoleBinding\nmetadata: {{ name: b{i}{scope} }}\nroleRef: {{ kind: {kind}Role, name: r{i} }}\nsubjects: [{subject}]\n"
        );
    }
    out
}

fn question(verb: &str) -> Request {
    let target = Target {
        verb: verb.to_owned(),
        resource: "pods".to_owned(),
        namespace: "n77".to_owned(),
        ..Target::default()
    };
    Request { who: Caller::account("n77", "a577"), what: What::Resource(target) }
}

/// Building, and questions after it.
pub fn many_bindings() {
    let limits = Limits { file: usize::MAX, ..Limits::default() };
    let (tree, syntax) = yaml::parse(&Source::lone("rbac.yaml", manifests()), limits);
    assert!(syntax.is_empty(), "the manifests parse");
    let took = repeat(5, || {
        black_box(Grants::new(objects(&tree), Outside::Nothing));
    });
    row("RBAC, 10,000 roles and bindings, indexed", took, "once");
    let grants = Grants::new(objects(&tree), Outside::Nothing);
    let (yes, no) = (question("list"), question("delete"));
    assert!(matches!(grants.decide(&yes), Decision::Allowed(_)), "the account lists its pods");
    assert!(matches!(grants.decide(&no), Decision::Denied), "and deletes none");
    let allowed = repeat(501, || {
        black_box(grants.decide(&yes));
    });
    row("RBAC, one question, allowed", allowed, "(issue 5: at most 0.1 ms)");
    let denied = repeat(501, || {
        black_box(grants.decide(&no));
    });
    row("RBAC, one question, denied by 101 rules", denied, "(issue 5: at most 0.1 ms)");
    let said = repeat(51, || {
        black_box(ask(&grants, &no));
    });
    row("RBAC, the same, with its reasons", said, "for people");
    chains();
}

/// Who reaches cluster-admin among as many bindings, where each namespace has its editors and one an operator.
fn chains() {
    let mut text = manifests();
    let admin = "roleRef: { kind: ClusterRole, name: cluster-admin }";
    for namespace in 0..NAMESPACES {
        let _ = write!(
            text,
            "{HEADER}kind: RoleBinding\nmetadata: {{ name: edit, namespace: n{namespace} }}\nroleRef: {{ kind: ClusterRole, name: edit }}\nsubjects: [{{ kind: ServiceAccount, name: a{namespace} }}, {{ kind: User, name: u{namespace} }}]\n"
        );
    }
    let _ = write!(
        text,
        "{HEADER}kind: ClusterRoleBinding\nmetadata: {{ name: operator }}\n{admin}\nsubjects: [{{ kind: ServiceAccount, name: operator, namespace: n7 }}]\n"
    );
    let limits = Limits { file: usize::MAX, ..Limits::default() };
    let (tree, _) = yaml::parse(&Source::lone("rbac.yaml", text), limits);
    let (world, _) = World::read(vec![Arc::new(tree)]);
    let own = own(&Source::lone("kubernetes", OWN));
    let found = reach(&world, &own, None).unwrap_or_default();
    assert!(!found.chains.is_empty(), "an editor of n7 gets there");
    let took = repeat(3, || {
        black_box(reach(&world, &own, None).is_ok());
    });
    row("RBAC, who reaches cluster-admin, 10,500 bindings", took, "every principal with its chain");
}
