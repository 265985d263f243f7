//! Permissions that a chain can be made of: a table of what they allow, and who holds which, where, by which rule.
//!
//! After kubernetes.io "Role Based Access Control Good Practices", section "privilege escalation risks".

use crate::model::Object;
use crate::model::rbac::{Binding, PolicyRule, is_cluster_wide};
use crate::parse::Node;
use crate::sim::Reason;
use crate::text::Span;

/// Something that is worth more than it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Power {
    /// Every verb on everything.
    Everything,
    BindClusterRole,
    BindRole,
    CreateClusterBinding,
    ChangeClusterBinding,
    CreateBinding,
    ChangeBinding,
    EscalateClusterRole,
    EscalateRole,
    CreateClusterRole,
    ChangeClusterRole,
    ChangeRole,
    ImpersonateUser,
    ImpersonateGroup,
    ImpersonateAccount,
    CreatePod,
    ChangePod,
    ChangeWorkload,
    Exec,
    Attach,
    Ephemeral,
    Token,
    ReadSecret,
    CreateSecret,
    NodesProxy,
    ChangeNamespace,
    CreateVolume,
    CreateClaim,
    CreateRequest,
    ReadRequest,
    ApproveRequest,
    ApproveSigner,
    MutatingWebhook,
    MutatingPolicy,
    MutatingPolicyBinding,
}

/// What allows it: any of the verbs on any of the resources.
struct Row {
    power: Power,
    on: &'static [(&'static str, &'static [&'static str])],
    verbs: &'static [&'static str],
}

const RBAC: &str = "rbac.authorization.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const CHANGE: &[&str] = &["update", "patch"];
const WRITE: &[&str] = &["create", "update", "patch"];
const READ: &[&str] = &["get", "list", "watch"];

/// Workloads by their resources, and the kinds that they hold. The template of a Job never changes: kubernetes
/// `pkg/apis/batch/validation`, `validatePodTemplateUpdate`.
pub(super) const WORKLOADS: &[(&str, &str, &str)] = &[
    ("", "replicationcontrollers", "ReplicationController"),
    ("apps", "daemonsets", "DaemonSet"),
    ("apps", "deployments", "Deployment"),
    ("apps", "replicasets", "ReplicaSet"),
    ("apps", "statefulsets", "StatefulSet"),
    ("batch", "cronjobs", "CronJob"),
];

const fn row(
    power: Power,
    on: &'static [(&'static str, &'static [&'static str])],
    verbs: &'static [&'static str],
) -> Row {
    Row { power, on, verbs }
}

const ROWS: &[Row] = &[
    row(Power::BindClusterRole, &[(RBAC, &["clusterroles"])], &["bind"]),
    row(Power::BindRole, &[(RBAC, &["roles"])], &["bind"]),
    row(Power::CreateClusterBinding, &[(RBAC, &["clusterrolebindings"])], &["create"]),
    row(Power::ChangeClusterBinding, &[(RBAC, &["clusterrolebindings"])], CHANGE),
    row(Power::CreateBinding, &[(RBAC, &["rolebindings"])], &["create"]),
    row(Power::ChangeBinding, &[(RBAC, &["rolebindings"])], CHANGE),
    row(Power::EscalateClusterRole, &[(RBAC, &["clusterroles"])], &["escalate"]),
    row(Power::EscalateRole, &[(RBAC, &["roles"])], &["escalate"]),
    row(Power::CreateClusterRole, &[(RBAC, &["clusterroles"])], &["create"]),
    row(Power::ChangeClusterRole, &[(RBAC, &["clusterroles"])], CHANGE),
    row(Power::ChangeRole, &[(RBAC, &["roles"])], CHANGE),
    row(Power::ImpersonateUser, &[("", &["users"])], &["impersonate"]),
    row(Power::ImpersonateGroup, &[("", &["groups"])], &["impersonate"]),
    row(Power::ImpersonateAccount, &[("", &["serviceaccounts"])], &["impersonate"]),
    row(
        Power::CreatePod,
        &[
            ("", &["pods", "replicationcontrollers"]),
            ("apps", &["daemonsets", "deployments", "replicasets", "statefulsets"]),
            ("batch", &["cronjobs", "jobs"]),
        ],
        &["create"],
    ),
    row(Power::ChangePod, &[("", &["pods"])], CHANGE),
    // From 1.35 on a WebSocket needs `create` as well (KEP-4006).
    row(Power::Exec, &[("", &["pods/exec"])], &["create"]),
    row(Power::Attach, &[("", &["pods/attach"])], &["create"]),
    row(Power::Ephemeral, &[("", &["pods/ephemeralcontainers"])], CHANGE),
    row(Power::Token, &[("", &["serviceaccounts/token"])], &["create"]),
    row(Power::ReadSecret, &[("", &["secrets"])], READ),
    row(Power::CreateSecret, &[("", &["secrets"])], &["create"]),
    // The kubelet takes a GET for `get` even where it opens a WebSocket to `/exec`.
    row(Power::NodesProxy, &[("", &["nodes/proxy"])], &["get", "create"]),
    row(Power::ChangeNamespace, &[("", &["namespaces"])], CHANGE),
    row(Power::CreateVolume, &[("", &["persistentvolumes"])], &["create"]),
    row(Power::CreateClaim, &[("", &["persistentvolumeclaims"])], &["create"]),
    row(Power::CreateRequest, &[(CERTIFICATES, &["certificatesigningrequests"])], &["create"]),
    row(Power::ReadRequest, &[(CERTIFICATES, &["certificatesigningrequests"])], READ),
    row(Power::ApproveRequest, &[(CERTIFICATES, &["certificatesigningrequests/approval"])], CHANGE),
    row(Power::ApproveSigner, &[(CERTIFICATES, &["signers"])], &["approve"]),
    row(Power::MutatingWebhook, &[(ADMISSION, &["mutatingwebhookconfigurations"])], WRITE),
    row(Power::MutatingPolicy, &[(ADMISSION, &["mutatingadmissionpolicies"])], WRITE),
    row(Power::MutatingPolicyBinding, &[(ADMISSION, &["mutatingadmissionpolicybindings"])], WRITE),
];

