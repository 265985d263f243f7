//! UID 0, asked for in the manifest.

use crate::checks::{Check, Fault, Level, PodCase, Rule, Standard};
use crate::model::Origin;
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "run-as-user-zero",
    Severity::High,
    "container is made to run as root",
    include_str!("run_as_user_zero.md"),
    Rule::Pod(look),
)
.aliases(&["KSV-0105", "require-run-as-non-root-user", "k8spspallowedusers"])
.lessons(&[5, 15])
.technique("T1611")
.standards(&[Standard::Pss(Level::Restricted, "runAsUser", 23), Standard::Cis("5.2.7")]);

const HELP: &str = "set runAsUser to a user other than 0";

fn look(case: &PodCase<'_>) -> Vec<Fault> {
    // In a user namespace root is nobody on the node: Pod Security takes it there from v1.35 on.
    if case.settings.host_users().value == Some(false) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let of_pod = case.settings.run_as_user();
    if of_pod.value == Some(0) {
        let heirs: Vec<_> = case
            .containers()
            .filter(|(_, settings)| settings.run_as_user().origin == Origin::Pod)
            .map(|(container, _)| container.title())
            .collect();
        let mut fault = Fault::set(&of_pod, HELP);
        let scope = match heirs.as_slice() {
            [] => "; every container sets its own user, but the next one added may not".to_owned(),
            heirs => format!(", and counts for {}", heirs.join(", ")),
        };
        fault.detail.push_str(&scope);
        faults.push(fault);
    }
    for (container, settings) in case.containers() {
        let own = settings.run_as_user();
        if own.origin == Origin::Container && own.value == Some(0) {
            let mut fault = Fault::set(&own, HELP);
            fault.detail = format!("{} {:?}", fault.detail, container.name);
            if of_pod.value.is_some_and(|user| user != 0) {
                fault = fault.related(of_pod.span(), "the pod's user, which this overrides");
            }
            faults.push(fault);
        }
    }
    faults
}
