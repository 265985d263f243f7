//! `match` and `exclude`: is a rule about this request?
//!
//! kyverno `pkg/engine/utils/match.go`, `pkg/utils/match/*.go`, `pkg/utils/kube/kind.go` and `pkg/engine/wildcards`.

use serde_json::{Map, Value};

use super::context::{at, group_version, word};
use super::jmespath::Failure;
use super::wildcard;
use crate::sim::admission::kyverno::asked::{Asked, User};

/// What is matched.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The object, or what goes.
    pub(super) object: &'a Value,
    /// The request.
    pub(super) asked: &'a Asked<'a>,
    /// The namespace of a namespaced policy.
    pub(super) policy_namespace: Option<&'a str>,
}

/// Why a rule is not about a request; `None` where it is.
pub(super) fn misses(rule: &Value, subject: Subject<'_>) -> Result<Option<String>, Failure> {
    if let Some(namespace) = subject.policy_namespace
        && subject.text(&["metadata", "namespace"]) != Some(namespace)
    {
        return Ok(Some("policy and resource namespaces mismatch".to_owned()));
    }
    let matching = rule.get("match").unwrap_or(&Value::Null);
    if let Some(miss) = missed(matching, subject)? {
        return Ok(Some(miss));
    }
    let exclude = rule.get("exclude").unwrap_or(&Value::Null);
    Ok(excluded(exclude, subject)?.then(|| "the resource is excluded".to_owned()))
}

/// What it may take to see that: each wildcard is held against each text that names the object.
pub(super) fn cost(rule: &Value, subject: Subject<'_>) -> usize {
    let known = ["name", "generateName", "namespace"].map(|key| subject.text(&["metadata", key]));
    let labels = subject.pairs("labels").into_iter().map(|(key, value)| key.len() + value.len());
    let user = &subject.asked.user;
    let groups = user.groups.iter().chain([&user.name]).chain(&user.roles).chain(&user.cluster_roles);
    let mut text = known.into_iter().flatten().map(str::len).chain(labels).sum::<usize>();
    text += groups.map(String::len).sum::<usize>() + subject.kind().len();
    ["match", "exclude"]
        .into_iter()
        .filter_map(|key| rule.get(key))
        .map(|block| block_cost(block, text))
        .sum()
}

fn block_cost(block: &Value, text: usize) -> usize {
    match block {
        Value::String(pattern) if pattern.contains('?') => 1 + pattern.len().saturating_mul(text) / 256,
        Value::String(pattern) if pattern.contains('*') => 1 + (pattern.len() + text) / 64,
        Value::Array(items) => items.iter().map(|item| block_cost(item, text)).sum(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| key.len().saturating_mul(text) / 256 + block_cost(value, text))
            .sum(),
        _ => 0,
    }
}

/// Why `match` does not fit; `None` where it does.
pub(super) fn missed(matching: &Value, subject: Subject<'_>) -> Result<Option<String>, Failure> {
    if let Some(any) = filters(matching, "any")? {
        let mut first = None;
        for filter in any {
            match fits(filter, subject, true)? {
                None => return Ok(None),
                miss => first = first.or(miss),
            }
        }
        return Ok(first);
    }
    if let Some(all) = filters(matching, "all")? {
        for filter in all {
            let miss = fits(filter, subject, true)?;
            if miss.is_some() {
                return Ok(miss);
            }
        }
        return Ok(None);
    }
    fits(matching, subject, true)
}

fn excluded(exclude: &Value, subject: Subject<'_>) -> Result<bool, Failure> {
    let hit = |filter: &Value| Ok::<_, Failure>(!is_empty(filter) && fits(filter, subject, false)?.is_none());
    if let Some(any) = filters(exclude, "any")? {
        for filter in any {
            if hit(filter)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(all) = filters(exclude, "all")? {
        for filter in all {
            if !hit(filter)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    hit(exclude)
}

/// The filters of `any` or `all`, where there are some.
fn filters<'v>(of: &'v Value, key: &str) -> Result<Option<&'v Vec<Value>>, Failure> {
    match of.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list).filter(|l| !l.is_empty())),
        Some(_) => Err(Failure::Unmodelled(format!("{key}: not a list"))),
    }
}

