//! `sim image-policy`: policies, namespaces and images in, with an object; what the policies say of its images out.

use std::sync::Arc;

use serde_json::Value;

use super::review::review;
use super::said::{Asked, OPERATIONS, Operation, Said, is_ephemeral};
use super::used::Used;
use crate::model::{Object, template_of, value};
use crate::parse::{Kind, Node, json as parse};
use crate::sim::Verdict;
use crate::sim::cases::Simulator;
use crate::sim::world::World;

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator = Simulator {
    name: "image-policy",
    asks: "do the policies of image signatures let this object in?",
    answer,
};

fn answer(input: Node<'_>) -> Result<Value, String> {
    let objects = input.get("objects");
    if objects.is_some_and(|o| o.kind() != Kind::Seq) {
        return Err("objects: not a list".to_owned());
    }
    let trees = objects.map(|list| Arc::new(parse::documents(list))).into_iter().collect();
    let (world, findings) = World::read(trees);
    let (images, said) = judge(input, &world)?;
    match findings.first() {
        Some(finding) => Err(format!("objects: {}", finding.title)),
        None => said.json(&images),
    }
}

/// What the policies of a world say of a case's object, with the reasons' places.
pub fn explain(input: Node<'_>, world: &World) -> Result<Verdict, String> {
    let (_, said) = judge(input, world)?;
    Ok(said.verdict(object(input)?))
}

fn given<'t>(input: Node<'t>, key: &str) -> Result<Option<Object<'t>>, String> {
    let node = input.get(key);
    node.map(|n| value::mapping(n).map(Object::new).ok_or_else(|| format!("{key}: not a mapping")))
        .transpose()
}

fn object(input: Node<'_>) -> Result<Object<'_>, String> {
    let object = given(input, "object")?.ok_or("object: missing, or not a mapping")?;
    if object.kind().is_none() || object.api_version().is_none() {
        return Err("object: without kind or apiVersion".to_owned());
    }
    if template_of(object).is_none() {
        return Err("object: neither a Pod nor a workload with a spec".to_owned());
    }
    Ok(object)
}

fn judge<'t>(input: Node<'t>, world: &'t World) -> Result<(Vec<Used<'t>>, Said), String> {
    let (object, old) = (object(input)?, given(input, "oldObject")?);
    let operation = match input.get("operation") {
        None => Operation::Create,
        Some(node) => {
            let verb = value::string(node).unwrap_or("").to_lowercase();
            let found = OPERATIONS.iter().find(|(w, o)| *w == verb && *o != Operation::Pull);
            found.map(|(_, o)| *o).ok_or("operation: not one of CREATE, UPDATE, DELETE")?
        }
    };
    let namespace = object.namespace().unwrap_or("default").to_owned();
    let known = world.objects();
    let home = world.object("Namespace", None, &namespace);
    let subresource = match input.get("subresource").filter(|n| !n.is_null()) {
        Some(node) => Some(value::string(node).ok_or("subresource: not a text")?),
        None => None,
    };
    let ephemeral = is_ephemeral(subresource, operation, object.kind().unwrap_or_default())?;
    let request =
        Asked { object, old: old.unwrap_or(object), operation, namespace, home, unnamed: false, ephemeral };
    Ok(review(&known, &request, world.images()))
}
