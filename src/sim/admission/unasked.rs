//! What else a cluster asks at admission, and this chain does not: policies and webhooks that are there. Of a webhook's
//! own `failurePolicy` nothing is read: those that are modelled are taken as up.
//!
//! Whoever models one of them takes its kind off the list and gives it its stage in `chain`.

use super::image::WEBHOOK;
use crate::model::Object;
use crate::parse::Node;
use crate::sim::Reason;

/// Something that would be asked.
#[derive(Clone, Debug)]
pub struct Unasked<'w> {
    object: Object<'w>,
    /// Whether it may change what is asked about.
    pub mutates: bool,
    rules: Option<Vec<Node<'w>>>,
}

/// Kinds and whether they change objects; those of engines by their groups.
const KINDS: &[(&str, &str, bool)] = &[
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", false),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration", true),
    ("mutations.gatekeeper.sh", "", true),
];

impl<'w> Unasked<'w> {
    /// The object, where it is one of them.
    pub fn of(object: Object<'w>) -> Option<Self> {
        let (group, kind) = (object.group()?, object.kind()?);
        let (.., mutates) = KINDS.iter().find(|(g, k, _)| *g == group && (k.is_empty() || *k == kind))?;
        let node = object.node;
        let rules = match kind {
            // Sigstore's own, which its engine reads.
            _ if object.name() == Some(WEBHOOK) => return None,
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                let hooks = node.get("webhooks").into_iter().flat_map(Node::items);
                Some(hooks.filter_map(|h| h.get("rules")).flat_map(Node::items).collect())
            }
            _ => None,
        };
        Some(Self { object, mutates: *mutates, rules })
    }

    /// Why nothing is known, where it would be asked about objects of this resource (`deployments.apps`).
    pub fn about(&self, resource: &str) -> Option<Reason> {
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        let names = |rule: &Node<'_>, key: &str, wanted: &str| {
            let all = rule.get(key).into_iter().flat_map(Node::items);
            all.filter_map(Node::as_str).any(|word| word == "*" || word == "*/*" || word == wanted)
        };
        let asks = |rule: &Node<'_>| names(rule, "resources", plural) && names(rule, "apiGroups", group);
        if self.rules.as_ref().is_some_and(|rules| !rules.iter().any(asks)) {
            return None;
        }
        let text = format!("{} is not asked: it is not modelled", self.object.title());
        Some(Reason::at(text, self.object.kind_span()))
    }
}
