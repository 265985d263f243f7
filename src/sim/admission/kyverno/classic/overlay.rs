//! A resource against a pattern: mappings, lists, anchors.
//!
//! kyverno `pkg/engine/validate/validate.go`, `pkg/engine/anchor/handlers.go`, `pkg/engine/wildcards/wildcards.go`.
//! Upstream walks the keys of a mapping in no order; here they are walked in the order of the alphabet.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::anchor::{self, Kind};
use super::jmespath::{Failure, Fuel};
use super::{pattern, wildcard};

/// Why a resource does not fit a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// A condition does not hold: the pattern is not about this resource.
    Skip(String),
    /// It does not fit, at this path.
    Fail { path: String, text: String },
    /// It does not fit, and an anchor's key is nowhere in it: upstream answers an error.
    Error(String),
    /// It could not be said.
    Unmodelled(String),
}

impl Miss {
    fn fail(path: &str, text: impl Into<String>) -> Self {
        Self::Fail { path: path.to_owned(), text: text.into() }
    }

    fn text(&self) -> &str {
        match self {
            Self::Skip(text) | Self::Fail { text, .. } | Self::Error(text) | Self::Unmodelled(text) => text,
        }
    }
}

/// What a part of a resource fails by, while it is walked.
enum Part {
    Miss(Miss),
    /// A key is there that must not be.
    Negated {
        path: String,
        text: String,
    },
}

impl Part {
    fn text(&self) -> &str {
        match self {
            Self::Miss(miss) => miss.text(),
            Self::Negated { text, .. } => text,
        }
    }

    fn is_unmodelled(&self) -> bool {
        matches!(self, Self::Miss(Miss::Unmodelled(_)))
    }
}

impl From<Miss> for Part {
    fn from(miss: Miss) -> Self {
        Self::Miss(miss)
    }
}

impl From<Failure> for Part {
    fn from(failure: Failure) -> Self {
        Self::Miss(Miss::Unmodelled(failure.to_string()))
    }
}

/// Whether `resource` fits `pattern`.
pub(super) fn fits(resource: &Value, pattern: &Value, fuel: &Fuel) -> Result<(), Miss> {
    let mut walk = Walk { seen: BTreeMap::new(), fuel };
    match walk.element(resource, pattern, "/") {
        Ok(()) => Ok(()),
        Err(Part::Negated { path, text }) => Err(Miss::Fail { path, text }),
        Err(Part::Miss(miss @ (Miss::Skip(_) | Miss::Unmodelled(_)))) => Err(miss),
        Err(Part::Miss(miss)) if walk.seen.values().any(|seen| !seen) => {
            Err(Miss::Error(miss.text().to_owned()))
        }
        Err(Part::Miss(miss)) => Err(miss),
    }
}

struct Walk<'f> {
    /// Keys in anchors, and whether the resource has them anywhere.
    seen: BTreeMap<String, bool>,
    fuel: &'f Fuel,
}

type Fits = Result<(), Part>;

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

