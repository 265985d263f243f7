//! `runAsNonRoot: true` beside `runAsUser: 0`: a container that never starts.

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "run-as-non-root-contradiction",
    severity: Severity::Medium,
    title: "root is both asked for and forbidden",
    doc: include_str!("run_as_non_root_contradiction.md"),
    aliases: &["run-as-non-root"],
    lessons: &[5],
    rule: Rule::Container(look),
};

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let non_root = case.settings.run_as_non_root();
    let user = case.settings.run_as_user();
    if non_root.value != Some(true) || user.value != Some(0) {
        return Vec::new();
    }
    let fault = Fault::set(&user, "set runAsUser to a user other than 0")
        .related(non_root.span(), "the kubelet refuses to start a container as root because of this");
    vec![fault]
}
