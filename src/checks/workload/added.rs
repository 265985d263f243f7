//! Capabilities that a container adds: each belongs to one row, so that each has one finding.

use crate::checks::{Case, Check, Fault, Faults, Level, Row, Rule, Scope, Standard};
use crate::model::CAPABILITIES;
use crate::sim::admission::pod_security::is_baseline_capability;
use crate::text::Severity;

use super::capability;
use super::capability_dangerous_added::is_dangerous;

const DOC: &str = include_str!("added.md");

/// A row.
#[derive(Clone, Copy, Debug)]
struct Adds {
    /// Which of the added ones are its own.
    which: Which,
    /// What follows from it.
    follows: &'static str,
    /// The smallest change that mends it.
    help: &'static str,
}

/// The classes of capabilities. A name is in exactly one, or in that of a check of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// They watch, or change, the kernel and its other processes' limits.
    Bpf,
    /// Baseline refuses it, and no other row says more.
    Unusual,
    /// Baseline takes it, restricted does not.
    Usual,
    /// Raw sockets.
    NetRaw,
}

impl Which {
    /// The class of a name, spelled as Kubernetes does.
    fn of(name: &str) -> Option<Self> {
        match name {
            "BPF" | "PERFMON" | "SYS_RESOURCE" => Some(Self::Bpf),
            "NET_RAW" => Some(Self::NetRaw),
            "NET_BIND_SERVICE" | "SYS_ADMIN" => None,
            _ if is_dangerous(name) => None,
            _ if is_baseline_capability(name) => Some(Self::Usual),
            // Of names that Linux does not have `capability-misspelled` speaks.
            _ => CAPABILITIES.contains(&name).then_some(Self::Unusual),
        }
    }
}

const fn row(id: &'static str, severity: Severity, title: &'static str, adds: &'static Adds) -> Check {
    Check::new(id, severity, title, DOC, Rule::Row(adds))
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        "capability-added-beyond-baseline",
        Severity::High,
        "capability is added that baseline refuses",
        &Adds {
            which: Which::Unusual,
            follows: "no runtime gives it by itself, and baseline refuses it",
            help: "remove it, and let the node or its agent do what needs it",
        },
    )
    .aliases(&[
        "disallow-capabilities",
        "service-mesh-disallow-capabilities",
        "psp-restrict-adding-capabilities",
        "k8spspcapabilities",
        "C-0200",
    ])
    .lessons(&[6, 15])
    .technique("T1068")
    .standards(&[Standard::Pss(Level::Baseline, "capabilities_baseline", 0)]),
    row(
        "capability-added-beyond-net-bind-service",
        Severity::Medium,
        "capability is added that restricted refuses",
        &Adds {
            which: Which::Usual,
            follows: "restricted takes no other than NET_BIND_SERVICE",
            help: "remove it; set owners and modes in the image, where most of these are wanted",
        },
    )
    .aliases(&["KSV-0106", "disallow-capabilities-strict", "k8spspcapabilities"])
    .lessons(&[6, 15])
    .technique("T1548.001")
    .standards(&[Standard::Pss(Level::Restricted, "capabilities_restricted", 22)]),
    row(
        "capability-bpf-added",
        Severity::High,
        "capability to load BPF, to trace or to lift limits is added",
        &Adds {
            which: Which::Bpf,
            follows: "outside an agent that observes the node it reaches every workload of it",
            help: "remove it; in an agent of the node, accept the finding with its reason",
        },
    )
    .lessons(&[25, 6])
    .technique("T1611"),
    row(
        "capability-net-raw-added",
        Severity::Medium,
        "capability to forge packets is added",
        &Adds {
            which: Which::NetRaw,
            follows: "the container may write any packet, its neighbours' addresses in it",
            help: "remove NET_RAW; ping works without it where net.ipv4.ping_group_range allows the group",
        },
    )
    .aliases(&["KSV-0119"])
    .lessons(&[6, 16])
    .technique("T1557"),
];

impl Row for Adds {
    fn scope(&self) -> Scope {
        Scope::Container
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Container(case) = case else { return Faults::new() };
        let added = case.settings.capabilities_add().filter_map(|node| Some((node, capability(node)?)));
        let ours = added.filter(|(_, name)| Which::of(name) == Some(self.which));
        ours.map(|(node, name)| Fault::at(node, &["adds ", &name, ": ", self.follows].concat(), self.help))
            .collect()
    }
}
