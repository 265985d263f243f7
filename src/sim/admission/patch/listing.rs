//! How the server merges the lists, maps and structs of Kubernetes' own kinds: by keys, as sets, or as a whole.
//!
//! `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and `x-kubernetes-map-type`, from the marks in
//! `staging/src/k8s.io/api` and `apimachinery/pkg/apis/meta/v1/types.go`.

/// Lists that are merged by keys: their field, and the keys. `x-kubernetes-list-map-keys` of the built-in kinds.
const KEYED: &[(&str, &[&str])] = &[
    ("claims", &["name"]),
    ("conditions", &["type"]),
    ("containers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("matchConditions", &["name"]),
    ("ownerReferences", &["uid"]),
    ("resourceClaims", &["name"]),
    ("schedulingGates", &["name"]),
    ("secrets", &["name"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
    ("webhooks", &["name"]),
];

/// Maps and structs that are replaced as a whole.
const ATOMIC: &[&str] = &[
    "configMapKeyRef",
    "dataSource",
    "fieldRef",
    "labelSelector",
    "namespaceSelector",
    "nodePublishSecretRef",
    "nodeSelector",
    "objectSelector",
    "podSelector",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "resourceFieldRef",
    "roleRef",
    "scaleTargetRef",
    "scopeSelector",
    "secretKeyRef",
    "secretRef",
    "selector",
];

/// How a list is merged.
pub enum Listing {
    /// Items of the same keys are one.
    Keyed(&'static [&'static str]),
    /// Items are there once.
    Set,
    /// The list is replaced.
    Atomic,
}

/// How a list is merged that stands under `field` of `parent`.
pub fn listing(kind: &str, parent: &str, field: &str) -> Listing {
    match field {
        "finalizers" if parent == "metadata" => Listing::Set,
        "imagePullSecrets" if kind == "ServiceAccount" => Listing::Atomic,
        "ports" if kind == "Service" => Listing::Keyed(&["port", "protocol"]),
        "ports" if ["containers", "initContainers", "ephemeralContainers"].contains(&parent) => {
            Listing::Keyed(&["containerPort", "protocol"])
        }
        _ => match KEYED.iter().find(|(name, _)| *name == field) {
            Some((_, keys)) => Listing::Keyed(keys),
            None => Listing::Atomic,
        },
    }
}

/// Whether a map or a struct under this field is replaced as a whole.
pub fn is_whole(field: &str) -> bool {
    ATOMIC.contains(&field)
}
