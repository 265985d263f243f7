//! A pod or container that asks for no filter on its system calls.

use serde_json::json;

use crate::checks::{Check, Fault, Level, PodCase, Rule, Standard};
use crate::model::{Container, Origin};
use crate::parse::edit;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "seccomp-unconfined",
    Severity::High,
    "seccomp is turned off",
    include_str!("seccomp_unconfined.md"),
    Rule::Pod(look),
)
.aliases(&["SeccompUnconfined", "KSV-0104", "restrict-seccomp", "k8spspseccompv2", "k8spspseccomp"])
.lessons(&[21, 7, 15])
.technique("T1068")
.standards(&[Standard::Pss(Level::Baseline, "seccompProfile_baseline", 0)]);

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
                .suggest([edit::replace(kind, &json!("RuntimeDefault"))])
        })
        .collect()
}
