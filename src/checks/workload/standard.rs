//! What the Pod Security Standards forbid, a row each: the rule itself is `sim::admission::pod_security`'s.

use crate::checks::{Case, Check, Fault, Faults, Level, PodCase, Row, Rule, Scope, Standard};
use crate::sim::admission::pod_security::{Pod, Version, violation};
use crate::text::Severity;

const DOC: &str = include_str!("standard.md");

/// A row.
#[derive(Clone, Copy, Debug)]
struct Asks {
    /// Upstream's id of the check.
    check: &'static str,
    /// The end of a path of which another check speaks; empty for none.
    unless: &'static str,
    /// What follows from it.
    follows: &'static str,
    /// The smallest change that mends it.
    help: &'static str,
}

const fn row(id: &'static str, severity: Severity, title: &'static str, asks: &'static Asks) -> Check {
    Check::new(id, severity, title, DOC, Rule::Row(asks))
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        "apparmor-unconfined",
        Severity::High,
        "profile of AppArmor is turned off",
        &Asks {
            check: "appArmorProfile",
            unless: "",
            follows: "what the container may open, mount and signal is no longer limited by AppArmor",
            help: "set the type to RuntimeDefault, or to Localhost with a profile that the node has loaded",
        },
    )
    .aliases(&["ApparmorUnconfined", "KSV-0002", "restrict-apparmor-profiles", "k8spspapparmor"])
    .lessons(&[22, 7, 15])
    .standards(&[Standard::Pss(Level::Baseline, "appArmorProfile", 0)])
    .technique("T1611"),
    row(
        "host-port",
        Severity::Medium,
        "container listens on the node's address",
        &Asks {
            check: "hostPorts",
            // `host-network` says more: there the API server sets the port itself.
            unless: ".containerPort",
            follows: "who reaches the node reaches the container, past every Service, Ingress and most network policies",
            help: "remove hostPort, and publish the port with a Service",
        },
    )
    .aliases(&[
        "hostPortSet",
        "KSV-0024",
        "CKV_K8S_26",
        "disallow-host-ports",
        "disallow-host-ports-range",
        "k8spsphostnetworkingports",
        "C-0044",
        "C-0204",
    ])
    .lessons(&[15, 16])
.technique("T1133")
    .standards(&[Standard::Pss(Level::Baseline, "hostPorts", 0), Standard::Cis("5.2.12")]),
    row(
        "host-process-windows",
        Severity::Critical,
        "container is a process of its Windows node",
        &Asks {
            check: "windowsHostProcess",
            unless: "",
            follows: "nothing stands between the program and the node",
            help: "remove hostProcess; only node agents of the cluster's owner have a use for it",
        },
    )
    .aliases(&["hostProcess", "KSV-0103", "disallow-host-process", "k8spsphostprocess", "C-0202"])
    .lessons(&[15])
    .standards(&[Standard::Pss(Level::Baseline, "windowsHostProcess", 0), Standard::Cis("5.2.10")])
    .technique("T1611"),
    row(
        "probe-lifecycle-host-set",
        Severity::Medium,
        "kubelet is sent to another address",
        &Asks {
            check: "hostProbesAndHostLifecycle",
            unless: "",
            follows: "the kubelet calls it from the node, where network policies of the pod do not hold",
            help: "remove host: without it the kubelet calls the pod",
        },
    )
    .aliases(&["k8spsphostprobeslifecycle"])
    .lessons(&[15, 31])
.technique("T1046")
    .standards(&[Standard::Pss(Level::Baseline, "hostProbesAndHostLifecycle", 34)]),
    row(
        "proc-mount-unmasked",
        Severity::High,
        "masked files of /proc are shown",
        &Asks {
            check: "procMount",
            unless: "",
            follows: "the runtime neither hides nor write-protects what lies below /proc",
            help: "remove procMount; nested containers that need it need hostUsers: false as well",
        },
    )
    .aliases(&["unsafe-proc-mount", "procMount", "KSV-0027", "disallow-proc-mount", "k8spspprocmount"])
    .lessons(&[7, 15])
    .standards(&[
        Standard::Pss(Level::Baseline, "procMount", 0),
        Standard::Pss(Level::Restricted, "procMount_restricted", 35),
    ])
    .technique("T1611"),
    row(
        "restricted-volume-type",
        Severity::Medium,
        "volume is of a type that restricted refuses",
        &Asks {
            check: "restrictedVolumes",
            // `hostpath-volume` speaks of it.
            unless: ".hostPath",
            follows: "the manifest's author picks the server, the path or the disk, and nobody who runs the cluster did",
            help: "use a persistentVolumeClaim of a class that the cluster's owner made",
        },
    )
    .aliases(&["KSV-0028", "restrict-volume-types", "k8spspvolumetypes", "k8spspflexvolumes"])
    .lessons(&[15, 33]).technique("T1039")
    .standards(&[Standard::Pss(Level::Restricted, "restrictedVolumes", 0)]),
    row(
        "selinux-options-custom",
        Severity::High,
        "pod chooses its SELinux user, role or type",
        &Asks {
            check: "seLinuxOptions",
            unless: "",
            follows: "the process leaves the domain that keeps containers from the node's files",
            help: "remove it; the runtime picks container_t and a level of its own",
        },
    )
    .aliases(&["KSV-0025", "disallow-selinux", "k8spspselinuxv2"])
    .lessons(&[22, 15])
    .standards(&[Standard::Pss(Level::Baseline, "seLinuxOptions", 0)])
    .technique("T1611"),
    row(
        "unsafe-sysctl",
        Severity::High,
        "kernel parameter is not one of the safe ones",
        &Asks {
            check: "sysctls",
            unless: "",
            follows: "it is not known to be kept apart between pods, and the kubelet refuses it unless it is told to allow it",
            help: "remove the sysctl, or have the node's owner set it for the node",
        },
    )
    .aliases(&["unsafe-sysctls", "KSV-0026", "restrict-sysctls", "k8spspforbiddensysctls"])
    .lessons(&[7, 15])
.technique("T1611")
    .standards(&[Standard::Pss(Level::Baseline, "sysctls", 0)]),
];

impl Row for Asks {
    fn scope(&self) -> Scope {
        Scope::Pod
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Pod(case) = case else { return Faults::new() };
        let PodCase { template, settings, members, .. } = **case;
        let pod = Pod { template, settings, members };
        let Some(violation) = violation(self.check, Version::Latest, pod) else {
            return Faults::new();
        };
        let places = violation.places.iter();
        let places = places.filter(|p| self.unless.is_empty() || !p.path.ends_with(self.unless));
        let fault = |path: &str| {
            [path, " is refused by Pod Security, ", &violation.message(), ": ", self.follows].concat()
        };
        places.map(|p| Fault::new(p.span, fault(&p.path), self.help)).collect()
    }
}