const USERS: [&str; 3] = ["subjects", "roles", "clusterRoles"];

fn is_empty(filter: &Value) -> bool {
    let resources = filter.get("resources").and_then(Value::as_object).is_none_or(Map::is_empty);
    resources && USERS.iter().all(|key| list(filter, key).is_empty())
}

fn list<'v>(of: &'v Value, key: &str) -> &'v [Value] {
    of.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of a list.
pub(super) fn texts(of: &Value, key: &str) -> Vec<String> {
    list(of, key).iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

impl<'a> Subject<'a> {
    fn text(&self, path: &[&str]) -> Option<&'a str> {
        at(self.object, path).and_then(Value::as_str)
    }

    /// Its namespace; empty where it has none.
    pub(super) fn namespace(&self) -> &'a str {
        self.text(&["metadata", "namespace"]).unwrap_or_default()
    }

    fn kind(&self) -> &'a str {
        self.text(&["kind"]).unwrap_or_default()
    }

    /// The labels or annotations of the object.
    fn pairs(&self, key: &str) -> Vec<(&'a str, &'a str)> {
        let map = at(self.object, &["metadata", key]).and_then(Value::as_object);
        map.into_iter().flatten().filter_map(|(k, v)| Some((k.as_str(), v.as_str()?))).collect()
    }
}

/// Why a filter does not fit; `None` where it does.
fn fits(filter: &Value, subject: Subject<'_>, matching: bool) -> Result<Option<String>, Failure> {
    let told = !subject.asked.user.is_nobody();
    // A request without a requester, as in a scan of the background, is matched by its resource alone.
    let users = told || !matching;
    let none = filter.get("resources").and_then(Value::as_object).is_none_or(Map::is_empty);
    if none && (!users || USERS.iter().all(|key| list(filter, key).is_empty())) {
        return Ok(Some("match cannot be empty".to_owned()));
    }
    let resources = filter.get("resources").unwrap_or(&Value::Null);
    if let Some(miss) = misfit(resources, subject)? {
        return Ok(Some(miss));
    }
    if !users {
        return Ok(None);
    }
    let user = &subject.asked.user;
    for (key, has) in [("roles", &user.roles), ("clusterRoles", &user.cluster_roles)] {
        let wanted = texts(filter, key);
        if !wanted.is_empty() && !has.iter().any(|role| wildcard::any(&wanted, role)) {
            return Ok(Some(format!("the requester has none of the {key}")));
        }
    }
    let subjects = list(filter, "subjects");
    if !subjects.is_empty() && !subjects.iter().any(|s| is_subject(s, user)) {
        return Ok(Some("the requester is none of the subjects".to_owned()));
    }
    Ok(None)
}

fn is_subject(subject: &Value, user: &User) -> bool {
    let text = |key: &str| subject.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = text("name");
    match text("kind") {
        "ServiceAccount" => user
            .name
            .strip_prefix("system:serviceaccount:")
            .is_some_and(|rest| wildcard::fits(&format!("{}:{name}", text("namespace")), rest)),
        "User" | "Group" => {
            wildcard::fits(name, &user.name) || user.groups.iter().any(|group| wildcard::fits(name, group))
        }
        _ => false,
    }
}

