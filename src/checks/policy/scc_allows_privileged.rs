//! `OpenShift`'s security context constraints that permit everything, and roles and bindings that hand them out.

use serde_json::json;

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::rbac::{Binding, PolicyRule};
use crate::model::{Subject, value};
use crate::parse::{Node, edit};
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "scc-allows-privileged",
    Severity::High,
    "security context constraints permit everything",
    include_str!("scc_allows_privileged.md"),
    Rule::Document(&[Subject::Binding, Subject::OpenShift, Subject::Role], look),
)
.aliases(&[
    "scc-deny-privileged-container",
    "disallow-security-context-constraint-anyuid",
    "disallow-self-provisioner-binding",
])
.lessons(&[15])
.technique("T1611");

/// `OpenShift`'s own constraints that let a pod be root on its node, or in its container, with what follows.
const STRONG: &[(&str, &str)] = &[
    ("anyuid", "its pods run as any user, root among them"),
    ("node-exporter", "its pods are privileged, in the node's namespaces"),
    ("privileged", "its pods are privileged, and the node is theirs"),
];

/// Those that `OpenShift` makes itself, with `allowPrivilegedContainer`.
const OWN: [&str; 2] = ["node-exporter", "privileged"];

/// Groups that hold more than the cluster's own administrators and nodes.
const WIDE: [&str; 4] = [
    "system:authenticated",
    "system:authenticated:oauth",
    "system:serviceaccounts",
    "system:unauthenticated",
];

fn look(case: &DocumentCase<'_>) -> Faults {
    match case.subject {
        Subject::OpenShift => constraints(case).into_iter().collect(),
        Subject::Role => PolicyRule::of(case.node()).filter_map(granted).collect(),
        _ => bound(case).into_iter().collect(),
    }
}

fn constraints(case: &DocumentCase<'_>) -> Option<Fault> {
    let on = case.node().get("allowPrivilegedContainer");
    let on = on.filter(|n| {
        case.object.kind() == Some("SecurityContextConstraints") && value::boolean(*n) == Some(true)
    })?;
    let mut groups = case.node().get("groups").and_then(value::list).into_iter().flat_map(Node::items);
    let wide = groups.find(|group| value::string(*group).is_some_and(|name| WIDE.contains(&name)));
    if let Some(group) = wide {
        let says =
            "may use constraints that permit privileged containers: that is everybody who may create a pod";
        return Some(Fault::at(
            group,
            says,
            "remove the group, and name the one service account that needs it",
        ));
    }
    if case.object.name().is_some_and(|name| OWN.contains(&name)) {
        return None;
    }
    let says = "is true: whoever may use these constraints owns the nodes";
    let help = "set allowPrivilegedContainer to false, and permit the one capability that is needed";
    Some(Fault::at(on, says, help).suggest([edit::replace(on, &json!(false))]))
}

/// A rule that lets somebody use strong constraints, by their names or by naming none.
fn granted(rule: PolicyRule<'_>) -> Option<Fault> {
    // Wildcards are said by their own checks.
    let (_, at) = rule.resources().find(|(name, _)| *name == "securitycontextconstraints")?;
    rule.group("security.openshift.io")?;
    rule.verb("use")?;
    let help = "name in resourceNames the constraints that the pod needs, such as nonroot-v2";
    if rule.names().next().is_none() {
        let detail =
            format!("{} allows to use any constraints: its pods may be privileged", rule.node.path());
        return Some(Fault::new(at.own_span(), detail, help));
    }
    rule.names().find_map(|(name, node)| {
        let (_, gives) = STRONG.iter().find(|(strong, _)| *strong == name)?;
        Some(Fault::at(node, &format!("is {name}: {gives}"), help))
    })
}

/// A binding of the role that `OpenShift` makes for its own constraints.
fn bound(case: &DocumentCase<'_>) -> Option<Fault> {
    let binding = Binding::of(case.object)?;
    let (_, role) = binding.role()?;
    let name = role.strip_prefix("system:openshift:scc:")?;
    let (_, gives) = STRONG.iter().find(|(strong, _)| *strong == name)?;
    binding.subjects().next()?;
    let detail = format!("roleRef.name is {role}: {gives}");
    Some(Fault::new(binding.role_span(), detail, "bind a role for weaker constraints, such as nonroot-v2"))
}
