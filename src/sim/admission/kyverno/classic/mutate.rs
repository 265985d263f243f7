//! `mutate`: patches of the request's object.
//!
//! kyverno `pkg/engine/mutate/mutation.go`, `pkg/engine/handlers/mutation/*.go`. Targets (mutateExisting) are not modelled.

use serde_json::Value;

use super::conditions;
use super::context::Context;
use super::entries;
use super::jmespath::Failure;
use super::validate::{Found, elements};
use super::variables::{Here, substitute, text};
use super::{json_patch, merge, overlay_patch};
use crate::sim::admission::kyverno::asked::Outcome;

/// Loops may nest so deep.
const NESTING: usize = 8;

/// What a rule's patches are worked off with.
#[derive(Clone, Copy)]
pub(super) struct Mutator<'a> {
    /// Objects to look up.
    pub(super) cluster: &'a [Value],
    /// Names of values that a test gives.
    pub(super) given: &'a [&'a str],
}

impl Mutator<'_> {
    /// Patches an object by a rule's `mutate`.
    pub(super) fn patched(
        self,
        mutate: &Value,
        object: &Value,
        context: &mut Context<'_>,
    ) -> Result<(Found, Value), Failure> {
        let own = |key: &str| mutate.get(key).filter(|v| !v.is_null());
        if own("targets").is_some() {
            return Err(Failure::Unmodelled("mutate.targets is not modelled".to_owned()));
        }
        if let Some(foreach) = own("foreach") {
            let mut now = object.clone();
            let count = self.foreach(foreach, &mut now, context, 0)?;
            let outcome = if count == 0 { Outcome::Skip } else { Outcome::Pass };
            return Ok((Found::new(outcome, told(outcome, object)), now));
        }
        let now = one(mutate, object, context)?;
        let outcome = if now == *object { Outcome::Skip } else { Outcome::Pass };
        Ok((Found::new(outcome, told(outcome, object)), now))
    }

    /// How many loops were gone through.
    fn foreach(
        self,
        foreach: &Value,
        object: &mut Value,
        context: &mut Context<'_>,
        nesting: usize,
    ) -> Result<usize, Failure> {
        if nesting >= NESTING {
            return Err(Failure::Unmodelled(format!("foreach: nested deeper than {NESTING}")));
        }
        let mut count = 0;
        for each in foreach.as_array().map_or(&[][..], Vec::as_slice) {
            let own = |key: &str| each.get(key).unwrap_or(&Value::Null);
            let mut items: Vec<_> = elements(each, context)?.into_iter().enumerate().collect();
            // A merge puts what it changes foremost: from the last element to the first, the order stays as it is.
            let descends = match own("order").as_str() {
                None => !own("patchStrategicMerge").is_null(),
                Some(order) => order == "Descending",
            };
            if descends {
                items.reverse();
            }
            for (index, element) in items.into_iter().filter(|(_, element)| !element.is_null()) {
                let mut inner = context.inner()?;
                inner.set_element(&element, index, nesting);
                entries::load(own("context"), &mut inner, self.cluster, self.given)?;
                if !conditions::judge(own("preconditions"), &inner)?.holds {
                    continue;
                }
                if own("foreach").is_null() {
                    *object = one(each, object, &inner)?;
                } else {
                    self.foreach(own("foreach"), object, &mut inner, nesting + 1)?;
                }
            }
            count += 1;
            context.set_object(object);
        }
        Ok(count)
    }
}

fn told(outcome: Outcome, object: &Value) -> String {
    if outcome == Outcome::Skip {
        return "no patches applied".to_owned();
    }
    let part = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let (kind, name, namespace) = (part("/kind"), part("/metadata/name"), part("/metadata/namespace"));
    if namespace.is_empty() {
        format!("mutated {kind}/{name}")
    } else {
        format!("mutated {kind}/{name} in namespace {namespace}")
    }
}

/// One patch, of either kind.
fn one(body: &Value, object: &Value, context: &Context<'_>) -> Result<Value, Failure> {
    context.fuel().burn(super::jmespath::weight(object))?;
    if let Some(patch) = body.get("patchStrategicMerge").filter(|v| !v.is_null()) {
        let patch = substitute(patch, context, Here::Object)?;
        let patch = overlay_patch::prepared(&patch, object, context.fuel()).map_err(Failure::Unmodelled)?;
        return Ok(merge::merged(object, &patch));
    }
    if let Some(patches) = body.get("patchesJson6902").and_then(Value::as_str) {
        let patches = text(patches, context)?;
        context.fuel().burn(patches.len())?;
        return json_patch::applied(object, &patches, context.fuel());
    }
    Err(Failure::Fault("empty mutate rule".to_owned()))
}
