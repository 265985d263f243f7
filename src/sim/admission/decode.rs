//! What the API server asks of an object before any plugin does: that it can be decoded, and that it has a name.
//!
//! apiserver `pkg/endpoints/handlers/rest.go` (`transformDecodeError`), `pkg/registry/rest/create.go` (`BeforeCreate`);
//! apimachinery `pkg/api/validation/objectmeta.go`, `pkg/runtime/error.go` (`NewStrictDecodingError`); kubectl sends
//! `fieldValidation=Strict` unless it is told otherwise. What Go's decoder says of a wrong type is not modelled: our words
//! stand there.

use super::chain::{Refusal, Stage, Stop, USUAL};
use super::pod_security::NEWEST;
use super::told::{Form, Of};
use crate::model::api_version::{Served, served};
use crate::model::structure::{Hint, Misfit, misfits};
use crate::model::{Object, PodTemplate, WORKLOAD_KINDS, schema, template_of, value};
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
    let Some(template) = template_of(object) else {
        let title = object.title();
        let text = format!("{title} has no pod spec to judge: name the whole manifest, not a patch of it");
        let why = Reason::at(text, object.kind_span());
        return Err(Stop { stage: Stage::Validation, refusal: None, because: vec![why] });
    };
    unfit(object)?;
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

/// Values that a field does not hold, then fields that there are not.
fn unfit(object: Object<'_>) -> Result<(), Stop> {
    let all = misfits(object);
    let above = object.node.path();
    let own = |path: &str| path.strip_prefix(&above).unwrap_or(path).trim_start_matches('.').to_owned();
    for misfit in &all.found {
        if let Misfit::Mistyped { node, wanted } = misfit {
            let path = own(&node.path());
            let text = format!("{path} is {}, and the API server wants {wanted}", node.kind().word());
            return Err(bad(object, &text, vec![Reason::at(text.clone(), node.own_span())]));
        }
    }
    let mut said = Vec::new();
    let mut because = Vec::new();
    for misfit in &all.found {
        let Misfit::Unknown { entry, path, hint } = misfit else { continue };
        said.push(format!("unknown field {:?}", own(path)));
        let help = match hint {
            Some(Hint::Near(near)) => format!("; did you mean {near}?"),
            Some(Hint::Elsewhere(place)) => format!("; it belongs in {}", own(place)),
            None => String::new(),
        };
        let text = format!("there is no field {}{help}", own(path));
        because.push(Reason::at(text, entry.key.own_span()));
    }
    if said.is_empty() {
        return Ok(());
    }
    if all.more > 0 {
        because.push(Reason::fact(format!("and {} more that do not fit", all.more)));
    }
    Err(bad(object, &format!("strict decoding error: {}", said.join(", ")), because))
}

/// Why kubectl does not even send an object of a kind that makes pods: its API version does not hold it. A cluster that is
/// older than what is known may hold it.
pub(super) fn unmapped(object: Object<'_>, newest: u32) -> Option<Stop> {
    let (kind, version) = (object.kind()?, object.api_version()?);
    let (right, _) = WORKLOAD_KINDS.iter().find(|(known, _)| *known == kind)?;
    if newest < NEWEST
        || schema::kind(Some(version), kind).is_some()
        || served(version, kind) == Served::Unknown
    {
        return None;
    }
    let instead = schema::kinds().filter(|(_, known)| known == right).map(|(version, _)| version).max()?;
    let said = format!("no matches for kind \"{kind}\" in version \"{version}\"");
    let place = object.node.get("apiVersion").map_or(object.kind_span(), crate::parse::Node::own_span);
    let why = Reason::at(format!("there is no {kind} in {version}: write {instead}"), place);
    let refusal = Refusal { form: Form::Unmapped, said, of: Of::Itself };
    Some(Stop { stage: Stage::Decoding, refusal: Some(refusal), because: vec![why] })
}

/// The refusal of what no decoder takes.
fn bad(object: Object<'_>, text: &str, because: Vec<Reason>) -> Stop {
    let kind = object.kind().unwrap_or_default();
    let version = object.api_version().unwrap_or("v1");
    let version = version.rsplit('/').next().unwrap_or(version);
    let said = format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {text}");
    let refusal = Refusal { form: Form::Webhook("BadRequest"), said, of: Of::Itself };
    Stop { stage: Stage::Decoding, refusal: Some(refusal), because }
}
