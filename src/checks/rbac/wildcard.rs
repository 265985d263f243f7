//! Rules with a star where names should stand.

use crate::checks::{Check, Fault, Faults, RoleCase, Rule, Standard};
use crate::parse::Node;
use crate::text::Severity;

const DOC: &str = include_str!("wildcard.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new("rbac-wildcard-all", Severity::Critical, "role may do everything", DOC, Rule::Role(all))
        .aliases(&["wildcard-in-rules", "KSV-0044", "CKV_K8S_49", "C-0187"])
        .lessons(&[14])
        .standards(&[Standard::Cis("5.1.3")])
        .technique("T1078"),
    Check::new(
        "rbac-wildcard-api-groups",
        Severity::High,
        "role covers every API group",
        DOC,
        Rule::Role(groups),
    )
    .aliases(&["wildcard-in-rules", "CKV_K8S_49"])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.3")])
    .technique("T1078")
    .yields_to(&["rbac-wildcard-all"]),
    Check::new("rbac-wildcard-verbs", Severity::High, "role has every verb", DOC, Rule::Role(verbs))
        .aliases(&["wildcard-in-rules", "KSV-0045", "CKV_K8S_49", "restrict-wildcard-verbs", "C-0187"])
        .lessons(&[14])
        .standards(&[Standard::Cis("5.1.3")])
        .technique("T1078")
        .yields_to(&[
            "rbac-wildcard-all",
            "rbac-escalate-verb",
            "rbac-impersonate-verb",
            "rbac-webhook-configuration",
        ]),
];

/// The item of a list that is `*`.
fn star<'t>(mut list: impl Iterator<Item = (&'t str, Node<'t>)>) -> Option<Node<'t>> {
    list.find(|(text, _)| *text == "*").map(|(_, node)| node)
}

/// Groups of Kubernetes itself in which a right to everything is the cluster.
const POWERFUL: &[&str] = &[
    "*",
    "",
    "admissionregistration.k8s.io",
    "apps",
    "batch",
    "certificates.k8s.io",
    "extensions",
    "rbac.authorization.k8s.io",
];

fn all(case: &RoleCase<'_>) -> Faults {
    let rule = case.rule;
    let everything = star(rule.verbs()).and(star(rule.resources())).filter(|_| rule.names().next().is_none());
    let powerful = rule.groups().find(|(group, _)| POWERFUL.contains(group));
    let (Some(node), Some((group, _))) = (everything, powerful) else { return Faults::new() };
    let says = format!("and the verbs are *, too: everything may be done in apiGroups {group:?}");
    vec![Fault::at(node, &says, "name the resources and the verbs that are needed")]
}

fn verbs(case: &RoleCase<'_>) -> Faults {
    let says = "covers every verb: escalate, bind and impersonate where they count, and those to come";
    let node = star(case.rule.verbs()).filter(|_| case.rule.resources().next().is_some());
    node.map(|n| Fault::at(n, says, "name the verbs that are needed")).into_iter().collect()
}

fn groups(case: &RoleCase<'_>) -> Faults {
    let says = "covers every API group, those that are installed later too";
    let node = star(case.rule.groups());
    node.map(|n| Fault::at(n, says, "name the groups of the resources that are needed")).into_iter().collect()
}
