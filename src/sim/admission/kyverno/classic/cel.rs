//! `validate.cel`: expressions, judged as those of a `ValidatingAdmissionPolicy` are.
//!
//! kyverno `pkg/engine/handlers/validation/validate_cel.go`, which hands them to the API server's own validator: what fails
//! to evaluate is a failure; preconditions that do not hold skip the rule.

use serde_json::{Value, json};

use super::context::word;
use super::jmespath::Failure;
use super::matching::Subject;
use super::validate::Found;
use crate::model::Object;
use crate::parse::json as tree;
use crate::sim::admission::kyverno::asked::Outcome;
use crate::sim::admission::policy::{Binding, Definition, Request, judge_policy};

/// Judges a rule.
pub(super) fn judge(name: &str, rule: &Value, subject: Subject<'_>) -> Result<Found, Failure> {
    let unmodelled = |text: String| Failure::Unmodelled(format!("rule {name}: cel: {text}"));
    let validate = rule.get("validate").unwrap_or(&Value::Null);
    let cel = validate.get("cel").unwrap_or(&Value::Null);
    let own = |key: &str| cel.get(key).cloned().unwrap_or_default();
    let mut validations = own("expressions");
    for validation in validations.as_array_mut().into_iter().flatten() {
        let silent = validation.get("message").and_then(Value::as_str).unwrap_or_default().is_empty();
        if let (true, Some(message)) = (silent && validation.is_object(), validate.get("message")) {
            validation["message"] = message.clone();
        }
    }
    let any = json!(["*"]);
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": { "name": name },
        "spec": {
            "matchConstraints": { "resourceRules": [
                { "apiGroups": any, "apiVersions": any, "operations": any, "resources": any },
            ] },
            "paramKind": own("paramKind"),
            "matchConditions": rule.get("celPreconditions"),
            "variables": own("variables"),
            "validations": validations,
            "auditAnnotations": own("auditAnnotations"),
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": { "name": name },
        "spec": { "policyName": name, "validationActions": ["Deny"], "paramRef": own("paramRef") },
    });
    let namespace = json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": subject.namespace(), "labels": subject.asked.namespace_labels },
    });
    let asked = subject.asked;
    let (policy, binding, namespace) =
        (tree::from_value(&policy), tree::from_value(&binding), tree::from_value(&namespace));
    let current = (!asked.resource.is_null()).then(|| tree::from_value(subject.object));
    let old = asked.old.as_ref().map(tree::from_value);
    let cluster: Vec<_> = if cel.get("paramKind").is_some_and(|kind| !kind.is_null()) {
        asked.cluster.objects().iter().map(tree::from_value).collect()
    } else {
        Vec::new()
    };

    let named = namespace.root().filter(|_| !subject.namespace().is_empty()).map(Object::new);
    let (Some(policy), Some(binding)) = (policy.root().map(Object::new), binding.root().map(Object::new))
    else {
        return Err(unmodelled("empty".to_owned()));
    };
    let definition = match Definition::compile(policy) {
        Ok(definition) => definition,
        Err(findings) => {
            let text: Vec<_> = findings.into_iter().map(|f| f.title).collect();
            return Ok(Found::new(Outcome::Error, text.join("; ")));
        }
    };
    let current = current.as_ref().and_then(|tree| tree.root().map(Object::new));
    let old = old.as_ref().and_then(|tree| tree.root().map(Object::new));
    let mut request = Request::about(current, old, word(asked.operation), named).map_err(unmodelled)?;
    request.user.name.clone_from(&asked.user.name);
    request.user.groups.clone_from(&asked.user.groups);
    let params: Vec<_> = cluster.iter().filter_map(|tree| tree.root().map(Object::new)).collect();
    let bindings = [Binding::read(binding).map_err(unmodelled)?];
    let judgement = judge_policy(&definition, Some(&bindings), &request, &params).map_err(unmodelled)?;
    if !judgement.matched {
        return Ok(Found::new(Outcome::Skip, "cel preconditions not met"));
    }
    Ok(match judgement.violations.first() {
        None => Found::new(Outcome::Pass, format!("Validation rule '{name}' passed.")),
        Some(violation) if violation.message.starts_with("failed to configure binding") => {
            Found::new(Outcome::Error, format!("error in parameterized resource: {}", violation.message))
        }
        Some(violation) => {
            let mut found = Found::new(Outcome::Fail, violation.message.clone());
            found.place = vec!["cel".to_owned()];
            found
        }
    })
}
