//! A container whose user nobody chose: the image decides, and most images say root.

use crate::checks::{Check, ContainerCase, Fault, Level, Rule, Standard};
use crate::model::Origin;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "run-as-non-root-missing",
    Severity::High,
    "nothing forces a non-root user",
    include_str!("run_as_non_root_missing.md"),
    Rule::Container(look),
)
.aliases(&[
    "run-as-non-root",
    "RunAsNonRoot",
    "runAsRootAllowed",
    "KSV-0012",
    "CKV_K8S_23",
    "require-run-as-nonroot",
    "service-mesh-require-run-as-nonroot",
    "k8spspallowedusers",
    "C-0013",
    "C-0198",
])
.lessons(&[5, 15])
.technique("T1611")
.standards(&[Standard::Pss(Level::Restricted, "runAsNonRoot", 0), Standard::Cis("5.2.7")]);

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let non_root = case.settings.run_as_non_root();
    let user = case.settings.run_as_user();
    // A user that is set decides by itself: `run-as-user-zero` speaks of 0, anything else is not root.
    if non_root.value == Some(true) || non_root.is_mistyped() || user.is_set() {
        return Vec::new();
    }
    // In a user namespace root is nobody on the node: Pod Security asks for nothing there from v1.35 on.
    if case.settings.pod.host_users().value == Some(false) {
        return Vec::new();
    }
    let windows_user = case.settings.windows_option("runAsUserName").is_set();
    if case.pod.is_windows() && windows_user {
        return Vec::new();
    }
    let help = if case.pod.is_windows() {
        "set windowsOptions.runAsUserName: ContainerUser in the pod's securityContext, and runAsNonRoot: true"
    } else if non_root.origin == Origin::Container {
        "set it to true, or remove it where the pod says true, and set runAsUser to the image's numeric user"
    } else {
        "set runAsNonRoot: true in the pod's securityContext, and runAsUser to the image's numeric user"
    };
    vec![Fault::set_or_unset(&non_root, "the user is the image's, which may be root", help)]
}
