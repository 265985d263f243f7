//! What a policy in Rego says of a statement. policy-controller `pkg/webhook/policy/rego.go`: Rego v0, a package
//! `sigstore`, a rule `isCompliant` that is true, or a list or set of objects with `result`, `warning` and `error`.

use regorus::Value;
use serde_json::Value as Json;

use crate::sim::admission::gatekeeper::alone;

/// Whether the statement complies; otherwise why not. The outer error is what is not known of the policy.
pub fn complies(text: &str, statement: &Json) -> Result<Result<(), String>, String> {
    let rule = "data.sigstore.isCompliant";
    let not = || Err(format!("`{rule}` of the policy does not hold"));
    let found = alone(text, rule, Value::from(statement.clone())).map_err(|ended| ended.to_string())?;
    let Some(found) = found else {
        return Ok(Err("the policy has no rule `isCompliant` in the package `sigstore`".to_owned()));
    };
    let items: Vec<&Value> = match &found {
        Value::Bool(true) => return Ok(Ok(())),
        Value::Array(items) => items.iter().collect(),
        Value::Set(items) => items.iter().collect(),
        _ => return Ok(not()),
    };
    let mut last = None;
    for item in items {
        let field = |key: &str| item.as_object().ok().and_then(|map| map.get(&Value::from(key)).cloned());
        if item.as_object().is_err() {
            return Ok(not());
        }
        let text = |key: &str| {
            field(key).and_then(|v| v.as_string().ok().map(ToString::to_string)).unwrap_or_default()
        };
        if field("result") == Some(Value::Bool(true)) {
            let warning = text("warning");
            return Ok(if warning.is_empty() { Ok(()) } else { Err(warning) });
        }
        last = Some(text("error")).filter(|t| !t.is_empty()).or(last);
    }
    Ok(last.map_or_else(not, Err))
}
