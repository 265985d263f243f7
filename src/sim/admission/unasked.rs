//! What else a cluster asks at admission, and this chain does not: policies and webhooks that are there. Of a webhook's
//! own `failurePolicy` nothing is read: those that are modelled are taken as up.
//!
//! Whoever models one of them takes its kind off the list and gives it its stage in `chain`.

use super::image::WEBHOOK;
use super::policy::{Request, calls};
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::Reason;

/// Something that would be asked.
#[derive(Clone, Debug)]
pub struct Unasked<'w> {
    object: Object<'w>,
    /// Whether it may change what is asked about.
    pub mutates: bool,
    hooks: Option<Vec<Node<'w>>>,
}

/// Kinds and whether they change objects; those of engines by their groups.
const KINDS: &[(&str, &str, bool)] = &[
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", false),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration", true),
    ("mutations.gatekeeper.sh", "", true),
];

/// How the webhooks end that ask engines which are modelled: gatekeeper `manifest_staging/deploy/gatekeeper.yaml`, kyverno
/// `pkg/config/config.go`. What they ask is what policies among the objects say.
const MODELLED: &[&str] = &["validation.gatekeeper.sh", "mutation.gatekeeper.sh"];
const KYVERNO: &str = ".kyverno.svc";

impl<'w> Unasked<'w> {
    /// The object, where it is one of them.
    pub fn of(object: Object<'w>) -> Option<Self> {
        let (group, kind) = (object.group()?, object.kind()?);
        let (.., mutates) = KINDS.iter().find(|(g, k, _)| *g == group && (k.is_empty() || *k == kind))?;
        let hooks = match kind {
            // Sigstore's own, which its engine reads.
            _ if object.name() == Some(WEBHOOK) => return None,
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                let hooks = object.node.get("webhooks").into_iter().flat_map(Node::items);
                Some(hooks.filter(|hook| !is_modelled(*hook)).collect())
            }
            _ => None,
        };
        Some(Self { object, mutates: *mutates, hooks })
    }

    /// Why nothing is known, where it would be asked about a request.
    pub fn about(&self, request: &Request<'_>) -> Option<Reason> {
        let title = self.object.title();
        let Some(hooks) = &self.hooks else {
            let text = format!("{title} is not asked: it is not modelled");
            return Some(Reason::at(text, self.object.kind_span()));
        };
        // A selector that cannot be read may fit.
        let hook = hooks.iter().find(|hook| calls(**hook, request).unwrap_or(true))?;
        let name = hook.get("name").filter(|n| n.as_str().is_some());
        let own = name.and_then(Node::as_str).unwrap_or("without a name");
        let about = &request.resource;
        let text =
            format!("{title} is not asked: it is not modelled, and its webhook {own} is about {about}");
        Some(Reason::at(text, name.map_or(self.object.kind_span(), Node::own_span)))
    }
}

fn is_modelled(hook: Node<'_>) -> bool {
    let name = hook.get("name").and_then(value::string).unwrap_or_default();
    MODELLED.contains(&name) || name.contains(KYVERNO)
}
