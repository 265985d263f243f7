//! Which API versions are served: by Kubernetes 1.37 itself, and by projects that people install into it.
//!
//! Kubernetes: its deprecation guide (website, reference/using-api/deprecation-guide) for what is gone, and
//! api/openapi-spec for what is there, versions behind feature gates included. Projects: the `served` versions of the
//! CRDs of their current releases. A group that is not here is not known; that is no mistake.

/// What is known of an API version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// It is served.
    Yes,
    /// It was served once, and these versions of the same kinds are.
    No(&'static str),
    /// The group is known and has no such version.
    NoSuchVersion(&'static [&'static str]),
    /// Nothing is known of the group.
    Unknown,
}

/// Groups and the versions of each that are served.
const SERVED: &[(&str, &[&str])] = &[
    // Kubernetes.
    ("", &["v1"]),
    ("admissionregistration.k8s.io", &["v1", "v1beta1", "v1alpha1"]),
    ("apiextensions.k8s.io", &["v1"]),
    ("apiregistration.k8s.io", &["v1"]),
    ("apps", &["v1"]),
    ("authentication.k8s.io", &["v1"]),
    ("authorization.k8s.io", &["v1"]),
    ("autoscaling", &["v1", "v2"]),
    ("batch", &["v1"]),
    ("certificates.k8s.io", &["v1", "v1beta1", "v1alpha1"]),
    ("coordination.k8s.io", &["v1", "v1beta1", "v1alpha2"]),
    ("discovery.k8s.io", &["v1"]),
    ("events.k8s.io", &["v1"]),
    ("flowcontrol.apiserver.k8s.io", &["v1"]),
    ("internal.apiserver.k8s.io", &["v1alpha1"]),
    ("metrics.k8s.io", &["v1beta1"]),
    ("networking.k8s.io", &["v1", "v1beta1"]),
    ("node.k8s.io", &["v1"]),
    ("policy", &["v1"]),
    ("rbac.authorization.k8s.io", &["v1"]),
    ("resource.k8s.io", &["v1", "v1beta2", "v1beta1", "v1alpha3"]),
    ("scheduling.k8s.io", &["v1", "v1alpha2", "v1alpha1"]),
    ("storage.k8s.io", &["v1", "v1beta1"]),
    ("storagemigration.k8s.io", &["v1beta1", "v1alpha1"]),
    // Files of its components, and what they send.
    ("admission.k8s.io", &["v1"]),
    ("apiserver.config.k8s.io", &["v1", "v1beta1", "v1alpha1"]),
    ("apiserver.k8s.io", &["v1beta1"]),
    ("audit.k8s.io", &["v1"]),
    ("client.authentication.k8s.io", &["v1", "v1beta1"]),
    ("credentialprovider.kubelet.k8s.io", &["v1"]),
    ("eventratelimit.admission.k8s.io", &["v1alpha1"]),
    ("imagepolicy.k8s.io", &["v1alpha1"]),
    ("kubeadm.k8s.io", &["v1beta4"]),
    ("kubelet.config.k8s.io", &["v1", "v1beta1", "v1alpha1"]),
    ("kubeproxy.config.k8s.io", &["v1alpha1"]),
    ("kubescheduler.config.k8s.io", &["v1"]),
    ("kustomize.config.k8s.io", &["v1beta1", "v1alpha1"]),
    ("pod-security.admission.config.k8s.io", &["v1"]),
    ("webhook-authentication.config.k8s.io", &["v1"]),
    // Projects.
    ("acme.cert-manager.io", &["v1"]),
    ("aquasecurity.github.io", &["v1alpha1"]),
    ("argoproj.io", &["v1alpha1"]),
    ("bitnami.com", &["v1alpha1"]),
    ("cert-manager.io", &["v1"]),
    ("cilium.io", &["v2", "v2alpha1", "v1alpha1"]),
    ("config.gatekeeper.sh", &["v1alpha1"]),
    ("constraints.gatekeeper.sh", &["v1beta1", "v1alpha1"]),
    ("crd.projectcalico.org", &["v1"]),
    ("expansion.gatekeeper.sh", &["v1beta1", "v1alpha1"]),
    ("extensions.istio.io", &["v1alpha1"]),
    ("external-secrets.io", &["v1", "v1alpha1"]),
    ("gateway.networking.k8s.io", &["v1", "v1beta1", "v1alpha3", "v1alpha2"]),
    ("generators.external-secrets.io", &["v1alpha1"]),
    ("helm.toolkit.fluxcd.io", &["v2"]),
    ("image.toolkit.fluxcd.io", &["v1"]),
    ("kind.x-k8s.io", &["v1alpha4"]),
    ("kustomize.toolkit.fluxcd.io", &["v1"]),
    ("kyverno.io", &["v1", "v2", "v2beta1", "v2alpha1"]),
    ("monitoring.coreos.com", &["v1", "v1beta1", "v1alpha1"]),
    ("mutations.gatekeeper.sh", &["v1", "v1beta1", "v1alpha1"]),
    ("networking.istio.io", &["v1", "v1beta1", "v1alpha3"]),
    ("notification.toolkit.fluxcd.io", &["v1", "v1beta3"]),
    ("policies.kyverno.io", &["v1", "v1beta1", "v1alpha1"]),
    ("policy.networking.k8s.io", &["v1alpha2", "v1alpha1"]),
    ("policy.sigstore.dev", &["v1beta1", "v1alpha1"]),
    ("projectcalico.org", &["v3"]),
    ("secrets-store.csi.x-k8s.io", &["v1"]),
    ("security-profiles-operator.x-k8s.io", &["v1", "v1beta1", "v1alpha2", "v1alpha1"]),
    ("security.istio.io", &["v1", "v1beta1"]),
    ("snapshot.storage.k8s.io", &["v1"]),
    ("source.toolkit.fluxcd.io", &["v1"]),
    ("spire.spiffe.io", &["v1alpha1"]),
    ("telemetry.istio.io", &["v1", "v1alpha1"]),
    ("templates.gatekeeper.sh", &["v1", "v1beta1", "v1alpha1"]),
    ("trust.cert-manager.io", &["v1alpha1"]),
    // Ours.
    ("sealegs", &["v1"]),
];

