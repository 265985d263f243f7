//! The JSON context: what a rule's variables are asked of.
//!
//! kyverno `pkg/engine/context/context.go`, `pkg/engine/policycontext`. An entry of `context` that has no value is
//! remembered with the reason, which is told when a query names it: upstream loads entries when they are first named.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::images;
use super::jmespath::{self, Failure, Fuel};
use crate::sim::admission::kyverno::asked::{Asked, Operation};

/// What variables are asked of.
pub(super) struct Context<'f> {
    root: Value,
    missing: BTreeMap<String, Failure>,
    fuel: &'f Fuel,
}

/// The value at a path of keys.
pub(super) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// The word for a verb.
pub(super) fn word(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "CREATE",
        Operation::Update => "UPDATE",
        Operation::Delete => "DELETE",
        Operation::Connect => "CONNECT",
    }
}

impl<'f> Context<'f> {
    /// The context of a request, before any rule.
    pub(super) fn new(asked: &Asked<'_>, fuel: &'f Fuel) -> Result<Self, String> {
        let mut out = Self { root: json!({}), missing: BTreeMap::new(), fuel };
        let request = &mut out.root["request"];
        *request = json!({ "operation": word(asked.operation) });
        if !asked.resource.is_null() {
            request["object"] = asked.resource.clone();
        }
        if let Some(old) = &asked.old {
            request["oldObject"] = old.clone();
        }
        let subject = if asked.resource.is_null() { asked.old.as_ref() } else { Some(&asked.resource) };
        let text = |path: &[&str]| subject.and_then(|s| at(s, path)).and_then(Value::as_str);
        let namespace = if text(&["kind"]) == Some("Namespace") {
            text(&["metadata", "name"])
        } else {
            text(&["metadata", "namespace"])
        };
        request["namespace"] = json!(namespace.unwrap_or_default());
        if let Some(name) = text(&["metadata", "name"]) {
            request["name"] = json!(name);
        }
        if let Some(kind) = text(&["kind"]) {
            let (group, version) = group_version(text(&["apiVersion"]).unwrap_or_default());
            request["kind"] = json!({ "group": group, "version": version, "kind": kind });
        }
        let user = &asked.user;
        request["userInfo"] = json!({ "username": user.name, "groups": user.groups });
        request["roles"] = json!(user.roles);
        request["clusterRoles"] = json!(user.cluster_roles);
        let account = user.name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
        let (namespace, name) = account.unwrap_or_default();
        out.root["serviceAccountName"] = json!(name);
        out.root["serviceAccountNamespace"] = json!(namespace);
        out.see_images(subject.cloned().as_ref());
        for (key, value) in &asked.variables {
            out.set_dotted(key, value.clone())?;
        }
        Ok(out)
    }

    /// A copy, to be changed; costs what it takes to copy.
    pub(super) fn inner(&self) -> Result<Self, Failure> {
        self.fuel.burn(jmespath::weight(&self.root))?;
        Ok(Self { root: self.root.clone(), missing: self.missing.clone(), fuel: self.fuel })
    }

    fn see_images(&mut self, object: Option<&Value>) {
        match object.and_then(images::of) {
            Some(images) => self.root["images"] = images,
            None => {
                self.root.as_object_mut().map(|root| root.remove("images"));
            }
        }
    }

    /// The object, as a mutate rule left it.
    pub(super) fn set_object(&mut self, object: &Value) {
        self.root["request"]["object"] = object.clone();
        self.see_images(Some(object));
    }

    /// The object as it stood before, asked as if it were new.
    pub(super) fn set_before(&mut self, old: &Value) {
        self.set_object(old);
        self.root["request"].as_object_mut().map(|request| request.remove("oldObject"));
    }

    /// A variable at the root.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.missing.remove(name);
        self.root[name] = value;
    }

    /// The element of a loop, under its two names.
    pub(super) fn set_element(&mut self, element: &Value, index: usize, nesting: usize) {
        for suffix in [String::new(), nesting.to_string()] {
            self.set(&format!("element{suffix}"), element.clone());
            self.set(&format!("elementIndex{suffix}"), json!(index));
        }
    }

    /// Whether there is a variable of this name at the root.
    pub(super) fn has(&self, name: &str) -> bool {
        self.root.get(name).is_some()
    }

    /// A variable that has no value, and why.
    pub(super) fn lack(&mut self, name: &str, why: Failure) {
        self.missing.insert(name.to_owned(), why);
    }

    /// A variable by its dotted path; a part in double quotes may hold dots.
    pub(super) fn set_dotted(&mut self, path: &str, value: Value) -> Result<(), String> {
        let keys = keys(path).ok_or_else(|| format!("variables: {path:?} is not a dotted path"))?;
        let mut place = &mut self.root;
        for key in keys {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[&key];
        }
        merge(place, value);
        Ok(())
    }

    /// Asks a query.
    pub(super) fn query(&self, text: &str) -> Result<Value, Failure> {
        let text = text.trim();
        self.fuel.burn(self.missing.len().saturating_mul(1 + text.len() / 32))?;
        if let Some((_, why)) = self.missing.iter().find(|(name, _)| names(text, name)) {
            return Err(why.clone());
        }
        jmespath::query(text, &self.root, self.fuel)
    }

    /// Whether the request takes the object away.
    pub(super) fn deletes(&self) -> bool {
        at(&self.root, &["request", "operation"]).and_then(Value::as_str) == Some("DELETE")
    }

    /// The fuel of this judgement.
    pub(super) fn fuel(&self) -> &Fuel {
        self.fuel
    }
}

/// Group and version of an `apiVersion`.
pub(super) fn group_version(text: &str) -> (&str, &str) {
    text.split_once('/').unwrap_or(("", text))
}

/// Lays a value over what stands at a place: mappings are merged.
fn merge(place: &mut Value, value: Value) {
    match (place, value) {
        (Value::Object(own), Value::Object(other)) => {
            for (key, value) in other {
                merge(own.entry(key).or_insert(Value::Null), value);
            }
        }
        (place, value) => *place = value,
    }
}

fn keys(path: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    let mut rest = path;
    loop {
        let (key, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (key, after) = quoted.split_once('"')?;
                (key, after.strip_prefix('.').or_else(|| after.is_empty().then_some("\0"))?)
            }
            None => rest.split_once('.').unwrap_or((rest, "\0")),
        };
        if key.is_empty() || out.len() > 32 {
            return None;
        }
        out.push(key.to_owned());
        if after == "\0" {
            return Some(out);
        }
        rest = after;
    }
}

/// Whether a query names a variable: the word, with no letter, digit or dot before it.
fn names(query: &str, name: &str) -> bool {
    query.match_indices(name).any(|(at, _)| {
        let before = query[..at].chars().next_back();
        let after = query[at + name.len()..].chars().next();
        let letter = |c: char| c.is_alphanumeric() || c == '_';
        !before.is_some_and(|c| letter(c) || c == '.') && !after.is_some_and(letter)
    })
}
