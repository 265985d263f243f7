//! The policy itself: its rules and what is done when one of them fails.
//!
//! kyverno `api/kyverno/v1/spec_types.go`, `rule_types.go`; failure actions as in `pkg/webhooks/utils/block.go` and
//! `pkg/engine/api/engineresponse.go`.

use serde_json::Value;

use super::autogen;
use super::matching::{Subject, selects, texts};
use super::wildcard;
use crate::model::{Object, value};
use crate::parse::{Node, json};

/// A policy.
#[derive(Debug)]
pub(super) struct Policy<'t> {
    /// As it stands in its file.
    pub(super) object: Kind<'t>,
    /// The same as JSON.
    pub(super) json: Value,
}

/// The object, known to be a policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind<'t>(Object<'t>);

impl<'t> Kind<'t> {
    /// The namespace to which a namespaced policy is bound.
    pub(super) fn namespace_of_policy(self) -> Option<&'t str> {
        (self.0.kind() == Some("Policy")).then(|| self.0.namespace().unwrap_or("default"))
    }
}

/// Labels of a report: a policy that is not scored warns instead of failing.
const SCORED: &str = "policies.kyverno.io/scored";

impl<'t> Policy<'t> {
    /// Reads a policy; an error for what is none.
    pub(super) fn read(object: Object<'t>) -> Result<Self, String> {
        let kind = object.kind().unwrap_or_default();
        if object.group() != Some("kyverno.io") || !["ClusterPolicy", "Policy"].contains(&kind) {
            return Err(format!("policy: {kind} is neither a ClusterPolicy nor a Policy of kyverno.io"));
        }
        let rules = object.node.at(&["spec", "rules"]).and_then(value::list);
        let rules = rules.ok_or("policy: spec.rules is missing, or not a list")?;
        for (at, rule) in rules.items().enumerate() {
            if rule.get("name").and_then(value::string).is_none() {
                return Err(format!("policy: spec.rules[{at}] has no name"));
            }
        }
        Ok(Self { object: Kind(object), json: json::to_value(object.node) })
    }

    fn spec(&self, key: &str) -> Option<&Value> {
        self.json.get("spec")?.get(key).filter(|v| !v.is_null())
    }

    /// Whether the first rule that applies is the last.
    pub(super) fn only_one(&self) -> bool {
        self.spec("applyRules").is_some_and(|apply| apply == "One")
    }

    /// Whether a failure counts, and does not merely warn.
    pub(super) fn is_scored(&self) -> bool {
        self.object.0.annotation(SCORED).and_then(value::string) != Some("false")
    }

    /// Whether any of its rules is about signatures.
    pub(super) fn verifies(&self) -> bool {
        let rules = self.spec("rules").and_then(Value::as_array);
        rules.into_iter().flatten().any(|rule| rule.get("verifyImages").is_some())
    }

    /// The name of a rule of the policy itself.
    pub(super) fn rule_name(&self, origin: usize) -> &str {
        let rules = self.spec("rules").and_then(Value::as_array);
        rules.and_then(|rules| rules.get(origin)).map_or("", autogen::name)
    }

    /// A rule of the policy itself, where it stands.
    pub(super) fn rule_node(&self, origin: usize) -> Node<'t> {
        let node = self.object.0.node;
        node.at(&["spec", "rules"]).and_then(|rules| rules.items().nth(origin)).unwrap_or(node)
    }

    /// Whether a rule that an object broke before may be broken still: of rules that are enforced, unless they say
    /// otherwise. Overrides do not count here.
    pub(super) fn forgives(&self, rule: &Value) -> bool {
        let validate = rule.get("validate").unwrap_or(&Value::Null);
        let own = validate.get("failureAction").or_else(|| self.spec("validationFailureAction"));
        let enforced =
            own.and_then(Value::as_str).is_some_and(|action| action.eq_ignore_ascii_case("enforce"));
        enforced && validate.get("allowExistingViolations").and_then(Value::as_bool) != Some(false)
    }

    /// Whether a failure of a rule refuses the request.
    pub(super) fn enforces(&self, rule: &Value, subject: Subject<'_>) -> bool {
        let validate = rule.get("validate").unwrap_or(&Value::Null);
        let images = rule.pointer("/verifyImages/0/failureAction");
        let own = validate.get("failureAction").or(images).and_then(Value::as_str);
        let (action, overrides) = match own {
            Some(action) => (Some(action), validate.get("failureActionOverrides")),
            None => (
                self.spec("validationFailureAction").and_then(Value::as_str),
                self.spec("validationFailureActionOverrides"),
            ),
        };
        let namespace = subject.namespace();
        let labels = &subject.asked.namespace_labels;
        let labels: Vec<_> = labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let overridden = overrides.and_then(Value::as_array).into_iter().flatten().find_map(|entry| {
            let named = texts(entry, "namespaces");
            let selected = match entry.get("namespaceSelector").filter(|s| !s.is_null()) {
                Some(selector) => selects(selector, &labels).unwrap_or(false),
                None => true,
            };
            let fits = (named.is_empty() || wildcard::any(&named, namespace)) && selected;
            fits.then(|| entry.get("action").and_then(Value::as_str)).flatten()
        });
        overridden.or(action).is_some_and(|action| action.eq_ignore_ascii_case("enforce"))
    }
}
