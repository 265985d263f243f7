//! Rules that reach into pods and nodes.

use super::grant::{At, GRANT, Grant, Reach, WILDCARDS};
use crate::checks::{Check, Rule, Standard};
use crate::text::Severity;

const DOC: &str = include_str!("pods.md");

/// What runs as a pod.
const WORKLOADS: &[(&str, &[&str])] = &[
    ("", &["pods", "replicationcontrollers"]),
    ("apps", &["deployments", "daemonsets", "statefulsets", "replicasets"]),
    ("batch", &["jobs", "cronjobs"]),
];

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "rbac-delete-workloads",
        Severity::Medium,
        "cluster role deletes any workload",
        DOC,
        Rule::Row(&Grant {
            on: WORKLOADS,
            verbs: &["delete", "deletecollection"],
            follows: "bound in the cluster, its holder stops every program",
            help: "use a Role in the namespaces meant, or name the objects in resourceNames",
            reach: Reach::Cluster,
            ..GRANT
        }),
    )
    .aliases(&["C-0007"])
    .lessons(&[14])
    .technique("T1489")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-ephemeral-containers",
        Severity::High,
        "role adds containers to running pods",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["pods/ephemeralcontainers"])],
            verbs: &["update", "patch"],
            follows: "its holder enters any pod of its reach with an image of their choice",
            help: "grant it for the time of a fault only, and only to people",
            ..GRANT
        }),
    )
    .lessons(&[14, 39])
    .technique("T1610")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-nodes-proxy",
        Severity::High,
        "role reaches the kubelet past the API server",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["nodes/proxy"])],
            verbs: &["get", "create", "update", "patch", "delete"],
            follows: "the kubelet runs commands in every pod of the node, and neither admission nor \
            the audit log sees them",
            help: "grant nodes/metrics or nodes/stats instead, for monitoring",
            names_help: false,
            ..GRANT
        }),
    )
    .aliases(&["KSV-0047", "CKV2_K8S_2", "restrict-clusterrole-nodesproxy", "C-0279"])
    .lessons(&[14, 34])
    .standards(&[Standard::Cis("5.1.10")])
    .technique("T1609")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-persistent-volume-create",
        Severity::High,
        "role creates persistent volumes",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["persistentvolumes"])],
            verbs: &["create"],
            follows: "a volume of type hostPath is a directory of the node, and Pod Security does not \
            see it",
            help: "let a StorageClass make volumes, and keep this right for its driver",
            ..GRANT
        }),
    )
    .aliases(&["C-0278"])
    .lessons(&[14, 36])
    .standards(&[Standard::Cis("5.1.9")])
    .technique("T1611")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-pod-create",
        Severity::High,
        "role starts pods",
        DOC,
        Rule::Row(&Grant {
            on: WORKLOADS,
            verbs: &["create"],
            follows: "a pod runs as any service account of its namespace and mounts any secret there",
            help: "remove create, or give the program a namespace in which nothing else lives",
            at: At::Verb,
            ..GRANT
        }),
    )
    .aliases(&["access-to-create-pods", "KSV-0048", "C-0188"])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.4")])
    .technique("T1610")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-pod-exec-attach",
        Severity::High,
        "role runs commands in pods",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["pods/exec", "pods/attach"])],
            verbs: &["get", "create"],
            follows: "its holder is the program in any pod of its reach",
            help: "grant it to people for the time of a fault, and watch the audit log for it",
            ..GRANT
        }),
    )
    .aliases(&[
        "clusterrolePodExecAttach",
        "rolePodExecAttach",
        "clusterrolebindingPodExecAttach",
        "rolebindingClusterRolePodExecAttach",
        "rolebindingRolePodExecAttach",
        "KSV-0053",
        "KSV-0054",
        "CKV2_K8S_2",
        "C-0002",
    ])
    .lessons(&[14, 39])
    .technique("T1609")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-pod-port-forward",
        Severity::Medium,
        "role opens tunnels into pods",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["pods/portforward"])],
            verbs: &["get", "create"],
            follows: "the tunnel goes through the API server and kubelet, past every network policy",
            help: "grant it to people for the time of a fault, and watch the audit log for it",
            ..GRANT
        }),
    )
    .aliases(&["C-0063"])
    .lessons(&[14, 39])
    .technique("T1572")
    .yields_to(WILDCARDS),
];
