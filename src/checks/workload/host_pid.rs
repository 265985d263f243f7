//! A pod in the PID namespace of its node.

use serde_json::json;

use crate::checks::{Check, Fault, Level, PodCase, Rule, Standard};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "host-pid",
    Severity::High,
    "pod shares the node's PID namespace",
    include_str!("host_pid.md"),
    Rule::Pod(look),
)
.aliases(&[
    "HostPID",
    "hostPIDSet",
    "KSV-0010",
    "CKV_K8S_17",
    "disallow-host-namespaces",
    "k8spsphostnamespace",
    "C-0038",
    "C-0194",
    "C-0275",
    "host-pid",
])
.lessons(&[7, 15])
.technique("T1611")
.standards(&[Standard::Pss(Level::Baseline, "hostNamespaces", 0), Standard::Cis("5.2.3")]);

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let setting = case.settings.host_pid();
    if setting.value != Some(true) {
        return Vec::new();
    }
    vec![Fault::set(&setting, "set hostPID: false").suggest([setting.set_to(&json!(false))])]
}
