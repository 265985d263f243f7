//! Every resource of a group, those that come with the next version too.

use crate::checks::{Check, Fault, Faults, RoleCase, Rule, Standard};
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "rbac-wildcard-resources",
    Severity::High,
    "role covers every resource",
    include_str!("rbac_wildcard_resources.md"),
    Rule::Role(look),
)
.aliases(&[
    "wildcard-in-rules",
    "KSV-0046",
    "KSV-0112",
    "CKV_K8S_49",
    "restrict-wildcard-resources",
    "C-0187",
])
.lessons(&[14])
.standards(&[Standard::Cis("5.1.3")])
.technique("T1078")
.yields_to(&["rbac-wildcard-all"]);

fn look(case: &RoleCase<'_>) -> Faults {
    let stars = case.rule.resources().filter(|(resource, _)| *resource == "*");
    let help = "name the resources that are needed";
    let core = case.rule.groups().any(|(group, _)| matches!(group, "" | "*"));
    let says = if core {
        "covers every resource of the group, secrets and pods/exec too"
    } else {
        "covers every resource of the group, and those that come with its next version"
    };
    stars.map(|(_, node)| Fault::at(node, says, help)).collect()
}
