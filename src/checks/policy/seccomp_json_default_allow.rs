//! A filter that lets through what nobody thought of.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "seccomp-json-default-allow",
    Severity::High,
    "seccomp profile allows by default",
    include_str!("seccomp_json_default_allow.md"),
    Rule::Document(&[Subject::SeccompProfile], look),
)
.lessons(&[21])
.technique("T1611");

fn look(case: &DocumentCase<'_>) -> Faults {
    let action = case.node().get("defaultAction").filter(|a| value::string(*a) == Some("SCMP_ACT_ALLOW"));
    let help = "make defaultAction SCMP_ACT_ERRNO, and list what the program calls";
    action
        .map(|a| Fault::at(a, "is SCMP_ACT_ALLOW: every call that is not listed is allowed", help))
        .into_iter()
        .collect()
}
