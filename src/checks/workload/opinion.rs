//! What people who run clusters well disagree over, a row each: off by default.

use serde_json::json;

use crate::checks::{Case, Check, Confidence, ContainerCase, Fault, Faults, PodCase, Row, Rule, Scope};
use crate::model::{Class, value};
use crate::parse::{Node, edit};
use crate::text::Severity;

const DOC: &str = include_str!("opinion.md");

/// A row.
#[derive(Clone, Copy, Debug)]
enum Asks {
    /// A quantity under `resources`, of the container or of the pod.
    Resource {
        list: &'static str,
        name: &'static str,
        follows: &'static str,
    },
    AppArmor,
    Digest,
    PullPolicy,
    HostUsers,
    ServiceLinks,
}

const fn row(id: &'static str, severity: Severity, title: &'static str, asks: &'static Asks) -> Check {
    Check::new(id, severity, title, DOC, Rule::Row(asks)).opinion()
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row("apparmor-profile-missing", Severity::Low, "no profile of AppArmor is named", &Asks::AppArmor)
        .aliases(&["ApparmorAny", "add-apparmor-annotations"])
        .lessons(&[22]).technique("T1611"),
    row(
        "cpu-limit-missing",
        Severity::Low,
        "container may take every core",
        &Asks::Resource {
            list: "limits",
            name: "cpu",
            follows: "it may take every core that others leave idle, and a miner does",
        },
    )
    .aliases(&[
        "LimitsCPU",
        "container-resources",
        "cpuLimitsMissing",
        "KSV-0011",
        "CKV_K8S_11",
        "require-cpu-limits",
        "k8scontainerlimits",
        "k8srequiredresources",
        "C-0009",
        "C-0050",
        "C-0270",
    ])
    .lessons(&[7, 36])
    .technique("T1496.001")
    .confidence(Confidence::Contextual),
    row(
        "cpu-request-missing",
        Severity::Low,
        "no CPU is reserved",
        &Asks::Resource {
            list: "requests",
            name: "cpu",
            follows: "the scheduler counts it as nothing, and it starves first",
        },
    )
    .aliases(&[
        "unset-cpu-requirements",
        "RequestsCPU",
        "container-resources",
        "cpuRequestsMissing",
        "KSV-0015",
        "CKV_K8S_10",
        "require-requests-limits",
        "add-default-resources",
        "require-qos-burstable",
        "k8scontainerrequests",
        "k8srequiredresources",
        "C-0050",
        "C-0268",
    ])
    .lessons(&[36]).technique("T1499")
    .confidence(Confidence::Contextual),
    row(
        "ephemeral-storage-limit-missing",
        Severity::Low,
        "container may fill the node's disk",
        &Asks::Resource {
            list: "limits",
            name: "ephemeral-storage",
            follows: "its files and logs may fill the node's disk, and the kubelet then evicts its neighbours",
        },
    )
    .aliases(&[
        "container-ephemeral-storage-request-and-limit",
        "require-emptydir-requests-and-limits",
        "add-emptydir-sizelimit",
        "k8scontainerephemeralstoragelimit",
    ])
    .lessons(&[36])
    .technique("T1499")
    .confidence(Confidence::Contextual),
    row("host-users-not-disabled", Severity::Low, "pod has no user namespace", &Asks::HostUsers)
        .aliases(&["HostUsers"])
        .lessons(&[8, 7])
        .technique("T1611"),
    row("image-digest-missing", Severity::Medium, "image is named by no digest", &Asks::Digest)
        .aliases(&[
            "CKV_K8S_43",
            "require-image-checksum",
            "resolve-image-to-digest",
            "k8simagedigests",
            "C-0306",
        ])
        .lessons(&[12, 11, 29]).technique("T1525"),
    row(
        "image-pull-policy-not-always",
        Severity::Low,
        "image may come from the node without asking",
        &Asks::PullPolicy,
    )
    .aliases(&[
        "container-image-pull-policy",
        "pullPolicyNotAlways",
        "CKV_K8S_15",
        "imagepullpolicy-always",
        "always-pull-images",
        "C-0075",
    ])
    .lessons(&[12, 36]).technique("T1610"),
    row(
        "memory-limit-missing",
        Severity::Medium,
        "container may take all memory",
        &Asks::Resource {
            list: "limits",
            name: "memory",
            follows: "it may take the node's memory, and the kernel then kills what it likes least",
        },
    )
    .aliases(&[
        "unset-memory-requirements",
        "LimitsMemory",
        "container-resources",
        "memoryLimitsMissing",
        "KSV-0018",
        "CKV_K8S_13",
        "require-requests-limits",
        "k8scontainerlimits",
        "k8srequiredresources",
        "C-0004",
        "C-0009",
        "C-0271",
    ])
    .lessons(&[7, 36])
    .technique("T1499")
    .confidence(Confidence::Contextual),
    row(
        "memory-request-missing",
        Severity::Low,
        "no memory is reserved",
        &Asks::Resource {
            list: "requests",
            name: "memory",
            follows: "the scheduler counts it as nothing, and it is evicted first",
        },
    )
    .aliases(&[
        "RequestsMemory",
        "container-resources",
        "memoryRequestsMissing",
        "KSV-0016",
        "CKV_K8S_12",
        "require-requests-limits",
        "k8scontainerrequests",
        "k8srequiredresources",
        "C-0004",
        "C-0269",
    ])
    .lessons(&[36]).technique("T1499")
    .confidence(Confidence::Contextual),
    row("service-links-enabled", Severity::Low, "environment names every service", &Asks::ServiceLinks)
        .aliases(&["disable-service-discovery"])
        .lessons(&[16, 31])
        .technique("T1046"),
];

