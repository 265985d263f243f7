//! What a document is about, recognised from its content. No judgement: which of these is looked at, the checks say.

use super::file_listing::is_listing;
use super::{Object, schema};
use crate::parse::{Kind, Language, Node};

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are the kinds' own names; `word` says the others")]
pub enum Subject {
    // Kubernetes.
    /// A Pod, or a kind that holds the template of one.
    Workload,
    /// `Role` or `ClusterRole`.
    Role,
    /// `RoleBinding` or `ClusterRoleBinding`.
    Binding,
    CertificateSigningRequest,
    ConfigMap,
    Ingress,
    Namespace,
    NetworkPolicy,
    /// A node's object.
    Node,
    PersistentVolume,
    PodSecurityPolicy,
    RuntimeClass,
    Secret,
    Service,
    ServiceAccount,
    /// A validating or mutating webhook configuration.
    Webhook,
    /// `ValidatingAdmissionPolicy`, `MutatingAdmissionPolicy` and their bindings.
    AdmissionPolicy,
    /// Another kind of Kubernetes itself: one that the schema holds.
    BuiltIn,
    // Files of components.
    AdmissionConfiguration,
    AuditPolicy,
    AuthenticationConfiguration,
    AuthorizationConfiguration,
    EncryptionConfiguration,
    /// `ClusterConfiguration`, `InitConfiguration`, `JoinConfiguration` of kubeadm.
    Kubeadm,
    KubeProxyConfiguration,
    KubeSchedulerConfiguration,
    KubeletConfiguration,
    /// What `AdmissionConfiguration` names for Pod Security.
    PodSecurityConfiguration,
    // Kinds of projects.
    CertManager,
    /// Sigstore's policy controller.
    ClusterImagePolicy,
    ExternalSecrets,
    GatekeeperConstraint,
    GatekeeperTemplate,
    GatewayApi,
    Istio,
    /// Policies and exceptions of Kyverno.
    Kyverno,
    OpenShift,
    SecretProviderClass,
    TracingPolicy,
    // Documents that are no objects.
    ApparmorProfile,
    ContainerdConfig,
    ContainerdHosts,
    /// A CSAF document of the category `csaf_vex`.
    CsafVex,
    CycloneDx,
    Dockerfile,
    EtcdConfig,
    FalcoConfig,
    FalcoRules,
    FileListing,
    InTotoStatement,
    OpenVex,
    SeccompProfile,
    Spdx,
    TrivyIgnore,
    TrivyReport,
    VaultRole,
    Workflow,
}

