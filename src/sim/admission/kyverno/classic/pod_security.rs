//! `validate.podSecurity`: a level of the Pod Security Standards, with exclusions.
//!
//! kyverno `pkg/pss/evaluate.go`, `pkg/pss/utils/mapping.go`, `pkg/engine/handlers/validation/validate_pss.go`. The checks
//! themselves are those of [`pod_security`](crate::sim::admission::pod_security). An exclusion without images is about
//! fields of the pod, one with images about fields of the containers that have them; a violation goes where all its fields
//! are excluded.

use serde_json::Value;

use super::images::pod_path;
use super::jmespath::Failure;
use super::matching::texts;
use super::validate::Found;
use super::wildcard;
use crate::model::{Object, fields, template_of};
use crate::parse::json;
use crate::sim::admission::kyverno::asked::Outcome;
use crate::sim::admission::pod_security::{CHECKS, Level, Pod, Version, Violation, violation};

/// The checks of a control, by the names that exclusions use.
fn checks(control: &str) -> &'static [&'static str] {
    match control {
        "Capabilities" => &["capabilities_baseline", "capabilities_restricted"],
        "Seccomp" => &["seccompProfile_baseline", "seccompProfile_restricted"],
        "Privileged Containers" => &["privileged"],
        "Host Ports" => &["hostPorts"],
        "/proc Mount Type" => &["procMount"],
        "HostProcess" => &["windowsHostProcess"],
        "SELinux" => &["seLinuxOptions"],
        "Host Namespaces" => &["hostNamespaces"],
        "HostPath Volumes" => &["hostPathVolumes"],
        "Sysctls" => &["sysctls"],
        "AppArmor" => &["appArmorProfile"],
        "Privilege Escalation" => &["allowPrivilegeEscalation"],
        "Running as Non-root" => &["runAsNonRoot"],
        "Running as Non-root user" => &["runAsUser"],
        "Volume Types" => &["restrictedVolumes"],
        _ => &[],
    }
}

/// Judges an object's pod.
pub(super) fn judge(name: &str, body: &Value, object: &Value) -> Result<Found, Failure> {
    let unmodelled = |text: String| Failure::Unmodelled(format!("podSecurity: {text}"));
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let level = Level::from_word(text("level")).filter(|level| *level != Level::Privileged);
    let level = level.ok_or_else(|| unmodelled(format!("the level {:?}", text("level"))))?;
    let version = if text("version").is_empty() { "latest" } else { text("version") };
    let at = Version::parse(version).ok_or_else(|| unmodelled(format!("the version {version:?}")))?;
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    let Some(path) = pod_path(kind) else {
        return Ok(Found::new(Outcome::Error, "could not find correct resource type"));
    };
    let tree = json::from_value(object);
    let pod = tree.root().and_then(|root| template_of(Object::new(root)));
    let pod = pod.ok_or_else(|| unmodelled(format!("a {kind} without a pod that can be read")))?;
    if let Some(fault) = fields::mistyped(pod).first() {
        return Err(unmodelled(fault.sentence()));
    }
    let prefix = path.iter().fold(String::new(), |prefix, key| prefix + key + ".");
    let exclusions = body.get("exclude").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for exclusion in exclusions {
        let control = exclusion.get("controlName").and_then(Value::as_str).unwrap_or_default();
        if checks(control).is_empty() {
            return Err(unmodelled(format!("the control {control:?}")));
        }
    }
    let members = Pod::members_of(pod);
    let pod = Pod::new(pod, &members);
    let mut left: Vec<Violation> = Vec::new();
    for check in CHECKS.iter().filter(|check| check.level <= level) {
        let Some(mut found) = violation(check.id, at, pod) else { continue };
        found.places.retain(|place| {
            let field = place.path.strip_prefix(&prefix).unwrap_or(&place.path);
            !exclusions.iter().any(|exclusion| excludes(exclusion, check.id, field, &place.path, object))
        });
        if !found.places.is_empty() {
            left.push(found);
        }
    }
    if left.is_empty() {
        return Ok(Found::new(Outcome::Pass, format!("Validation rule '{name}' passed.")));
    }
    let told: Vec<String> = left.iter().map(Violation::message).collect();
    let message = format!(
        "Validation rule '{name}' failed. It violates PodSecurity \"{}:{version}\": {}",
        level.word(),
        told.join(", ")
    );
    let mut found = Found::new(Outcome::Fail, message);
    found.place = vec!["podSecurity".to_owned()];
    Ok(found)
}

fn excludes(exclusion: &Value, check: &str, field: &str, path: &str, object: &Value) -> bool {
    let text = |key: &str| exclusion.get(key).and_then(Value::as_str).unwrap_or_default();
    if !checks(text("controlName")).contains(&check) {
        return false;
    }
    let steps = steps(path);
    // `containers`, and the index behind it.
    let group = steps.iter().position(|step| step.ends_with("ontainers"));
    let images = texts(exclusion, "images");
    let of_container = match group.filter(|at| steps.get(at + 1).is_some()) {
        None => !images.is_empty(),
        Some(group) => {
            let container = value_at(object, &steps[..=group + 1]);
            let image = container.and_then(|c| c.get("image")).and_then(Value::as_str).unwrap_or_default();
            images.is_empty() || !wildcard::any(&images, image)
        }
    };
    if of_container {
        return false;
    }
    let restricted = text("restrictedField");
    if restricted.is_empty() {
        return true;
    }
    if general(field) != restricted && general(field).trim_end_matches("[*]") != restricted {
        return false;
    }
    let values = texts(exclusion, "values");
    let fits = |value: &Value| match value {
        Value::String(text) => wildcard::any(&values, text),
        Value::Bool(_) | Value::Number(_) => wildcard::any(&values, &value.to_string()),
        Value::Object(map) => {
            let path = map.get("path").and_then(Value::as_str);
            path.is_some_and(|path| wildcard::any(&values, path))
                || map
                    .keys()
                    .filter(|key| *key != "name")
                    .all(|key| values.iter().any(|v| v.trim_start_matches("spec.volumes[*].") == key))
        }
        _ => false,
    };
    match value_at(object, &steps) {
        _ if values.is_empty() => true,
        Some(Value::Array(items)) => items.iter().all(fits),
        Some(value) => fits(value),
        None => false,
    }
}

/// The keys and indices of a path.
pub(super) fn steps(path: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (step, after) = match inner.strip_prefix('"') {
                Some(quoted) => quoted.split_once("\"]").unwrap_or((quoted, "")),
                None => inner.split_once(']').unwrap_or((inner, "")),
            };
            out.push(step.to_owned());
            rest = after;
            continue;
        }
        let plain = rest.strip_prefix('.').unwrap_or(rest);
        let end = plain.find(['.', '[']).unwrap_or(plain.len());
        if end > 0 {
            out.push(plain[..end].to_owned());
        }
        rest = &plain[end..];
    }
    out
}

fn value_at<'v>(object: &'v Value, steps: &[String]) -> Option<&'v Value> {
    steps.iter().try_fold(object, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// A field with `[*]` for every index.
fn general(field: &str) -> String {
    let mut out = String::new();
    let mut rest = field;
    while let Some((head, tail)) = rest.split_once('[') {
        let (_, after) = tail.split_once(']').unwrap_or((tail, ""));
        out = out + head + "[*]";
        rest = after;
    }
    out + rest
}
