//! What the API server's validation says of a field, in its words and in ours.
//!
//! apimachinery `pkg/util/validation/field/{errors,path}.go`. What Go prints of a whole structure stands there as `{...}`:
//! it is full of addresses. Knows no rule.

use std::fmt;

use super::Reason;
use crate::parse::{Kind, Missing, Node};
use crate::text::Span;

/// A field of an object: its path from the document, and its place.
#[derive(Clone, Debug)]
pub struct Field {
    path: String,
    span: Span,
}

impl Field {
    /// The field `key` of a mapping, whether it is set or not.
    pub fn of(holder: Node<'_>, key: &str) -> Self {
        match holder.get(key) {
            Some(node) => Self { span: node.own_span(), path: holder.missing(key).path },
            None => holder.missing(key).into(),
        }
    }

    /// The same place, by another path: upstream's are not always those of the manifest.
    #[must_use]
    pub fn named(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// The same path, at another place.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        Self { span, ..self }
    }

    /// What stands below it.
    #[must_use]
    pub fn child(self, key: &str) -> Self {
        Self { path: format!("{}.{key}", self.path), ..self }
    }
}

impl From<Node<'_>> for Field {
    fn from(node: Node<'_>) -> Self {
        Self { path: node.path(), span: node.own_span() }
    }
}

impl From<Missing> for Field {
    fn from(missing: Missing) -> Self {
        Self { path: missing.path, span: missing.span }
    }
}

/// A fault of one field.
#[derive(Clone, Debug)]
pub struct Invalid {
    path: String,
    body: String,
    /// The same in our words, with its place.
    pub reason: Reason,
}

impl Invalid {
    fn new(at: impl Into<Field>, body: String) -> Self {
        let Field { path, span } = at.into();
        Self { reason: Reason::at(format!("{path}: {body}"), span), path, body }
    }

    fn with(at: impl Into<Field>, word: &str, detail: &str) -> Self {
        let colon = if detail.is_empty() { "" } else { ": " };
        Self::new(at, format!("{word}{colon}{detail}"))
    }

    /// A value that the field does not take.
    pub fn value(node: Node<'_>, detail: &str) -> Self {
        Self::with(node, &format!("Invalid value: {}", shown(node)), detail)
    }

    /// The same, of a value that is said.
    pub fn of(at: impl Into<Field>, value: impl fmt::Debug, detail: &str) -> Self {
        Self::with(at, &format!("Invalid value: {value:?}"), detail)
    }

    /// The same, of a whole structure of this type.
    pub fn structure(at: impl Into<Field>, of: &str, detail: &str) -> Self {
        Self::with(at, &format!("Invalid value: {of}{{...}}"), detail)
    }

    /// A field that is not set.
    pub fn required(at: impl Into<Field>, detail: &str) -> Self {
        Self::with(at, "Required value", detail)
    }

    /// A value that stands there for the second time.
    pub fn duplicate(at: impl Into<Field>, value: &str) -> Self {
        Self::new(at, format!("Duplicate value: {value:?}"))
    }

    /// The name of something that is not there.
    pub fn not_found(node: Node<'_>) -> Self {
        Self::new(node, format!("Not found: {}", shown(node)))
    }

    /// A word that is none of those that the field takes.
    pub fn unsupported(node: Node<'_>, taken: &[&str]) -> Self {
        let taken: Vec<String> = taken.iter().map(|word| format!("{word:?}")).collect();
        Self::not_taken(node, &shown(node), &taken.join(", "))
    }

    /// The same, of a value and of words as Go prints them.
    pub fn not_taken(at: impl Into<Field>, value: &str, taken: &str) -> Self {
        Self::new(at, format!("Unsupported value: {value}: supported values: {taken}"))
    }

    /// A field that may not be set here.
    pub fn forbidden(at: impl Into<Field>, detail: &str) -> Self {
        Self::with(at, "Forbidden", detail)
    }

    /// In our own words.
    #[must_use]
    pub fn told(self, text: impl Into<String>) -> Self {
        Self { reason: Reason { text: text.into(), ..self.reason }, ..self }
    }

    /// Told at another place than the field's.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        Self { reason: Reason { span: Some(span), ..self.reason }, ..self }
    }

    /// As the API server says it of an object that stands at `above`, or of a pod whose template stands there.
    pub fn said(&self, above: &str) -> String {
        let path = self.path.strip_prefix(above).unwrap_or(&self.path).trim_start_matches('.');
        format!("{path}: {}", self.body)
    }
}

/// A value as Go prints it.
fn shown(node: Node<'_>) -> String {
    match node.kind() {
        Kind::Map | Kind::Seq => "{...}".to_owned(),
        Kind::Str => format!("{:?}", node.as_str().unwrap_or_default()),
        _ => node.scalar().unwrap_or("null").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn a_fault_is_said_as_upstream_says_it() {
        let text = "items: [{spec: {replicas: -1, mode: x, list: []}}]";
        let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
        let object = tree.root().unwrap().get("items").unwrap().items().next().unwrap();
        let spec = object.get("spec").unwrap();
        let at = |key: &str| spec.get(key).unwrap();
        let above = object.path();
        assert_eq!(
            Invalid::value(at("replicas"), "must be greater than or equal to 0").said(&above),
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0"
        );
        assert_eq!(
            Invalid::unsupported(at("mode"), &["a", "b"]).said(&above),
            "spec.mode: Unsupported value: \"x\": supported values: \"a\", \"b\""
        );
        assert_eq!(
            Invalid::required(Field::of(spec, "selector"), "").said(&above),
            "spec.selector: Required value"
        );
        assert_eq!(
            Invalid::structure(Field::of(spec, "list").child("below"), "", "no").said(&above),
            "spec.list.below: Invalid value: {...}: no"
        );
        let told = Invalid::duplicate(at("mode"), "x").told("twice").reason;
        assert_eq!((told.text.as_str(), tree.source().slice(told.span.unwrap())), ("twice", "x"));
    }
}