/// Groups and their kinds; an empty list of kinds means each. The first line that fits counts.
const OBJECTS: &[(&str, &[&str], Subject)] = &[
    ("", &["ConfigMap"], Subject::ConfigMap),
    ("", &["Namespace"], Subject::Namespace),
    ("", &["Node"], Subject::Node),
    ("", &["PersistentVolume"], Subject::PersistentVolume),
    ("", &["Secret"], Subject::Secret),
    ("", &["Service"], Subject::Service),
    ("", &["ServiceAccount"], Subject::ServiceAccount),
    (
        "admissionregistration.k8s.io",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        Subject::Webhook,
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ],
        Subject::AdmissionPolicy,
    ),
    ("certificates.k8s.io", &["CertificateSigningRequest"], Subject::CertificateSigningRequest),
    ("extensions", &["Ingress"], Subject::Ingress),
    ("extensions", &["NetworkPolicy"], Subject::NetworkPolicy),
    ("extensions", &["PodSecurityPolicy"], Subject::PodSecurityPolicy),
    ("networking.k8s.io", &["Ingress"], Subject::Ingress),
    ("networking.k8s.io", &["NetworkPolicy"], Subject::NetworkPolicy),
    ("node.k8s.io", &["RuntimeClass"], Subject::RuntimeClass),
    ("policy", &["PodSecurityPolicy"], Subject::PodSecurityPolicy),
    ("rbac.authorization.k8s.io", &["ClusterRole", "Role"], Subject::Role),
    ("rbac.authorization.k8s.io", &["ClusterRoleBinding", "RoleBinding"], Subject::Binding),
    // Files of components.
    ("apiserver.config.k8s.io", &["AdmissionConfiguration"], Subject::AdmissionConfiguration),
    ("apiserver.k8s.io", &["AdmissionConfiguration"], Subject::AdmissionConfiguration),
    ("apiserver.config.k8s.io", &["AuthenticationConfiguration"], Subject::AuthenticationConfiguration),
    ("apiserver.config.k8s.io", &["AuthorizationConfiguration"], Subject::AuthorizationConfiguration),
    ("apiserver.config.k8s.io", &["EncryptionConfiguration"], Subject::EncryptionConfiguration),
    ("", &["EncryptionConfig"], Subject::EncryptionConfiguration),
    ("audit.k8s.io", &["Policy"], Subject::AuditPolicy),
    ("kubeadm.k8s.io", &["ClusterConfiguration", "InitConfiguration", "JoinConfiguration"], Subject::Kubeadm),
    ("kubelet.config.k8s.io", &["KubeletConfiguration"], Subject::KubeletConfiguration),
    ("kubeproxy.config.k8s.io", &["KubeProxyConfiguration"], Subject::KubeProxyConfiguration),
    ("kubescheduler.config.k8s.io", &["KubeSchedulerConfiguration"], Subject::KubeSchedulerConfiguration),
    (
        "pod-security.admission.config.k8s.io",
        &["PodSecurityConfiguration"],
        Subject::PodSecurityConfiguration,
    ),
    // Projects.
    ("cert-manager.io", &[], Subject::CertManager),
    ("cilium.io", &["TracingPolicy", "TracingPolicyNamespaced"], Subject::TracingPolicy),
    ("constraints.gatekeeper.sh", &[], Subject::GatekeeperConstraint),
    ("external-secrets.io", &[], Subject::ExternalSecrets),
    ("gateway.networking.k8s.io", &[], Subject::GatewayApi),
    ("kyverno.io", &[], Subject::Kyverno),
    ("networking.istio.io", &[], Subject::Istio),
    ("policies.kyverno.io", &[], Subject::Kyverno),
    ("policy.sigstore.dev", &["ClusterImagePolicy"], Subject::ClusterImagePolicy),
    ("secrets-store.csi.x-k8s.io", &["SecretProviderClass"], Subject::SecretProviderClass),
    ("security.istio.io", &[], Subject::Istio),
    ("security.openshift.io", &[], Subject::OpenShift),
    ("telemetry.istio.io", &[], Subject::Istio),
    ("templates.gatekeeper.sh", &["ConstraintTemplate"], Subject::GatekeeperTemplate),
];

impl Subject {
    /// The subject of an object, by group and kind. Workloads are for [`super::template_of`] to find; without their
    /// pod spec they are [`Subject::BuiltIn`].
    pub fn of_object(object: Object<'_>) -> Option<Self> {
        let (group, kind) = (object.group().unwrap_or(""), object.kind()?);
        let fits = |(g, kinds, _): &&(&str, &[&str], Self)| {
            *g == group && (kinds.is_empty() || kinds.contains(&kind))
        };
        let known = OBJECTS.iter().find(fits).map(|(.., subject)| *subject);
        known.or_else(|| schema::knows(group, kind).then_some(Self::BuiltIn))
    }

