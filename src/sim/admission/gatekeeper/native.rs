//! A template's CEL: the engine `K8sNativeValidation`, as the policy that Gatekeeper makes of it.
//!
//! frameworks `constraint/pkg/client/drivers/k8scel`: `schema/schema.go` for the fields, `transform/cel_snippets.go` for the
//! variables `params` (what the constraint sets) and `anyObject`, `driver.go` for what becomes of a decision.

use serde_json::{Value as Json, json};

use super::broken;
use super::engine::Found;
use super::policy::Violation;
use crate::model::gatekeeper::Constraint;
use crate::model::{Object, value};
use crate::parse::{Kind, Node, json as tree};
use crate::sim::admission::policy::{Definition, judge_alone};
use crate::sim::cel::Value;

/// Names that a template may not give to a variable.
const RESERVED: &[&str] = &["params", "anyObject"];
/// Beginnings of names that it may give to nothing.
const PREFIX: &str = "gatekeeper_internal_";
/// How many variables are Gatekeeper's own; they come first.
pub(super) const OWN: usize = 2;
/// `BindParamsV1Beta1`.
const PARAMS: &str =
    "!has(params.spec) ? null : !has(params.spec.parameters) ? null : params.spec.parameters";
/// `BindObjectV1Beta1`.
const OBJECT: &str =
    "has(request.operation) && request.operation == \"DELETE\" && object == null ? oldObject : object";

/// What of a review breaks the template's rules under a constraint. `namespace` is the object of the namespace.
///
/// The driver takes expressions that do not compile: each of them is an error wherever it is needed, as the API server's
/// evaluator (`plugin/cel/filter.go`) has it, and `failurePolicy` says what follows.
pub(super) fn violations(
    source: Node<'_>,
    constraint: Constraint<'_>,
    review: &Json,
    namespace: Option<Node<'_>>,
) -> Result<Found, String> {
    let mut written = policy(source, constraint)?;
    let broken = broken::mended(&mut written, source)?;
    let policy = tree::from_value(&written);
    let policy = policy.root().and_then(value::mapping).map(Object::new).ok_or("no CEL")?;
    let policy = Definition::compile(policy).map_err(|findings| broken::said(&findings))?;
    let of = |json: &Json| tree::from_value(json).root().map_or(Value::Null, Value::of);
    let field = |key: &str| review.get(key).map_or(Value::Null, of);
    // For CEL, an object that is deleted is the old one alone.
    let gone = review.get("operation").and_then(Json::as_str) == Some("DELETE");
    let object = if gone { Value::Null } else { field("object") };
    let home = || match review.get("namespace").and_then(Json::as_str) {
        Some(name) if !name.is_empty() && review.pointer("/kind/kind") != Some(&json!("Namespace")) => {
            of(&json!({ "metadata": { "name": name } }))
        }
        _ => Value::Null,
    };
    let mut request = review.clone();
    if let Some(fields) = request.as_object_mut() {
        fields.remove("object");
        fields.remove("oldObject");
    }
    let names = [
        ("object", object),
        ("oldObject", field("oldObject")),
        ("namespaceObject", namespace.map_or_else(home, Value::of)),
        ("request", of(&request)),
        ("params", Value::of(constraint.object.node)),
    ];
    let names = names.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let found = judge_alone(&policy, names)?.violations;
    let violations =
        found.into_iter().map(|v| Violation { msg: broken::told(&broken, v.message), details: json!({}) });
    Ok(Found { violations: violations.collect(), broken: broken.into_iter().map(|one| one.reason).collect() })
}

/// The policy, as the API server would get it, for whatever a constraint matches.
fn policy(source: Node<'_>, constraint: Constraint<'_>) -> Result<Json, String> {
    let list = |key: &str| -> Result<Vec<Json>, String> {
        let Some(node) = source.get(key).filter(|n| n.kind() != Kind::Null) else { return Ok(Vec::new()) };
        let list = value::list(node).ok_or_else(|| format!("{}: not a list", node.path()))?;
        Ok(list.items().map(tree::to_value).collect())
    };
    let own: [Json; OWN] = [
        json!({ "name": "params", "expression": PARAMS }),
        json!({ "name": "anyObject", "expression": OBJECT }),
    ];
    let mut variables = own.to_vec();
    let own = list("variables")?;
    // The field was called by the singular first.
    let mut conditions = list("matchCondition")?;
    conditions.extend(list("matchConditions")?);
    let name = |entry: &Json| entry.get("name").and_then(Json::as_str).unwrap_or("").to_owned();
    if let Some(name) = own.iter().map(name).find(|name| RESERVED.contains(&name.as_str())) {
        return Err(format!("{}: the name {name} is Gatekeeper's own", source.path()));
    }
    if let Some(name) = own.iter().chain(&conditions).map(name).find(|name| name.starts_with(PREFIX)) {
        return Err(format!("{}: {name} begins with {PREFIX}, which is Gatekeeper's own", source.path()));
    }
    variables.extend(own);
    let failure = source.get("failurePolicy").filter(|n| n.kind() != Kind::Null).map(tree::to_value);
    Ok(json!({
        "metadata": { "name": constraint.object.kind() },
        "spec": {
            "failurePolicy": failure.unwrap_or_else(|| json!("Fail")),
            "paramKind": { "apiVersion": constraint.object.api_version(), "kind": constraint.object.kind() },
            "matchConstraints": { "resourceRules": [
                { "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"] },
            ] },
            "matchConditions": conditions,
            "variables": variables,
            "validations": list("validations")?,
        },
    }))
}
