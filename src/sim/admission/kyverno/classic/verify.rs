//! `verifyImages`: signatures and attestations, where the cluster says which images there are.
//!
//! kyverno `pkg/engine/handlers/mutation/mutate_image.go`: images that no reference names leave the rule out, the digest
//! is written into those that hold. What an image must carry is asked of
//! [`image`](crate::sim::admission::image).

use serde_json::{Value, json};

use super::jmespath::{Failure, Fuel};
use super::pod_security::steps;
use super::validate::Found;
use crate::model::Object;
use crate::parse::{Node, json as tree};
use crate::sim::admission::image::kyverno_rule;
use crate::sim::admission::kyverno::asked::Asked;
use crate::sim::admission::kyverno::asked::Outcome;

/// Asks a rule's `verifyImages`; with the object as it is where all images hold and digests are written into it.
pub(super) fn judge(
    rule: Node<'_>,
    object: &Value,
    asked: &Asked<'_>,
    fuel: &Fuel,
) -> Result<(Found, Option<Value>), Failure> {
    let images = asked.cluster.images().map_err(Failure::Unmodelled)?;
    fuel.burn(images.len())?;
    let (held, before) = (tree::from_value(object), asked.old.as_ref().map(tree::from_value));
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
