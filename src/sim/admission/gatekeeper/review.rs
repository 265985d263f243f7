//! What a policy sees as `input.review`: an `AdmissionRequest`, as Go writes it.
//!
//! gatekeeper `pkg/target/target.go`: a bare object becomes a request without an operation (`unstructuredToAdmissionRequest`),
//! and on DELETE the old object stands in for the object (`setObjectOnDelete`).

use serde_json::{Map, Value, json};

use crate::model::{Object, value};
use crate::parse::{Kind, Node, json as tree};

/// The review of an object that nobody sent, as gator makes it.
pub(super) fn of_object(object: Object<'_>) -> Value {
    let mut review = blank();
    let version = object.api_version().unwrap_or("");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    put(
        &mut review,
        "kind",
        json!({ "group": group, "version": version, "kind": object.kind().unwrap_or("") }),
    );
    for (key, text) in [("name", object.name()), ("namespace", object.namespace())] {
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            put(&mut review, key, json!(text));
        }
    }
    put(&mut review, "object", tree::to_value(object.node));
    Value::Object(review)
}

/// The review of a request: its fields, those that Go always writes, and the object of a DELETE.
pub(super) fn of_request(request: Node<'_>) -> Result<Value, String> {
    let mut review = blank();
    for entry in request.entries() {
        let key = entry.key.scalar().unwrap_or("");
        let empty = entry.value.kind() == Kind::Null || value::string(entry.value) == Some("");
        let known = review.contains_key(key);
        let optional = [
            "subResource",
            "requestKind",
            "requestResource",
            "requestSubResource",
            "name",
            "namespace",
            "dryRun",
        ];
        if (known && entry.value.kind() != Kind::Null) || (!empty && optional.contains(&key)) {
            put(&mut review, key, tree::to_value(entry.value));
        }
    }
    if review.get("operation").and_then(Value::as_str) == Some("DELETE") {
        let old = review.get("oldObject").filter(|o| o.is_object()).cloned();
        put(&mut review, "object", old.ok_or("request: a DELETE without oldObject")?);
    }
    Ok(Value::Object(review))
}

/// The fields that have no `omitempty`.
fn blank() -> Map<String, Value> {
    let fields = json!({
        "uid": "",
        "kind": { "group": "", "version": "", "kind": "" },
        "resource": { "group": "", "version": "", "resource": "" },
        "operation": "",
        "userInfo": {},
        "object": null,
        "oldObject": null,
        "options": null,
    });
    match fields {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn put(map: &mut Map<String, Value>, key: &str, value: Value) {
    map.insert(key.to_owned(), value);
}
