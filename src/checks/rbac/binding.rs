//! Bindings that reach too many callers, or hand out everything.

use std::collections::BTreeMap;

use crate::checks::{Case, Check, Fault, Faults, Row, Rule, Scope, Standard, World};
use crate::model::rbac::PolicyRule;
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
    /// Roles that Kubernetes and kubeadm bind so themselves.
    usual: &'static [&'static str],
    /// What follows.
    follows: &'static str,
    /// The smallest change that mends it.
    help: &'static str,
}

const ANONYMOUS: Everybody = Everybody {
    subjects: &[
        ("User", "system:anonymous"),
        ("Group", "system:anonymous"),
        ("Group", "system:unauthenticated"),
        ("User", "system:unauthenticated"),
    ],
    usual: &["system:public-info-viewer", "kubeadm:bootstrap-signer-clusterinfo"],
    follows: "whoever reaches the API server has this role, without a credential",
    help: "remove the subject",
};

const AUTHENTICATED: Everybody = Everybody {
    subjects: &[("Group", "system:authenticated"), ("User", "system:authenticated")],
    usual: &["system:basic-user", "system:discovery", "system:public-info-viewer"],
    follows: "every user and every service account of the cluster has this role",
    help: "bind the group or the account that needs it",
};

const MASTERS: Everybody = Everybody {
    subjects: &[("Group", "system:masters")],
    usual: &["cluster-admin"],
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
        if own && self.usual.contains(&role) {
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
    let of = |subject| world.objects.iter().copied().filter(move |o| Subject::of_object(*o) == Some(subject));
    let strong: BTreeMap<RoleKey<'_>, Object<'_>> =
        of(Subject::Role).filter(|o| is_admin(*o)).filter_map(|o| Some((key_of(o)?, o))).collect();
    of(Subject::Binding).filter_map(|binding| admin_bound(binding, &strong)).collect()
}

fn key_of(role: Object<'_>) -> Option<RoleKey<'_>> {
    let namespace = if role.kind() == Some("Role") { role.namespace().unwrap_or("default") } else { "" };
    Some((namespace, role.name()?))
}

/// Whether a role does everything with everything.
fn is_admin(role: Object<'_>) -> bool {
    PolicyRule::of(role.node).any(|rule| {
        let star = |(text, _): (&str, Node<'_>)| text == "*";
        rule.verbs().any(star) && rule.resources().any(star) && rule.groups().any(star)
    })
}

fn admin_bound(binding: Object<'_>, strong: &BTreeMap<RoleKey<'_>, Object<'_>>) -> Option<Fault> {
    let role = binding.node.get("roleRef")?;
    let name = role.get("name")?;
    let text = value::string(name)?;
    let cluster = has(role, "kind", "ClusterRole");
    let namespace = if cluster { "" } else { binding.namespace().unwrap_or("default") };
    let found = strong.get(&(namespace, text));
    let known = cluster && text == "cluster-admin";
    let masters = |s: Node<'_>| has(s, "kind", "Group") && has(s, "name", "system:masters");
    // Kubernetes binds cluster-admin to system:masters itself.
    let theirs = known && binding.name() == Some("cluster-admin") && subjects(binding).all(masters);
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
