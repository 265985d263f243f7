//! Rules by which one becomes somebody else.

use super::grant::{At, GRANT, Grant, WILDCARDS};
use crate::checks::{Check, Rule, Standard};
use crate::text::Severity;

const DOC: &str = include_str!("identity.md");

/// Users and groups of Kubernetes, kubeadm and kubectl's documents that may do everything, or nearly.
const ADMINISTRATORS: &[&str] = &[
    "kubeadm:cluster-admins",
    "kubernetes-admin",
    "system:admin",
    "system:kube-controller-manager",
    "system:masters",
];

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "rbac-bind-verb",
        Severity::Critical,
        "role may bind any role",
        DOC,
        Rule::Row(&Grant {
            on: &[("rbac.authorization.k8s.io", &["roles", "clusterroles"])],
            verbs: &["bind"],
            follows: "its holder may bind a role that grants more than they have",
            help: "remove bind, or name the roles that may be handed on in resourceNames",
            at: At::Verb,
            but: &["cluster-admin"],
            ..GRANT
        }),
    )
    .aliases(&[
        "KSV-0050",
        "KSV-0051",
        "KSV-0052",
        "CKV_K8S_157",
        "CKV2_K8S_1",
        "restrict-escalation-verbs-roles",
        "C-0191",
    ])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.8")])
    .technique("T1098.006")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-csr-approval",
        Severity::High,
        "role approves certificate requests",
        DOC,
        Rule::Row(&Grant {
            on: &[("certificates.k8s.io", &["certificatesigningrequests/approval"])],
            verbs: &["update", "patch"],
            follows: "with a right to approve for a signer, its holder issues client certificates",
            help: "leave approval to the controllers that have it, and hold the verb approve to one \
            signer",
            ..GRANT
        }),
    )
    .aliases(&["CKV_K8S_156", "restrict-clusterrole-csr", "C-0280"])
    .lessons(&[14, 18])
    .standards(&[Standard::Cis("5.1.11")])
    .technique("T1649")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-escalate-verb",
        Severity::Critical,
        "role may write roles that grant more than it has",
        DOC,
        Rule::Row(&Grant {
            on: &[("rbac.authorization.k8s.io", &["roles", "clusterroles"])],
            verbs: &["escalate"],
            follows: "the check that nobody writes a role above their own rights is off",
            help: "remove escalate: who writes roles needs the rights that stand in them",
            at: At::Verb,
            names_help: false,
            ..GRANT
        }),
    )
    .aliases(&["KSV-0050", "CKV_K8S_158", "restrict-escalation-verbs-roles", "C-0191"])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.8")])
    .technique("T1098.006")
    .yields_to(&["rbac-wildcard-all"]),
    Check::new(
        "rbac-impersonate-verb",
        Severity::Critical,
        "role may act as others",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["users", "groups", "serviceaccounts"])],
            verbs: &["impersonate"],
            follows: "its holder acts as any user, group or service account of its reach",
            help: "name in resourceNames whom it may act as, or remove it",
            at: At::Verb,
            but: ADMINISTRATORS,
            ..GRANT
        }),
    )
    .aliases(&["KSV-0043", "CKV2_K8S_3", "restrict-escalation-verbs-roles", "C-0065", "C-0191"])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.8")])
    .technique("T1078")
    .yields_to(&["rbac-wildcard-all"]),
    Check::new(
        "rbac-manage-rbac",
        Severity::Critical,
        "role changes roles or bindings",
        DOC,
        Rule::Row(&Grant {
            on: &[(
                "rbac.authorization.k8s.io",
                &["roles", "clusterroles", "rolebindings", "clusterrolebindings"],
            )],
            verbs: &["create", "update", "patch"],
            follows: "its holder hands rights on, and with bind or escalate any right",
            help: "leave roles and bindings to the pipeline that installs them, or name them in \
            resourceNames",
            ..GRANT
        }),
    )
    .aliases(&["KSV-0050", "KSV-0055"])
    .lessons(&[14])
    .technique("T1098.006")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-secrets-access",
        Severity::High,
        "role reads secrets",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["secrets"])],
            verbs: &["get", "list", "watch"],
            follows: "list and watch hand out the contents, too",
            help: "name the secrets in resourceNames with the verb get, or mount them and remove \
            the rule",
            ..GRANT
        }),
    )
    .aliases(&[
        "access-to-secrets",
        "KSV-0041",
        "KSV-0113",
        "CKV2_K8S_5",
        "restrict-secret-role-verbs",
        "C-0015",
        "C-0186",
    ])
    .lessons(&[14, 17])
    .standards(&[Standard::Cis("5.1.2")])
    .technique("T1552.007")
    .yields_to(WILDCARDS),
    Check::new(
        "rbac-token-create",
        Severity::High,
        "role issues tokens of service accounts",
        DOC,
        Rule::Row(&Grant {
            on: &[("", &["serviceaccounts/token"])],
            verbs: &["create"],
            follows: "its holder is any service account of its reach",
            help: "name the accounts in resourceNames",
            ..GRANT
        }),
    )
    .aliases(&["C-0282"])
    .lessons(&[14, 17])
    .standards(&[Standard::Cis("5.1.13")])
    .technique("T1528")
    .yields_to(WILDCARDS),
];
