//! `runAsNonRoot: true` beside `runAsUser: 0`: a container that never starts.

use crate::checks::{Check, Fault, PodCase, Rule};
use crate::model::{ContainerSettings, Origin};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "run-as-non-root-contradiction",
    Severity::Medium,
    "root is both asked for and forbidden",
    include_str!("run_as_non_root_contradiction.md"),
    Rule::Pod(look),
)
.aliases(&["run-as-non-root"])
.lessons(&[5]);

const HELP: &str = "set runAsUser to a user other than 0";
const WHY: &str = "the kubelet refuses to start a container as root because of this";

/// One fault for each place that says 0: the pod's, however many containers inherit it, and each container's own.
fn look(case: &PodCase<'_>) -> Vec<Fault> {
    let both = |s: ContainerSettings<'_>| {
        s.run_as_non_root().value == Some(true) && s.run_as_user().value == Some(0)
    };
    if !case.containers().any(|(_, settings)| both(settings)) {
        return Vec::new();
    }
    let mut of_pod = Fault::set(&case.settings.run_as_user(), HELP);
    let mut heirs = Vec::new();
    let mut said = false;
    let mut faults = Vec::new();
    for (container, settings) in case.containers() {
        let (non_root, user) = (settings.run_as_non_root(), settings.run_as_user());
        if non_root.value != Some(true) || user.value != Some(0) {
            continue;
        }
        if user.origin == Origin::Container {
            let mut fault = Fault::set(&user, HELP).related(non_root.span(), WHY);
            fault.detail = format!("{} {:?}", fault.detail, container.name);
            faults.push(fault);
            continue;
        }
        heirs.push(container.title());
        // The pod's `runAsNonRoot` explains it once.
        let by_pod = non_root.origin == Origin::Pod;
        if !(by_pod && said) {
            of_pod = of_pod.related(non_root.span(), WHY);
        }
        said |= by_pod;
    }
    if !heirs.is_empty() {
        of_pod.detail = format!("{}, and counts for {}", of_pod.detail, heirs.join(", "));
        faults.push(of_pod);
    }
    faults
}
