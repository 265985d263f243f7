//! Rules for pods, written anew for what makes pods.
//!
//! kyverno `pkg/autogen/v1/*.go`. Rules are made for the kind of the request alone, as the engine makes them.

use serde_json::{Map, Value, json};

use super::matching::{bare_kind, texts};

/// Which controllers are asked for: `metadata.annotations` of the policy.
const ANNOTATION: &str = "pod-policies.kyverno.io/autogen-controllers";

const CONTROLLERS: [&str; 7] =
    ["DaemonSet", "Deployment", "Job", "StatefulSet", "ReplicaSet", "ReplicationController", "CronJob"];

/// A rule to be run, and the one in the policy that it is or came from.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Its text, as JSON.
    pub(super) json: Value,
    /// The index of its origin in `spec.rules`.
    pub(super) origin: usize,
    /// What was put before its patterns: `/spec/template`.
    pub(super) shift: &'static str,
}

/// The rules of a policy for objects of a kind: its own, and those made for it.
pub(super) fn rules(policy: &Value, kind: &str) -> Vec<Rule> {
    let own = policy.pointer("/spec/rules").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut out: Vec<Rule> =
        own.iter().enumerate().map(|(origin, json)| Rule { json: json.clone(), origin, shift: "" }).collect();
    let asked =
        policy.pointer("/metadata/annotations").and_then(|a| a.get(ANNOTATION)).and_then(Value::as_str);
    let wanted = CONTROLLERS.contains(&kind)
        && is_possible(own)
        && asked.is_none_or(|list| list.split(',').any(|controller| controller == kind));
    if !wanted {
        return out;
    }
    let made: Vec<Rule> =
        own.iter().enumerate().filter_map(|(origin, rule)| made(rule, origin, kind)).collect();
    if !made.is_empty() {
        out.retain(|rule| !name(&rule.json).starts_with("autogen-"));
        out.extend(made);
    }
    out
}