fn misfit(resources: &Value, subject: Subject<'_>) -> Result<Option<String>, Failure> {
    let miss = |text: &str| Ok(Some(text.to_owned()));
    let kinds = texts(resources, "kinds");
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_kind(kind, subject.object)) {
        return Ok(Some(format!("kind {} is none of {}", subject.kind(), kinds.join(", "))));
    }
    let operations = texts(resources, "operations");
    if !operations.is_empty() && !operations.iter().any(|o| o == word(subject.asked.operation)) {
        return miss("operation does not match");
    }
    let name = subject.text(&["metadata", "name"]).filter(|name| !name.is_empty());
    let name = name.or_else(|| subject.text(&["metadata", "generateName"])).unwrap_or_default();
    let one = resources.get("name").and_then(Value::as_str).unwrap_or_default();
    if !one.is_empty() && !wildcard::fits(one, name) {
        return miss("name does not match");
    }
    let names = texts(resources, "names");
    if !names.is_empty() && !wildcard::any(&names, name) {
        return miss("none of the names match");
    }
    let namespaces = texts(resources, "namespaces");
    let space = subject.kind() == "Namespace";
    let namespace = if space { Some(name) } else { subject.text(&["metadata", "namespace"]) };
    if !namespaces.is_empty() && !wildcard::any(&namespaces, namespace.unwrap_or_default()) {
        return miss("namespace does not match");
    }
    if let Some(wanted) = resources.get("annotations").and_then(Value::as_object) {
        let has = subject.pairs("annotations");
        let met = |(key, value): (&String, &Value)| {
            let value = value.as_str().unwrap_or_default();
            has.iter().any(|(k, v)| wildcard::fits(key, k) && wildcard::fits(value, v))
        };
        if !wanted.iter().all(met) {
            return miss("annotations do not match");
        }
    }
    if let Some(selector) = resources.get("selector").filter(|s| !s.is_null())
        && !selects(selector, &subject.pairs("labels"))?
    {
        return miss("selector does not match");
    }
    if let Some(selector) = resources.get("namespaceSelector").filter(|s| !s.is_null())
        && !space
        && !subject.kind().is_empty()
    {
        let labels = &subject.asked.namespace_labels;
        let labels: Vec<_> = labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        if !selects(selector, &labels)? {
            return miss("namespace selector does not match");
        }
    }
    Ok(None)
}

/// Whether a selector, which may hold wildcards, selects these labels.
pub(super) fn selects(selector: &Value, labels: &[(&str, &str)]) -> Result<bool, Failure> {
    for (key, value) in selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if !labels.iter().any(|(k, v)| wildcard::fits(key, k) && wildcard::fits(value, v)) {
            return Ok(false);
        }
    }
    for expression in list(selector, "matchExpressions") {
        let key = expression.get("key").and_then(Value::as_str).unwrap_or_default();
        let values = texts(expression, "values");
        let has = labels.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).to_owned());
        let holds = match expression.get("operator").and_then(Value::as_str).unwrap_or_default() {
            "In" => has.is_some_and(|v| values.contains(&v)),
            "NotIn" => !has.is_some_and(|v| values.contains(&v)),
            "Exists" => has.is_some(),
            "DoesNotExist" => has.is_none(),
            other => return Err(Failure::Unmodelled(format!("{other:?} is no operator of a selector"))),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A kind as a policy names it: `Pod`, `apps/v1/Deployment`, `*/*`, `Pod/exec`, `v1/Pod.exec`.
struct Selector<'k> {
    group: &'k str,
    version: &'k str,
    kind: &'k str,
    subresource: &'k str,
}

fn is_version(text: &str) -> bool {
    let digits = |t: &str| t.len() - t.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let Some(rest) = text.strip_prefix('v') else { return text == "*" };
    let major = digits(rest);
    let rest = &rest[major..];
    let minor = ["alpha", "beta"].iter().find_map(|stage| rest.strip_prefix(stage));
    major > 0 && (rest.is_empty() || minor.is_some_and(|m| !m.is_empty() && digits(m) == m.len()))
}

