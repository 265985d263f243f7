//! `generate`: objects that a rule makes.
//!
//! kyverno `pkg/background/generate/*.go`, `pkg/background/common/labels.go`: data as it is written, or the source's, under
//! the target's name and namespace; labels of Kyverno's own (`generate.kyverno.io/`) are left out, but for the one that
//! says who manages it. What is synchronised later is not told.

use serde_json::{Map, Value, json};

use super::conditions;
use super::context::{Context, at};
use super::entries;
use super::jmespath::Failure;
use super::matching::{is_kind, selects, texts};
use super::validate::{Found, elements};
use super::variables::{Here, substitute};
use crate::sim::admission::kyverno::asked::Outcome;

/// What a rule's objects are made with.
#[derive(Clone, Copy)]
pub(super) struct Maker<'a> {
    /// Objects to clone and look up.
    pub(super) cluster: &'a [Value],
    /// Names of values that a test gives.
    pub(super) given: &'a [&'a str],
}

impl Maker<'_> {
    /// Makes the objects of a rule's `generate`.
    pub(super) fn made(
        self,
        generate: &Value,
        context: &Context<'_>,
    ) -> Result<(Found, Vec<Value>), Failure> {
        let mut out = Vec::new();
        match generate.get("foreach").filter(|v| !v.is_null()) {
            None => self.one(generate, context, &mut out)?,
            Some(foreach) => {
                for each in foreach.as_array().map_or(&[][..], Vec::as_slice) {
                    for (index, element) in elements(each, context)?.iter().enumerate() {
                        let mut inner = context.inner()?;
                        inner.set_element(element, index, 0);
                        let own = |key: &str| each.get(key).unwrap_or(&Value::Null);
                        entries::load(own("context"), &mut inner, self.cluster, self.given)?;
                        if conditions::judge(own("preconditions"), &inner)?.holds {
                            self.one(each, &inner, &mut out)?;
                        }
                    }
                }
            }
        }
        Ok((Found::new(Outcome::Pass, format!("{} resources generated", out.len())), out))
    }

    fn one(self, pattern: &Value, context: &Context<'_>, out: &mut Vec<Value>) -> Result<(), Failure> {
        let target = substitute(pattern, context, Here::Nothing)?;
        let own = |key: &str| target.get(key).filter(|v| !v.is_null());
        if let Some(list) = own("cloneList") {
            context.fuel().burn(4 * self.cluster.len())?;
            return self.clones(&target, list, out);
        }
        let mut object = match (own("data"), own("clone")) {
            (Some(Value::Object(data)), None) => data.clone(),
            (None, Some(clone)) => {
                context.fuel().burn(self.cluster.len())?;
                self.source(&target, clone)?
            }
            _ => return Err(Failure::Unmodelled("generate: neither data, clone nor cloneList".to_owned())),
        };
        for key in ["apiVersion", "kind"] {
            if let Some(value) = own(key) {
                object.insert(key.to_owned(), value.clone());
            }
        }
        out.push(placed(object, own("name"), own("namespace")));
        Ok(())
    }

    /// The object that a clone is made of.
    fn source(self, target: &Value, clone: &Value) -> Result<Map<String, Value>, Failure> {
        let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, name, namespace) = (text(target, "kind"), text(clone, "name"), text(clone, "namespace"));
        let version = text(target, "apiVersion");
        let is = |object: &&Value| {
            let part = |path: &[&str]| at(object, path).and_then(Value::as_str).unwrap_or_default();
            part(&["kind"]) == kind
                && (version.is_empty() || part(&["apiVersion"]) == version)
                && part(&["metadata", "name"]) == name
                && (namespace.is_empty() || within(object) == namespace)
        };
        let found = self.cluster.iter().find(is).and_then(Value::as_object);
        let missing = || Failure::Unmodelled(format!("generate: {kind} {namespace}/{name} is not given"));
        Ok(cleaned(found.ok_or_else(missing)?))
    }

    fn clones(self, target: &Value, list: &Value, out: &mut Vec<Value>) -> Result<(), Failure> {
        let kinds = texts(list, "kinds");
        let from = list.get("namespace").and_then(Value::as_str).unwrap_or_default();
        if self.cluster.is_empty() {
            return Err(Failure::Unmodelled("generate: nothing is known of the cluster".to_owned()));
        }
        for object in self.cluster {
            let labels = at(object, &["metadata", "labels"]).and_then(Value::as_object);
            let labels: Vec<_> =
                labels.into_iter().flatten().filter_map(|(k, v)| Some((k.as_str(), v.as_str()?))).collect();
            let selector = list.get("selector").filter(|s| !s.is_null());
            let selected = selector.map_or(Ok(true), |s| selects(s, &labels))?;
            if selected && within(object) == from && kinds.iter().any(|kind| is_kind(kind, object)) {
                let copy = object.as_object().map(cleaned).unwrap_or_default();
                out.push(placed(copy, None, target.get("namespace").filter(|v| !v.is_null())));
            }
        }
        Ok(())
    }
}

fn within(object: &Value) -> &str {
    at(object, &["metadata", "namespace"]).and_then(Value::as_str).unwrap_or("default")
}

/// A copy of an object: without what belongs to the original alone.
fn cleaned(object: &Map<String, Value>) -> Map<String, Value> {
    let mut out = object.clone();
    out.remove("status");
    if let Some(Value::Object(metadata)) = out.get_mut("metadata") {
        for key in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "generation",
            "selfLink",
            "managedFields",
            "ownerReferences",
        ] {
            metadata.remove(key);
        }
    }
    out
}

/// An object under the name and in the namespace that a rule says.
fn placed(object: Map<String, Value>, name: Option<&Value>, namespace: Option<&Value>) -> Value {
    let mut out = Value::Object(object);
    if !out["metadata"].is_object() {
        out["metadata"] = json!({});
    }
    for (key, value) in [("name", name), ("namespace", namespace)] {
        if let Some(value) = value.filter(|v| *v != "") {
            out["metadata"][key] = value.clone();
        }
    }
    if !out["metadata"]["labels"].is_object() {
        out["metadata"]["labels"] = json!({});
    }
    out["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("kyverno");
    out
}
