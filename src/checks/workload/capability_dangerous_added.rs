//! Capabilities by which a container is left or its node is changed.

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::parse::edit;
use crate::text::Severity;

use super::capability;

pub(in crate::checks) const CHECK: Check = Check::new(
    "capability-dangerous-added",
    Severity::Critical,
    "capability with a known way out is added",
    include_str!("capability_dangerous_added.md"),
    Rule::Container(look),
)
.aliases(&["dangerousCapabilities", "KSV-0120", "C-0046"])
.lessons(&[6, 25])
.technique("T1611");

/// `SYS_ADMIN` has a check of its own, as have `NET_RAW` and `BPF`.
const DANGEROUS: &[(&str, &str)] = &[
    ("ALL", "every capability that there is"),
    ("DAC_READ_SEARCH", "opens files of the node by handle, past every directory"),
    ("MAC_ADMIN", "changes the policy of the Linux security module"),
    ("NET_ADMIN", "changes addresses, routes and firewall rules"),
    ("SYS_BOOT", "loads another kernel, or reboots the node from its PID namespace"),
    ("SYS_MODULE", "loads code into the node's kernel"),
    ("SYS_PTRACE", "reads and writes the memory of processes of other users"),
    ("SYS_RAWIO", "reaches the memory and the I/O ports of the machine"),
];

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let added = case.settings.capabilities_add().filter_map(|node| {
        let name = capability(node)?;
        DANGEROUS.iter().find(|(known, _)| *known == name).map(|(name, gives)| (node, *name, *gives))
    });
    added
        .map(|(node, name, gives)| {
            let help = format!("remove {name} from capabilities.add");
            Fault::at(node, &format!("adds {name}: {gives}"), help).suggest([edit::remove(node)])
        })
        .collect()
}

/// Whether a name, spelled as Kubernetes does, is one of them.
pub(super) fn is_dangerous(name: &str) -> bool {
    DANGEROUS.iter().any(|(known, _)| *known == name)
}
