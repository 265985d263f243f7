//! `sim rbac --cases`: objects and the spec of a `SubjectAccessReview` in, a verdict out.

use serde_json::{Value, json};

use super::grants::{Decision, Grants, Grounds, Outside};
use super::request::{Caller, Request, Target, What};
use crate::model::{listed, value};
use crate::parse::{Kind, Node};
use crate::sim::cases::Simulator;

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator =
    Simulator { name: "rbac", asks: "do roles and bindings allow this request?", answer };

fn answer(input: Node<'_>) -> Result<Value, String> {
    let items = input.get("objects").and_then(value::list).ok_or("objects: missing, or not a list")?;
    let request =
        request(input.get("spec").and_then(value::mapping).ok_or("spec: missing, or not a mapping")?)?;
    let grants = Grants::new(listed(items), Outside::Nothing);
    match grants.decide(&request) {
        Decision::Allowed(grounds) => Ok(json!({ "allowed": true, "reason": reason(grounds) })),
        Decision::Denied => Ok(json!({ "allowed": false, "reason": request.what.forbidden(&request.who) })),
        Decision::Unknown(_, why) => Err(why),
    }
}

/// As the authorizer says it, and the audit log after it.
pub(in crate::sim) fn reason(grounds: Grounds<'_>) -> String {
    let (kind, role) = grounds.binding.role().unwrap_or_default();
    let name = grounds.binding.object.name().unwrap_or("");
    let (own, name) = match grounds.binding.namespace() {
        Some(namespace) => ("RoleBinding", format!("{name}/{namespace}")),
        None => ("ClusterRoleBinding", name.to_owned()),
    };
    format!("RBAC: allowed by {own} {name:?} of {kind} {role:?} to {}", grounds.subject.described())
}

fn text(node: Node<'_>, of: &str, key: &str) -> Result<String, String> {
    match node.get(key) {
        None => Ok(String::new()),
        Some(found) => value::string(found)
            .map(str::to_owned)
            .ok_or_else(|| format!("{of}.{key}: {} where a string should be", found.kind().word())),
    }
}

/// kubernetes `pkg/apis/authorization/validation`: one of the two sorts of attributes, and somebody who asks.
pub(in crate::sim) fn request(spec: Node<'_>) -> Result<Request, String> {
    let user = text(spec, "spec", "user")?;
    let mut groups = Vec::new();
    if let Some(list) = spec.get("groups") {
        if list.kind() != Kind::Seq {
            return Err(format!("spec.groups: {} where a list should be", list.kind().word()));
        }
        for group in list.items() {
            groups.push(value::string(group).ok_or("spec.groups: not all are strings")?.to_owned());
        }
    }
    if user.is_empty() && groups.is_empty() {
        return Err("spec: names neither a user nor groups".to_owned());
    }
    let attributes = |key: &str| match spec.get(key) {
        None => Ok(None),
        Some(node) => value::mapping(node).map(Some).ok_or_else(|| format!("spec.{key}: not a mapping")),
    };
    let what = match (attributes("resourceAttributes")?, attributes("nonResourceAttributes")?) {
        (Some(node), None) => {
            let of = |key: &str| text(node, "spec.resourceAttributes", key);
            What::Resource(Target {
                verb: of("verb")?,
                group: of("group")?,
                resource: of("resource")?,
                subresource: of("subresource")?,
                namespace: of("namespace")?,
                name: of("name")?,
            })
        }
        (None, Some(node)) => {
            let of = |key: &str| text(node, "spec.nonResourceAttributes", key);
            What::Path { verb: of("verb")?, path: of("path")? }
        }
        _ => return Err("spec: has to hold either resourceAttributes or nonResourceAttributes".to_owned()),
    };
    Ok(Request { who: Caller { user, groups }, what })
}
