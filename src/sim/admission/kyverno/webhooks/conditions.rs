//! `webhookConfiguration.matchConditions` of the old kinds: what the API server asks before it calls the webhook that Kyverno
//! keeps for such a policy alone.
//!
//! kubernetes `staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/{generic/webhook,matchconditions/matcher}.go`: one
//! condition that is false leaves the webhook out, whatever is wrong with the others; an error refuses, or leaves the webhook
//! out where its failurePolicy is Ignore. They are the conditions of a `ValidatingAdmissionPolicy`, but for the namespace's
//! object, which no webhook's condition is given.

use serde_json::json;

use super::{Call, Denial, Old};
use crate::model::{Object, value};
use crate::parse::{Node, json as tree};
use crate::sim::Reason;
use crate::sim::admission::policy::{Definition, judge_policy, mentions, plural};

/// Whether a webhook is called about a request.
pub(super) enum Called {
    /// It is.
    Yes,
    /// A condition leaves it out, or its error does.
    No(Reason),
    /// A condition ends in an error, and the request with it.
    Refused(Denial),
}

/// What a condition may name here and not in a policy's.
const OTHERS: &[&str] = &["namespaceObject", "params", "variables"];

/// Asks the conditions of a policy's own webhook, where it has any. An error is what is not modelled.
pub(super) fn asked(policy: &Old<'_>, call: &Call<'_>, what: &str) -> Result<Called, Reason> {
    let Some(node) = policy.object.node.at(&["spec", "webhookConfiguration", "matchConditions"]) else {
        return Ok(Called::Yes);
    };
    if node.items().len() == 0 {
        return Ok(Called::Yes);
    }
    let title = policy.object.title();
    let unknown = |node: Node<'_>, text: &str| Reason::at(format!("{title}: {text}"), node.own_span());
    if let Some(other) = OTHERS.iter().find_map(|word| mentions(node, word)) {
        let text = "a matchCondition of a webhook that names more than object, oldObject and request is not modelled";
        return Err(unknown(other, text));
    }
    if let Some(who) = mentions(node, "userInfo").filter(|_| call.sender.is_none()) {
        return Err(unknown(who, "its matchConditions read who asks, and nobody is named here"));
    }
    let any = json!(["*"]);
    let body = tree::from_value(&json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": { "name": "conditions" },
        "spec": {
            "failurePolicy": if policy.ignores { "Ignore" } else { "Fail" },
            "matchConstraints": { "resourceRules": [
                { "apiGroups": any, "apiVersions": any, "operations": any, "resources": any },
            ] },
            "matchConditions": tree::to_value(node),
            "validations": [{ "expression": "true" }],
        },
    }));
    let Some(root) = body.root() else { return Ok(Called::Yes) };
    let definition = Definition::compile(Object::new(root)).map_err(|findings| {
        let text: Vec<_> = findings.into_iter().map(|finding| finding.title).collect();
        unknown(node, &format!("its matchConditions are no conditions: {}", text.join("; ")))
    })?;
    let mut request = call.request().map_err(|text| unknown(node, &text))?;
    if let Some(who) = call.sender {
        request.user.name.clone_from(&who.user);
        request.user.groups.clone_from(&who.groups);
    }
    let judgement = judge_policy(&definition, None, &request, &[]).map_err(|text| unknown(node, &text))?;
    if let Some(violation) = judgement.violations.first() {
        let resource = plural(call.body.get("kind").and_then(|k| k.as_str()).unwrap_or_default());
        let said = format!("{resource} {:?} is forbidden: {}", request.name, violation.message);
        let text = format!(
            "{what}: a matchCondition of {title} ends in an error, and so refuses it: {}",
            violation.message
        );
        let because = vec![Reason::at(text, node.own_span())];
        return Ok(Called::Refused(Denial { said, word: "Forbidden", because }));
    }
    if judgement.matched {
        return Ok(Called::Yes);
    }
    let name = judgement.left_out.as_deref();
    let of = |item: &Node<'_>| item.get("name").and_then(value::string) == name;
    let at = node.items().find(of).unwrap_or(node);
    let text = match name {
        Some(name) => format!("{title} is not asked about {what}: its matchCondition `{name}` leaves it out"),
        None => format!("{title} is not asked about {what}: its matchConditions leave it out"),
    };
    Ok(Called::No(Reason::at(text, at.own_span())))
}