/// API versions that are gone, for some kinds or for all, and what took their place.
const GONE: &[(&str, &[&str], &str)] = &[
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        "admissionregistration.k8s.io/v1",
    ),
    ("apiextensions.k8s.io/v1beta1", &[], "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io/v1beta1", &[], "apiregistration.k8s.io/v1"),
    ("apps/v1beta1", &[], "apps/v1"),
    ("apps/v1beta2", &[], "apps/v1"),
    ("audit.k8s.io/v1alpha1", &[], "audit.k8s.io/v1"),
    ("audit.k8s.io/v1beta1", &[], "audit.k8s.io/v1"),
    ("authentication.k8s.io/v1beta1", &["TokenReview"], "authentication.k8s.io/v1"),
    ("authorization.k8s.io/v1beta1", &[], "authorization.k8s.io/v1"),
    ("autoscaling/v2beta1", &[], "autoscaling/v2"),
    ("autoscaling/v2beta2", &[], "autoscaling/v2"),
    ("batch/v1beta1", &[], "batch/v1"),
    ("batch/v2alpha1", &[], "batch/v1"),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], "certificates.k8s.io/v1"),
    ("coordination.k8s.io/v1beta1", &["Lease"], "coordination.k8s.io/v1"),
    ("discovery.k8s.io/v1beta1", &[], "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", &[], "events.k8s.io/v1"),
    ("extensions/v1beta1", &["DaemonSet", "Deployment", "ReplicaSet"], "apps/v1"),
    ("extensions/v1beta1", &[], "networking.k8s.io/v1"),
    ("external-secrets.io/v1beta1", &[], "external-secrets.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &[], "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", &[], "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", &[], "flowcontrol.apiserver.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "networking.k8s.io/v1"),
    ("node.k8s.io/v1alpha1", &[], "node.k8s.io/v1"),
    ("node.k8s.io/v1beta1", &[], "node.k8s.io/v1"),
    // PodSecurityPolicy was in it as well, and nothing took its place but Pod Security admission.
    ("policy/v1beta1", &[], "policy/v1"),
    ("rbac.authorization.k8s.io/v1alpha1", &[], "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", &[], "rbac.authorization.k8s.io/v1"),
    ("scheduling.k8s.io/v1alpha1", &["PriorityClass"], "scheduling.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], "scheduling.k8s.io/v1"),
    (
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSINode", "CSIStorageCapacity", "StorageClass", "VolumeAttachment"],
        "storage.k8s.io/v1",
    ),
];

/// Whether objects of this `apiVersion` and kind can be made.
pub fn served(api_version: &str, kind: &str) -> Served {
    let of_kind = |kinds: &[&str]| kinds.is_empty() || kinds.contains(&kind);
    if let Some((.., instead)) = GONE.iter().find(|(v, kinds, _)| *v == api_version && of_kind(kinds)) {
        return Served::No(instead);
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    match SERVED.iter().find(|(g, _)| *g == group) {
        None => Served::Unknown,
        Some((_, versions)) if versions.contains(&version) => Served::Yes,
        Some((_, versions)) => Served::NoSuchVersion(versions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_judged_with_their_kind() {
        assert_eq!(served("v1", "Pod"), Served::Yes);
        assert_eq!(served("v1beta1", "Pod"), Served::NoSuchVersion(&["v1"]));
        assert_eq!(served("policy/v1beta1", "PodSecurityPolicy"), Served::No("policy/v1"));
        assert_eq!(served("extensions/v1beta1", "Deployment"), Served::No("apps/v1"));
        assert_eq!(served("extensions/v1beta1", "Ingress"), Served::No("networking.k8s.io/v1"));
        assert_eq!(served("networking.k8s.io/v1beta1", "Ingress"), Served::No("networking.k8s.io/v1"));
        assert_eq!(served("networking.k8s.io/v1beta1", "IPAddress"), Served::Yes);
        assert_eq!(
            served("external-secrets.io/v1beta1", "ExternalSecret"),
            Served::No("external-secrets.io/v1")
        );
        assert_eq!(served("example.com/v1", "Widget"), Served::Unknown);
    }

    #[test]
    fn groups_stand_once() {
        for (index, (group, versions)) in SERVED.iter().enumerate() {
            assert!(!versions.is_empty() && SERVED[..index].iter().all(|(g, _)| g != group), "{group}");
        }
        for (gone, _, instead) in GONE {
            assert_ne!(gone, instead);
            assert_eq!(served(instead, "X"), Served::Yes, "{instead}");
        }
    }
}
