//! The right to change namespaces, and with it what their labels decide.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::Subject;
use crate::model::rbac::PolicyRule;
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "namespace-change-protected",
    Severity::Low,
    "role changes namespaces",
    include_str!("namespace_change_protected.md"),
    Rule::Document(&[Subject::Role], look),
)
.aliases(&["namespace-protection", "block-cluster-admin-from-ns", "block-updates-deletes"])
.lessons(&[36])
.technique("T1685");

/// Wildcards are said by their own checks. A request for a namespace names that namespace, so that a `Role` counts, too.
fn look(case: &DocumentCase<'_>) -> Faults {
    let rules = PolicyRule::of(case.node()).filter(|rule| rule.names().next().is_none());
    let named = rules.filter_map(|rule| rule.resource("", "namespaces").map(|node| (rule, node)));
    named
        .filter(|(_, node)| node.scalar() != Some("*"))
        .filter_map(|(rule, node)| changes(rule, node))
        .collect()
}

fn changes(rule: PolicyRule<'_>, resource: Node<'_>) -> Option<Fault> {
    let verbs = ["update", "patch", "delete"];
    let verb = verbs.into_iter().find(|v| rule.verbs().any(|(verb, _)| verb == *v))?;
    let says = format!(
        "with the verb {verb}: its holder changes the labels by which Pod Security and policies judge"
    );
    let help = "remove the verb, or name the namespaces in resourceNames";
    Some(Fault::at(resource, &says, help))
}
