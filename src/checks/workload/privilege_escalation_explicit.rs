//! A container that is let gain privileges on purpose, or by what else it has.

use serde_json::json;

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::text::Severity;

use super::capability;

pub(in crate::checks) const CHECK: Check = Check::new(
    "privilege-escalation-explicit",
    Severity::High,
    "privilege escalation is allowed on purpose",
    include_str!("privilege_escalation_explicit.md"),
    Rule::Container(look),
)
.aliases(&["privilege-escalation-container", "AllowPrivilegeEscalation"])
.lessons(&[6, 15])
.technique("T1548.001")
.yields_to(&["privileged-container", "capability-sys-admin-added"]);

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let setting = case.settings.allow_privilege_escalation();
    if setting.value == Some(false) || setting.is_mistyped() || case.pod.is_windows() {
        return Vec::new();
    }
    if setting.value == Some(true) {
        let help = "set allowPrivilegeEscalation: false";
        return vec![Fault::set(&setting, help).suggest([setting.set_to(&json!(false))])];
    }
    let privileged = case.settings.privileged();
    if privileged.value == Some(true) {
        let mut fault =
            Fault::set(&privileged, "remove privileged, then set allowPrivilegeEscalation: false");
        fault.detail.push_str(": escalation is allowed with it");
        return vec![fault];
    }
    let administers =
        case.settings.capabilities_add().find(|node| capability(*node).as_deref() == Some("SYS_ADMIN"));
    let help = "remove SYS_ADMIN, then set allowPrivilegeEscalation: false";
    let fault = |node| Fault::at(node, "adds SYS_ADMIN, and nothing denies escalation", help);
    administers.map(fault).into_iter().collect()
}
