//! A container without `no_new_privs`: a setuid file can make its process more than it was.

use serde_json::json;

use crate::checks::{Check, ContainerCase, Fault, Level, Rule, Standard};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "privilege-escalation-not-denied",
    Severity::High,
    "privilege escalation is not denied",
    include_str!("privilege_escalation_not_denied.md"),
    Rule::Container(look),
)
.aliases(&[
    "privilegeEscalationAllowed",
    "KSV-0001",
    "CKV_K8S_20",
    "disallow-privilege-escalation",
    "k8spspallowprivilegeescalationcontainer",
    "C-0016",
    "C-0197",
])
.lessons(&[6, 15])
.technique("T1548.001")
.standards(&[Standard::Pss(Level::Restricted, "allowPrivilegeEscalation", 8), Standard::Cis("5.2.6")])
.yields_to(&["privilege-escalation-explicit"]);

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let setting = case.settings.allow_privilege_escalation();
    if setting.value == Some(false) || setting.is_mistyped() || case.pod.is_windows() {
        return Vec::new();
    }
    let privileged = case.settings.privileged().value == Some(true);
    // Kubernetes' `ValidateSecurityContext` compares with this one spelling.
    let administers = case.settings.capabilities_add().any(|node| node.as_str() == Some("CAP_SYS_ADMIN"));
    let help = if privileged {
        "remove privileged, then set allowPrivilegeEscalation: false: the API server refuses the two together"
    } else {
        "set allowPrivilegeEscalation: false in the container's securityContext"
    };
    let fault = Fault::set_or_unset(&setting, "unset counts as true", help);
    // Beside either the API server refuses it.
    vec![if privileged || administers { fault } else { fault.fix([setting.set_to(&json!(false))]) }]
}
