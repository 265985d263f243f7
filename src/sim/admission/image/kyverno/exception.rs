//! `PolicyException`: whom an `ImageValidatingPolicy` spares.
//!
//! kyverno `pkg/image/verification/evaluator/policy.go` (`Evaluate`, `MutateDigest`): behind the policy's own conditions, each
//! exception that names it is asked for its `matchConditions`; where one fits, nothing is verified and no digest is written.
//! Which exceptions count at all is said by Kyverno's flags. Exceptions for some images or values alone are not modelled.

use super::super::said::Asked;
use super::super::used::Used;
use super::definition::{Definition, conditions_of};
use super::evaluation::met;
use super::title;
use crate::model::image_policy_kyverno::ImageValidatingPolicy;
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::admission::policy::definition::Named;
use crate::sim::admission::policy::mentions;
use crate::sim::cel::Trouble;
use crate::text::Finding;

/// What an exception may be for alone.
const PARTS: &[&str] = &["images", "allowedValues"];

/// An exception, with its conditions or what is wrong with them.
#[derive(Clone, Debug)]
pub struct Exception<'t> {
    object: Object<'t>,
    conditions: Result<Vec<Named>, Vec<Finding>>,
}

/// How the exceptions from a policy end.
pub enum Spared {
    /// None fits.
    No,
    /// One does.
    Yes(Reason),
    /// A condition ends in an error.
    Error(String),
}

impl<'t> Exception<'t> {
    /// Reads and compiles an exception.
    pub fn read(node: Node<'t>) -> Self {
        let object = Object::new(node);
        let list = node.at(&["spec", "matchConditions"]).and_then(value::list);
        let list: Vec<_> = list.into_iter().flat_map(Node::items).collect();
        Self { object, conditions: conditions_of(&list) }
    }

    /// Whether it names a policy.
    fn is_from(&self, policy: ImageValidatingPolicy<'_>) -> bool {
        let refs = self.object.node.at(&["spec", "policyRefs"]).into_iter().flat_map(Node::items);
        let is = |entry: Node<'_>, key: &str, wanted: Option<&str>| {
            entry.get(key).and_then(value::string) == wanted
        };
        let mut refs = refs.into_iter();
        refs.any(|r| is(r, "name", policy.object.name()) && is(r, "kind", policy.object.kind()))
    }
}

/// Whether an exception spares a request that a policy is about. An error is what is not modelled.
pub fn spared(
    all: &[Exception<'_>],
    definition: &Definition<'_>,
    request: &Asked<'_>,
    images: &[Used<'_>],
) -> Result<Spared, Reason> {
    let policy = definition.policy;
    let mut found = Spared::No;
    for exception in all.iter().filter(|e| e.is_from(policy)) {
        let object = exception.object;
        let unknown = |text: &str| Reason::at(format!("{}: {text}", object.title()), object.kind_span());
        let part = |key: &&str| object.node.at(&["spec", key]).is_some_and(|n| n.items().len() > 0);
        if let Some(key) = PARTS.iter().find(|key| part(key)) {
            return Err(unknown(&format!(
                "an exception from {} for `{key}` alone is not modelled",
                title(policy)
            )));
        }
        let reads = |word: &str| mentions(object.node.get("spec").unwrap_or(object.node), word);
        if request.unnamed && reads("userInfo").is_some() {
            return Err(unknown("it reads who asks, and nobody is named here"));
        }
        if request.object.kind() != Some("Pod") && reads("bject").is_some() {
            return Err(unknown(
                "a condition that names the object, asked about a workload, is not modelled",
            ));
        }
        let conditions = exception.conditions.as_ref().map_err(|findings| {
            let text: Vec<_> = findings.iter().map(|f| f.title.to_string()).collect();
            unknown(&text.join("; "))
        })?;
        match met(conditions, request, images) {
            Ok(None) if matches!(found, Spared::No) => {
                let text = format!("{} spares it from {}", object.title(), title(policy));
                found = Spared::Yes(Reason::at(text, object.kind_span()));
            }
            Ok(_) => {}
            Err(Trouble::Error(_)) if policy.ignores() => {}
            Err(Trouble::Error(text)) => return Ok(Spared::Error(text)),
            Err(other) => return Err(unknown(&other.to_string())),
        }
    }
    Ok(found)
}
