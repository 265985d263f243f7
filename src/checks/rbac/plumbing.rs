//! Rules that change what the cluster runs on.

use super::grant::{GRANT, Grant, Reach, WILDCARDS};
use crate::checks::{Check, Rule, Standard};
use crate::text::Severity;

const DOC: &str = include_str!("plumbing.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "rbac-configmap-manage",
        Severity::Medium,
        "role changes config maps that the cluster runs on",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["configmaps"])],
            verbs: &["update", "patch", "delete", "deletecollection"],
            follows: "in kube-system that changes the DNS server, and on EKS aws-auth, the list of \
            administrators",
            help: "name the config maps in resourceNames, or use a Role in the namespace of the \
            program",
            reach: Reach::System,
            but: &["aws-auth", "coredns"],
            ..GRANT
        }),
    )
    .aliases(&["KSV-0049", "C-0037"])
    .lessons(&[14, 18])
    .technique("T1565.001")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-endpoints-edit",
        Severity::Medium,
        "role edits endpoints",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["endpoints"]), ("discovery.k8s.io", &["endpointslices"])],
            verbs: &["create", "update", "patch"],
            follows: "its holder decides where the traffic of services goes (CVE-2021-25740)",
            help: "remove the verbs that write; the controllers of the control plane keep endpoints",
            ..GRANT
        }),
    )
    .aliases(&["restrict-edit-for-endpoints", "k8sblockendpointeditdefaultrole"])
    .lessons(&[14, 16])
    .technique("T1557")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-log-event-delete",
        Severity::Medium,
        "role deletes events",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["events"]), ("events.k8s.io", &["events"])],
            verbs: &["delete", "deletecollection"],
            follows: "its holder hides what was started, refused and restarted",
            help: "remove the verbs; events expire by themselves",
            ..GRANT
        }),
    )
    .aliases(&["KSV-0042", "C-0031"])
    .lessons(&[14, 35, 39])
    .technique("T1070")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-networking-manage",
        Severity::High,
        "role changes services, ingresses or network policies",
        DOC,
        Rule::Row(&Grant {
            on: &[
                ("", &["services"]),
                ("networking.k8s.io", &["ingresses", "networkpolicies"]),
                ("extensions", &["ingresses", "networkpolicies"]),
            ],
            verbs: &["create", "update", "patch", "delete", "deletecollection"],
            follows: "its holder opens what policies close, and draws traffic",
            help: "keep network policies for the platform; give tenants single names, or a route of \
            the Gateway API",
            ..GRANT
        }),
    )
    .aliases(&["KSV-0056"])
    .lessons(&[14, 16])
    .technique("T1686.001")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-service-status-edit",
        Severity::Medium,
        "role writes the status of services",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["services/status"])],
            verbs: &["update", "patch"],
            follows: "its holder sets a load balancer's address, and draws the traffic to it \
            (CVE-2020-8554)",
            help: "leave the status to the cloud controller",
            ..GRANT
        }),
    )
    .aliases(&["CKV2_K8S_4"])
    .lessons(&[14, 16])
    .technique("T1557")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-webhook-configuration",
        Severity::Critical,
        "role changes what admission asks",
        DOC,
        Rule::Row(&Grant {
            on: &[(
                "admissionregistration.k8s.io",
                &[
                    "validatingwebhookconfigurations",
                    "mutatingwebhookconfigurations",
                    "validatingadmissionpolicies",
                    "validatingadmissionpolicybindings",
                    "mutatingadmissionpolicies",
                    "mutatingadmissionpolicybindings",
                ],
            )],
            verbs: &["create", "update", "patch", "delete", "deletecollection"],
            follows: "its holder rewrites every object on its way in, or switches the policies off",
            help: "name the configuration in resourceNames, and remove create",
            ..GRANT
        }),
    )
    .aliases(&[
        "KSV-0114",
        "CKV_K8S_155",
        "restrict-clusterrole-mutating-validating-admission-webhooks",
        "C-0036",
        "C-0039",
        "C-0281",
    ])
    .lessons(&[14, 28])
    .standards(&[Standard::Cis("5.1.12")])
    .technique("T1685")
    .yields_to(&["rbac-wildcard-all", "rbac-wildcard-resources"]),
];
