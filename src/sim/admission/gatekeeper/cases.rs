//! `sim gatekeeper`: a template, a constraint and what is asked for in; the violations out.

use serde_json::{Value, json};

use super::config::Settings;
use super::engine::{Engine, Subject};
use super::expansion::Expansions;
use super::matching::{Request, misses};
use super::policy::{Parameters, Review, Violation};
use super::{inventory, review};
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
        Some(list) => {
            let items = value::list(list).ok_or("inventory: not a list")?.items();
            let object = |item| value::mapping(item).map(Object::new);
            items.map(object).collect::<Option<_>>().ok_or("inventory: an item is not a mapping")?
        }
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
    if let Some(entry) = Settings::among(&known).leaves_out(first, namespace).map_err(|(text, _)| text)? {
        if asked {
            return Ok(json!({ "violations": [] }));
        }
        let place = entry.path();
        return Err(format!("inventory: {place} of a Config keeps the webhook from it: ask with `request`"));
    }
    let body = review.get("object").cloned().unwrap_or_default();
    let implied = Expansions::among(&known).of(first, &body, namespace);
    let implied = implied.map_err(|reason| format!("inventory: {}", reason.text))?;
    let is_home =
        |o: &&Object<'_>| o.kind() == Some("Namespace") && o.group() == Some("") && o.name() == namespace;
    let home = known.iter().find(|o| namespace.is_some() && is_home(o)).copied();
    let engine = Engine::new(template, || inventory::of(known.iter().copied()));
    let engine = engine.map_err(|reason| format!("template: {}", reason.text))?;
    let parameters = Parameters::new(constraint.parameters());
    let ask = |request: &Request<'_>, review: &Review, prefix: &str| -> Result<Vec<Value>, String> {
        if misses(constraint.matching(), request)?.is_some() {
            return Ok(Vec::new());
        }
        let subject = Subject { review, home };
        let found = engine.violations(template, constraint, &parameters, subject).map_err(|r| r.text)?;
        let one = |v: Violation| json!({ "msg": format!("{prefix}{}", v.msg), "details": v.details });
        Ok(found.violations.into_iter().map(one).collect())
    };
    let request = Request { objects, namespace: home, generated: false };
    let mut found = ask(&request, &Review::new(review), "")?;
    for made in &implied {
        let tree = tree::made(&made.body, 0);
        let Some(object) = tree.root().map(Object::new) else { continue };
        let prefix = format!("[Implied by {}] ", made.template.name().unwrap_or(""));
        let request = Request { objects: vec![object], namespace: home, generated: true };
        found.extend(ask(&request, &Review::new(review::of_object(object)), &prefix)?);
    }
    Ok(json!({ "violations": found }))
}
