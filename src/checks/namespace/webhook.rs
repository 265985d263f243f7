//! Webhooks that can be got around.

use serde_json::json;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, value};
use crate::parse::{Node, edit};
use crate::text::Severity;

const DOC: &str = include_str!("webhook.md");

/// The checks, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "webhook-failure-policy-ignore",
        Severity::High,
        "webhook that does not answer admits everything",
        DOC,
        Rule::Document(&[Subject::Webhook], ignore),
    )
    .lessons(&[27, 28])
    .technique("T1685"),
    Check::new(
        "webhook-namespace-selector-bypass",
        Severity::High,
        "label of a namespace keeps a webhook away",
        DOC,
        Rule::Document(&[Subject::Webhook], bypass),
    )
    .lessons(&[27, 28, 36])
    .technique("T1685")
    .confidence(Confidence::Contextual),
];

fn webhooks<'t>(case: &DocumentCase<'t>) -> impl Iterator<Item = Node<'t>> {
    let list = case.node().get("webhooks").and_then(value::list);
    list.into_iter().flat_map(Node::items).filter_map(value::mapping)
}

/// The default of `failurePolicy` in v1 is Fail; in v1beta1, which is gone since 1.22, it was Ignore.
fn ignore(case: &DocumentCase<'_>) -> Faults {
    if case.object.kind() != Some("ValidatingWebhookConfiguration") {
        return Faults::new();
    }
    let old = case.object.api_version() == Some("admissionregistration.k8s.io/v1beta1");
    webhooks(case).filter_map(|webhook| ignores(webhook, old)).collect()
}

fn ignores(webhook: Node<'_>, old: bool) -> Option<Fault> {
    let help =
        "set failurePolicy: Fail, run several replicas, and excuse the webhook's own namespace by name";
    match webhook.get("failurePolicy") {
        Some(set) => {
            let says = "is Ignore: while the webhook does not answer, everything is admitted";
            (value::string(set) == Some("Ignore"))
                .then(|| Fault::at(set, says, help).suggest([edit::replace(set, &json!("Fail"))]))
        }
        None if old => {
            Some(Fault::lacking(webhook.missing("failurePolicy"), ": in v1beta1 Ignore counts", help))
        }
        None => None,
    }
}

/// A mutating webhook that namespaces ask for, as those that inject sidecars, is an offer and no guard.
fn bypass(case: &DocumentCase<'_>) -> Faults {
    let offer = case.object.kind() == Some("MutatingWebhookConfiguration");
    webhooks(case).filter_map(|webhook| escape(webhook, offer)).collect()
}

/// A condition on namespaces by which a label keeps the webhook away; the API server's own name of the namespace
/// cannot be chosen.
fn escape(webhook: Node<'_>, offer: bool) -> Option<Fault> {
    let selector = webhook.get("namespaceSelector")?;
    let expressions = selector.get("matchExpressions").and_then(value::list);
    let expressions = expressions.into_iter().flat_map(Node::items);
    let asks = |e: &Node<'_>| matches!(e.get("operator").and_then(value::string), Some("In" | "Exists"));
    let expressions = expressions.filter(|e| !(offer && asks(e))).filter_map(|e| e.get("key"));
    let labels = selector.get("matchLabels").map(Node::entries).unwrap_or_default();
    let labels = labels.into_iter().filter(|_| !offer).map(|e| e.key);
    let node = expressions.chain(labels).find(|key| key.scalar() != Some("kubernetes.io/metadata.name"))?;
    let detail = format!(
        "{} depends on the label {}: who may edit the namespace steps out of the webhook's sight",
        selector.path(),
        node.scalar().unwrap_or("")
    );
    let help = "select by kubernetes.io/metadata.name, or refuse changes of the label at admission";
    Some(Fault::new(node.own_span(), detail, help))
}
