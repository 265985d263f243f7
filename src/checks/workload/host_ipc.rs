//! A pod in the IPC namespace of its node.

use serde_json::json;

use crate::checks::{Check, Fault, Level, PodCase, Rule, Standard};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "host-ipc",
    Severity::High,
    "pod shares the node's IPC namespace",
    include_str!("host_ipc.md"),
    Rule::Pod(look),
)
.aliases(&[
    "HostIPC",
    "hostIPCSet",
    "KSV-0008",
    "CKV_K8S_18",
    "disallow-host-namespaces",
    "k8spsphostnamespace",
    "C-0038",
    "C-0195",
    "C-0276",
    "host-ipc",
])
.lessons(&[7, 15])
.technique("T1611")
.standards(&[Standard::Pss(Level::Baseline, "hostNamespaces", 0), Standard::Cis("5.2.4")]);

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let setting = case.settings.host_ipc();
    if setting.value != Some(true) {
        return Vec::new();
    }
    vec![Fault::set(&setting, "set hostIPC: false").suggest([setting.set_to(&json!(false))])]
}
