//! Pods judged by a level of the Pod Security Standards alone: the verdict that a namespace with that label would give,
//! each violation at its places, under the id of the check that explains it.
//!
//! What is a violation is `sim::admission::pod_security`'s to say. Enforce judges pods alone; a workload is stored
//! with a warning, and its pods are refused when its controller makes them.

use super::find;
use crate::model::{Object, PodTemplate, fields};
use crate::sim::admission::pod_security::{LevelVersion, Violation, evaluate};
use crate::text::{Finding, Severity, Span};

/// What a level says of one pod or workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What it is called.
    pub title: String,
    /// Where it stands.
    pub span: Span,
    /// Whether it is a Pod: of workloads the pods are judged, when they are made.
    pub of_pod: bool,
    /// The checks that refuse it, by upstream's ids, in the order of the message.
    pub checks: Vec<&'static str>,
    /// Every `reason (detail)` as the API server joins them; empty where nothing is violated.
    pub message: String,
    /// What the API server says of it, where something is violated.
    pub says: Option<String>,
}

/// Which check explains a violation, and the smallest change that mends it.
struct Explained {
    /// Upstream's id.
    check: &'static str,
    /// Ids of checks, each for places whose path ends so; the last for all others.
    ids: &'static [(&'static str, &'static str)],
    help: &'static str,
}

const fn explained(
    check: &'static str,
    ids: &'static [(&'static str, &'static str)],
    help: &'static str,
) -> Explained {
    Explained { check, ids, help }
}

const EXPLAINED: &[Explained] = &[
    explained(
        "allowPrivilegeEscalation",
        &[("", "privilege-escalation-not-denied")],
        "set allowPrivilegeEscalation: false in the container's securityContext",
    ),
    explained(
        "appArmorProfile",
        &[("", "apparmor-unconfined")],
        "remove it, or set the type RuntimeDefault or Localhost (as an annotation runtime/default or localhost/NAME)",
    ),
    explained(
        "capabilities_baseline",
        &[("", "capability-added-beyond-baseline")],
        "remove the capability from add",
    ),
    explained(
        "capabilities_restricted",
        &[("]", "capability-added-beyond-net-bind-service"), ("", "capabilities-drop-all-missing")],
        "set drop: [\"ALL\"], and add nothing but NET_BIND_SERVICE",
    ),
    explained(
        "hostNamespaces",
        &[(".hostPID", "host-pid"), (".hostIPC", "host-ipc"), ("", "host-network")],
        "remove it",
    ),
    explained(
        "hostPathVolumes",
        &[("", "hostpath-volume")],
        "replace it with a volume that is not the node's directory",
    ),
    explained("hostPorts", &[("", "host-port")], "remove hostPort, and publish the port with a Service"),
    explained(
        "hostProbesAndHostLifecycle",
        &[("", "probe-lifecycle-host-set")],
        "remove host: without it the kubelet calls the pod",
    ),
    explained("privileged", &[("", "privileged-container")], "remove privileged, or set it to false"),
    explained("procMount", &[("", "proc-mount-unmasked")], "remove procMount"),
    explained("procMount_restricted", &[("", "proc-mount-unmasked")], "remove procMount"),
    explained(
        "restrictedVolumes",
        &[(".hostPath", "hostpath-volume"), ("", "restricted-volume-type")],
        "use configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected or secret",
    ),
    explained(
        "runAsNonRoot",
        &[("", "run-as-non-root-missing")],
        "set runAsNonRoot: true in the pod's securityContext, and false nowhere",
    ),
    explained("runAsUser", &[("", "run-as-user-zero")], "remove runAsUser: 0, or name another user"),
    explained(
        "seLinuxOptions",
        &[("", "selinux-options-custom")],
        "remove user, role and type, and let the runtime choose",
    ),
    explained(
        "seccompProfile_baseline",
        &[("", "seccomp-unconfined")],
        "remove it, or set the type RuntimeDefault or Localhost (as an annotation runtime/default or localhost/NAME)",
    ),
    explained(
        "seccompProfile_restricted",
        &[("", "seccomp-profile-missing")],
        "set seccompProfile: {type: RuntimeDefault} in the pod's securityContext",
    ),
    explained("sysctls", &[("", "unsafe-sysctl")], "remove the sysctl, or have the node's owner set it"),
    explained(
        "windowsHostProcess",
        &[("", "host-process-windows")],
        "remove hostProcess, or set it to false",
    ),
];

/// Judges one pod or template: the verdict, and a finding for each place that breaks a check.
pub(super) fn judge(by: LevelVersion, object: Object<'_>, pod: PodTemplate<'_>) -> (Judged, Vec<Finding>) {
    let evaluation = evaluate(by.level, by.version, pod);
    let violates = if pod.of_pod { "violates" } else { "would violate" };
    let title = object.title();
    let mut findings: Vec<Finding> = fields::mistyped(pod)
        .iter()
        .map(|fault| {
            Finding::error("field-mistyped", "API server does not decode this", fault.span)
                .detail(format!(
                    "{title}: {}; it refuses the object before any level is asked",
                    fault.sentence()
                ))
                .help("write a value of that type")
        })
        .collect();
    for violation in &evaluation.violations {
        let says = format!("{title} {violates} PodSecurity \"{by}\": {}", violation.message());
        findings.extend(placed(violation, &says));
    }
    let message = evaluation.message();
    let says = (!evaluation.allowed()).then(|| format!("{violates} PodSecurity \"{by}\": {message}"));
    let checks = evaluation.violations.iter().map(|violation| violation.check).collect();
    (Judged { title, span: object.kind_span(), of_pod: pod.of_pod, checks, message, says }, findings)
}

fn placed(violation: &Violation, says: &str) -> Vec<Finding> {
    let row = EXPLAINED.iter().find(|row| row.check == violation.check);
    let help = row.map_or("", |row| row.help);
    let places = violation.places.iter().map(|place| {
        let id = row.and_then(|row| row.ids.iter().find(|(end, _)| place.path.ends_with(end)));
        let check = id.and_then(|(_, id)| find(id));
        let (code, severity) = check.map_or((violation.check, Severity::High), |c| (c.id, c.severity));
        Finding::new(code, severity, violation.reason.clone(), place.span)
            .label(place.path.clone())
            .detail(says)
            .help(help)
    });
    places.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Standard;
    use crate::sim::admission::pod_security::CHECKS;

    #[test]
    fn every_check_of_the_standards_is_explained_by_checks_that_name_it() {
        for check in CHECKS {
            let row = EXPLAINED.iter().find(|row| row.check == check.id);
            let row = row.unwrap_or_else(|| panic!("{} is not explained", check.id));
            assert_eq!(row.ids.last().map(|(end, _)| *end), Some(""), "{}", check.id);
            for (end, id) in row.ids {
                let explains = find(id).filter(|c| c.id == *id).unwrap_or_else(|| panic!("no check {id}"));
                let names = |s: &Standard| matches!(s, Standard::Pss(_, name, _) if *name == check.id);
                // A directory of the node is refused by either level, for one reason.
                let same = check.id == "restrictedVolumes" && *end == ".hostPath";
                assert!(same || explains.standards.iter().any(names), "{id} does not name {}", check.id);
            }
        }
        assert_eq!(EXPLAINED.len(), CHECKS.len());
    }
}
