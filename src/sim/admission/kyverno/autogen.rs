//! The copies of a pod policy for what makes pods: which kinds, and what becomes of the expressions.
//!
//! kyverno 1.19 `pkg/cel/autogen/{config,support,match,replacement}.go`, `pkg/cel/policies/{vpol,mpol}/autogen/autogen.go`.
//! Earlier versions make no copies where there is a `namespaceSelector`, and rewrite `object.metadata.name` and
//! `.namespace` as well.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::spec::{Kind, Part, Spec};
use crate::parse::{Node, json as tree};

/// The kinds that make pods: resource, group, and whether the template lies in a job template.
const CONTROLLERS: &[(&str, &str, bool)] = &[
    ("cronjobs", "batch", true),
    ("daemonsets", "apps", false),
    ("deployments", "apps", false),
    ("jobs", "batch", false),
    ("replicasets", "apps", false),
    ("statefulsets", "apps", false),
];

/// The copies of a policy: those for the controllers with a template, and that for cron jobs.
pub fn copies<'t>(spec: &Spec<'t>) -> Vec<Spec<'t>> {
    let constraints = spec.constraints.as_ref().and_then(|t| t.root()).map(tree::to_value);
    let Some(constraints) = constraints.filter(is_about_pods_alone).filter(|_| spec.kind != Kind::Generating)
    else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (nested, path) in [(false, "spec.template"), (true, "spec.jobTemplate.spec.template")] {
        let targets = CONTROLLERS.iter().filter(|(resource, _, in_job)| {
            *in_job == nested
                && spec.controllers.as_ref().is_none_or(|wanted| wanted.iter().any(|w| w == resource))
        });
        let rules: Vec<Json> = targets
            .map(|(resource, group, _)| {
                let operations = constraints.pointer("/resourceRules/0/operations").cloned();
                json!({
                    "apiGroups": [group],
                    "apiVersions": ["v1"],
                    "operations": operations.unwrap_or_else(|| json!([])),
                    "resources": [resource],
                })
            })
            .collect();
        if rules.is_empty() {
            continue;
        }
        let mut made = Map::from_iter([("resourceRules".to_owned(), Json::Array(rules))]);
        if let Some(selector) = constraints.get("namespaceSelector") {
            made.insert("namespaceSelector".to_owned(), selector.clone());
        }
        let made = Arc::new(tree::from_value(&Json::Object(made)));
        out.push(match spec.kind {
            Kind::Mutating => spec.rewritten(made, &|text, part| mutating(text, part, path)),
            _ => spec.rewritten(made, &|text, _| validating(text, path)),
        });
    }
    out
}

/// Whether autogen knows a resource as one that makes pods.
pub fn is_copied_for(resource: &str) -> bool {
    CONTROLLERS.iter().any(|(known, ..)| *known == resource)
}

/// Whether one of the resources that these constraints name is `pods`.
pub fn is_about_pods(constraints: Node<'_>) -> bool {
    let rules = constraints.get("resourceRules").into_iter().flat_map(Node::items);
    let mut resources = rules.filter_map(|rule| rule.get("resources")).flat_map(Node::items);
    resources.any(|name| name.as_str() == Some("pods"))
}

/// `CanAutoGen`.
fn is_about_pods_alone(constraints: &Json) -> bool {
    let asks = |key: &str| {
        let parts = constraints.get(key).and_then(Json::as_object);
        parts.is_some_and(|p| {
            p.values().any(|v| {
                v.as_array().is_some_and(|a| !a.is_empty()) || v.as_object().is_some_and(|o| !o.is_empty())
            })
        })
    };
    let items =
        |key: &str| constraints.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let [rule] = items("resourceRules") else { return false };
    let is = |key: &str, only: &str| {
        rule.get(key).and_then(Json::as_array).is_some_and(|l| l.len() == 1 && l[0].as_str() == Some(only))
    };
    let named = rule.get("resourceNames").and_then(Json::as_array).is_some_and(|n| !n.is_empty());
    !asks("objectSelector")
        && items("excludeResourceRules").is_empty()
        && !named
        && is("apiGroups", "")
        && is("apiVersions", "v1")
        && is("resources", "pods")
}

