//! A pod in the network namespace of its node.

use serde_json::json;

use crate::checks::{Check, Fault, Level, PodCase, Rule, Standard};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "host-network",
    Severity::High,
    "pod shares the node's network namespace",
    include_str!("host_network.md"),
    Rule::Pod(look),
)
.aliases(&[
    "HostNetwork",
    "hostNetworkSet",
    "KSV-0009",
    "CKV_K8S_19",
    "disallow-host-namespaces",
    "k8spsphostnetworkingports",
    "C-0041",
    "C-0196",
    "host-network",
])
.lessons(&[7, 15, 16])
.technique("T1040")
.standards(&[Standard::Pss(Level::Baseline, "hostNamespaces", 0), Standard::Cis("5.2.5")])
// Such a container has to have the node's network.
.yields_to(&["host-process-windows"]);

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let setting = case.settings.host_network();
    if setting.value != Some(true) {
        return Vec::new();
    }
    vec![Fault::set(&setting, "set hostNetwork: false").suggest([setting.set_to(&json!(false))])]
}
