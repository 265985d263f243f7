//! A privileged container: every boundary but the namespaces is off.

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "privileged-container",
    severity: Severity::Critical,
    title: "container is privileged",
    doc: include_str!("privileged_container.md"),
    aliases: &[
        "Privileged",
        "container-security-context-privileged",
        "runAsPrivileged",
        "KSV-0017",
        "CKV_K8S_16",
        "baseline:privileged",
        "disallow-privileged-containers",
        "k8spspprivilegedcontainer",
        "CIS-5.2.2",
        "C-0057",
        "C-0193",
    ],
    lessons: &[7, 1, 6, 15, 24],
    rule: Rule::Container(look),
};

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let setting = case.settings.privileged();
    if setting.value != Some(true) {
        return Vec::new();
    }
    vec![Fault::set(
        &setting,
        "remove privileged, and add the one capability or device that the process needs",
    )]
}