    /// The subject of a document that is no Kubernetes object, by the keys that it cannot do without. The file's
    /// name decides only where two tools share the form.
    pub fn of_document(document: Node<'_>, name: &str, language: Language) -> Option<Self> {
        if language == Language::Toml {
            return of_toml(document, name);
        }
        let has = |key: &str| document.entry(key).is_some();
        let text = |key: &str| document.get(key).and_then(Node::as_str).unwrap_or("");
        match document.kind() {
            Kind::Seq => {
                let rule = |item: Node<'_>| {
                    item.entry("rule").or(item.entry("macro")).or(item.entry("list")).is_some()
                        || item.entry("required_engine_version").is_some()
                };
                let mut items = document.items();
                (items.len() > 0 && items.all(rule)).then_some(Self::FalcoRules)
            }
            Kind::Map if has("defaultAction") => Some(Self::SeccompProfile),
            Kind::Map if text("bomFormat") == "CycloneDX" => Some(Self::CycloneDx),
            Kind::Map if has("spdxVersion") => Some(Self::Spdx),
            // SPDX 3, which is one graph.
            Kind::Map if has("@graph") && text("@context").starts_with("https://spdx.org/rdf/3.") => {
                Some(Self::Spdx)
            }
            Kind::Map
                if document.at(&["document", "csaf_version"]).is_some()
                    && document.at(&["document", "category"]).and_then(Node::as_str) == Some("csaf_vex") =>
            {
                Some(Self::CsafVex)
            }
            Kind::Map if text("@context").starts_with("https://openvex.dev/") => Some(Self::OpenVex),
            Kind::Map if has("predicateType") || text("_type").starts_with("https://in-toto.io/") => {
                Some(Self::InTotoStatement)
            }
            Kind::Map if has("SchemaVersion") && has("ArtifactName") => Some(Self::TrivyReport),
            Kind::Map if has("jobs") && (has("on") || has("true")) => Some(Self::Workflow),
            Kind::Map
                if has("client-transport-security")
                    || has("peer-transport-security")
                    || has("data-dir") && has("listen-client-urls") =>
            {
                Some(Self::EtcdConfig)
            }
            Kind::Map if has("rules_files") || has("rules_file") => Some(Self::FalcoConfig),
            Kind::Map if has("bound_service_account_names") => Some(Self::VaultRole),
            Kind::Map if is_trivy_ignore(document, name) => Some(Self::TrivyIgnore),
            _ => None,
        }
    }

    /// The subject of a text that no tree holds.
    pub fn of_text(text: &str) -> Option<Self> {
        let opens = |line: &str| {
            // The brace may have a comment behind it, or stand on a later line, behind the flags.
            let code = line.split_once(" #").map_or(line, |(code, _)| code).trim();
            let named = code.starts_with("profile ");
            let header = named || code.starts_with('/') || code.starts_with('@');
            (header && code.ends_with('{')) || (named && code.contains('(') && text.contains('{'))
        };
        if is_listing(text) {
            return Some(Self::FileListing);
        }
        text.lines().any(opens).then_some(Self::ApparmorProfile)
    }

    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::ApparmorProfile => "AppArmor profile",
            Self::AuditPolicy => "audit policy",
            Self::ContainerdConfig => "containerd's config.toml",
            Self::ContainerdHosts => "containerd's hosts.toml",
            Self::CsafVex => "CSAF VEX",
            Self::CycloneDx => "CycloneDX SBOM",
            Self::Dockerfile => "Dockerfile",
            Self::EncryptionConfiguration => "encryption configuration",
            Self::EtcdConfig => "etcd's configuration",
            Self::FalcoConfig => "falco.yaml",
            Self::FalcoRules => "Falco rules",
            Self::FileListing => "file listing",
            Self::InTotoStatement => "in-toto statement",
            Self::KubeletConfiguration => "kubelet configuration",
            Self::KubeProxyConfiguration => "kube-proxy configuration",
            Self::OpenVex => "OpenVEX document",
            Self::SeccompProfile => "seccomp profile",
            Self::Spdx => "SPDX SBOM",
            Self::TrivyIgnore => "trivyignore.yaml",
            Self::TrivyReport => "Trivy report",
            Self::VaultRole => "Vault role",
            Self::Workflow => "workflow",
            _ => "document",
        }
    }
}

fn is_trivy_ignore(document: Node<'_>, name: &str) -> bool {
    let keys = ["vulnerabilities", "misconfigurations", "secrets", "licenses"];
    let mut entries = document.own_entries().peekable();
    let known = |key: Node<'_>| key.as_str().is_some_and(|k| keys.contains(&k));
    let lists_ids = |list: Node<'_>| list.items().any(|item| item.entry("id").is_some());
    entries.peek().is_some()
        && entries.all(|e| known(e.key) && (lists_ids(e.value) || name.contains("trivyignore")))
}

