//! What a file holds, and what of it nothing here can judge: said, never skipped in silence.

use std::collections::BTreeMap;

use crate::model::{Object, WORKLOAD_KINDS};
use crate::parse::{Kind, Node, Tree};
use crate::text::{Finding, Severity};

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents, empty ones left out.
    pub documents: usize,
    /// Objects, lists flattened.
    pub objects: usize,
    /// Pods and pod templates.
    pub pods: usize,
    /// Their containers, init and ephemeral ones too.
    pub containers: usize,
    /// Objects of kinds that Kubernetes has and no check here looks at, by kind.
    pub unjudged: BTreeMap<String, usize>,
    /// Objects of kinds that are not known here, by kind.
    pub unknown: BTreeMap<String, usize>,
}

impl Counts {
    /// Adds the counts of another file.
    pub fn add(&mut self, other: &Self) {
        self.documents += other.documents;
        self.objects += other.objects;
        self.pods += other.pods;
        self.containers += other.containers;
        for (mine, theirs) in [(&mut self.unjudged, &other.unjudged), (&mut self.unknown, &other.unknown)] {
            for (kind, count) in theirs {
                *mine.entry(kind.clone()).or_default() += count;
            }
        }
    }
}

/// Kinds of Kubernetes itself that hold no pod template, by group.
const BUILT_IN: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("apps", &["ControllerRevision"]),
    ("autoscaling", &["HorizontalPodAutoscaler"]),
    ("certificates.k8s.io", &["CertificateSigningRequest"]),
    ("coordination.k8s.io", &["Lease"]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("networking.k8s.io", &["Ingress", "IngressClass", "NetworkPolicy"]),
    ("node.k8s.io", &["RuntimeClass"]),
    ("policy", &["PodDisruptionBudget"]),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("storage.k8s.io", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]),
];

/// Counts an object that holds no pod template, and says what is wrong where it should hold one.
pub(super) fn without_pod(object: Object<'_>, counts: &mut Counts) -> Option<Finding> {
    let Some(kind) = object.kind() else {
        return Some(
            Finding::error("kind-missing", "document is no Kubernetes object", object.kind_span())
                .detail("it has no kind, so nothing was checked")
                .help("give apiVersion and kind, or leave the file out"),
        );
    };
    let group = object.group().unwrap_or("");
    let built_in = BUILT_IN.iter().any(|(g, kinds)| *g == group && kinds.contains(&kind));
    if built_in {
        *counts.unjudged.entry(kind.to_owned()).or_default() += 1;
        return None;
    }
    let workload = WORKLOAD_KINDS.iter().find(|(k, _)| *k == kind);
    if workload.is_some_and(|(_, groups)| object.group().is_none_or(|g| groups.contains(&g))) {
        return Some(
            Finding::error("pod-spec-missing", "workload holds no pod spec", object.kind_span())
                .detail(format!("{}: nothing was checked", object.title()))
                .help("write the pod spec where this kind has it, for most under spec.template.spec"),
        );
    }
    *counts.unknown.entry(kind.to_owned()).or_default() += 1;
    let version = object.api_version().unwrap_or("no apiVersion");
    Some(
        Finding::new("kind-unknown", Severity::Note, "kind is not known here", object.kind_span())
            .detail(format!("{} ({version}): nothing was checked", object.title()))
            .help("check by hand what pods it makes, or run this on those"),
    )
}

/// What can be said of the file itself: templates that were not rendered, documents that are no objects, no object
/// at all.
pub(super) fn of_file(tree: &Tree, counts: &Counts) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(unrendered(tree));
    for document in tree.documents().filter(|d| !matches!(d.kind(), Kind::Map | Kind::Null)) {
        findings.push(
            Finding::error("not-an-object", "document is no Kubernetes object", document.own_span())
                .detail(format!("it is {}, so nothing was checked", document.kind().word()))
                .help("give a manifest with apiVersion and kind"),
        );
    }
    if counts.objects == 0 && findings.is_empty() {
        let help = if tree.source().text().contains("{{") {
            "render the template first (helm template, kustomize build)"
        } else {
            "give a manifest with apiVersion and kind"
        };
        findings.push(
            Finding::error("no-object", "file holds no Kubernetes object", tree.source().span(0, 0))
                .detail("nothing was checked")
                .help(help),
        );
    }
    findings
}

/// `{{ .Values.x }}` outside quotes is a YAML mapping with a mapping for a key.
fn unrendered(tree: &Tree) -> Option<Finding> {
    let text = tree.source().text();
    if !text.contains("{{") {
        return None;
    }
    let nodes = (0..tree.len()).filter_map(|id| tree.node(id as u32));
    let templated = |node: &Node<'_>| {
        let slice = tree.source().slice(node.own_span());
        node.kind() == Kind::Map && slice.starts_with("{{")
    };
    let first = nodes.filter(templated).min_by_key(|n| n.own_span().start)?;
    Some(
        Finding::error("not-rendered", "template is not rendered", first.own_span())
            .detail(
                "what stands here is decided by the template's values, so findings of this file say little",
            )
            .help("render the template first (helm template, kustomize build)"),
    )
}
