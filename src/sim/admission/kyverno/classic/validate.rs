//! `validate`: patterns, deny, foreach.
//!
//! kyverno `pkg/engine/handlers/validation/validate_resource.go`.

use serde_json::Value;

use super::conditions;
use super::context::Context;
use super::entries;
use super::jmespath::Failure;
use super::overlay::{self, Miss};
use super::variables::{Here, substitute, text};
use crate::sim::Reason;
use crate::sim::admission::kyverno::asked::Outcome;

/// What a rule comes to.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// How it ends.
    pub(super) outcome: Outcome,
    /// What a report shows.
    pub(super) message: String,
    /// Where in the rule it was decided: keys below the rule, then the path that failed.
    pub(super) place: Vec<String>,
    /// Why, where it is known better than by the place.
    pub(super) because: Option<Reason>,
}

impl Found {
    pub(super) fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, message: message.into(), place: Vec::new(), because: None }
    }

    fn below(mut self, place: &[&str]) -> Self {
        let mut place: Vec<String> = place.iter().map(|p| (*p).to_owned()).collect();
        place.append(&mut self.place);
        self.place = place;
        self
    }
}

/// What upstream cannot answer is an error of the rule; what is not modelled goes on.
pub(super) fn settled(found: Result<Found, Failure>, what: &str) -> Result<Found, Failure> {
    match found {
        Err(failure @ Failure::Unmodelled(_)) => Err(failure),
        Err(failure) => Ok(Found::new(Outcome::Error, format!("{what}: {failure}"))),
        found => found,
    }
}

/// What a rule is judged by.
#[derive(Clone, Copy)]
pub(super) struct Validator<'a> {
    /// The rule's name.
    pub(super) name: &'a str,
    /// `validate.message`.
    pub(super) message: &'a str,
    /// The object; `None` where it goes.
    pub(super) object: Option<&'a Value>,
    /// Objects to look up.
    pub(super) cluster: &'a [Value],
    /// Names of values that a test gives.
    pub(super) given: &'a [&'a str],
}

/// Loops may nest so deep.
const NESTING: usize = 8;
/// And go over so many elements.
const ELEMENTS: usize = 10_000;

