//! `context` of a rule: values by name.
//!
//! kyverno `pkg/engine/context/loaders/*.go`, and of the command line `cmd/cli/kubectl-kyverno/utils/store`: what a test gives
//! for a rule (`ruleVariables`) stands in for lookups. A lookup that nothing stands in for is taken from the objects of the
//! cluster where that is possible, and is not modelled otherwise.

use serde_json::Value;

use super::context::{Context, at};
use super::jmespath::{self, Failure};
use super::variables::{Here, substitute, text};

/// Loads entries in their order. One without a value is told when it is asked for.
pub(super) fn load(
    entries: &Value,
    context: &mut Context<'_>,
    cluster: &[Value],
    given: &[&str],
) -> Result<(), Failure> {
    for entry in entries.as_array().map_or(&[][..], Vec::as_slice) {
        let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() {
            return Err(Failure::Unmodelled("context: an entry without a name".to_owned()));
        }
        let own = |key: &str| entry.get(key).filter(|v| !v.is_null());
        context.fuel().burn(1 + cluster.len())?;
        let found = if let Some(variable) = own("variable") {
            variable_of(variable, context)
        } else if given.contains(&name) && context.has(name) {
            continue;
        } else if let Some(map) = own("configMap") {
            config_map(map, context, cluster)
        } else if let Some(call) = own("apiCall") {
            api_call(call, context, cluster)
        } else {
            Err(Failure::Unmodelled("only variable, configMap and apiCall are modelled".to_owned()))
        };
        match found {
            Ok(value) => context.set(name, value),
            Err(Failure::Unmodelled(why)) => {
                context.lack(name, Failure::Unmodelled(format!("context entry {name}: {why}")));
            }
            Err(why) => {
                let why = format!("failed to add context entry for variable {name}: {why}");
                context.lack(name, Failure::Fault(why));
            }
        }
    }
    Ok(())
}

fn variable_of(variable: &Value, context: &Context<'_>) -> Result<Value, Failure> {
    let own = |key: &str| variable.get(key).filter(|v| !v.is_null());
    let path = own("jmesPath").and_then(Value::as_str).map(|path| text(path, context)).transpose()?;
    let default = own("default").map(|value| substitute(value, context, Here::Nothing)).transpose()?;
    let value = own("value").map(|value| substitute(value, context, Here::Nothing)).transpose()?;
    let path = path.filter(|path| !path.is_empty());
    let given = value.is_some();
    let found = match (&path, value) {
        (Some(path), Some(value)) => jmespath::query(path, &value, context.fuel()),
        (None, Some(value)) => Ok(value),
        (Some(path), None) => context.query(path),
        (None, None) => Ok(Value::Null),
    };
    let found = match (found, default) {
        (Err(Failure::Unmodelled(why)), _) => return Err(Failure::Unmodelled(why)),
        (Err(_), Some(default)) => default,
        // The default stands in for a query that finds null, not for a value that comes to it.
        (Ok(Value::Null), Some(default)) if !given => default,
        (found, _) => found?,
    };
    if found.is_null() {
        return Err(Failure::Fault("it evaluated to nil".to_owned()));
    }
    Ok(found)
}

fn config_map(map: &Value, context: &Context<'_>, cluster: &[Value]) -> Result<Value, Failure> {
    let part = |key: &str| text(map.get(key).and_then(Value::as_str).unwrap_or_default(), context);
    let (name, namespace) = (part("name")?, part("namespace")?);
    let namespace = if namespace.is_empty() { "default".to_owned() } else { namespace };
    let is = |object: &&Value| {
        let text = |path: &[&str]| at(object, path).and_then(Value::as_str);
        text(&["kind"]) == Some("ConfigMap")
            && text(&["metadata", "name"]) == Some(&name)
            && text(&["metadata", "namespace"]).unwrap_or("default") == namespace
    };
    let found = cluster.iter().find(is);
    found.cloned().ok_or_else(|| Failure::Unmodelled(format!("ConfigMap {namespace}/{name} is not given")))
}

/// `GET` of one object or of all of a resource, from the objects of the cluster.
fn api_call(call: &Value, context: &Context<'_>, cluster: &[Value]) -> Result<Value, Failure> {
    let own = |key: &str| call.get(key).filter(|v| !v.is_null());
    let unknown = |what: &str| Failure::Unmodelled(format!("apiCall: {what} is not modelled"));
    let url = own("urlPath").and_then(Value::as_str).ok_or_else(|| unknown("a call of a service"))?;
    if own("method").is_some_and(|m| m != "GET") {
        return Err(unknown("a method other than GET"));
    }
    if cluster.is_empty() {
        return Err(Failure::Unmodelled("apiCall: nothing is known of the cluster".to_owned()));
    }
    let url = text(url, context)?;
    if url.contains('?') {
        return Err(unknown("a query in urlPath"));
    }
    let parts: Vec<&str> = url.split('/').filter(|p| !p.is_empty()).collect();
    let (version, rest) = match parts[..] {
        ["api", version, ref rest @ ..] => (version.to_owned(), rest),
        ["apis", group, version, ref rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return Err(unknown(&format!("the path {url}"))),
    };
    let (namespace, resource, name) = match rest {
        ["namespaces", namespace, resource, name] => (Some(*namespace), *resource, Some(*name)),
        ["namespaces", namespace, resource] => (Some(*namespace), *resource, None),
        [resource, name] => (None, *resource, Some(*name)),
        [resource] => (None, *resource, None),
        _ => return Err(unknown(&format!("the path {url}"))),
    };
    let found: Vec<Value> = cluster
        .iter()
        .filter(|object| {
            let text = |path: &[&str]| at(object, path).and_then(Value::as_str);
            text(&["apiVersion"]) == Some(&version)
                && text(&["kind"]).is_some_and(|kind| super::plural(kind) == resource)
                && namespace.is_none_or(|n| text(&["metadata", "namespace"]).unwrap_or("default") == n)
                && name.is_none_or(|n| text(&["metadata", "name"]) == Some(n))
        })
        .cloned()
        .collect();
    let answer = match name {
        None => serde_json::json!({ "items": found }),
        Some(name) => {
            let first = found.into_iter().next();
            first.ok_or_else(|| Failure::Unmodelled(format!("{resource} {name} is not given")))?
        }
    };
    match own("jmesPath").and_then(Value::as_str) {
        None => Ok(answer),
        Some(path) => jmespath::query(&text(path, context)?, &answer, context.fuel()),
    }
}
