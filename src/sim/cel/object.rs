//! Objects that expressions make: `Object{…}`, `Object.spec{…}`, `JSONPatch{…}`.
//!
//! k8s.io/apiserver `pkg/cel/mutation/{typeresolver,jsonpatch}.go`, `dynamic/objects.go`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::signature::{Shape, Ty};
use super::value::Value;

/// The type of an operation of RFC 6902.
pub const PATCH: &str = "JSONPatch";

/// The type of an object that is applied, and the first part of the types within it.
pub const OBJECT: &str = "Object";

/// An object with the type that it was made as.
#[derive(Clone, Debug)]
pub struct Struct {
    /// `Object`, `Object.spec`, `JSONPatch` and the like.
    pub name: String,
    /// What was set.
    pub fields: BTreeMap<String, Value>,
}

impl Struct {
    /// Whether the types within it are those of their fields: `Object.spec{…}` stands under `spec` alone.
    pub fn misnamed(&self) -> Option<String> {
        let mut path = self.name.clone();
        wrong(self, &mut path)
    }
}

fn wrong(object: &Struct, path: &mut String) -> Option<String> {
    if object.name != *path {
        return Some(format!(
            "unexpected type name \"{}\", expected \"{path}\", which matches field name path from root Object type",
            object.name
        ));
    }
    object.fields.iter().find_map(|(field, value)| {
        let before = path.len();
        path.push('.');
        path.push_str(field);
        let found = within(value, path);
        path.truncate(before);
        found
    })
}

fn within(value: &Value, path: &mut String) -> Option<String> {
    match value {
        Value::Struct(inner) => wrong(inner, path),
        Value::List(items) => items.iter().find_map(|item| within(item, path)),
        _ => None,
    }
}

/// The type of an object of this name; `None` where there is none.
pub fn type_named(name: &str) -> Option<Ty> {
    let known = name == PATCH || name == OBJECT || name.starts_with("Object.");
    known.then(|| Ty::Object(Arc::new(Shape { name: name.to_owned(), fields: Vec::new() })))
}

/// What a field takes; an error where there is no such field.
pub fn field(name: &str, field: &str) -> Result<Ty, String> {
    match (name, field) {
        (PATCH, "op" | "path" | "from") => Ok(Ty::STRING),
        (PATCH, "value") => Ok(Ty::Dyn),
        (PATCH, _) => Err(format!("undefined field `{field}` of {PATCH}")),
        _ => Ok(Ty::Dyn),
    }
}