impl Validator<'_> {
    /// Judges `validate`, or one entry of `foreach`. `None` where there is nothing to say.
    pub(super) fn judge(
        self,
        body: &Value,
        context: &Context<'_>,
        element: Option<&Value>,
        nesting: usize,
    ) -> Result<Option<Found>, Failure> {
        let own = |key: &str| body.get(key).filter(|v| !v.is_null());
        if let Some(deny) = own("deny") {
            return self.deny(deny, context).map(Some);
        }
        if let Some(pattern) = own("pattern") {
            let filled = match substitute(pattern, context, Here::Nothing) {
                Ok(filled) => filled,
                failed => {
                    let failed = failed.map(|_| Found::new(Outcome::Error, ""));
                    return settled(failed, "variable substitution failed").map(Some);
                }
            };
            return self.subject(element).map(|s| self.pattern(s, &filled, context)).transpose();
        }
        if let Some(patterns) = own("anyPattern") {
            let filled = match substitute(patterns, context, Here::Nothing) {
                Ok(filled) => filled,
                failed => {
                    let failed = failed.map(|_| Found::new(Outcome::Error, ""));
                    return settled(failed, "variable substitution failed").map(Some);
                }
            };
            return self.subject(element).map(|s| self.any_pattern(s, &filled, context)).transpose();
        }
        if let Some(foreach) = own("foreach") {
            return self.foreach(foreach, context, element, nesting).map(Some);
        }
        Ok(None)
    }

    fn subject<'s>(&self, element: Option<&'s Value>) -> Option<&'s Value>
    where
        Self: 's,
    {
        element.or(self.object)
    }

    fn deny(self, deny: &Value, context: &Context<'_>) -> Result<Found, Failure> {
        let conditions = deny.get("conditions").unwrap_or(&Value::Null);
        let held = match conditions::judge(conditions, context) {
            Ok(held) => held,
            failed => {
                let failed = failed.map(|_| Found::new(Outcome::Error, ""));
                return settled(failed, "failed to check deny conditions").map(|f| f.below(&["deny"]));
            }
        };
        if !held.holds {
            return Ok(Found::new(Outcome::Pass, format!("validation rule '{}' passed.", self.name)));
        }
        let message = if self.message.is_empty() {
            format!("validation error: rule {} failed", self.name)
        } else {
            match text(self.message, context) {
                Ok(message) => message,
                Err(failure @ Failure::Unmodelled(_)) => return Err(failure),
                Err(_) => self.message.to_owned(),
            }
        };
        let message =
            [message, held.message].into_iter().filter(|m| !m.is_empty()).collect::<Vec<_>>().join("; ");
        Ok(Found::new(Outcome::Fail, message).below(&["deny", "conditions"]))
    }

    fn pattern(self, resource: &Value, pattern: &Value, context: &Context<'_>) -> Result<Found, Failure> {
        Ok(match overlay::fits(resource, pattern, context.fuel()) {
            Ok(()) => Found::new(Outcome::Pass, format!("validation rule '{}' passed.", self.name)),
            Err(Miss::Skip(why)) => Found::new(Outcome::Skip, why),
            Err(Miss::Unmodelled(why)) => return Err(Failure::Unmodelled(why)),
            Err(Miss::Error(why)) => Found::new(Outcome::Error, self.failed(&why, "", context)?),
            Err(Miss::Fail { path, text }) => {
                let mut found = Found::new(Outcome::Fail, self.failed(&text, &path, context)?);
                found.place = path.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect();
                found.below(&["pattern"])
            }
        })
    }

    fn failed(self, why: &str, path: &str, context: &Context<'_>) -> Result<String, Failure> {
        let rule = self.name;
        let end = if path.is_empty() {
            format!("execution error: {why}")
        } else {
            format!("failed at path {path}")
        };
        if self.message.is_empty() {
            return Ok(format!("validation error: rule {rule} {end}"));
        }
        Ok(match text(self.message, context) {
            Err(failure @ Failure::Unmodelled(_)) => return Err(failure),
            Err(_) => {
                format!(
                    "validation error: variables substitution error in rule {rule} execution error: {why}"
                )
            }
            Ok(message) => {
                let dot = if message.ends_with('.') { "" } else { "." };
                format!("validation error: {message}{dot} rule {rule} {end}")
            }
        })
    }

    fn any_pattern(
        self,
        resource: &Value,
        patterns: &Value,
        context: &Context<'_>,
    ) -> Result<Found, Failure> {
        let rule = self.name;
        let patterns =
            patterns.as_array().ok_or_else(|| Failure::Unmodelled("anyPattern: not a list".to_owned()))?;
        let (mut failed, mut skipped, mut place) = (Vec::new(), Vec::new(), Vec::new());
        for (at, pattern) in patterns.iter().enumerate() {
            match overlay::fits(resource, pattern, context.fuel()) {
                Ok(()) => {
                    let message = format!("validation rule '{rule}' anyPattern[{at}] passed.");
                    return Ok(Found::new(Outcome::Pass, message));
                }
                Err(Miss::Unmodelled(why)) => return Err(Failure::Unmodelled(why)),
                Err(Miss::Skip(why)) => skipped.push(format!("rule {rule}[{at}] skipped: {why}")),
                Err(Miss::Error(why)) => failed.push(format!("rule {rule}[{at}] failed: {why}")),
                Err(Miss::Fail { path, .. }) => {
                    if place.is_empty() {
                        place.push(at.to_string());
                        place.extend(path.split('/').filter(|p| !p.is_empty()).map(str::to_owned));
                    }
                    failed.push(format!("rule {rule}[{at}] failed at path {path}"));
                }
            }
        }
        if failed.is_empty() {
            if skipped.is_empty() {
                return Ok(Found::new(Outcome::Pass, self.message));
            }
            return Ok(Found::new(Outcome::Skip, skipped.join(" ")));
        }
        let failed = failed.join(" ");
        let message = match self.message {
            "" => format!("validation error: {failed}"),
            message if message.ends_with('.') => format!("validation error: {message} {failed}"),
            message => format!("validation error: {message}. {failed}"),
        };
        let mut found = Found::new(Outcome::Fail, message);
        found.place = place;
        Ok(found.below(&["anyPattern"]))
    }

    fn foreach(
        self,
        foreach: &Value,
        context: &Context<'_>,
        outer: Option<&Value>,
        nesting: usize,
    ) -> Result<Found, Failure> {
        if nesting >= NESTING {
            return Err(Failure::Unmodelled(format!("foreach: nested deeper than {NESTING}")));
        }
        let mut applied = 0;
        for (at, each) in foreach.as_array().map_or(&[][..], Vec::as_slice).iter().enumerate() {
            let elements = match elements(each, context) {
                Ok(elements) => elements,
                Err(failure @ Failure::Unmodelled(_)) => return Err(failure),
                Err(_) => continue,
            };
            let last = elements.len().saturating_sub(1);
            for (index, element) in elements.iter().enumerate().filter(|(_, e)| !e.is_null()) {
                let scope = each.get("elementScope").and_then(Value::as_bool);
                if scope == Some(true) && !element.is_object() {
                    let why = "failed to process foreach: elementScope is for elements that are mappings";
                    return Ok(Found::new(Outcome::Error, why).below(&["foreach", &at.to_string()]));
                }
                // An element that is not looked at alone leaves the one around it in its place.
                let scoped = scope.unwrap_or(element.is_object());
                let subject = if scoped { Some(element) } else { outer };
                let inner = self.context_of(each, context, element, (index, nesting));
                let found = inner.and_then(|inner| match inner {
                    Some(inner) => self.judge(each, &inner, subject, nesting + 1),
                    None => Ok(None),
                });
                let found = match settled(found.map(|f| f.unwrap_or_else(skip)), "failed to process foreach")?
                {
                    found if found.outcome == Outcome::Pass => {
                        applied += 1;
                        continue;
                    }
                    found if found.outcome == Outcome::Skip => continue,
                    found if found.outcome == Outcome::Error && index < last => continue,
                    found => found,
                };
                let message = format!("validation failure: {}", found.message);
                let place = found.place;
                return Ok(Found { outcome: found.outcome, message, place, because: None }
                    .below(&["foreach", &at.to_string()]));
            }
        }
        if applied == 0 {
            return Ok(Found::new(Outcome::Skip, "rule skipped"));
        }
        Ok(Found::new(Outcome::Pass, "rule passed"))
    }

    /// What an element's variables are asked of; `None` where it is not gone over.
    fn context_of<'f>(
        self,
        each: &Value,
        context: &Context<'f>,
        element: &Value,
        (index, nesting): (usize, usize),
    ) -> Result<Option<Context<'f>>, Failure> {
        let mut inner = context.inner()?;
        inner.set_element(element, index, nesting);
        entries::load(each.get("context").unwrap_or(&Value::Null), &mut inner, self.cluster, self.given)?;
        let conditions = each.get("preconditions").unwrap_or(&Value::Null);
        Ok(conditions::judge(conditions, &inner)?.holds.then_some(inner))
    }
}

fn skip() -> Found {
    Found::new(Outcome::Skip, "preconditions not met")
}

/// The elements of a loop: a list's items, or the one value.
pub(super) fn elements(each: &Value, context: &Context<'_>) -> Result<Vec<Value>, Failure> {
    let list = each.get("list").and_then(Value::as_str).unwrap_or_default();
    match context.query(list)? {
        Value::Array(items) if items.len() > ELEMENTS => {
            Err(Failure::Unmodelled(format!("foreach: more than {ELEMENTS} elements")))
        }
        Value::Array(items) => Ok(items),
        one => Ok(vec![one]),
    }
}
