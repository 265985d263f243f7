//! A pod or container that asks for no filter on its system calls.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::{Container, Origin};
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
    let own = case.containers().map(|(container, settings)| (Some(container), settings.seccomp_profile()));
    let own = own.filter(|(_, setting)| setting.origin == Origin::Container);
    let profiles = std::iter::once((None, case.settings.seccomp_profile())).chain(own);
    let kinds = profiles.filter_map(|(container, setting)| Some((container, setting.value?.get("type")?)));
    kinds
        .filter(|(_, kind)| kind.as_str() == Some("Unconfined"))
        .map(|(container, kind)| {
            let whom =
                container.map_or_else(|| "every container without its own".to_owned(), Container::title);
            let says = format!("is Unconfined: every system call is open to {whom}");
            Fault::at(kind, &says, "set it to RuntimeDefault")
        })
        .collect()
}
