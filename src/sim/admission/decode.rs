//! What the API server asks of an object before any plugin does: that it can be decoded, and that it has a name.
//!
//! apiserver `pkg/endpoints/handlers/rest.go` (`transformDecodeError`), `pkg/registry/rest/create.go` (`BeforeCreate`);
//! apimachinery `pkg/api/validation/objectmeta.go`. The decoder's own words after the colon are not modelled.

use super::chain::{Refusal, Stage, Stop, USUAL};
use super::told::{Form, Of};
use crate::model::{Object, PodTemplate, WORKLOAD_KINDS, fields, template_of, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::world::Key;

/// Whether it is a Pod, or of a kind that makes pods.
pub(super) fn is_workload(object: Object<'_>) -> bool {
    let groups = WORKLOAD_KINDS.iter().find(|(kind, _)| object.kind() == Some(*kind));
    groups.is_some_and(|(_, groups)| object.group().is_none_or(|group| groups.contains(&group)))
}

/// The key of an object without a name: what it leaves to the API server, or nothing.
pub(super) fn unnamed(object: Object<'_>) -> Option<Key> {
    let start = generated(object).map_or_else(String::new, |start| format!("{start}<id>"));
    Some(Key {
        kind: object.kind()?.to_owned(),
        namespace: object.namespace().unwrap_or(USUAL).to_owned(),
        name: start,
        group: object.group().unwrap_or("").to_owned(),
    })
}

fn generated(object: Object<'_>) -> Option<&str> {
    object.node.at(&["metadata", "generateName"]).and_then(value::string).filter(|start| !start.is_empty())
}

/// Its pods' template, or why there is none.
pub(super) fn decoded(object: Object<'_>) -> Result<PodTemplate<'_>, Stop> {
    let kind = object.kind().unwrap_or_default();
    if let Some((text, node)) = miscounted(object) {
        return Err(bad(object, &text, Reason::at(text.clone(), node.own_span())));
    }
    let Some(template) = template_of(object) else {
        let title = object.title();
        let text = format!("{title} has no pod spec to judge: name the whole manifest, not a patch of it");
        let why = Reason::at(text, object.kind_span());
        return Err(Stop { stage: Stage::Validation, refusal: None, because: vec![why] });
    };
    if let Some(fault) = fields::mistyped(template).first() {
        let text = fault.sentence();
        return Err(bad(object, &text, Reason::at(text.clone(), fault.span)));
    }
    if object.name().is_none_or(str::is_empty) && generated(object).is_none() {
        let said = "metadata.name: Required value: name or generateName is required";
        let metadata = object.node.get("metadata");
        let place = metadata.map_or_else(|| object.node.missing("metadata"), |m| m.missing("name"));
        let why = Reason::at(
            format!("this {kind} has neither metadata.name nor metadata.generateName"),
            place.span,
        );
        let refusal = Refusal { form: Form::Invalid, said: said.to_owned(), of: Of::Itself };
        return Err(Stop { stage: Stage::Validation, refusal: Some(refusal), because: vec![why] });
    }
    Ok(template)
}

/// The refusal of what no decoder takes.
fn bad(object: Object<'_>, text: &str, why: Reason) -> Stop {
    let kind = object.kind().unwrap_or_default();
    let version = object.api_version().unwrap_or("v1");
    let version = version.rsplit('/').next().unwrap_or(version);
    let said = format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {text}");
    let refusal = Refusal { form: Form::Webhook("BadRequest"), said, of: Of::Itself };
    Stop { stage: Stage::Decoding, refusal: Some(refusal), because: vec![why] }
}

/// What says how many pods there shall be, and whether, and is of another type.
fn miscounted(object: Object<'_>) -> Option<(String, Node<'_>)> {
    const NUMBERS: &[&str] = &["replicas", "parallelism", "completions"];
    const FLAGS: &[&str] = &["paused", "suspend"];
    let job = if object.kind() == Some("CronJob") { "spec.jobTemplate.spec" } else { "spec" };
    let home = |path: &str| object.node.at(&path.split('.').collect::<Vec<_>>());
    let said = |path: &str, key: &str| home(path)?.get(key).filter(|n| !n.is_null());
    for path in ["spec", job] {
        for key in NUMBERS {
            if let Some(node) = said(path, key).filter(|n| value::integer(*n).is_none()) {
                return Some((format!("{path}.{key} is no integer"), node));
            }
        }
        for key in FLAGS {
            if let Some(node) = said(path, key).filter(|n| value::boolean(*n).is_none()) {
                return Some((format!("{path}.{key} is no boolean"), node));
            }
        }
    }
    None
}
