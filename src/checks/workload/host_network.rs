//! A pod in the network namespace of its node.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "host-network",
    severity: Severity::High,
    title: "pod shares the node's network namespace",
    doc: include_str!("host_network.md"),
    aliases: &[
        "HostNetwork",
        "hostNetworkSet",
        "KSV-0009",
        "CKV_K8S_19",
        "baseline:hostNamespaces",
        "disallow-host-namespaces",
        "k8spsphostnetworkingports",
        "CIS-5.2.5",
        "C-0041",
        "C-0196",
    ],
    lessons: &[7, 15, 16],
    rule: Rule::Pod(look),
};

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let setting = case.settings.host_network();
    if setting.value != Some(true) {
        return Vec::new();
    }
    vec![Fault::set(&setting, "remove hostNetwork")]
}
