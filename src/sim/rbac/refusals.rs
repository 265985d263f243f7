//! What the API server refuses in roles and bindings, beyond wrong types and unknown fields.
//!
//! kubernetes `pkg/apis/rbac/validation/validation.go`, after the defaults of `pkg/apis/rbac/v1/defaults.go`: an
//! unset `apiGroup` of `roleRef`, of users and of groups is RBAC's own.

use crate::model::rbac::{Binding, GROUP, Grantee, PolicyRule, is_ours};
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::Reason;

/// Why the API server refuses a role or a binding; empty where it takes it, and for other kinds.
pub fn refusals(object: Object<'_>) -> Vec<Reason> {
    let mut out = Vec::new();
    if let Some(binding) = Binding::of(object) {
        refuse_binding(binding, &mut out);
    } else if is_ours(object) && matches!(object.kind(), Some("Role" | "ClusterRole")) {
        for rule in PolicyRule::of(object.node) {
            refuse_rule(object, rule, &mut out);
        }
    }
    out
}

fn refuse_rule(home: Object<'_>, rule: PolicyRule<'_>, out: &mut Vec<Reason>) {
    let node = rule.node;
    let count = |key: &str| node.get(key).and_then(value::list).map_or(0, |list| list.items().len());
    let title = home.title();
    let mut refuse = |key: &str, what: &str| {
        let span = node.get(key).map_or_else(|| node.missing(key).span, Node::own_span);
        out.push(Reason::at(format!("a rule of {title} {what}"), span));
    };
    if count("verbs") == 0 {
        refuse("verbs", "has no verbs");
    }
    if count("nonResourceURLs") > 0 {
        if home.kind() == Some("Role") {
            refuse("nonResourceURLs", "names paths, which are in no namespace");
        }
        if ["apiGroups", "resources", "resourceNames"].into_iter().any(|key| count(key) > 0) {
            refuse("nonResourceURLs", "speaks of resources and of paths at once");
        }
        return;
    }
    if count("apiGroups") == 0 {
        refuse("apiGroups", "has no apiGroups; the core group is written \"\"");
    }
    if count("resources") == 0 {
        refuse("resources", "has no resources");
    }
    if count("resourceNames") > 0 && count("resources") > 1 {
        refuse("resourceNames", "has resourceNames for more than one resource");
    }
}

fn refuse_binding(binding: Binding<'_>, out: &mut Vec<Reason>) {
    let (object, title) = (binding.object, binding.object.title());
    let text = |key| object.node.at(&["roleRef", key]).and_then(value::string).unwrap_or("");
    let mut refuse = |key: &str, what: String| {
        let span = object.node.at(&["roleRef", key]).map_or_else(|| binding.role_span(), Node::own_span);
        out.push(Reason::at(format!("roleRef of {title} {what}"), span));
    };
    if !matches!(text("apiGroup"), "" | GROUP) {
        refuse("apiGroup", format!("is of {}, and has to be of {GROUP}", text("apiGroup")));
    }
    let kinds: &[&str] =
        if binding.namespace().is_some() { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&text("kind")) {
        refuse("kind", format!("is of kind `{}`, and has to be a {}", text("kind"), kinds.join(" or a ")));
    }
    if text("name").is_empty() {
        refuse("name", "names no role".to_owned());
    }
    for subject in binding.subjects() {
        refuse_subject(binding, subject, out);
    }
}

fn refuse_subject(binding: Binding<'_>, subject: Grantee<'_>, out: &mut Vec<Reason>) {
    let (node, title) = (subject.node, binding.object.title());
    let text = |key| node.get(key).and_then(value::string).unwrap_or("");
    let mut refuse = |key: &str, what: String| {
        let span = node.get(key).map_or_else(|| node.missing(key).span, Node::own_span);
        out.push(Reason::at(format!("a subject of {title} {what}"), span));
    };
    if text("name").is_empty() {
        refuse("name", "has no name".to_owned());
    }
    match text("kind") {
        "ServiceAccount" => {
            if !text("apiGroup").is_empty() {
                refuse("apiGroup", "is a ServiceAccount of another group than \"\"".to_owned());
            }
            if binding.namespace().is_none() && text("namespace").is_empty() {
                refuse("namespace", "is a ServiceAccount without its namespace".to_owned());
            }
        }
        "User" | "Group" => {
            if !matches!(text("apiGroup"), "" | GROUP) {
                refuse("apiGroup", format!("is of {}, and has to be of {GROUP}", text("apiGroup")));
            }
        }
        kind => refuse("kind", format!("cannot be of kind `{kind}`")),
    }
}
