//! What patterns and expressions of Kyverno do not look at: conditions with nothing behind them, lists of containers
//! that are left out.

use std::collections::BTreeSet;

use serde_json::json;

use super::kyverno::{all_pairs, is_cel, rules};
use super::lists;
use crate::checks::{DocumentCase, Fault, Faults};
use crate::model::{Object, value};
use crate::parse::{Kind, Node, edit};

/// A key of a pattern without its anchor: `=(a)`, `(a)`, `^(a)`, `X(a)`, `+(a)`, `<(a)`.
fn bare(key: &str) -> &str {
    key.split_once('(').map_or(key, |(_, inner)| inner.trim_end_matches(')'))
}

/// What a pattern demands of a container or a pod, and what makes no sense as a condition alone.
const DEMANDS: [&str; 9] = [
    "privileged",
    "allowPrivilegeEscalation",
    "runAsNonRoot",
    "readOnlyRootFilesystem",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "procMount",
    "automountServiceAccountToken",
];

/// Whether a key only says when the rest is looked at: `(a)`, and `<(a)` for the whole rule.
fn is_condition(key: &str) -> bool {
    let key = key.strip_prefix('<').unwrap_or(key);
    key.starts_with('(') && key.ends_with(')')
}

/// Whether something is demanded beside `map`, in it or further out, up to the list that it is an item of.
fn demands(map: Node<'_>) -> bool {
    let mut within: Option<Node<'_>> = None;
    for level in std::iter::successors(Some(map), |n| n.parent()).take_while(|n| n.kind() == Kind::Map) {
        let other = level
            .entries()
            .into_iter()
            .any(|e| Some(e.value) != within && !is_condition(e.key.scalar().unwrap_or("")));
        if other {
            return true;
        }
        if level.key().and_then(Node::scalar) == Some("pattern") {
            break;
        }
        within = Some(level);
    }
    false
}

/// A mapping that holds conditions and nothing that they are a condition of (kyverno.io, docs "Anchors").
pub(super) fn anchors(case: &DocumentCase<'_>) -> Faults {
    let help = "write =(key): where it is set, it must be so";
    let mut faults = Faults::new();
    for validate in rules(case).into_iter().filter_map(|r| r.get("validate")) {
        let each = validate.get("foreach").into_iter().flat_map(Node::items);
        let holders = std::iter::once(validate).chain(each);
        let patterns =
            holders.flat_map(|h| ["pattern", "anyPattern"].into_iter().filter_map(move |k| h.get(k)));
        for (key, node, value) in patterns.flat_map(all_pairs) {
            let scalar = !matches!(value.kind(), Kind::Map | Kind::Seq);
            if !is_condition(key) || !scalar || !DEMANDS.contains(&bare(key)) {
                continue;
            }
            if value.parent().is_some_and(|map| !demands(map)) {
                let name = bare(key);
                let detail = format!(
                    "({name}) is a condition with nothing behind it: what has another {name} is skipped"
                );
                let mended = edit::replace(node, &json!(format!("=({name})")));
                faults.push(Fault::new(node.own_span(), detail, help).suggest([mended]));
            }
        }
    }
    faults
}

/// The kinds, or the resources, that a policy is asked about.
fn asked(object: Object<'_>) -> Vec<&str> {
    let rules =
        object.node.at(&["spec", "rules"]).into_iter().flat_map(Node::items).filter_map(|r| r.get("match"));
    let cel = object.node.at(&["spec", "matchConstraints", "resourceRules"]);
    let pairs = rules.chain(cel).flat_map(all_pairs);
    let lists = pairs.filter(|(key, ..)| matches!(*key, "kinds" | "resources")).map(|(.., list)| list);
    lists.flat_map(Node::items).filter_map(value::string).collect()
}

/// What is said of `containers`, and not of the other lists of containers.
pub(super) fn containers_only(case: &DocumentCase<'_>) -> Faults {
    let mut parts = Vec::new();
    for rule in rules(case) {
        parts.extend(["validate", "preconditions", "context"].into_iter().filter_map(|k| rule.get(k)));
    }
    let of_images = case.object.kind().is_some_and(|k| k.contains("Image"));
    if is_cel(case) {
        parts.extend(["validations", "variables"].into_iter().filter_map(|k| case.node().at(&["spec", k])));
    }
    let (mut all, mut place) = (BTreeSet::new(), None);
    for (key, node, value) in parts.into_iter().flat_map(all_pairs) {
        let spoken = !matches!(key, "message" | "messageExpression" | "name");
        let code = value::string(value).filter(|_| spoken).unwrap_or("");
        let named: Vec<_> = lists::words(code).chain(std::iter::once(bare(key))).collect();
        if place.is_none() && named.contains(&"containers") {
            place = Some((node.own_span(), value.path()));
        }
        all.extend(named);
    }
    let asked = asked(case.object);
    let is_pod = |kind: &&str| kind.split(['/', '.']).any(|p| matches!(p, "Pod" | "pods" | "*"));
    let of_pods = asked.is_empty() || asked.iter().any(is_pod);
    let missing = if of_images { Vec::new() } else { lists::missing(&all, of_pods) };
    let Some((span, path)) = place.filter(|_| !missing.is_empty()) else {
        return debug_is_not_asked(case, all.contains("ephemeralContainers")).into_iter().collect();
    };
    let detail =
        format!("{path} covers containers and not {}: the same thing passes there", missing.join(" nor "));
    vec![Fault::new(span, detail, format!("add {}, where they are set", missing.join(" and ")))]
}

/// A policy in CEL is sent what its `resources` name, and `pods` is not `pods/ephemeralcontainers`: kyverno#17427.
fn debug_is_not_asked(case: &DocumentCase<'_>, speaks_of_them: bool) -> Option<Fault> {
    let debug =
        |r: &&str| matches!(*r, "pods/ephemeralcontainers" | "pods/*" | "*/*" | "*/ephemeralcontainers");
    let named = |object: &Object<'_>| {
        object.group() == Some("policies.kyverno.io") && asked(*object).iter().any(debug)
    };
    if !is_cel(case) || !speaks_of_them || case.world.objects.iter().any(named) {
        return None;
    }
    let rules = case.node().at(&["spec", "matchConstraints", "resourceRules"])?;
    let lists = rules.items().filter_map(|r| r.get("resources"));
    let pods = lists.flat_map(Node::items).find(|r| matches!(value::string(*r), Some("pods" | "*")))?;
    let says = "does not bring pods/ephemeralcontainers: what kubectl debug adds is not asked about";
    Some(Fault::at(
        pods,
        says,
        "give the same rule a second policy for pods/ephemeralcontainers, with UPDATE",
    ))
}
