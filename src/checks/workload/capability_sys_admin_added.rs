//! `SYS_ADMIN`: the capability that is most of root.

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::parse::edit;
use crate::text::Severity;

use super::capability;

pub(in crate::checks) const CHECK: Check = Check::new(
    "capability-sys-admin-added",
    Severity::Critical,
    "capability SYS_ADMIN is added",
    include_str!("capability_sys_admin_added.md"),
    Rule::Container(look),
)
.aliases(&[
    "privilege-escalation-container",
    "CapSysAdmin",
    "dangerousCapabilities",
    "KSV-0005",
    "CKV_K8S_39",
])
.lessons(&[6])
.technique("T1611");

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let added =
        case.settings.capabilities_add().filter(|node| capability(*node).as_deref() == Some("SYS_ADMIN"));
    let help = "remove SYS_ADMIN, and mount, configure or trace from outside the container";
    added
        .map(|node| {
            let says = "adds SYS_ADMIN, the capability to mount and to administer";
            Fault::at(node, says, help).suggest([edit::remove(node)])
        })
        .collect()
}