impl Row for Asks {
    fn scope(&self) -> Scope {
        match self {
            Self::HostUsers | Self::ServiceLinks => Scope::Pod,
            _ => Scope::Container,
        }
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let fault = match case {
            Case::Container(case) => self.of_container(case),
            Case::Pod(case) => self.of_pod(case),
            _ => None,
        };
        fault.into_iter().collect()
    }
}

impl Asks {
    fn of_container(&self, case: &ContainerCase<'_>) -> Option<Fault> {
        let windows = case.pod.is_windows();
        match self {
            Self::Resource { list, name, follows } => resource(case, list, name, follows),
            Self::AppArmor if !windows => app_armor(case),
            Self::Digest => {
                let (node, image) = case.image?;
                let help = "name the digest that was tested behind the tag: NAME:TAG@sha256:…";
                image
                    .digest
                    .is_none()
                    .then(|| Fault::at(node, "has no digest, so that its bytes may change", help))
            }
            Self::PullPolicy => pull_policy(case),
            _ => None,
        }
    }

    fn of_pod(&self, case: &PodCase<'_>) -> Option<Fault> {
        match self {
            Self::HostUsers if !case.is_windows() => {
                let settings = case.settings;
                let shares = [settings.host_network(), settings.host_pid(), settings.host_ipc()];
                let setting = settings.host_users();
                // The API server refuses hostUsers: false beside a namespace of the host.
                let possible = shares.iter().all(|s| s.value != Some(true));
                let help = "set hostUsers: false, where the nodes and the volumes' file systems can do it";
                let follows = "user 0 of the container is user 0 of the node";
                let on = setting.value != Some(false) && !setting.is_mistyped();
                (possible && on).then(|| Fault::set_or_unset(&setting, follows, help))
            }
            Self::ServiceLinks => {
                let help = "set enableServiceLinks: false, and use the names of DNS";
                let spec = case.template.spec;
                match spec.get("enableServiceLinks").filter(|n| !n.is_null()) {
                    None => {
                        let follows = ": each service of the namespace stands in the environment";
                        let fault = Fault::lacking(spec.missing("enableServiceLinks"), follows, help);
                        Some(fault.suggest([edit::set(spec, &["enableServiceLinks"], &json!(false))]))
                    }
                    Some(node) if value::boolean(node) == Some(true) => {
                        let says = "is true: each service of the namespace stands in the environment";
                        Some(Fault::at(node, says, help).suggest([edit::replace(node, &json!(false))]))
                    }
                    Some(_) => None,
                }
            }
            _ => None,
        }
    }
}

/// A quantity that is set, of whatever form.
fn quantity<'t>(holder: Node<'t>, list: &str, name: &str) -> Option<Node<'t>> {
    holder.at(&["resources", list, name]).filter(|n| !n.is_null())
}

fn resource(case: &ContainerCase<'_>, list: &str, name: &str, follows: &str) -> Option<Fault> {
    // The API server takes no resources of ephemeral containers.
    if case.container.class == Class::Ephemeral {
        return None;
    }
    let (container, pod) = (case.container.node, case.pod.template.spec);
    // A limit without a request is the request as well (pkg/apis/core/v1/defaults.go).
    let set = |list: &str| quantity(container, list, name).is_some() || quantity(pod, list, name).is_some();
    if set(list) || list == "requests" && set("limits") {
        return None;
    }
    let mut holder = container;
    let mut key = "resources";
    for (next, inside) in [("resources", list), (list, name)] {
        match holder.get(next).and_then(value::mapping) {
            Some(found) => (holder, key) = (found, inside),
            None => break,
        }
    }
    let span = holder.missing(key).span;
    let path = format!("{}.resources.{list}.{name}", container.path());
    let what = if list == "limits" { "limit it well above what it needs" } else { "reserve what it needs" };
    let fault =
        Fault::new(span, format!("{path} is not set: {follows}"), format!("set {name} under {list}: {what}"));
    Some(fault.label("belongs here"))
}

fn app_armor(case: &ContainerCase<'_>) -> Option<Fault> {
    let setting = case.settings.app_armor_profile();
    let key = format!("container.apparmor.security.beta.kubernetes.io/{}", case.container.name);
    let privileged = case.settings.privileged().value == Some(true);
    if setting.is_set() || privileged || case.pod.template.annotation(&key).is_some() {
        return None;
    }
    let follows = "the runtime's own profile is used where the node has AppArmor, and nothing says so";
    Some(Fault::unset(&setting, follows, "set appArmorProfile: {type: RuntimeDefault}"))
}

fn pull_policy(case: &ContainerCase<'_>) -> Option<Fault> {
    let help = "set imagePullPolicy: Always, or have the cluster do it for all (AlwaysPullImages)";
    let container = case.container.node;
    if let Some(node) = container.get("imagePullPolicy").filter(|n| !n.is_null()) {
        let policy = value::string(node).filter(|policy| *policy != "Always")?;
        let says = format!("is {policy}: who lands on that node needs no credential for it");
        return Some(Fault::at(node, &says, help));
    }
    let (_, image) = case.image?;
    let follows = ": IfNotPresent, as the image has a tag or a digest";
    (!image.is_latest()).then(|| Fault::lacking(container.missing("imagePullPolicy"), follows, help))
}