impl Walk<'_> {
    fn element(&mut self, resource: &Value, pattern: &Value, path: &str) -> Fits {
        self.fuel.burn(1)?;
        match (pattern, resource) {
            (Value::Object(pattern), Value::Object(resource)) => {
                for key in pattern.keys() {
                    let Some(a) = anchor::parse(key) else { continue };
                    if matches!(a.kind, Kind::Condition | Kind::Existence | Kind::Negation) {
                        *self.seen.entry(key.clone()).or_default() |= resource.contains_key(a.key);
                    }
                }
                self.map(resource, pattern, path)
            }
            (Value::Object(_), other) => Err(Miss::fail(
                path,
                format!(
                    "pattern and resource have different structures. Path: {path}. Expected {}, found {}",
                    kind(pattern),
                    kind(other)
                ),
            )
            .into()),
            (Value::Array(pattern), Value::Array(resource)) => self.list(resource, pattern, path),
            (Value::Array(_), _) => Err(Miss::fail(
                path,
                format!(
                    "validation rule failed at path {path}, resource does not satisfy the expected overlay pattern"
                ),
            )
            .into()),
            (scalar, resource) => {
                let length = |v: &Value| v.as_str().map_or(1, str::len);
                let cost = |v: &Value| length(scalar) + length(scalar).saturating_mul(length(v)) / 32;
                let fits = match resource {
                    Value::Array(items) => {
                        self.fuel.burn(items.iter().map(|item| 1 + cost(item)).sum())?;
                        items.iter().all(|item| pattern::fits(item, scalar))
                    }
                    other => {
                        self.fuel.burn(cost(other))?;
                        pattern::fits(other, scalar)
                    }
                };
                if fits {
                    return Ok(());
                }
                let text = format!("resource value '{resource}' does not match '{scalar}' at path {path}");
                Err(Miss::fail(path, text).into())
            }
        }
    }

    fn map(&mut self, resource: &Map<String, Value>, pattern: &Map<String, Value>, path: &str) -> Fits {
        let expanded = expanded(pattern, resource, self.fuel)?;
        let pattern = expanded.as_ref().unwrap_or(pattern);
        let first =
            |key: &str| anchor::parse(key).is_some_and(|a| !matches!(a.kind, Kind::Global | Kind::Add));
        let (anchors, mut rest): (Vec<_>, Vec<_>) = pattern.iter().partition(|(key, _)| first(key));
        for (key, value) in anchors {
            self.key(resource, key, value, path)?;
        }
        // Global anchors and what holds anchors come first, the last of them foremost.
        let ahead = |key: &str, value: &Value| {
            anchor::parse(key).is_some_and(|a| a.kind == Kind::Global) || holds_anchors(value)
        };
        let mut sorted: Vec<_> = rest.iter().filter(|(k, v)| ahead(k, v)).copied().collect();
        sorted.reverse();
        rest.retain(|(k, v)| !ahead(k, v));
        for (key, value) in sorted.into_iter().chain(rest) {
            self.key(resource, key, value, path)?;
        }
        Ok(())
    }

    fn key(&mut self, resource: &Map<String, Value>, key: &str, pattern: &Value, path: &str) -> Fits {
        let Some(a) = anchor::parse(key).filter(|a| a.kind != Kind::Add) else {
            let found = resource.get(key).unwrap_or(&Value::Null);
            if pattern == "*" {
                let text = format!("{path}/{key} not found");
                return if found.is_null() { Err(Miss::fail(path, text).into()) } else { Ok(()) };
            }
            return self.element(found, pattern, &format!("{path}{key}/"));
        };
        let below = format!("{path}{}/", a.key);
        let found = resource.get(a.key);
        match a.kind {
            Kind::Negation => match found {
                Some(_) => {
                    let text = format!("negation anchor matched in resource: {below} is not allowed");
                    Err(Part::Negated { path: below, text })
                }
                None => Ok(()),
            },
            Kind::Equality | Kind::Add => found.map_or(Ok(()), |found| self.element(found, pattern, &below)),
            Kind::Condition => {
                let missing = "conditional anchor key doesn't exist in the resource";
                let why = match found {
                    None => missing.to_owned(),
                    Some(found) => match self.element(found, pattern, &below) {
                        Ok(()) => return Ok(()),
                        Err(part) if part.is_unmodelled() => return Err(part),
                        Err(part) => part.text().to_owned(),
                    },
                };
                Err(Miss::Skip(format!("conditional anchor mismatch: {why}")).into())
            }
            Kind::Global => match found.map(|found| self.element(found, pattern, &below)) {
                None | Some(Ok(())) => Ok(()),
                Some(Err(part)) if part.is_unmodelled() => Err(part),
                Some(Err(part)) => Err(Miss::Skip(format!("global anchor mismatch: {}", part.text())).into()),
            },
            Kind::Existence => match found {
                None => Ok(()),
                Some(Value::Array(items)) => self.exists(items, pattern, &below),
                Some(other) => Err(Miss::fail(
                    &below,
                    format!(
                        "invalid resource type {}: Existence ^ () anchor can be used only on list/array type resource",
                        kind(other)
                    ),
                )
                .into()),
            },
        }
    }

    fn exists(&mut self, items: &[Value], pattern: &Value, path: &str) -> Fits {
        let wrong = |what: &str| Part::from(Miss::fail(path, format!("invalid pattern type: {what}")));
        let patterns =
            pattern.as_array().ok_or_else(|| wrong("a list is wanted below an existence anchor"))?;
        for pattern in patterns {
            if !pattern.is_object() {
                return Err(wrong("a list of mappings is wanted below an existence anchor"));
            }
            let mut found = false;
            for (at, item) in items.iter().enumerate() {
                match self.element(item, pattern, &format!("{path}{at}/")) {
                    Ok(()) => {
                        found = true;
                        break;
                    }
                    Err(part) if part.is_unmodelled() => return Err(part),
                    Err(_) => {}
                }
            }
            if !found {
                let text = format!("existence anchor validation failed at path {path}");
                return Err(Miss::fail(path, text).into());
            }
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value], patterns: &[Value], path: &str) -> Fits {
        let Some(first) = patterns.first() else {
            return Err(Miss::fail(path, "pattern Array empty").into());
        };
        let mut pairs = Vec::new();
        match first {
            Value::Object(_) => pairs.extend(items.iter().map(|item| (item, first))),
            Value::Array(_) => {
                if items.len() < patterns.len() {
                    let text = format!(
                        "validate Array failed, array length mismatch, resource Array len is {} and pattern Array len is {}",
                        items.len(),
                        patterns.len()
                    );
                    return Err(Miss::Error(text).into());
                }
                pairs.extend(items.iter().zip(patterns));
            }
            scalar => {
                return self.element(&Value::Array(items.to_vec()), scalar, path);
            }
        }
        let (mut applied, mut skipped) = (0, Vec::new());
        for (at, (item, pattern)) in pairs.into_iter().enumerate() {
            match self.element(item, pattern, &format!("{path}{at}/")) {
                Ok(()) => applied += 1,
                Err(Part::Miss(Miss::Skip(why))) => skipped.push(why),
                Err(other) => return Err(other),
            }
        }
        if applied == 0 && !skipped.is_empty() {
            return Err(Miss::Skip(skipped.join("; ")).into());
        }
        Ok(())
    }
}