/// A rule's name.
pub(super) fn name(rule: &Value) -> &str {
    rule.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(of: &'v Value, key: &str) -> &'v [Value] {
    of.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The resource descriptions of a `match` or `exclude`.
fn descriptions(block: &Value) -> Vec<&Value> {
    let nested = ["any", "all"].into_iter().flat_map(|key| list(block, key));
    std::iter::once(block).chain(nested).filter_map(|filter| filter.get("resources")).collect()
}

fn is_set(value: Option<&Value>) -> bool {
    value.is_some_and(|v| match v {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    })
}

fn kinds(block: &Value) -> Vec<String> {
    descriptions(block).into_iter().flat_map(|d| texts(d, "kinds")).collect()
}

fn has_pod(kinds: &[String]) -> bool {
    kinds.iter().any(|kind| bare_kind(kind) == "Pod")
}

/// Whether the policy's rules can be written anew at all: one that cannot be stops all of them.
fn is_possible(rules: &[Value]) -> bool {
    let mut needed = false;
    for rule in rules {
        let json_patch = |of: &Value| is_set(of.get("patchesJson6902"));
        let mutate = rule.get("mutate").unwrap_or(&Value::Null);
        if is_set(rule.get("generate"))
            || json_patch(mutate)
            || list(mutate, "foreach").iter().any(json_patch)
        {
            return false;
        }
        for key in ["match", "exclude"] {
            for description in rule.get(key).map(descriptions).unwrap_or_default() {
                let kinds = texts(description, "kinds");
                let named = ["name", "names", "selector", "annotations"];
                if named.iter().any(|key| is_set(description.get(*key))) || kinds.len() > 1 && has_pod(&kinds)
                {
                    return false;
                }
                needed |= kinds.iter().any(|kind| kind == "Pod" || CONTROLLERS.contains(&kind.as_str()));
            }
        }
    }
    needed
}

fn made(rule: &Value, origin: usize, kind: &str) -> Option<Rule> {
    let exclude = rule.get("exclude").map(kinds).unwrap_or_default();
    let pods = has_pod(&rule.get("match").map(kinds).unwrap_or_default());
    if name(rule).starts_with("autogen-") || !pods || (!exclude.is_empty() && !has_pod(&exclude)) {
        return None;
    }
    let cron = kind == "CronJob";
    let mut json = rule.as_object()?.clone();
    let prefix = if cron { "autogen-cronjob" } else { "autogen" };
    json.insert("name".to_owned(), json!(shortened(&format!("{prefix}-{}", name(rule)))));
    for key in ["match", "exclude"] {
        if let Some(block) = json.get_mut(key) {
            rename(block, kind, key == "match");
        }
    }
    let wrap = |pattern: Value| {
        let pattern = json!({ "spec": { "template": pattern } });
        if cron { json!({ "spec": { "jobTemplate": pattern } }) } else { pattern }
    };
    let kept = rewritten(&mut json, &wrap);
    if !kept {
        return None;
    }
    let cel = rule.pointer("/validate/cel").is_some();
    let text = moved(&Value::Object(json).to_string(), cron, cel);
    let shift = if cron { "/spec/jobTemplate/spec/template" } else { "/spec/template" };
    Some(Rule { json: serde_json::from_str(&text).ok()?, origin, shift })
}

/// Names are cut at 63 bytes.
fn shortened(name: &str) -> String {
    let mut end = name.len().min(63);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].to_owned()
}

/// Puts the controller's kind where Pod stands.
fn rename(block: &mut Value, kind: &str, matching: bool) {
    let mut nested = false;
    for key in ["any", "all"] {
        let Some(Value::Array(filters)) = block.get_mut(key) else { continue };
        if filters.is_empty() {
            continue;
        }
        for filter in filters.iter_mut() {
            let Some(resources) = filter.get_mut("resources") else { continue };
            if has_pod(&texts(resources, "kinds")) {
                resources["kinds"] = json!([kind]);
            }
        }
        nested = true;
        break;
    }
    if nested {
        return;
    }
    if let Some(resources) = block.get_mut("resources").filter(|r| r.is_object())
        && (matching || !texts(resources, "kinds").is_empty())
    {
        resources["kinds"] = json!([kind]);
    }
}

/// Wraps patterns and patches; `false` where the rule is of a kind that is not written anew.
fn rewritten(rule: &mut Map<String, Value>, wrap: &impl Fn(Value) -> Value) -> bool {
    if let Some(mutate) = rule.get_mut("mutate").and_then(Value::as_object_mut) {
        if let Some(patch) = mutate.get_mut("patchStrategicMerge") {
            *patch = wrap(patch.take());
            return true;
        }
        if let Some(Value::Array(foreach)) = mutate.get_mut("foreach") {
            for each in foreach {
                if let Some(patch) = each.get_mut("patchStrategicMerge") {
                    *patch = wrap(patch.take());
                }
            }
            return true;
        }
    }
    if let Some(validate) = rule.get_mut("validate").and_then(Value::as_object_mut) {
        if let Some(pattern) = validate.get_mut("pattern") {
            *pattern = wrap(pattern.take());
            return true;
        }
        if let Some(Value::Array(patterns)) = validate.get_mut("anyPattern") {
            for pattern in patterns {
                *pattern = wrap(pattern.take());
            }
            return true;
        }
        return ["deny", "podSecurity", "foreach", "cel", "assert"]
            .iter()
            .any(|key| validate.contains_key(*key));
    }
    rule.contains_key("verifyImages")
}

/// Moves the paths of variables to where the pod stands.
fn moved(text: &str, cron: bool, cel: bool) -> String {
    let to = if cron { "spec.jobTemplate.spec.template" } else { "spec.template" };
    let mut out = text.to_owned();
    let objects: &[&str] =
        if cel { &["object", "oldObject"] } else { &["request.object", "request.oldObject"] };
    for object in objects {
        for field in ["spec", "metadata"] {
            out = out.replace(&format!("{object}.{field}"), &format!("{object}.{to}.{field}"));
        }
    }
    out
}
