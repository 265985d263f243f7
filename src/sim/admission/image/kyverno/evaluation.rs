//! One `ImageValidatingPolicy` evaluated about one request: its conditions, the images that it is about, its validations.
//!
//! kyverno `pkg/image/verification/evaluator/policy.go` (`Evaluate`, `checkDigests`, `match`), `pkg/cel/compiler/images.go`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use super::super::registry::Registry;
use super::super::said::{Asked, Operation, Said};
use super::super::used::{Used, list_of};
use super::attestor::{Answers, Keys, Ledger};
use super::definition::Definition;
use super::exception::{Exception, Spared, spared};
use super::{title, to_request};
use crate::model::Object;
use crate::parse::{Node, json};
use crate::sim::Reason;
use crate::sim::admission::policy::definition::Named;
use crate::sim::cel::{Budget, ImageName, Key, Machine, Program, Trouble, Value};

/// How a policy ends.
pub enum End {
    /// With the images that it is about.
    Pass(Vec<String>),
    /// With its message, and why.
    Fail(String, Reason),
    /// It came to no answer.
    Error(String),
    /// It is not about the object, or a condition leaves it out.
    Skip,
}

/// The variables that every expression may name, the object with the digests that were set.
fn names(request: &Asked<'_>, images: &[Used<'_>]) -> Result<Vec<(String, Value)>, String> {
    let about = to_request(request)?;
    let patched = patched(request.object, images);
    let object = json::from_value(&patched).root().map_or(Value::Null, Value::of);
    let (object, old) = match request.operation {
        Operation::Delete => (Value::Null, object),
        Operation::Update => (object, Value::of(request.old.node)),
        Operation::Create | Operation::Pull => (object, Value::Null),
    };
    let mut full = about.value();
    if let Value::Map(map) = &mut full {
        let map = Arc::make_mut(map);
        map.insert(Key::Text(Arc::from("object")), object.clone());
        map.insert(Key::Text(Arc::from("oldObject")), old.clone());
    }
    Ok(vec![
        ("object".to_owned(), object),
        ("oldObject".to_owned(), old),
        ("request".to_owned(), full),
        ("namespaceObject".to_owned(), about.namespace_value()),
    ])
}

/// The object with what its containers name by now.
pub fn patched(object: Object<'_>, images: &[Used<'_>]) -> Json {
    let mut out = json::to_value(object.node);
    let path: &[&str] = match object.kind() {
        Some("Pod") => &["spec"],
        Some("CronJob") => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &["spec", "template", "spec"],
    };
    let spec = path.iter().try_fold(&mut out, |at, key| at.get_mut(*key));
    let Some(spec) = spec else { return out };
    for image in images {
        let list = spec.get_mut(list_of(image.container.class)).and_then(Json::as_array_mut);
        let same = |c: &&mut Json| c.get("name").and_then(Json::as_str) == Some(image.container.name);
        if let Some(container) = list.into_iter().flatten().find(same) {
            container["image"] = Json::String(image.now.clone());
        }
    }
    out
}