/// A power that somebody holds.
#[derive(Clone, Debug)]
pub(super) struct Hold<'w> {
    pub(super) power: Power,
    /// The resource by which it is held, without its group.
    pub(super) resource: &'static str,
    /// The namespace that it holds in; everywhere where there is none.
    pub(super) scope: Option<String>,
    /// The names that it is narrowed to; all where there is none.
    pub(super) names: Vec<&'w str>,
    /// The rule that gives it, and the item of it that says so.
    rule: (String, Span),
    /// The binding that gives the rule, where one does.
    binding: Option<(String, Span)>,
}

/// Where a rule holds, and by what.
#[derive(Clone, Debug)]
pub(super) struct Given<'w> {
    pub(super) scope: Option<String>,
    pub(super) binding: Option<Binding<'w>>,
}

impl Hold<'_> {
    /// Whether it is every verb on everything, everywhere.
    pub(super) fn is_everything(&self) -> bool {
        self.power == Power::Everything && self.scope.is_none()
    }

    /// Whether it holds in a namespace; in none for the whole cluster.
    pub(super) fn reaches(&self, namespace: Option<&str>) -> bool {
        self.scope.is_none() || self.scope.as_deref() == namespace
    }

    /// Whether it holds for an object of this name.
    pub(super) fn lets(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.contains(&name)
    }

    /// The rule and the binding.
    pub(super) fn because(&self) -> Vec<Reason> {
        let rule = Reason::at(self.rule.0.clone(), self.rule.1);
        let binding = self.binding.clone().map(|(text, span)| Reason::at(text, span));
        std::iter::once(rule).chain(binding).collect()
    }
}

/// The powers that a rule gives.
pub(super) fn gather<'w>(home: Object<'w>, rule: PolicyRule<'w>, given: &Given<'w>, out: &mut Vec<Hold<'w>>) {
    let names: Vec<&str> = rule.names().map(|(name, _)| name).collect();
    let mut push =
        |power: Power, resource: &'static str, says: String, node: Node<'w>, names: Vec<&'w str>| {
            let binding = given.binding.map(|b| {
                let place = b.namespace().map_or_else(|| "everywhere".to_owned(), |n| format!("in {n}"));
                (format!("{} gives it {place}", b.object.title()), b.role_span())
            });
            let rule = (format!("{} allows {says}", home.title()), node.own_span());
            out.push(Hold { power, resource, scope: given.scope.clone(), names, rule, binding });
        };
    let star = |found: Option<Node<'w>>| found.filter(|n| n.as_str() == Some("*"));
    let all = rule.group("*").and(star(rule.verb("*"))).and(star(rule.kind("*", "")));
    if let Some(node) = all.filter(|_| names.is_empty()) {
        push(Power::Everything, "*", "every verb on everything".to_owned(), node, Vec::new());
    }
    for row in ROWS {
        let resources = row.on.iter().flat_map(|(group, all)| all.iter().map(move |one| (*group, *one)));
        for (group, resource) in resources {
            let Some(node) = rule.resource(group, resource) else { continue };
            let Some(verb) = row.verbs.iter().find(|verb| rule.verb(verb).is_some()) else { continue };
            if given.scope.is_some() && is_cluster_wide(group, resource, verb) {
                continue;
            }
            // A posted object has no name to compare; server-side apply sends it, and needs `patch` besides.
            let posted = *verb == "create" && !resource.contains('/');
            if posted && !names.is_empty() && rule.verb("patch").is_none() {
                continue;
            }
            push(row.power, resource, format!("{verb} {resource}"), node, names.clone());
            break;
        }
    }
    for (group, resource, _) in WORKLOADS {
        let Some(node) = rule.resource(group, resource) else { continue };
        if let Some(verb) = CHANGE.iter().find(|verb| rule.verb(verb).is_some()) {
            push(Power::ChangeWorkload, resource, format!("{verb} {resource}"), node, names.clone());
        }
    }
}
