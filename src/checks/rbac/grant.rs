//! What a rule of a role hands out: permissions that are worth more than they look, a row each, and their evaluator.

use crate::checks::{Case, Check, Fault, Faults, RoleCase, Row, Rule, Scope, Standard};
use crate::text::Severity;

const DOC: &str = include_str!("grant.md");

/// A row: verbs on resources of groups.
#[derive(Clone, Copy, Debug)]
struct Grant {
    /// API groups, `""` for the core group, each with any of these resources.
    on: &'static [(&'static str, &'static [&'static str])],
    /// Any of these.
    verbs: &'static [&'static str],
    /// In which roles it is too much.
    reach: Reach,
    /// Whether `resourceNames` makes it harmless.
    names_help: bool,
    /// Which of the two is the surprise.
    at: At,
    /// What follows, behind what is allowed.
    follows: &'static str,
    /// The smallest change that mends it.
    help: &'static str,
}

/// What most rows have in common.
const GRANT: Grant = Grant {
    on: &[],
    verbs: &[],
    reach: Reach::Everywhere,
    names_help: true,
    at: At::Resource,
    follows: "",
    help: "",
};

/// In which roles a permission is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// In each.
    Everywhere,
    /// In a `ClusterRole`.
    Cluster,
    /// In a `ClusterRole`, and in a Role of `kube-system`.
    System,
}

/// Where a fault stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Resource,
    Verb,
}

/// Wildcards are said by their own checks, which mention everything.
const WILDCARDS: &[&str] =
    &["rbac-wildcard-all", "rbac-wildcard-api-groups", "rbac-wildcard-resources", "rbac-wildcard-verbs"];

/// What runs as a pod.
const WORKLOADS: &[(&str, &[&str])] = &[
    ("", &["pods", "replicationcontrollers"]),
    ("apps", &["deployments", "daemonsets", "statefulsets", "replicasets"]),
    ("batch", &["jobs", "cronjobs"]),
];

impl Row for Grant {
    fn scope(&self) -> Scope {
        Scope::Role
    }

    /// One fault a rule: with the first resource and the first verb that count.
    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Role(case) = case else { return Faults::new() };
        if !self.reach.holds(case) {
            return Faults::new();
        }
        let resources = self.on.iter().flat_map(|(group, names)| names.iter().map(|name| (*group, *name)));
        resources.filter_map(|(group, resource)| self.allowed(case, group, resource)).take(1).collect()
    }
}

impl Grant {
    fn allowed(&self, case: &RoleCase<'_>, group: &str, resource: &str) -> Option<Fault> {
        let rule = case.rule;
        let by_resource = rule.resource(group, resource)?;
        let counts = |verb: &&&str| !(self.names_help && rule.is_narrowed(verb, resource));
        let mut verbs = self.verbs.iter().filter(counts);
        let (verb, by_verb) = verbs.find_map(|v| Some((v, rule.verb(v)?)))?;
        let node = if self.at == At::Verb { by_verb } else { by_resource };
        let detail = format!("{} allows {verb} on {resource}: {}", rule.node.path(), self.follows);
        Some(Fault::new(node.own_span(), detail, self.help))
    }
}

impl Reach {
    fn holds(self, case: &RoleCase<'_>) -> bool {
        let cluster = case.object.kind() == Some("ClusterRole");
        match self {
            Self::Everywhere => true,
            Self::Cluster => cluster,
            Self::System => cluster || case.object.namespace() == Some("kube-system"),
        }
    }
}

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
            ..GRANT
        }),
    )
    .aliases(&["KSV-0049", "C-0037"])
    .lessons(&[14, 18])
    .technique("T1565.001")
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
    .technique("T1485")
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
    .yields_to(WILDCARDS),
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
            ..GRANT
        }),
    )
    .aliases(&["KSV-0043", "CKV2_K8S_3", "restrict-escalation-verbs-roles", "C-0065", "C-0191"])
    .lessons(&[14])
    .standards(&[Standard::Cis("5.1.8")])
    .technique("T1078")
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
    .technique("T1562.007")
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
    Check::new(
        "rbac-webhook-configuration",
        Severity::Critical,
        "role changes admission webhooks",
        DOC,
        Rule::Row(&Grant {
            on: &[(
                "admissionregistration.k8s.io",
                &["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
            )],
            verbs: &["create", "update", "patch", "delete", "deletecollection"],
            follows: "its holder sees and rewrites every object on its way in, or switches the \
            policies off",
            help: "name the configuration in resourceNames; it cannot narrow create, so remove that",
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
    .technique("T1562.001")
    .yields_to(WILDCARDS),
];
