//! The objects that a binding hands to its policy. kubernetes `plugin/policy/generic/policy_dispatcher.go`
//! (`CollectParams`).

use crate::model::selector::Selector;
use crate::model::{Object, value};
use crate::parse::Node;

/// What a binding refers to.
pub enum Params<'t> {
    /// The policy is asked once for each; `None` is `params == null`.
    Each(Vec<Option<Object<'t>>>),
    /// A fault of the configuration, which the failure policy answers.
    Fault(String),
}

/// The parameters of one binding.
pub fn collect<'t>(
    kind: Option<Node<'t>>,
    reference: Option<Node<'t>>,
    namespace: &str,
    objects: &[Object<'t>],
) -> Result<Params<'t>, String> {
    let Some(kind) = kind else { return Ok(Params::Each(vec![None])) };
    let (version, name) =
        (kind.get("apiVersion").and_then(value::string), kind.get("kind").and_then(value::string));
    let (Some(version), Some(name)) = (version, name) else {
        return Err("paramKind: apiVersion and kind are needed".to_owned());
    };
    let Some(reference) = reference else { return Ok(Params::Each(vec![None])) };
    let of_kind: Vec<_> = objects
        .iter()
        .filter(|o| o.kind().is_none_or(|k| k == name) && o.api_version().is_none_or(|v| v == version))
        .copied()
        .collect();
    let named = reference.get("name").and_then(value::string).filter(|n| !n.is_empty());
    let selector = reference.get("selector").filter(|n| !n.is_null());
    let own = reference.get("namespace").and_then(value::string).filter(|n| !n.is_empty());
    // No kind tells its scope: objects that name a namespace live in one; so do those of the core group.
    let namespaced = version == "v1" || own.is_some() || of_kind.iter().any(|o| o.namespace().is_some());
    let within = match own {
        Some(own) => own,
        None if namespaced && namespace.is_empty() => {
            return Ok(Params::Fault(
                "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
                    .to_owned(),
            ));
        }
        None => namespace,
    };
    let here = |o: &&Object<'t>| !namespaced || o.namespace().unwrap_or("default") == within;
    let found: Vec<_> = match (named, selector) {
        (Some(_), Some(_)) => return Err("paramRef: name and selector exclude each other".to_owned()),
        (Some(named), None) => {
            of_kind.iter().filter(here).filter(|o| o.name() == Some(named)).copied().collect()
        }
        (None, Some(node)) => {
            let selector = Selector { node };
            let mut out = Vec::new();
            for object in of_kind.iter().filter(here) {
                let fits = selector.matches(&object.labels());
                if fits.ok_or_else(|| "paramRef.selector: cannot be read".to_owned())? {
                    out.push(*object);
                }
            }
            out
        }
        (None, None) => return Err("paramRef: one of name and selector is needed".to_owned()),
    };
    let denies = match reference.get("parameterNotFoundAction").and_then(value::string) {
        Some("Deny") => true,
        Some("Allow") => false,
        Some(other) => {
            return Err(format!("paramRef.parameterNotFoundAction: {other:?} is neither Allow nor Deny"));
        }
        None if found.is_empty() => return Err("paramRef.parameterNotFoundAction: missing".to_owned()),
        None => false,
    };
    if found.is_empty() && denies {
        return Ok(Params::Fault(
            "no params found for policy binding with `Deny` parameterNotFoundAction".to_owned(),
        ));
    }
    Ok(Params::Each(found.into_iter().map(Some).collect()))
}
