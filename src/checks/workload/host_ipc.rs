//! A pod in the IPC namespace of its node.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "host-ipc",
    severity: Severity::High,
    title: "pod shares the node's IPC namespace",
    doc: include_str!("host_ipc.md"),
    aliases: &[
        "HostIPC",
        "hostIPCSet",
        "KSV-0008",
        "CKV_K8S_18",
        "baseline:hostNamespaces",
        "disallow-host-namespaces",
        "k8spsphostnamespace",
        "CIS-5.2.4",
        "C-0038",
        "C-0195",
        "C-0276",
    ],
    lessons: &[7, 15],
    rule: Rule::Pod(look),
};

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let setting = case.settings.host_ipc();
    if setting.value != Some(true) {
        return Vec::new();
    }
    vec![Fault::set(&setting, "remove hostIPC")]
}
