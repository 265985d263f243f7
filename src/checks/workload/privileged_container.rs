//! A privileged container: every boundary but the namespaces is off.

use serde_json::json;

use crate::checks::{Check, ContainerCase, Fault, Level, Rule, Standard};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "privileged-container",
    Severity::Critical,
    "container is privileged",
    include_str!("privileged_container.md"),
    Rule::Container(look),
)
.aliases(&[
    "Privileged",
    "container-security-context-privileged",
    "runAsPrivileged",
    "KSV-0017",
    "CKV_K8S_16",
    "disallow-privileged-containers",
    "k8spspprivilegedcontainer",
    "C-0057",
    "C-0193",
    "privileged-container",
])
.lessons(&[7, 1, 6, 15, 24])
.technique("T1611")
.standards(&[Standard::Pss(Level::Baseline, "privileged", 0), Standard::Cis("5.2.2")]);

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let setting = case.settings.privileged();
    if setting.value != Some(true) {
        return Vec::new();
    }
    let help = "set privileged: false, and add the one capability or device that the process needs";
    vec![Fault::set(&setting, help).fix([setting.set_to(&json!(false))])]
}
