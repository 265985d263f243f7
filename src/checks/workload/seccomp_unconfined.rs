//! A pod or container that asks for no filter on its system calls.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::Origin;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check {
    id: "seccomp-unconfined",
    severity: Severity::High,
    title: "seccomp is turned off",
    doc: include_str!("seccomp_unconfined.md"),
    aliases: &[
        "SeccompUnconfined",
        "KSV-0104",
        "baseline:seccompProfile_baseline",
        "restrict-seccomp",
        "k8spspseccompv2",
        "k8spspseccomp",
    ],
    lessons: &[21, 7, 15],
    rule: Rule::Pod(look),
};

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let own = case.containers().map(|(_, settings)| settings.seccomp_profile());
    let own = own.filter(|setting| setting.origin == Origin::Container);
    let profiles = std::iter::once(case.settings.seccomp_profile()).chain(own);
    let kinds = profiles.filter_map(|setting| setting.value?.get("type"));
    let bad = kinds.filter(|kind| kind.as_str() == Some("Unconfined"));
    bad.map(|kind| Fault::at(kind, "is Unconfined: every system call is open", "set it to RuntimeDefault"))
        .collect()
}
