//! `PolicyException`: requests that a rule is not asked about. kyverno `pkg/engine/utils/exceptions.go`, `api/kyverno/v2`.

use serde_json::Value;

use super::conditions;
use super::context::{Context, at};
use super::jmespath::Failure;
use super::matching::{self, Subject, texts};
use super::sender;
use super::wildcard;

/// The name of the exception that lets a request pass by a rule. One for parts of `podSecurity` is none for the rule.
pub(super) fn excepts(
    exceptions: &[Value],
    policy: &Value,
    rule: &str,
    subject: Subject<'_>,
    context: &Context<'_>,
) -> Result<Option<String>, Failure> {
    let text =
        |of: &Value, path: &[&str]| at(of, path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text(policy, &["metadata", "name"]);
    let namespace = text(policy, &["metadata", "namespace"]);
    let policy = if namespace.is_empty() { name } else { format!("{namespace}/{name}") };
    for exception in exceptions {
        let spec = exception.get("spec").unwrap_or(&Value::Null);
        let named = spec.get("exceptions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let rules = |entry: &Value| {
            // An exception that names a rule is about what autogen makes of it, too.
            let plain =
                ["autogen-cronjob-", "autogen-"].iter().find_map(|p| rule.strip_prefix(p)).unwrap_or(rule);
            let about = texts(entry, "ruleNames");
            wildcard::any(&about, rule) || wildcard::any(&about, plain)
        };
        let count = |entry: &Value| 8 + entry.get("ruleNames").and_then(Value::as_array).map_or(0, Vec::len);
        context.fuel().burn(8 + named.iter().map(count).sum::<usize>())?;
        if !named.iter().any(|entry| text(entry, &["policyName"]) == policy && rules(entry)) {
            continue;
        }
        if let Some(reads) = sender::read_by(spec).filter(|_| subject.asked.unnamed) {
            return Err(sender::unnamed(rule, reads));
        }
        if matching::missed(spec.get("match").unwrap_or(&Value::Null), subject)?.is_some() {
            continue;
        }
        if !conditions::judge(spec.get("conditions").unwrap_or(&Value::Null), context)?.holds {
            continue;
        }
        if spec.get("podSecurity").is_some_and(|p| !p.is_null()) {
            return Err(Failure::Unmodelled("a PolicyException for parts of podSecurity".to_owned()));
        }
        let key = [text(exception, &["metadata", "namespace"]), text(exception, &["metadata", "name"])];
        return Ok(Some(key.into_iter().filter(|k| !k.is_empty()).collect::<Vec<_>>().join("/")));
    }
    Ok(None)
}
