//! Whom policies of Kyverno spare: `exclude`, and exceptions.

use super::kyverno::{all_pairs, rules};
use crate::checks::{DocumentCase, Fault, Faults};
use crate::model::value;
use crate::parse::Node;

const GROUPS: [&str; 3] = ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"];

/// Whether a filter is for certain people only: what else it says is then no open door.
fn is_of_few(filter: Node<'_>) -> bool {
    let mut names =
        filter.get("subjects").into_iter().flat_map(Node::items).map(|s| s.get("name")).peekable();
    let few = |n: Option<Node<'_>>| {
        n.and_then(value::string).is_some_and(|t| !GROUPS.contains(&t) && !t.contains('*'))
    };
    names.peek().is_some() && names.all(few)
}

/// What `exclude` leaves out by a pattern, or for everybody.
pub(super) fn spared(case: &DocumentCase<'_>) -> Faults {
    let mut faults = Faults::new();
    for exclude in rules(case).into_iter().filter_map(|r| r.get("exclude")) {
        let all: Vec<_> = exclude.get("all").into_iter().flat_map(Node::items).collect();
        let any = exclude.get("any").into_iter().flat_map(Node::items);
        let mut filters: Vec<_> = any.filter(|f| !is_of_few(*f)).collect();
        if !all.iter().any(|f| is_of_few(*f)) {
            filters.extend(all);
        }
        // The older form has one filter, and it is the mapping itself.
        if exclude.get("any").or(exclude.get("all")).is_none() && !is_of_few(exclude) {
            filters.push(exclude);
        }
        for (key, _, value) in filters.into_iter().flat_map(all_pairs) {
            let wide = |node: Node<'_>| {
                let text = value::string(node)?;
                match key {
                    "namespaces" if text.contains('*') => {
                        Some(format!("is {text:?}: who may make such a namespace is free"))
                    }
                    "clusterRoles" | "roles" if text.contains('*') => {
                        Some(format!("is {text:?}: each such role is free"))
                    }
                    _ => None,
                }
            };
            for item in value.items() {
                if let Some(says) = wide(item) {
                    faults.push(Fault::at(item, &says, "name each in full, with its reason"));
                }
            }
            if key == "name" && value::string(value).is_some_and(|t| GROUPS.contains(&t)) {
                faults.push(Fault::at(
                    value,
                    "is a group that everybody is in",
                    "name the one account that needs it",
                ));
            }
        }
    }
    faults
}

fn star(list: Node<'_>) -> Option<Node<'_>> {
    list.items().find(|n| value::string(*n) == Some("*"))
}

/// Exceptions without an end, and those that spare everything.
pub(super) fn exceptions(case: &DocumentCase<'_>) -> Faults {
    if case.object.kind() != Some("PolicyException") {
        return Faults::new();
    }
    let mut faults = Faults::new();
    let cel = case.object.group() == Some("policies.kyverno.io");
    let ends = case.object.label("cleanup.kyverno.io/ttl").is_some()
        || (cel && case.node().at(&["spec", "expiresAt"]).is_some());
    if let Some(metadata) = case.object.metadata().filter(|_| !ends) {
        let detail =
            "metadata.labels has no cleanup.kyverno.io/ttl: the exception stays until somebody remembers it";
        let span = metadata.key().unwrap_or(metadata).own_span();
        faults.push(Fault::new(
            span,
            detail,
            "add the label cleanup.kyverno.io/ttl with a day or a time to live",
        ));
    }
    if let Some(spec) = case.node().get("spec") {
        faults.extend(if cel { everything_in_cel(spec) } else { everything(spec) });
    }
    let named = case.node().at(&["spec", "exceptions"]).into_iter().flat_map(Node::items);
    let rules = named.filter_map(|e| e.get("ruleNames")).flat_map(Node::items);
    for all in rules.filter(|r| value::string(*r) == Some("*")) {
        faults.push(Fault::at(
            all,
            "is \"*\": each rule of the policy is off",
            "name the rule that it needs",
        ));
    }
    for (key, _, value) in case.node().at(&["spec", "match"]).map(all_pairs).unwrap_or_default() {
        if let Some(all) = star(value).filter(|_| matches!(key, "names" | "namespaces")) {
            faults.push(Fault::at(
                all,
                "is \"*\": everything is spared",
                "name the one object that needs it",
            ));
        }
    }
    faults
}

/// A filter of kinds alone spares each object of the kind.
fn everything(spec: Node<'_>) -> Option<Fault> {
    let match_ = spec.get("match").filter(|_| spec.get("conditions").is_none())?;
    let bounds = ["name", "names", "namespaces", "selector", "namespaceSelector", "annotations"];
    let bound = |filter: Node<'_>| {
        let resources = filter.get("resources");
        bounds.iter().any(|k| resources.is_some_and(|r| r.get(k).is_some()))
            || ["subjects", "roles", "clusterRoles"].iter().any(|k| filter.get(k).is_some())
    };
    let open = match_.get("any").into_iter().flat_map(Node::items).find(|f| !bound(*f));
    let all = match_.get("all").filter(|all| !all.items().any(bound));
    let place = open.or(all)?;
    let detail = format!("{} names kinds alone: each object of them is spared", place.path());
    Some(Fault::new(place.own_span(), detail, "add names and namespaces of the one object that needs it"))
}

/// api/policies.kyverno.io: without `matchConditions` an exception holds for all that its policies match.
fn everything_in_cel(spec: Node<'_>) -> Option<Fault> {
    let bounds = ["matchConditions", "images", "allowedValues"];
    if bounds.iter().any(|k| spec.get(k).is_some_and(|n| n.items().len() > 0)) {
        return None;
    }
    let missing = spec.missing("matchConditions");
    let detail = format!("{} is not set: everything that the policies match is spared", missing.path);
    let help = "add matchConditions that name the one object that needs it";
    Some(Fault::new(missing.span, detail, help).label("belongs here"))
}