fn read(text: &str) -> Selector<'_> {
    let mut parts: Vec<&str> = text.split('/').collect();
    let last = parts.pop().unwrap_or_default();
    parts.extend(last.split('.'));
    let (group, version, kind, subresource) = match parts[..] {
        [kind] => ("*", "*", kind, ""),
        ["*", "*"] => ("*", "*", "*", "*"),
        ["*", sub] if sub.to_lowercase() == sub => ("*", "*", "*", sub),
        [version, kind] if is_version(version) => ("*", version, kind, ""),
        [kind, sub] => ("*", "*", kind, sub),
        [version, kind, sub] if is_version(version) => ("*", version, kind, sub),
        [group, version, kind] => (group, version, kind, ""),
        [group, version, kind, sub] => (group, version, kind, sub),
        _ => ("", "", "", ""),
    };
    Selector { group, version, kind, subresource }
}

/// The bare kind that a policy names.
pub(super) fn bare_kind(text: &str) -> &str {
    read(text).kind
}

/// What is sent to a subresource: kind, then what it is a subresource of. `Scale` is that of many kinds.
const SUBRESOURCES: &[(&str, &str, &str, &str, &str)] = &[
    ("Binding", "", "v1", "Pod", "binding"),
    ("Eviction", "", "v1", "Pod", "eviction"),
    ("NodeProxyOptions", "", "v1", "Node", "proxy"),
    ("PodAttachOptions", "", "v1", "Pod", "attach"),
    ("PodExecOptions", "", "v1", "Pod", "exec"),
    ("PodPortForwardOptions", "", "v1", "Pod", "portforward"),
    ("PodProxyOptions", "", "v1", "Pod", "proxy"),
    ("Scale", "*", "*", "*", "scale"),
    ("ServiceProxyOptions", "", "v1", "Service", "proxy"),
    ("TokenRequest", "", "v1", "ServiceAccount", "token"),
];

/// Whether an object is of a kind that a policy names, or is what is sent to a subresource that it names.
pub(super) fn is_kind(text: &str, object: &Value) -> bool {
    let own = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (group, version) = group_version(own("apiVersion"));
    let wanted = read(text);
    let fits = |group: &str, version: &str, kind: &str, sub: &str| {
        let part = |pattern: &str, own: &str| own == "*" || wildcard::fits(pattern, own);
        part(wanted.group, group)
            && part(wanted.version, version)
            && part(wanted.kind, kind)
            && wildcard::fits(wanted.subresource, sub)
    };
    let sent = SUBRESOURCES.iter().filter(|(kind, ..)| *kind == own("kind"));
    fits(group, version, own("kind"), "")
        || sent.into_iter().any(|(_, group, version, kind, sub)| fits(group, version, kind, sub))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_kind;

    #[test]
    fn kinds_as_policies_name_them() {
        let deployment = json!({ "apiVersion": "apps/v1", "kind": "Deployment" });
        for kind in [
            "Deployment",
            "apps/v1/Deployment",
            "apps/*/Deployment",
            "*/Deployment",
            "v1/Deployment",
            "*",
            "*/*",
            "Deploy*",
        ] {
            assert!(is_kind(kind, &deployment), "{kind}");
        }
        for kind in [
            "Pod",
            "batch/v1/Deployment",
            "v1beta1/Deployment",
            "Deployment/scale",
            "apps/v1/Deployment/scale",
            "Deployment.scale",
        ] {
            assert!(!is_kind(kind, &deployment), "{kind}");
        }
    }

    #[test]
    fn what_is_sent_to_a_subresource() {
        let exec = json!({ "apiVersion": "v1", "kind": "PodExecOptions", "container": "c" });
        assert!(is_kind("Pod/exec", &exec) && is_kind("*/exec", &exec) && is_kind("v1/Pod.exec", &exec));
        assert!(!is_kind("Pod", &exec) && !is_kind("Pod/attach", &exec));
        let scale = json!({ "apiVersion": "autoscaling/v1", "kind": "Scale" });
        assert!(is_kind("Deployment/scale", &scale) && is_kind("apps/v1/Deployment/scale", &scale));
    }
}
