//! A container without a filter on its system calls.

use serde_json::json;

use crate::checks::{Check, ContainerCase, Fault, Level, Rule, Standard};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "seccomp-profile-missing",
    Severity::Medium,
    "no seccomp profile is set",
    include_str!("seccomp_profile_missing.md"),
    Rule::Container(look),
)
.aliases(&[
    "SeccompAny",
    "container-seccomp-profile",
    "KSV-0030",
    "KSV-0104",
    "CKV_K8S_31",
    "restrict-seccomp-strict",
    "k8spspseccompv2",
    "k8spspseccomp",
    "C-0210",
])
.lessons(&[21, 7, 15])
.technique("T1611")
.standards(&[Standard::Pss(Level::Restricted, "seccompProfile_restricted", 19), Standard::Cis("5.6.2")]);

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let setting = case.settings.seccomp_profile();
    if setting.is_set() || setting.is_mistyped() || case.pod.is_windows() {
        return Vec::new();
    }
    let (follows, help) = if case.settings.privileged().value == Some(true) {
        (
            "every system call is open, as a privileged container gets no filter whatever is set",
            "set privileged: false, and seccompProfile.type: RuntimeDefault",
        )
    } else {
        (
            "every system call is open, unless the kubelet runs with seccompDefault",
            "set seccompProfile.type: RuntimeDefault in the securityContext of the container, or of the pod for all",
        )
    };
    let fix = setting.set_to(&json!({"type": "RuntimeDefault"}));
    vec![Fault::unset(&setting, follows, help).suggest([fix])]
}