/// The whole text of a `ValidatingPolicy` is written anew, whatever it means.
fn validating(text: &str, path: &str) -> String {
    let mut out = text.to_owned();
    for field in ["spec", "metadata"] {
        for object in ["object", "oldObject"] {
            out = replaced(&out, &format!("{object}.{field}"), &format!("{object}.{path}.{field}"));
        }
    }
    out
}

/// What lies in the object itself, not in its template: `object.metadata.name` and `.namespace`.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let behind = &rest[at + from.len()..];
        let stays = [".namespace", ".name"].iter().any(|suffix| {
            behind
                .strip_prefix(suffix)
                .is_some_and(|next| !next.starts_with(|c: char| c == '_' || c.is_ascii_alphanumeric()))
        });
        out.push_str(&rest[..at]);
        out.push_str(if stays { from } else { to });
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// What `namespaceObject.` is called while others are replaced: it is left alone.
const ASIDE: &str = "namespace\u{1}bject.";

/// Of a `MutatingPolicy`, conditions and apply configurations are written anew; variables and JSON patches are not.
fn mutating(text: &str, part: Part, path: &str) -> String {
    if !matches!(part, Part::Condition | Part::Apply) {
        return text.to_owned();
    }
    let mut out = text.replace("namespaceObject.", ASIDE);
    for (field, to) in [
        ("spec", format!("{path}.spec")),
        ("metadata.labels", format!("{path}.metadata.labels")),
        ("metadata.annotations", format!("{path}.metadata.annotations")),
    ] {
        for object in ["object", "Object"] {
            out = out.replace(&format!("{object}.{field}"), &format!("{object}.{to}"));
        }
    }
    let out = out.replace(ASIDE, "namespaceObject.");
    wrapped(&out, path).unwrap_or(out)
}

/// What `Object{…}` holds goes into the template.
fn wrapped(text: &str, path: &str) -> Option<String> {
    let content = text.trim().strip_prefix("Object{")?;
    let mut depth = 1;
    let end = content.char_indices().find_map(|(at, c)| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        (depth == 0).then_some(at)
    })?;
    let (inner, rest) = (&content[..end], &content[end + 1..]);
    let (mut open, mut name) = ("Object{".to_owned(), "Object".to_owned());
    for field in path.split('.') {
        name = format!("{name}.{field}");
        open.push_str(&format!("{field}: {name}{{"));
    }
    let close = "}".repeat(path.split('.').count() + 1);
    Some(format!("{open}{inner}{close}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_the_objects_own() {
        let text = "object.spec.x && object.metadata.name == 'a' && object.metadata.namespaceFoo && oldObject.metadata.labels.x \
                    && namespaceObject.metadata.labels.y";
        assert_eq!(
            validating(text, "spec.template"),
            "object.spec.template.spec.x && object.metadata.name == 'a' && object.spec.template.metadata.namespaceFoo \
             && oldObject.spec.template.metadata.labels.x && namespaceObject.metadata.labels.y"
        );
    }

    #[test]
    fn an_object_is_wrapped_into_the_template() {
        let text = "Object{spec: Object.spec{a: object.spec.a}}";
        assert_eq!(
            mutating(text, Part::Apply, "spec.template"),
            "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{a: \
             object.spec.template.spec.a}}}}"
        );
        assert_eq!(mutating(text, Part::Variable, "spec.template"), text);
        let condition = "has(oldObject.spec.x) && 'a' in namespaceObject.metadata.labels";
        assert_eq!(
            mutating(condition, Part::Condition, "spec.template"),
            "has(oldObject.spec.template.spec.x) && 'a' in namespaceObject.metadata.labels"
        );
    }
}
