//! Patches that policies write: what an expression gives, and what becomes of an object by it.
//!
//! The same for Kubernetes' own mutating policies and for Kyverno's: kubernetes
//! `apiserver/pkg/admission/plugin/policy/mutating/patch`.

mod apply;
#[cfg(test)]
mod fixture;
mod json;
mod listing;

use serde_json::Value as Json;

use crate::sim::cel::Value;
pub use apply::apply;
pub use json::{Operation, json_patch, parts};

/// Merges what an expression of an apply configuration gives.
pub fn applied(object: &mut Json, value: &Value, whole: bool) -> Result<(), String> {
    let Value::Struct(made) = value else {
        return Err(format!(
            "unsupported return type from ApplyConfiguration expression: {}",
            value.type_name()
        ));
    };
    if let Some(text) = made.misnamed() {
        return Err(format!("type mismatch: {text}"));
    }
    apply(object, &value.json()?, whole).map_err(|text| {
        if text.starts_with("not modelled") { text } else { format!("error applying patch: {text}") }
    })
}

/// The operations that an expression gives.
pub fn operations(value: &Value) -> Result<Vec<Operation>, String> {
    let Value::List(items) = value else {
        return Err("type mismatch: JSONPatchType.expression should evaluate to array".to_owned());
    };
    let mut out = Vec::new();
    for item in items.iter() {
        let Value::Struct(made) = item else {
            return Err(
                "type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch".to_owned()
            );
        };
        let text = |key: &str| match made.fields.get(key) {
            Some(Value::Text(text)) => text.to_string(),
            _ => String::new(),
        };
        let value = made.fields.get("value");
        if let Some(Value::Struct(inner)) = value
            && let Some(text) = inner.misnamed()
        {
            return Err(format!("type mismatch: {text}"));
        }
        out.push(Operation {
            op: text("op"),
            path: text("path"),
            from: text("from"),
            value: value.map(Value::json).transpose()?,
        });
    }
    Ok(out)
}
