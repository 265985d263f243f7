//! What reaches into the kernel: the masks over `/proc`, and sysctls.

use std::collections::BTreeSet;

use super::super::Pod;
use super::super::violation::{Failure, Place, Setters, failure, joined, quoted};
use super::has_user_namespace;
use crate::model::value;
use crate::parse::Node;

/// The masks over `/proc` must stay.
///
/// Fields: `securityContext.procMount` of every container. Allowed: unset, `Default`.
pub(in super::super) fn proc_mount(pod: Pod<'_>) -> Option<Failure> {
    let mut setters = Setters::default();
    let mut values = BTreeSet::new();
    for (container, settings) in pod.members() {
        let setting = settings.proc_mount();
        if let Some(value) = setting.value.filter(|v| *v != "Default") {
            values.insert(value);
            setters.container(container.name, Place::of(&setting));
        }
    }
    setters.failure("procMount", |setters| {
        [&setters.containers(), " must not set securityContext.procMount to ", &quoted(&values)].concat()
    })
}

/// From 1.35 the baseline lets pods with a user namespace unmask `/proc`.
pub(in super::super) fn proc_mount_1_35(pod: Pod<'_>) -> Option<Failure> {
    if has_user_namespace(pod) { None } else { proc_mount(pod) }
}

/// The sysctls that are safe, each with the minor version since which it counts as such.
const SAFE_SYSCTLS: &[(u32, &str)] = &[
    (0, "kernel.shm_rmid_forced"),
    (0, "net.ipv4.ip_local_port_range"),
    (0, "net.ipv4.tcp_syncookies"),
    (0, "net.ipv4.ping_group_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time"),
    (29, "net.ipv4.tcp_fin_timeout"),
    (29, "net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem"),
    (32, "net.ipv4.tcp_wmem"),
    (37, "net.ipv4.tcp_slow_start_after_idle"),
    (37, "net.ipv4.tcp_notsent_lowat"),
];

/// Sysctls must be safe ones: namespaced, and of no effect on other pods.
///
/// Fields: `spec.securityContext.sysctls[*].name`. Allowed: the table above.
fn sysctls_at(minor: u32, pod: Pod<'_>) -> Option<Failure> {
    let list = pod.settings.sysctls().value;
    let names = list.into_iter().flat_map(Node::items).map(|item| {
        let node = item.get("name");
        (node.and_then(value::string).unwrap_or(""), node.unwrap_or(item))
    });
    let bad: Vec<_> = names
        .filter(|(name, _)| !SAFE_SYSCTLS.iter().any(|(since, safe)| *since <= minor && safe == name))
        .collect();
    let places = bad.iter().map(|(_, node)| Place::from(*node)).collect();
    failure("forbidden sysctls", places, || joined(bad.iter().map(|(name, _)| name)))
}

/// The five of 1.0.
pub(in super::super) fn sysctls(pod: Pod<'_>) -> Option<Failure> {
    sysctls_at(0, pod)
}

/// 1.27 adds reserved ports.
pub(in super::super) fn sysctls_1_27(pod: Pod<'_>) -> Option<Failure> {
    sysctls_at(27, pod)
}

/// 1.29 adds keepalive and the FIN timeout.
pub(in super::super) fn sysctls_1_29(pod: Pod<'_>) -> Option<Failure> {
    sysctls_at(29, pod)
}

/// 1.32 adds buffer sizes.
pub(in super::super) fn sysctls_1_32(pod: Pod<'_>) -> Option<Failure> {
    sysctls_at(32, pod)
}

/// 1.37 adds slow start and unsent data.
pub(in super::super) fn sysctls_1_37(pod: Pod<'_>) -> Option<Failure> {
    sysctls_at(37, pod)
}
