//! A container without a filter on its system calls.

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "seccomp-profile-missing",
    severity: Severity::Medium,
    title: "no seccomp profile is set",
    doc: include_str!("seccomp_profile_missing.md"),
    aliases: &[
        "SeccompAny",
        "container-seccomp-profile",
        "KSV-0030",
        "KSV-0104",
        "CKV_K8S_31",
        "restricted:seccompProfile_restricted",
        "restrict-seccomp-strict",
        "k8spspseccompv2",
        "k8spspseccomp",
        "CIS-5.6.2",
        "C-0210",
    ],
    lessons: &[21, 7, 15],
    rule: Rule::Container(look),
};

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let setting = case.settings.seccomp_profile();
    if setting.is_set() || setting.is_mistyped() || case.pod.is_windows() {
        return Vec::new();
    }
    let (follows, help) = if case.settings.privileged().value == Some(true) {
        (
            "every system call is open, as a privileged container gets no filter whatever is set",
            "remove privileged, and set seccompProfile.type: RuntimeDefault in the pod's securityContext",
        )
    } else {
        (
            "every system call is open, unless the kubelet runs with seccompDefault",
            "set seccompProfile.type: RuntimeDefault in the pod's securityContext",
        )
    };
    vec![Fault::unset(&setting, follows, help)]
}
