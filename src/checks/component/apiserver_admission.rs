//! The API server's admission plugins, a row each.

use super::setting::{Bad, Family, row};
use super::setting_fix::Right;
use crate::checks::{Check, Standard};
use crate::model::flags::Program;
use crate::text::Severity;

const FAMILY: Family = Family::new(Program::ApiServer, include_str!("apiserver_admission.md"));

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        FAMILY,
        "apiserver-admission-always-admit",
        Severity::Critical,
        "API server runs the plugin that admits everything",
        const {
            &FAMILY
                .flag(
                    "enable-admission-plugins",
                    Bad::Holds { item: "AlwaysAdmit", flag: false, field: false },
                    "it is meant to let everything in, and stands where a plugin that refuses belongs",
                    "remove AlwaysAdmit",
                )
                .or("admission-control")
        },
    )
    .aliases(&["KCV-0011", "CKV_K8S_79", "C-0122"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.10")])
    .technique("T1610"),
    row(
        FAMILY,
        "apiserver-admission-always-pull-images",
        Severity::Low,
        "API server lets pods use images that others pulled",
        const {
            &FAMILY
                .flag(
                    "enable-admission-plugins",
                    Bad::Lacks("AlwaysPullImages"),
                    "a pod may start an image that lies on its node, without the right to pull it",
                    "add AlwaysPullImages; pods then need the registry for each start",
                )
                .or("admission-control")
                .perhaps(Right::Item("AlwaysPullImages"))
        },
    )
    .aliases(&["KCV-0012", "CKV_K8S_80", "C-0123"])
    .lessons(&[18, 12, 20])
    .standards(&[Standard::Cis("1.2.11")])
    .technique("T1552.001"),
    row(
        FAMILY,
        "apiserver-admission-event-rate-limit",
        Severity::Low,
        "API server takes events without a limit",
        const {
            &FAMILY
                .flag(
                    "enable-admission-plugins",
                    Bad::Lacks("EventRateLimit"),
                    "one client that writes events can fill etcd and take the API server from all others",
                    "add EventRateLimit, with its limits in --admission-control-config-file",
                )
                .or("admission-control")
        },
    )
    .aliases(&["KCV-0010", "CKV_K8S_78", "C-0121"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.9")])
    .technique("T1499"),
    row(
        FAMILY,
        "apiserver-admission-namespace-lifecycle-disabled",
        Severity::Medium,
        "API server does not guard namespaces",
        const {
            &FAMILY.flag(
                "disable-admission-plugins",
                Bad::Holds { item: "NamespaceLifecycle", flag: false, field: false },
                "objects can be created in namespaces that are being deleted or do not exist",
                "remove NamespaceLifecycle from the list",
            )
        },
    )
    .aliases(&["KCV-0015", "CKV_K8S_83", "C-0126"])
    .lessons(&[18, 20])
    .standards(&[Standard::Cis("1.2.13")])
    .technique("T1610"),
    row(
        FAMILY,
        "apiserver-admission-node-restriction",
        Severity::High,
        "API server lets kubelets change other nodes",
        const {
            &FAMILY
                .flag(
                    "enable-admission-plugins",
                    Bad::Lacks("NodeRestriction"),
                    "with the key of one node an attacker labels, taints and evicts on all others",
                    "add NodeRestriction to --enable-admission-plugins",
                )
                .or("admission-control")
                .right(Right::Item("NodeRestriction"))
        },
    )
    .aliases(&["KCV-0016", "CKV_K8S_85", "C-0127"])
    .lessons(&[18, 20, 34])
    .standards(&[Standard::Cis("1.2.14")])
    .technique("T1610"),
    row(
        FAMILY,
        "apiserver-admission-security-context-deny",
        Severity::Info,
        "API server asks for a plugin that is gone",
        const {
            &FAMILY.flag(
                "enable-admission-plugins",
                Bad::Holds { item: "SecurityContextDeny", flag: false, field: false },
                "from 1.30 the API server does not start, and before it the plugin refused only a \
                few fields",
                "remove SecurityContextDeny; label namespaces for Pod Security admission instead",
            )
        },
    )
    .aliases(&["KCV-0013", "CKV_K8S_81", "C-0124"])
    .lessons(&[18])
    .technique("T1611"),
    row(
        FAMILY,
        "apiserver-admission-service-account-disabled",
        Severity::High,
        "API server does not bind pods to service accounts",
        const {
            &FAMILY.flag(
                "disable-admission-plugins",
                Bad::Holds { item: "ServiceAccount", flag: false, field: false },
                "pods get no account and no short-lived token, so that people give them \
                long-lived ones",
                "remove ServiceAccount from the list",
            )
        },
    )
    .aliases(&["KCV-0014", "CKV_K8S_82", "C-0125"])
    .lessons(&[18, 14, 20])
    .standards(&[Standard::Cis("1.2.12")])
    .technique("T1552"),
    row(
        FAMILY,
        "apiserver-deny-service-external-ips",
        Severity::Medium,
        "API server lets services claim any address",
        const {
            &FAMILY
                .flag(
                    "enable-admission-plugins",
                    Bad::Lacks("DenyServiceExternalIPs"),
                    "whoever may write a Service may take the traffic of an address that is not his",
                    "add DenyServiceExternalIPs, or refuse spec.externalIPs by a policy",
                )
                .or("admission-control")
                .perhaps(Right::Item("DenyServiceExternalIPs"))
        },
    )
    .aliases(&["KCV-0003", "C-0115", "C-0283"])
    .lessons(&[18, 16, 20])
    .standards(&[Standard::Cis("1.2.3")])
    .technique("T1557"),
];
