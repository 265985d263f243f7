//! The types of the variables whose fields are known before an expression runs. `object`, `oldObject` and `params` have
//! none: the API server checks them against a schema for a policy's status alone.

use std::sync::{Arc, LazyLock};

use crate::sim::cel::{Shape, Ty};

/// The fields of `request`, `namespaceObject` and what is in them: `plugin/cel/compile.go`.
const SHAPES: &[(&str, &[(&str, &str)])] = &[
    ("kubernetes.GroupVersionKind", &[("group", "string"), ("version", "string"), ("kind", "string")]),
    (
        "kubernetes.GroupVersionResource",
        &[("group", "string"), ("version", "string"), ("resource", "string")],
    ),
    (
        "kubernetes.UserInfo",
        &[
            ("username", "string"),
            ("uid", "string"),
            ("groups", "list(string)"),
            ("extra", "map(string, list(string))"),
        ],
    ),
    (
        "kubernetes.AdmissionRequest",
        &[
            ("kind", "kubernetes.GroupVersionKind"),
            ("resource", "kubernetes.GroupVersionResource"),
            ("subResource", "string"),
            ("requestKind", "kubernetes.GroupVersionKind"),
            ("requestResource", "kubernetes.GroupVersionResource"),
            ("requestSubResource", "string"),
            ("name", "string"),
            ("namespace", "string"),
            ("operation", "string"),
            ("userInfo", "kubernetes.UserInfo"),
            ("dryRun", "bool"),
            ("options", "dyn"),
        ],
    ),
    (
        "kubernetes.NamespaceMetadata",
        &[
            ("name", "string"),
            ("generateName", "string"),
            ("namespace", "string"),
            ("labels", "map(string, string)"),
            ("annotations", "map(string, string)"),
            ("UID", "string"),
            ("creationTimestamp", "timestamp"),
            ("deletionGracePeriodSeconds", "int"),
            ("deletionTimestamp", "timestamp"),
            ("generation", "int"),
            ("resourceVersion", "string"),
            ("finalizers", "list(string)"),
        ],
    ),
    ("kubernetes.NamespaceSpec", &[("finalizers", "list(string)")]),
    ("kubernetes.NamespaceStatus", &[("conditions", "dyn"), ("phase", "string")]),
    (
        "kubernetes.Namespace",
        &[
            ("metadata", "kubernetes.NamespaceMetadata"),
            ("spec", "kubernetes.NamespaceSpec"),
            ("status", "kubernetes.NamespaceStatus"),
        ],
    ),
];

static REQUEST: LazyLock<Ty> = LazyLock::new(|| shape("kubernetes.AdmissionRequest"));
static NAMESPACE: LazyLock<Ty> = LazyLock::new(|| shape("kubernetes.Namespace"));

/// The type of `request`.
pub fn request() -> Ty {
    REQUEST.clone()
}

/// The type of `namespaceObject`.
pub fn namespace() -> Ty {
    NAMESPACE.clone()
}

/// The table holds no circle.
fn shape(name: &str) -> Ty {
    match SHAPES.iter().find(|(n, _)| *n == name) {
        Some((name, fields)) => {
            let fields = fields.iter().map(|(field, ty)| ((*field).to_owned(), shape(ty))).collect();
            Ty::Object(Arc::new(Shape { name: (*name).to_owned(), fields }))
        }
        None => Ty::parse(name).unwrap_or(Ty::Dyn),
    }
}
