//! `verifyImages`: signatures and attestations, where the case's cluster says which images there are (kind `Image` of
//! our own).
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
use crate::sim::world::{FACTS, World};

/// Whether the cluster says anything of images.
pub(super) fn is_told(cluster: &[Value]) -> bool {
    cluster.iter().any(is_image)
}

fn is_image(object: &Value) -> bool {
    object.get("apiVersion").is_some_and(|v| v == FACTS) && object.get("kind").is_some_and(|k| k == "Image")
}

/// Asks a rule's `verifyImages`; with the object as it is where all images hold and digests are written into it.
pub(super) fn judge(
    rule: Node<'_>,
    object: &Value,
    cluster: &[Value],
    fuel: &Fuel,
) -> Result<(Found, Option<Value>), Failure> {
    let images: Vec<Value> = cluster.iter().filter(|o| is_image(o)).cloned().collect();
    fuel.burn(images.iter().map(jmespath::weight).sum())?;
    let (world, findings) =
        World::read(vec![Arc::new(tree::from_value(&json!({ "kind": "List", "items": images })))]);
    if let Some(finding) = findings.first() {
        return Err(Failure::Unmodelled(format!("cluster: {}", finding.title)));
    }
    let held = tree::from_value(object);
    let Some(root) = held.root() else {
        return Err(Failure::Unmodelled("verifyImages: an empty object".to_owned()));
    };
    let said = kyverno_rule(rule, Object::new(root), world.images()).map_err(Failure::Unmodelled)?;
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