fn of_toml(document: Node<'_>, name: &str) -> Option<Subject> {
    let has = |key: &str| document.entry(key).is_some();
    if has("host") || has("server") || name.ends_with("hosts.toml") {
        Some(Subject::ContainerdHosts)
    } else if has("plugins") || has("disabled_plugins") {
        Some(Subject::ContainerdConfig)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objects;
    use crate::parse::{Limits, toml, yaml};
    use crate::text::Source;

    fn of(text: &str) -> Option<Subject> {
        let source = Source::lone("t", text);
        let (tree, _) = yaml::parse(&source, Limits::default());
        Subject::of_document(tree.root()?, "t", Language::Yaml)
    }

    #[test]
    fn documents_are_known_by_their_keys() {
        let cases = [
            ("- rule: a\n- macro: b\n- required_engine_version: 1\n", Some(Subject::FalcoRules)),
            ("- hosts: a\n", None),
            ("[]\n", None),
            ("rules_files: [a]\n", Some(Subject::FalcoConfig)),
            ("data-dir: /d\nlisten-client-urls: http://a\n", Some(Subject::EtcdConfig)),
            ("data-dir: /d\n", None),
            ("{\"defaultAction\": \"SCMP_ACT_ERRNO\"}", Some(Subject::SeccompProfile)),
            ("{\"bomFormat\": \"CycloneDX\"}", Some(Subject::CycloneDx)),
            ("{\"spdxVersion\": \"SPDX-2.3\"}", Some(Subject::Spdx)),
            ("{\"@context\": \"https://openvex.dev/ns/v0.2.0\"}", Some(Subject::OpenVex)),
            ("{\"_type\": \"https://in-toto.io/Statement/v1\"}", Some(Subject::InTotoStatement)),
            ("name: ci\non: push\njobs: {}\n", Some(Subject::Workflow)),
            ("vulnerabilities:\n- id: CVE-1\n", Some(Subject::TrivyIgnore)),
            ("replicas: 1\n", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(of(text), wanted, "{text}");
        }
        let source = Source::lone("t", "server = \"https://a\"\n");
        let (tree, _) = toml::parse(&source, Limits::default());
        let hosts = Subject::of_document(tree.root().unwrap(), "t", Language::Toml);
        assert_eq!(hosts, Some(Subject::ContainerdHosts));
        assert_eq!(Subject::of_text("abi <abi/4.0>,\nprofile a {\n}\n"), Some(Subject::ApparmorProfile));
        assert_eq!(
            Subject::of_text("600 root:root /etc/kubernetes/admin.conf\n"),
            Some(Subject::FileListing)
        );
        assert_eq!(Subject::of_text("profile a flags=(kill) # x\n{\n}\n"), Some(Subject::ApparmorProfile));
        assert_eq!(Subject::of_text("a note\n"), None);
    }

    #[test]
    fn objects_are_known_by_group_and_kind() {
        let of = |version: &str, kind: &str| {
            let source = Source::lone("t", format!("apiVersion: {version}\nkind: {kind}\n"));
            let (tree, _) = yaml::parse(&source, Limits::default());
            objects(&tree).first().copied().and_then(Subject::of_object)
        };
        assert_eq!(of("audit.k8s.io/v1", "Policy"), Some(Subject::AuditPolicy));
        assert_eq!(of("kyverno.io/v1", "Policy"), Some(Subject::Kyverno));
        assert_eq!(of("v1", "Service"), Some(Subject::Service));
        assert_eq!(of("autoscaling/v2beta2", "HorizontalPodAutoscaler"), Some(Subject::BuiltIn));
        assert_eq!(of("flowcontrol.apiserver.k8s.io/v1", "FlowSchema"), Some(Subject::BuiltIn));
        assert_eq!(of("serving.knative.dev/v1", "Service"), None);
        assert_eq!(
            of("constraints.gatekeeper.sh/v1beta1", "K8sAnything"),
            Some(Subject::GatekeeperConstraint)
        );
    }
}
