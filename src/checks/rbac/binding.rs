//! Bindings that reach too many callers, or hand out everything.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::{Case, Check, Fault, Faults, Row, Rule, Scope, Standard, World};
use crate::model::rbac::{PolicyRule, aggregates};
use crate::model::{Object, Subject, value};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("binding.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "rbac-cluster-admin-bound",
        Severity::Critical,
        "binding hands out cluster-admin",
        DOC,
        Rule::World(cluster_admin),
    )
    .aliases(&[
        "cluster-admin-role-binding",
        "clusterrolebindingClusterAdmin",
        "rolebindingClusterAdminClusterRole",
        "rolebindingClusterAdminRole",
        "KSV-0111",
        "restrict-binding-clusteradmin",
        "C-0035",
        "C-0185",
        "C-0272",
    ])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.1")])
    .technique("T1078"),
    Check::new(
        "rbac-subject-anonymous",
        Severity::Critical,
        "binding for callers without a credential",
        DOC,
        Rule::Row(&ANONYMOUS),
    )
    .aliases(&[
        "BindingsToSystemAnonymous",
        "KSV-0122",
        "restrict-binding-system-groups",
        "k8sdisallowanonymous",
        "C-0262",
    ])
    .lessons(&[14])
    .technique("T1190"),
    Check::new(
        "rbac-subject-authenticated",
        Severity::Critical,
        "binding for every account",
        DOC,
        Rule::Row(&AUTHENTICATED),
    )
    .aliases(&["KSV-01011", "k8sdisallowanonymous", "C-0265"])
    .lessons(&[14])
    .technique("T1078"),
    Check::new(
        "rbac-subject-masters",
        Severity::Critical,
        "binding for system:masters",
        DOC,
        Rule::Row(&MASTERS),
    )
    .aliases(&["KSV-0123", "restrict-binding-system-groups", "C-0246"])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.7")])
    .technique("T1078"),
];

/// A subject of a binding that is a whole class of callers.
#[derive(Clone, Copy, Debug)]
struct Everybody {
    /// Kind and name of it.
    subjects: &'static [(&'static str, &'static str)],
    /// Roles that Kubernetes and kubeadm bind so themselves, under their own name.
    usual: &'static [&'static str],
    /// Roles of Kubernetes that hold nothing secret, whoever binds them.
    harmless: &'static [&'static str],
    /// What follows.
    follows: &'static str,
    /// The smallest change that mends it.
    help: &'static str,
}

/// The version and health of the API server, and the public keys of its tokens.
const PUBLIC: &[&str] = &["system:public-info-viewer", "system:service-account-issuer-discovery"];

const ANONYMOUS: Everybody = Everybody {
    subjects: &[
        ("User", "system:anonymous"),
        ("Group", "system:anonymous"),
        ("Group", "system:unauthenticated"),
        ("User", "system:unauthenticated"),
    ],
    usual: &["kubeadm:bootstrap-signer-clusterinfo"],
    harmless: PUBLIC,
    follows: "whoever reaches the API server has this role, without a credential",
    help: "remove the subject",
};

const AUTHENTICATED: Everybody = Everybody {
    subjects: &[("Group", "system:authenticated"), ("User", "system:authenticated")],
    usual: &["system:basic-user", "system:discovery"],
    harmless: PUBLIC,
    follows: "every user and every service account of the cluster has this role",
    help: "bind the group or the account that needs it",
};

const MASTERS: Everybody = Everybody {
    subjects: &[("Group", "system:masters")],
    usual: &["cluster-admin"],
    harmless: &[],
    follows: "this group may do everything, whatever is bound or removed",
    help: "use a group of your own, which can be taken away again",
};

