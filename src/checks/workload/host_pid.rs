//! A pod in the PID namespace of its node.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "host-pid",
    severity: Severity::High,
    title: "pod shares the node's PID namespace",
    doc: include_str!("host_pid.md"),
    aliases: &[
        "HostPID",
        "hostPIDSet",
        "KSV-0010",
        "CKV_K8S_17",
        "baseline:hostNamespaces",
        "disallow-host-namespaces",
        "k8spsphostnamespace",
        "CIS-5.2.3",
        "C-0038",
        "C-0194",
        "C-0275",
    ],
    lessons: &[7, 15],
    rule: Rule::Pod(look),
};

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let setting = case.settings.host_pid();
    if setting.value != Some(true) {
        return Vec::new();
    }
    vec![Fault::set(&setting, "remove hostPID")]
}