/// `matchConditions`: the one that leaves the request out; an error is one that none makes up for.
pub fn met(
    conditions: &[Named],
    request: &Asked<'_>,
    images: &[Used<'_>],
) -> Result<Option<String>, Trouble> {
    let mut fails = None;
    let names = names(request, images).map_err(Trouble::Unmodelled)?;
    let mut machine = Machine::new(names, Vec::new());
    for condition in conditions {
        match machine.run(&condition.program) {
            Ok(Value::Bool(false)) => return Ok(Some(condition.name.clone())),
            Ok(Value::Bool(true)) => {}
            Ok(_) => fails = fails.or(Some(Trouble::overload())),
            Err(trouble) => fails = fails.or(Some(trouble)),
        }
    }
    fails.map_or(Ok(None), Err)
}

/// Evaluates a policy. An error is what is not modelled.
pub fn evaluate(
    definition: &Definition<'_>,
    (exceptions, shelves): (&[Exception<'_>], Vec<(String, Value)>),
    request: &Asked<'_>,
    registry: Registry<'_>,
    images: &[Used<'_>],
    ledger: &Arc<Mutex<Ledger>>,
    said: &mut Said,
) -> Result<End, Reason> {
    let policy = definition.policy;
    let title = title(policy);
    let unknown = |text: String| Reason::at(format!("{title}: {text}"), policy.object.kind_span());
    match met(&definition.conditions, request, images) {
        Ok(None) => {}
        Ok(Some(name)) => {
            said.notes.push(unknown(format!("the condition `{name}` leaves it out")));
            return Ok(End::Skip);
        }
        Err(Trouble::Error(_)) if policy.ignores() => return Ok(End::Skip),
        Err(Trouble::Error(text)) => return Ok(End::Error(text)),
        Err(other) => return Err(unknown(other.to_string())),
    }
    match spared(exceptions, definition, request, images)? {
        Spared::No => {}
        Spared::Yes(reason) => {
            said.notes.push(reason);
            return Ok(End::Skip);
        }
        Spared::Error(text) => return Ok(End::Error(text)),
    }
    let mut names = names(request, images).map_err(unknown)?;
    let lists = match extract(definition, &[&names[..], &shelves[..]].concat(), images) {
        Ok(lists) => lists,
        Err(Trouble::Error(text)) => return Ok(End::Error(text)),
        Err(other) => return Err(unknown(other.to_string())),
    };
    let (mut all, budget): (BTreeMap<String, bool>, _) = (BTreeMap::new(), Budget::default());
    for image in lists.values().flatten() {
        match definition.is_about(image, &budget) {
            Ok(about) => all.insert(image.clone(), about),
            Err(Trouble::Error(text)) => return Ok(End::Error(text)),
            Err(other) => return Err(unknown(other.to_string())),
        };
    }
    let matched: Vec<String> =
        all.iter().filter(|(_, about)| **about).map(|(image, _)| image.clone()).collect();
    for image in images.iter().filter(|i| matched.contains(&i.now)) {
        said.named(image, policy.name());
    }
    if policy.configured("verifyDigest") {
        for image in &matched {
            match ImageName::parse(image) {
                Ok(name) if name.digest().is_some() => {}
                // It has none because nobody knows which.
                Ok(_) if policy.configured("mutateDigest") => {
                    return Err(unknown(format!("the world does not say what {image} is")));
                }
                Ok(_) => {
                    let text = format!("image {image} does not have a digest");
                    return Ok(End::Fail(text.clone(), Reason::at(text, policy.object.kind_span())));
                }
                Err(error) => return Ok(End::Error(error)),
            }
        }
    }
    let known = |image: &str| ImageName::parse(image).ok().and_then(|name| registry.find(&name));
    if let Some(image) = matched.iter().find(|i| known(i).is_none()) {
        return Err(unknown(format!("the world does not say what {image} is")));
    }
    let shown = lists.iter().map(|(key, list)| {
        let list = list.iter().filter(|i| all.get(*i) == Some(&true)).map(Value::text).collect();
        (key.as_str(), Value::list(list))
    });
    names.push(("images".to_owned(), Value::map(shown)));
    let keys = |list: &str| -> Vec<&str> {
        policy.list(list).iter().filter_map(|n| n.get("name")).filter_map(Node::as_str).collect()
    };
    let attestors = keys("attestors").into_iter().map(|n| (n, Value::map([("name", Value::text(n))])));
    names.push(("attestors".to_owned(), Value::map(attestors)));
    let attestations = keys("attestations").into_iter().map(|n| (n, Value::text(n)));
    names.push(("attestations".to_owned(), Value::map(attestations)));
    names.extend(shelves);
    let lazy: Vec<_> = definition.variables.iter().map(|v| (v.name.clone(), v.program.clone())).collect();
    let keys = keys_of(definition, &names, &lazy).map_err(unknown)?;
    let seen = all.iter().map(|(image, about)| (image.clone(), *about, known(image)));
    let answers = Arc::new(Answers::of(policy, &keys, seen, ledger.clone()));
    let mut machine = Machine::new(names, lazy).asking(answers);
    for (index, validation) in definition.validations.iter().enumerate() {
        match machine.run(&validation.program) {
            Ok(Value::Bool(true)) => {}
            Ok(Value::Bool(false)) => {
                let spoken = validation.speaks.as_ref().map(|program| machine.run(program));
                let text = match spoken {
                    Some(Ok(Value::Text(text))) => text.to_string(),
                    Some(Err(Trouble::Unmodelled(text))) => return Err(unknown(text)),
                    Some(Err(error)) => format!("failed to evaluate message expression: {error}"),
                    _ => validation.message.clone().unwrap_or_default(),
                };
                let text = if text.is_empty() {
                    format!("CEL expression validation failed at index {index}")
                } else {
                    text
                };
                return Ok(End::Fail(text.clone(), Reason::at(text, validation.span)));
            }
            Ok(_) => return Ok(End::Error(format!("`{}` gives no truth value", validation.text))),
            Err(Trouble::Error(text)) => return Ok(End::Error(text)),
            Err(other) => return Err(unknown(other.to_string())),
        }
    }
    Ok(End::Pass(matched))
}

/// The keys that expressions give, by the names of their attestors, or the error that whoever uses one gets.
fn keys_of(
    definition: &Definition<'_>,
    names: &[(String, Value)],
    lazy: &[(String, Arc<Program>)],
) -> Result<Keys, String> {
    let mut keys = Keys::new();
    for Named { name, program } in &definition.keys {
        let found = match Machine::new(names.to_vec(), lazy.to_vec()).run(program) {
            Ok(Value::Text(key)) => Ok(key.to_string()),
            Ok(_) => Err(format!("failed to convert key in compiled attestor: {name}")),
            Err(Trouble::Error(text)) => {
                Err(format!("failed to convert key in compiled attestor: {name}, error: {text}"))
            }
            Err(other) => return Err(other.to_string()),
        };
        keys.insert(name.clone(), found);
    }
    Ok(keys)
}

/// The images of the object's lists, and those that the policy's own expressions find.
fn extract(
    definition: &Definition<'_>,
    names: &[(String, Value)],
    images: &[Used<'_>],
) -> Result<BTreeMap<String, Vec<String>>, Trouble> {
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in ["containers", "initContainers", "ephemeralContainers"] {
        let of = images.iter().filter(|i| list_of(i.container.class) == key);
        lists.insert(key.to_owned(), of.map(|i| i.now.clone()).collect());
    }
    for extractor in &definition.extractors {
        let mut machine = Machine::new(names.to_vec(), Vec::new());
        let Value::List(items) = machine.run(&extractor.program)? else {
            return Err(Trouble::error(format!("images `{}` is no list", extractor.name)));
        };
        let texts = items.iter().map(|item| match item {
            Value::Text(text) => Ok(text.to_string()),
            _ => Err(Trouble::error(format!("images `{}` holds what is no text", extractor.name))),
        });
        lists.insert(extractor.name.clone(), texts.collect::<Result<_, _>>()?);
    }
    Ok(lists)
}