fn holds_anchors(pattern: &Value) -> bool {
    match pattern {
        Value::Object(map) => {
            map.keys().any(|key| anchor::parse(key).is_some_and(|a| a.kind != Kind::Add))
                || map.values().any(holds_anchors)
        }
        Value::Array(items) => items.iter().any(holds_anchors),
        _ => false,
    }
}

/// The pattern with wildcards in keys of labels and annotations replaced by keys that the resource has.
fn expanded(
    pattern: &Map<String, Value>,
    resource: &Map<String, Value>,
    fuel: &Fuel,
) -> Result<Option<Map<String, Value>>, Failure> {
    let found = pattern.iter().find(|(key, _)| anchor::bare(key) == "metadata");
    let (Some((name, Value::Object(own))), Some(there)) = (found, resource.get("metadata")) else {
        return Ok(None);
    };
    let mut metadata = own.clone();
    let mut changed = false;
    for tag in ["labels", "annotations"] {
        let Some((key, Value::Object(wanted))) = metadata.iter().find(|(key, _)| anchor::bare(key) == tag)
        else {
            continue;
        };
        let Some(has) = there.get(tag).and_then(Value::as_object) else { continue };
        if !wanted.keys().any(|k| wildcard::is_wild(k)) {
            continue;
        }
        let wild = wanted.keys().filter(|k| wildcard::is_wild(k)).map(|k| 1 + k.len() / 8).sum::<usize>();
        fuel.burn(wild.saturating_mul(has.keys().map(|k| 1 + k.len() / 8).sum()))?;
        let key = key.clone();
        let expanded = wanted.iter().map(|(k, v)| {
            let bare = anchor::bare(k);
            let fitting = has.keys().find(|own| wildcard::is_wild(bare) && wildcard::fits(bare, own));
            let k = match (fitting, anchor::parse(k)) {
                (None, _) => k.clone(),
                (Some(own), Some(a)) => a.around(own),
                (Some(own), None) => own.clone(),
            };
            (k, v.clone())
        });
        let expanded: Map<String, Value> = expanded.collect();
        metadata.insert(key, Value::Object(expanded));
        changed = true;
    }
    let mut out = pattern.clone();
    out.insert(name.clone(), Value::Object(metadata));
    Ok(changed.then_some(out))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::jmespath::Fuel;
    use super::{Miss, fits};

    fn ask(resource: &Value, pattern: &Value) -> &'static str {
        match fits(resource, pattern, &Fuel::new()) {
            Ok(()) => "fits",
            Err(Miss::Skip(_)) => "skip",
            Err(Miss::Fail { .. }) => "fail",
            Err(Miss::Error(_)) => "error",
            Err(Miss::Unmodelled(_)) => "unmodelled",
        }
    }

    #[test]
    fn anchors() {
        let pod = json!({
            "metadata": { "labels": { "app.kubernetes.io/name": "x" } },
            "spec": {
                "hostNetwork": true,
                "containers": [{ "name": "a", "image": "x:latest" }, { "name": "b", "image": "x:1" }],
                "volumes": [{ "name": "v", "hostPath": { "path": "/etc" } }],
            },
        });
        for (pattern, answer) in [
            (json!({ "spec": { "containers": [{ "name": "*", "image": "*:*" }] } }), "fits"),
            (json!({ "spec": { "containers": [{ "image": "!*:latest" }] } }), "fail"),
            (json!({ "spec": { "containers": [{ "(image)": "*:latest", "pull": "Always" }] } }), "fail"),
            (json!({ "spec": { "containers": [{ "(image)": "*:2", "pull": "Always" }] } }), "skip"),
            (json!({ "spec": { "=(hostPID)": false, "=(hostNetwork)": true } }), "fits"),
            (json!({ "spec": { "=(hostNetwork)": false } }), "fail"),
            (json!({ "spec": { "=(volumes)": [{ "X(hostPath)": "null" }] } }), "fail"),
            (json!({ "spec": { "=(volumes)": [{ "X(emptyDir)": "null" }] } }), "fits"),
            (json!({ "spec": { "^(containers)": [{ "name": "b" }] } }), "fits"),
            (json!({ "spec": { "^(containers)": [{ "name": "z" }] } }), "fail"),
            (json!({ "spec": { "<(hostNetwork)": false, "containers": [{ "name": "z" }] } }), "skip"),
            (json!({ "spec": { "(hostPID)": true, "containers": [{ "name": "z" }] } }), "skip"),
            (json!({ "spec": { "X(hostPID)": "null", "nodeName": "?*" } }), "error"),
            (json!({ "metadata": { "labels": { "app.kubernetes.io/*": "?*" } } }), "fits"),
            (json!({ "metadata": { "labels": { "team.*": "?*" } } }), "fail"),
            (json!({ "spec": { "serviceAccountName": "?*" } }), "fail"),
            (json!({ "spec": { "containers": { "name": "x" } } }), "fail"),
        ] {
            assert_eq!(ask(&pod, &pattern), answer, "{pattern}");
        }
    }
}
