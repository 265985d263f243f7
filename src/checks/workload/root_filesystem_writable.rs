//! A container that can rewrite its own programs.

use serde_json::json;

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "root-filesystem-writable",
    Severity::Medium,
    "root file system is writable",
    include_str!("root_filesystem_writable.md"),
    Rule::Container(look),
)
.aliases(&[
    "no-read-only-root-fs",
    "ReadOnlyRootFilesystem",
    "container-security-context-readonlyrootfilesystem",
    "notReadOnlyRootFilesystem",
    "KSV-0014",
    "CKV_K8S_22",
    "require-ro-rootfs",
    "k8spspreadonlyrootfilesystem",
    "C-0017",
])
.lessons(&[23])
.technique("T1105");

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let setting = case.settings.read_only_root_filesystem();
    if setting.value == Some(true) || setting.is_mistyped() || case.pod.is_windows() {
        return Vec::new();
    }
    let help = "set readOnlyRootFilesystem: true, and mount an emptyDir where the process writes";
    vec![Fault::set_or_unset(&setting, "unset counts as false", help).suggest([setting.set_to(&json!(true))])]
}