impl Row for Everybody {
    fn scope(&self) -> Scope {
        Scope::Document(&[Subject::Binding])
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Document(case) = case else { return Faults::new() };
        let role = case.node().at(&["roleRef", "name"]).and_then(value::string).unwrap_or("");
        let own = case.object.name().is_some_and(|name| name == role);
        let cluster = case.node().get("roleRef").is_some_and(|r| has(r, "kind", "ClusterRole"));
        if (own && self.usual.contains(&role)) || (cluster && self.harmless.contains(&role)) {
            return Faults::new();
        }
        let is = |s: &Node<'_>| {
            self.subjects.iter().any(|(kind, name)| has(*s, "kind", kind) && has(*s, "name", name))
        };
        let names = subjects(case.object).filter(is).filter_map(|s| s.get("name"));
        let says = |n: Node<'_>| format!("is {}: {}", n.scalar().unwrap_or(""), self.follows);
        names.map(|n| Fault::at(n, &says(n), self.help)).collect()
    }
}

fn has(node: Node<'_>, key: &str, text: &str) -> bool {
    node.get(key).and_then(value::string) == Some(text)
}

fn subjects(binding: Object<'_>) -> impl Iterator<Item = Node<'_>> {
    binding.node.get("subjects").and_then(value::list).into_iter().flat_map(Node::items)
}

/// The namespace, empty for a `ClusterRole`, and the name of a role.
type RoleKey<'t> = (&'t str, &'t str);

fn cluster_admin(world: &World<'_>) -> Faults {
    let of = |subject| world.of(subject).iter().copied();
    let written = of(Subject::Role).filter(|o| aggregates(o.node).next().is_none() && is_admin(*o));
    let mut strong: BTreeMap<RoleKey<'_>, Object<'_>> =
        written.filter_map(|o| Some((key_of(o)?, o))).collect();
    let labels: BTreeSet<_> =
        strong.values().filter(|o| o.kind() == Some("ClusterRole")).map(|o| o.labels()).collect();
    let takes = |o: &Object<'_>| {
        aggregates(o.node).any(|s| !s.is_empty() && labels.iter().any(|l| s.matches(l) == Some(true)))
    };
    let gathered: Vec<_> = of(Subject::Role).filter(takes).filter_map(|o| Some((key_of(o)?, o))).collect();
    strong.extend(gathered);
    of(Subject::Binding).filter_map(|binding| admin_bound(binding, &strong)).collect()
}

/// A role without a namespace is for the one that it is applied to, as its binding is.
fn key_of(role: Object<'_>) -> Option<RoleKey<'_>> {
    let namespace = if role.kind() == Some("Role") { role.namespace().unwrap_or("*") } else { "" };
    Some((namespace, role.name()?))
}

/// Whether a role does everything with everything.
fn is_admin(role: Object<'_>) -> bool {
    PolicyRule::of(role.node).any(|rule| {
        let star = |(text, _): (&str, Node<'_>)| text == "*";
        let all = rule.verbs().any(star) && rule.resources().any(star) && rule.groups().any(star);
        all && rule.names().next().is_none()
    })
}

/// Bindings of cluster-admin that Kubernetes, and kubeadm from 1.29 on, make themselves, each with its group.
const OWN: &[(&str, &str)] =
    &[("cluster-admin", "system:masters"), ("kubeadm:cluster-admins", "kubeadm:cluster-admins")];

fn admin_bound(binding: Object<'_>, strong: &BTreeMap<RoleKey<'_>, Object<'_>>) -> Option<Fault> {
    let role = binding.node.get("roleRef")?;
    let name = role.get("name")?;
    let text = value::string(name)?;
    let cluster = has(role, "kind", "ClusterRole");
    let namespace = if cluster { "" } else { binding.namespace().unwrap_or("*") };
    let found = strong.get(&(namespace, text));
    let known = cluster && text == "cluster-admin";
    let group = |name: &str| subjects(binding).all(|s| has(s, "kind", "Group") && has(s, "name", name));
    let theirs = OWN.iter().any(|(own, to)| binding.name() == Some(*own) && group(to)) && known;
    if (!known && found.is_none()) || theirs || subjects(binding).next().is_none() {
        return None;
    }
    let reach =
        if binding.kind() == Some("RoleBinding") { "in its namespace" } else { "in the whole cluster" };
    let detail =
        format!("{}: {} is {text}, every verb on every resource {reach}", binding.title(), name.path());
    let fault = Fault::new(name.own_span(), detail, "bind a role that names what is needed");
    Some(match found {
        Some(role) => fault.related(role.kind_span(), "this role may do everything"),
        None => fault,
    })
}
