//! `data.inventory`: objects that Gatekeeper keeps a copy of, as policies look them up.
//!
//! gatekeeper `pkg/target/target.go`: `cluster[apiVersion][kind][name]` and `namespace[namespace][apiVersion][kind][name]`.

use regorus::Value as Rego;
use serde_json::{Map, Value, json};

use crate::model::Object;
use crate::parse::json::to_value;

/// The data that hold these objects; an error names one that cannot be kept.
pub(super) fn of<'t>(objects: impl IntoIterator<Item = Object<'t>>) -> Result<Rego, String> {
    let mut root = Map::new();
    for object in objects {
        let (Some(version), Some(kind)) = (object.api_version(), object.kind()) else {
            return Err("inventory: an object without apiVersion or kind".to_owned());
        };
        let name = object.name().unwrap_or("");
        let path = match object.namespace().filter(|n| !n.is_empty()) {
            Some(namespace) => vec!["namespace", namespace, version, kind],
            None => vec!["cluster", version, kind],
        };
        let mut at = &mut root;
        for key in path {
            let below = at.entry(key).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(map) = below else {
                return Err("inventory: two objects in one place".to_owned());
            };
            at = map;
        }
        at.insert(name.to_owned(), to_value(object.node));
    }
    Ok(Rego::from(json!({ "inventory": root })))
}
