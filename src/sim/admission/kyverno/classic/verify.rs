//! `verifyImages`: signatures and attestations, where somebody says which images there are (kind `Image` of our own).
//!
//! kyverno `pkg/engine/handlers/mutation/mutate_image.go`: images that no reference names leave the rule out, the digest
//! is written into those that hold. What an image must carry is asked of
//! [`image`](crate::sim::admission::image).

use std::sync::Arc;

use serde_json::{Value, json};

use super::jmespath::{self, Failure, Fuel};
use super::pod_security::steps;
use super::validate::Found;
use crate::model::Object;
use crate::parse::{Node, json as tree};
use crate::sim::admission::image::kyverno_rule;
use crate::sim::admission::kyverno::asked::Outcome;
use crate::sim::world::{FACTS, Image, World};

fn is_image(object: &Value) -> bool {
    object.get("apiVersion").is_some_and(|v| v == FACTS) && object.get("kind").is_some_and(|k| k == "Image")
}

/// The images that the objects of a case say; `None` where they say nothing of any.
pub(super) fn told(cluster: &[Value], fuel: &Fuel) -> Result<Option<World>, Failure> {
    let images: Vec<Value> = cluster.iter().filter(|o| is_image(o)).cloned().collect();
    if images.is_empty() {
        return Ok(None);
    }
    fuel.burn(images.iter().map(jmespath::weight).sum())?;
    let (world, findings) =
        World::read(vec![Arc::new(tree::from_value(&json!({ "kind": "List", "items": images })))]);
    match findings.first() {
        Some(finding) => Err(Failure::Unmodelled(format!("cluster: {}", finding.title))),
        None => Ok(Some(world)),
    }
}

/// Asks a rule's `verifyImages`; with the object as it is where all images hold and digests are written into it. `old` is
/// what an update replaces.
pub(super) fn judge(
    rule: Node<'_>,
    object: &Value,
    old: Option<&Value>,
    images: &[Image],
) -> Result<(Found, Option<Value>), Failure> {
    let (held, before) = (tree::from_value(object), old.map(tree::from_value));
    let Some(root) = held.root() else {
        return Err(Failure::Unmodelled("verifyImages: an empty object".to_owned()));
    };
    let before = before.as_ref().and_then(crate::parse::Tree::root).map(Object::new);
    let said = kyverno_rule(rule, Object::new(root), before, images).map_err(Failure::Unmodelled)?;
    let Some(first) = said.iter().find(|s| !s.passes).or(said.first()) else {
        let why = "skip run verification as image in resource not found in imageReferences";
        return Ok((Found::new(Outcome::Skip, why), None));
    };
    let mut found =
        Found::new(if first.passes { Outcome::Pass } else { Outcome::Fail }, first.message.clone());
    found.because = Some(first.because.clone());
    if !first.passes {
        return Ok((found, None));
    }
    let mut out = object.clone();
    for says in &said {
        let pointer = steps(&says.field).into_iter().fold(String::new(), |path, step| path + "/" + &step);
        if let (Some(pinned), Some(place)) = (&says.pinned, out.pointer_mut(&pointer)) {
            *place = json!(pinned);
        }
    }
    Ok((found, Some(out)))
}
