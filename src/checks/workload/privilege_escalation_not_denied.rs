//! A container without `no_new_privs`: a setuid file can make its process more than it was.

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "privilege-escalation-not-denied",
    severity: Severity::High,
    title: "privilege escalation is not denied",
    doc: include_str!("privilege_escalation_not_denied.md"),
    aliases: &[
        "privilegeEscalationAllowed",
        "KSV-0001",
        "CKV_K8S_20",
        "restricted:allowPrivilegeEscalation",
        "disallow-privilege-escalation",
        "k8spspallowprivilegeescalationcontainer",
        "CIS-5.2.6",
        "C-0016",
        "C-0197",
    ],
    lessons: &[6, 15],
    rule: Rule::Container(look),
};

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let setting = case.settings.allow_privilege_escalation();
    if setting.value == Some(false) || setting.is_mistyped() || case.pod.is_windows() {
        return Vec::new();
    }
    let help = if case.settings.privileged().value == Some(true) {
        "remove privileged, then set allowPrivilegeEscalation: false: the API server refuses the two together"
    } else {
        "set allowPrivilegeEscalation: false in the container's securityContext"
    };
    vec![Fault::set_or_unset(&setting, "unset counts as true", help)]
}
