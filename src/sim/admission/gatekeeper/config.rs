//! What of Gatekeeper's own objects says whom its webhook is asked about, and what it keeps copies of, found once.
//!
//! gatekeeper `pkg/controller/config/process/excluder.go` (a `Namespace` goes by its own name), `pkg/webhook/policy.go` (the
//! one `Config` is called `config`), `apis/syncset/v1alpha1/syncset_types.go`.

use std::collections::BTreeSet;

use super::matching::glob;
use crate::model::{Object, value};
use crate::parse::Node;

/// The one name of a `Config` that counts.
const NAME: &str = "config";
/// Fields of a `Config`'s entries that only the newest releases have.
const NEWEST: &[&str] = &["apiGroups", "apiVersions", "kinds", "namespaceSelector"];

/// A group, a version and a kind.
pub(super) type Gvk<'w> = (&'w str, &'w str, &'w str);

/// The kind of an object, with its group and version.
pub(super) fn gvk(object: Object<'_>) -> Gvk<'_> {
    let version = object.api_version().unwrap_or("");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    (group, version, object.kind().unwrap_or(""))
}

/// The settings of a cluster's Gatekeeper.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings<'w> {
    /// What the `Config` leaves out, entry by entry.
    entries: Vec<Node<'w>>,
    /// The kinds whose objects it keeps copies of.
    synced: BTreeSet<Gvk<'w>>,
}

impl<'w> Settings<'w> {
    /// Those among these objects.
    pub(super) fn among(objects: &[Object<'w>]) -> Self {
        let mut out = Self::default();
        for object in objects {
            let copies = match (object.group(), object.kind()) {
                (Some("config.gatekeeper.sh"), Some("Config")) => {
                    if object.name() == Some(NAME) {
                        let entries = object.node.at(&["spec", "match"]);
                        out.entries.extend(entries.into_iter().flat_map(Node::items));
                    }
                    object.node.at(&["spec", "sync", "syncOnly"])
                }
                (Some("syncset.gatekeeper.sh"), Some("SyncSet")) => object.node.at(&["spec", "gvks"]),
                _ => None,
            };
            let word = |entry: Node<'w>, key: &str| entry.get(key).and_then(value::string).unwrap_or("");
            let copies = copies.into_iter().flat_map(Node::items);
            out.synced.extend(copies.map(|e| (word(e, "group"), word(e, "version"), word(e, "kind"))));
        }
        out
    }

    /// Whether Gatekeeper keeps a copy of such objects.
    pub(super) fn keeps(&self, object: Object<'w>) -> bool {
        self.synced.contains(&gvk(object))
    }

    /// The entry of the `Config` that keeps the webhook from an object; an error where that depends on the release.
    pub(super) fn leaves_out(
        &self,
        object: Object<'_>,
        namespace: Option<&str>,
    ) -> Result<Option<Node<'w>>, (String, Node<'w>)> {
        let namespace = match (object.kind(), object.group()) {
            (Some("Namespace"), Some("")) => object.name(),
            _ => namespace,
        };
        let Some(namespace) = namespace.filter(|n| !n.is_empty()) else { return Ok(None) };
        for entry in &self.entries {
            let texts = |key: &str| entry.get(key).into_iter().flat_map(Node::items);
            if !texts("processes").any(|p| matches!(value::string(p), Some("*" | "webhook"))) {
                continue;
            }
            let named = texts("excludedNamespaces")
                .find(|n| value::string(*n).is_some_and(|pattern| glob(pattern, namespace)));
            if let Some(node) = NEWEST.iter().find_map(|key| entry.get(key)) {
                let path = node.path();
                return Err((
                    format!("{path}: only the newest releases read it, which is not modelled"),
                    node,
                ));
            }
            if named.is_some() {
                return Ok(named);
            }
        }
        Ok(None)
    }
}
