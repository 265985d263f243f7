//! What of Gatekeeper's own objects keeps its webhook from a request: a `Config` that leaves a namespace out, and expansion,
//! which is not modelled.
//!
//! gatekeeper `pkg/controller/config/process/excluder.go` (a `Namespace` goes by its own name), `pkg/webhook/policy.go` (the
//! one `Config` is called `config`), `apis/expansion/unversioned/expansion_types.go` (`applyTo`).

use super::matching::glob;
use crate::model::{Object, value};
use crate::parse::Node;

/// The one name of a `Config` that counts.
const NAME: &str = "config";
/// Fields of a `Config`'s entries that only the newest releases have.
const NEWEST: &[&str] = &["apiGroups", "apiVersions", "kinds", "namespaceSelector"];

/// The entry of a `Config` that keeps the webhook from an object; an error where that depends on the release.
pub(super) fn left_out<'t>(
    objects: &[Object<'t>],
    object: Object<'_>,
    namespace: Option<&str>,
) -> Result<Option<Node<'t>>, String> {
    let namespace = match (object.kind(), object.group()) {
        (Some("Namespace"), Some("")) => object.name(),
        _ => namespace,
    };
    let Some(namespace) = namespace.filter(|n| !n.is_empty()) else { return Ok(None) };
    let ours = |o: &&Object<'_>| {
        o.kind() == Some("Config") && o.group() == Some("config.gatekeeper.sh") && o.name() == Some(NAME)
    };
    let entries =
        objects.iter().filter(ours).filter_map(|o| o.node.at(&["spec", "match"])).flat_map(Node::items);
    for entry in entries {
        let texts = |key: &str| entry.get(key).into_iter().flat_map(Node::items);
        if !texts("processes").any(|p| matches!(value::string(p), Some("*" | "webhook"))) {
            continue;
        }
        let named = texts("excludedNamespaces")
            .find(|n| value::string(*n).is_some_and(|pattern| glob(pattern, namespace)));
        if let Some(node) = NEWEST.iter().find_map(|key| entry.get(key)) {
            return Err(format!("{}: only the newest releases read it, which is not modelled", node.path()));
        }
        if named.is_some() {
            return Ok(named);
        }
    }
    Ok(None)
}

/// The `ExpansionTemplate` that makes further objects of this one, which are reviewed as well.
pub(super) fn expands<'t>(objects: &[Object<'t>], object: Object<'_>) -> Option<Object<'t>> {
    let version = object.api_version().unwrap_or("");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let wanted = [("groups", group), ("versions", version), ("kinds", object.kind().unwrap_or(""))];
    let applies = |entry: Node<'_>| {
        wanted.iter().all(|(key, word)| {
            let words = entry.get(key).into_iter().flat_map(Node::items).filter_map(value::string);
            words.into_iter().any(|w| w == *word || w == "*")
        })
    };
    objects.iter().copied().find(|o| {
        o.kind() == Some("ExpansionTemplate")
            && o.group() == Some("expansion.gatekeeper.sh")
            && o.node.at(&["spec", "applyTo"]).is_some_and(|list| list.items().any(applies))
    })
}
