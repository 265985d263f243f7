//! Which kinds live in no namespace.
//!
//! kubernetes `api/discovery`, the resources with `namespaced: false`; those that the course meets beside them.

use crate::model::gatekeeper::{CONSTRAINTS, TEMPLATES};

/// Kubernetes' own, by group.
const CLUSTER: &[(&str, &[&str])] = &[
    ("", &["Namespace", "Node", "PersistentVolume"]),
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
    ("authentication.k8s.io", &["SelfSubjectReview", "TokenReview"]),
    ("authorization.k8s.io", &["SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"]),
    ("certificates.k8s.io", &["CertificateSigningRequest", "ClusterTrustBundle"]),
    ("flowcontrol.apiserver.k8s.io", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("networking.k8s.io", &["IPAddress", "IngressClass", "ServiceCIDR"]),
    ("node.k8s.io", &["RuntimeClass"]),
    (
        "policy.networking.k8s.io",
        &["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"],
    ),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding"]),
    ("resource.k8s.io", &["DeviceClass", "DeviceTaintRule", "ResourceSlice"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    (
        "storage.k8s.io",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
    ),
    (TEMPLATES, &["ConstraintTemplate"]),
    ("kyverno.io", &["ClusterCleanupPolicy", "ClusterPolicy", "GlobalContextEntry"]),
    (
        "policies.kyverno.io",
        &[
            "DeletingPolicy",
            "GeneratingPolicy",
            "ImageValidatingPolicy",
            "MutatingPolicy",
            "ValidatingPolicy",
        ],
    ),
    ("policy.sigstore.dev", &["ClusterImagePolicy", "TrustRoot"]),
];

/// Whether objects of this kind live in no namespace.
pub(crate) fn is_cluster_wide(group: &str, kind: &str) -> bool {
    group == CONSTRAINTS || CLUSTER.iter().any(|(g, kinds)| *g == group && kinds.contains(&kind))
}
