//! Which images of which objects a `ClusterImagePolicy` is about. policy-controller `pkg/apis/config/image_policies.go`
//! (`GetMatchingPolicies`, `kindResourceMap`).

use super::glob;
use crate::model::image_policy::ClusterImagePolicy;
use crate::model::selector::Selector;
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::admission::policy::plural;
use crate::sim::cel::ImageName;

/// The pattern by which a policy is about an image of this object.
pub fn is_about<'t>(
    policy: ClusterImagePolicy<'t>,
    object: Object<'_>,
    name: &ImageName,
) -> Result<Option<Node<'t>>, Reason> {
    if !takes_kind(policy, object)? {
        return Ok(None);
    }
    fits_name(policy, name)
}

/// Where a policy leaves an object out whose image its patterns fit: the first item of its `match`.
pub fn leaves_out<'t>(
    policy: ClusterImagePolicy<'t>,
    object: Object<'_>,
    name: &ImageName,
) -> Option<Node<'t>> {
    let fits = matches!(fits_name(policy, name), Ok(Some(_)));
    let taken = takes_kind(policy, object).unwrap_or(true);
    policy.matches().next().filter(|_| fits && !taken)
}

/// Whether `match`, where there is one, names the object.
fn takes_kind(policy: ClusterImagePolicy<'_>, object: Object<'_>) -> Result<bool, Reason> {
    let mut rules = policy.matches().peekable();
    let mut fits = rules.peek().is_none();
    for rule in rules {
        fits |= fits_kind(rule, object)?;
    }
    Ok(fits)
}

fn fits_name<'t>(policy: ClusterImagePolicy<'t>, name: &ImageName) -> Result<Option<Node<'t>>, Reason> {
    for glob in policy.globs() {
        let pattern = glob::sigstore(glob.as_str().unwrap_or(""))
            .map_err(|error| Reason::at(error, glob.own_span()))?;
        if pattern.is_match(&name.to_string()) {
            return Ok(Some(glob));
        }
    }
    Ok(None)
}

/// One item of `match`. `kindResourceMap` spells one kind wrong and another's group: of both nothing is said.
fn fits_kind(rule: Node<'_>, object: Object<'_>) -> Result<bool, Reason> {
    let kind = object.kind().unwrap_or("");
    if ["ReplicaSet", "DaemonSet"].contains(&kind) {
        let text = format!("whether `match` finds a {kind} differs from release to release");
        return Err(Reason::at(text, rule.own_span()));
    }
    let (resource, group) = (plural(kind), object.group().unwrap_or(""));
    let get = |key: &str| rule.get(key).and_then(value::string).unwrap_or("");
    if get("resource") != resource || get("group") != group || !["v1", "*"].contains(&get("version")) {
        return Ok(false);
    }
    match rule.get("selector") {
        None => Ok(true),
        Some(node) => (Selector { node })
            .matches(&object.labels())
            .ok_or_else(|| Reason::at("selector: cannot be read", node.own_span())),
    }
}
