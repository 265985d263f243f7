//! `sim gatekeeper`: a template, a constraint and what is asked for in; the violations out.

use serde_json::{Value, json};

use super::config;
use super::engine::Engine;
use super::matching::{Request, misses};
use super::policy::Review;
use super::review;
use crate::model::gatekeeper::{Constraint, TARGET, Template};
use crate::model::{Object, value};
use crate::parse::{Kind, Node, json as tree};
use crate::sim::cases::Simulator;

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator =
    Simulator { name: "gatekeeper", asks: "what of this object breaks a Gatekeeper constraint?", answer };

fn answer(input: Node<'_>) -> Result<Value, String> {
    let object = |key: &str| {
        let node = input.get(key).filter(|n| n.kind() != Kind::Null);
        node.map(|n| value::mapping(n).map(Object::new).ok_or_else(|| format!("{key}: not a mapping")))
            .transpose()
    };
    let template = object("template")?.and_then(Template::new);
    let template =
        template.ok_or("template: missing, or not a ConstraintTemplate of templates.gatekeeper.sh")?;
    let constraint = object("constraint")?.and_then(Constraint::new);
    let constraint = constraint.ok_or("constraint: missing, or not of constraints.gatekeeper.sh")?;
    let (wanted, kind) = (template.kind().and_then(value::string), constraint.object.kind());
    if wanted.is_none() || wanted != kind {
        return Err(format!("constraint: a {}, which this template does not make", kind.unwrap_or("?")));
    }
    if let Some(target) = template.targets().find_map(|t| t.get("target").and_then(value::string))
        && target != TARGET
    {
        return Err(format!("template: target {target} is not modelled"));
    }
    let known: Vec<_> = match input.get("inventory").filter(|n| n.kind() != Kind::Null) {
        Some(list) => value::list(list).ok_or("inventory: not a list")?.items().map(Object::new).collect(),
        None => Vec::new(),
    };
    let asked = input.get("request").is_some_and(|n| n.kind() != Kind::Null);
    let (review, objects, namespace) = match (object("object")?, object("request")?) {
        (Some(object), None) => {
            if object.kind().is_none() || object.api_version().is_none() {
                return Err("object: without kind or apiVersion".to_owned());
            }
            (review::of_object(object), vec![object], object.namespace())
        }
        (None, Some(request)) => {
            let review = review::of_request(request.node)?;
            let held = |key: &str| request.node.get(key).and_then(value::mapping).map(Object::new);
            let objects: Vec<_> = [held("object"), held("oldObject")].into_iter().flatten().collect();
            if objects.is_empty() {
                return Err("request: neither object nor oldObject".to_owned());
            }
            (review, objects, request.node.get("namespace").and_then(value::string))
        }
        _ => return Err("object, request: one of the two is wanted".to_owned()),
    };
    let mut review = review;
    if let Some(user) = object("userInfo")? {
        if review.get("userInfo").and_then(Value::as_object).is_some_and(|given| !given.is_empty()) {
            return Err("userInfo: the request names who asks, too".to_owned());
        }
        review["userInfo"] = tree::to_value(user.node);
    }
    let first = objects[0];
    if let Some(entry) = config::left_out(&known, first, namespace)? {
        if asked {
            return Ok(json!({ "violations": [] }));
        }
        let place = entry.path();
        return Err(format!("inventory: {place} of a Config keeps the webhook from it: ask with `request`"));
    }
    if let Some(other) = config::expands(&known, first) {
        let kind = first.kind().unwrap_or("object");
        return Err(format!(
            "inventory: {} expands a {kind}, and what it makes of it is not modelled",
            other.title()
        ));
    }
    let is_home =
        |o: &&Object<'_>| o.kind() == Some("Namespace") && o.group() == Some("") && o.name() == namespace;
    let namespace = known.iter().find(|o| namespace.is_some() && is_home(o)).copied();
    if misses(constraint.matching(), &Request { objects, namespace })?.is_some() {
        return Ok(json!({ "violations": [] }));
    }
    let mut engine = Engine::with(template, known.iter().copied()).map_err(|e| format!("template: {e}"))?;
    let found = engine.violations(constraint, &Review::new(review), namespace)?;
    let found: Vec<_> = found.into_iter().map(|v| json!({ "msg": v.msg, "details": v.details })).collect();
    Ok(json!({ "violations": found }))
}
