//! Kyverno's old kinds, `ClusterPolicy` and `Policy` (`kyverno.io/v1`, `v2beta1`): match, exclude, preconditions, context,
//! validate, mutate, generate, autogen, exceptions.
//!
//! After the repository kyverno/kyverno: `pkg/engine/**`, `pkg/autogen/v1`, `pkg/pss`, `api/kyverno/v1`; each module names
//! its files. Where the cluster and the command line differ (lookups, context entries), a test's values stand in for
//! lookups as on the command line. What is not modelled is an error of the whole, never a verdict.

mod anchor;
mod autogen;
mod cel;
mod conditions;
mod context;
mod duration;
mod entries;
mod exception;
mod generate;
mod images;
mod jmespath;
mod json_patch;
mod matching;
mod merge;
mod mutate;
mod operator;
mod overlay;
mod overlay_patch;
mod pattern;
mod place;
mod pod_security;
mod policy;
mod semver;
mod validate;
mod variables;
mod verify;
mod wildcard;

use serde_json::Value;

use self::autogen::Rule;
use self::context::Context;
use self::generate::Maker;
use self::jmespath::{Failure, Fuel};
use self::matching::Subject;
use self::mutate::Mutator;
use self::policy::Policy;
use self::validate::{Found, Validator, settled};
use super::asked::{Asked, Operation, Outcome, RuleSays, Said};
use crate::parse::json;
use crate::sim::Reason;
use crate::sim::admission::policy::plural;
use crate::sim::world::{Image, World};

/// Judges one policy and one request. An error says what is not modelled, or what is wrong with the policy itself.
pub fn judge(asked: &Asked<'_>) -> Result<Said, String> {
    judged(asked, None)
}

/// The same, where the registries hold these images.
pub fn judge_with(asked: &Asked<'_>, images: &[Image]) -> Result<Said, String> {
    judged(asked, Some(images))
}

fn judged(asked: &Asked<'_>, images: Option<&[Image]>) -> Result<Said, String> {
    let policy = Policy::read(asked.policy)?;
    let fuel = Fuel::new();
    let context = Context::new(asked, &fuel)?;
    let exceptions: Vec<Value> = asked.exceptions.iter().map(|node| json::to_value(*node)).collect();
    let told = match images {
        None if policy.verifies() => verify::told(&asked.cluster, &fuel).map_err(|f| f.to_string())?,
        _ => None,
    };
    let images = images.or(told.as_ref().map(World::images));
    let judge = Judge { asked, policy: &policy, exceptions: &exceptions, images };
    judge.run(context).map_err(|failure| failure.to_string())
}

/// What stays the same through a judgement.
#[derive(Clone, Copy)]
struct Judge<'a> {
    asked: &'a Asked<'a>,
    policy: &'a Policy<'a>,
    exceptions: &'a [Value],
    /// What the registries hold, where that is said.
    images: Option<&'a [Image]>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Mutate,
    Verify,
    Validate,
    Generate,
}

impl Judge<'_> {
    fn run(self, mut context: Context<'_>) -> Result<Said, Failure> {
        let mut said = Said::default();
        let object =
            if self.asked.resource.is_null() { self.asked.old.as_ref() } else { Some(&self.asked.resource) };
        let Some(object) = object else {
            return Err(Failure::Unmodelled("resource: neither an object nor an old one".to_owned()));
        };
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let rules = autogen::rules(&self.policy.json, kind);
        let mut now = object.clone();
        for work in [Work::Mutate, Work::Verify, Work::Validate, Work::Generate] {
            for rule in &rules {
                if !does(&rule.json, work) {
                    continue;
                }
                let Some(says) = self.rule(rule, work, &now, &mut context, &mut said)? else { continue };
                if let (Work::Mutate | Work::Verify, Some(patched)) = (work, &said.patched) {
                    now.clone_from(patched);
                }
                let applied = matches!(says.outcome, Outcome::Pass | Outcome::Fail | Outcome::Warn);
                said.rules.push(says);
                if applied && self.policy.only_one() {
                    break;
                }
            }
        }
        Ok(said)
    }

    /// What a rule says; `None` where it is not about this request.
    fn rule(
        self,
        rule: &Rule,
        work: Work,
        object: &Value,
        context: &mut Context<'_>,
        said: &mut Said,
    ) -> Result<Option<RuleSays>, Failure> {
        let name = autogen::name(&rule.json);
        let subject =
            Subject { object, asked: self.asked, policy_namespace: self.policy.object.namespace_of_policy() };
        context.fuel().burn(matching::cost(&rule.json, subject))?;
        if matching::misses(&rule.json, subject)?.is_some() {
            return Ok(None);
        }
        if let Some(what) = unmodelled(&rule.json, self.images.is_some()) {
            return Err(Failure::Unmodelled(format!("rule {name}: {what} is not modelled")));
        }
        let mut inner = context.inner()?;
        let found = self.found(rule, work, subject, &mut inner, said)?;
        if work == Work::Mutate {
            said.patched.get_or_insert_with(|| object.clone());
        }
        if let (Work::Mutate | Work::Verify, Some(patched)) = (work, &said.patched) {
            context.set_object(patched);
        }
        Ok(found.map(|found| self.says(rule, subject, found)))
    }

    fn found(
        self,
        rule: &Rule,
        work: Work,
        subject: Subject<'_>,
        context: &mut Context<'_>,
        said: &mut Said,
    ) -> Result<Option<Found>, Failure> {
        let name = autogen::name(&rule.json);
        let own = |key: &str| rule.json.get(key).unwrap_or(&Value::Null);
        let given = self.given(rule, context)?;
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        entries::load(own("context"), context, &self.asked.cluster, &given)?;
        match conditions::judge(own("preconditions"), context) {
            Ok(held) if held.holds => {}
            Ok(held) => {
                let message = ["preconditions not met", &held.message];
                let message = message.into_iter().filter(|m| !m.is_empty()).collect::<Vec<_>>().join("; ");
                return Ok(Some(Found::new(Outcome::Skip, message)));
            }
            Err(failure) => {
                return settled(Err(failure), "failed to evaluate preconditions").map(Some);
            }
        }
        if let Some(key) = exception::excepts(self.exceptions, &self.policy.json, name, subject, context)? {
            let message = format!("rule is skipped due to policy exceptions {key}");
            return Ok(Some(Found::new(Outcome::Skip, message)));
        }
        match work {
            Work::Validate => self.validate(rule, subject, context, &given),
            Work::Mutate if self.asked.operation == Operation::Delete => Ok(None),
            Work::Mutate => {
                let mutator = Mutator { cluster: &self.asked.cluster, given: &given };
                let done = mutator.patched(own("mutate"), subject.object, context);
                let found = done.map(|(found, object)| {
                    said.patched = Some(object);
                    found
                });
                settled(found, "mutation failed").map(Some)
            }
            Work::Verify if self.asked.operation == Operation::Delete => Ok(None),
            Work::Verify => {
                let node = self.policy.rule_node(rule.origin);
                let (old, images) = (self.asked.old.as_ref(), self.images.unwrap_or_default());
                let (found, pinned) = verify::judge(node, subject.object, old, images)?;
                said.patched = pinned.or(said.patched.take());
                Ok(Some(found))
            }
            Work::Generate if self.asked.operation == Operation::Delete => {
                Err(Failure::Unmodelled(format!("rule {name}: what generate does on DELETE is not modelled")))
            }
            Work::Generate => {
                let maker = Maker { cluster: &self.asked.cluster, given: &given };
                let done = maker.made(own("generate"), context);
                let found = done.map(|(found, made)| {
                    said.generated.extend(made);
                    found
                });
                settled(found, "generation failed").map(Some)
            }
        }
    }

    /// Puts the values that a test gives for a rule into its context; the names at their roots.
    fn given(self, rule: &Rule, context: &mut Context<'_>) -> Result<Vec<String>, Failure> {
        let name = autogen::name(&rule.json);
        let origin = self.policy.rule_name(rule.origin);
        let mut out = Vec::new();
        let values = self.asked.rule_variables.get(name).or_else(|| self.asked.rule_variables.get(origin));
        for (path, value) in values.into_iter().flatten() {
            context.set_dotted(path, value.clone()).map_err(Failure::Unmodelled)?;
            out.push(path.split('.').next().unwrap_or_default().to_owned());
        }
        out.extend(
            self.asked.variables.keys().map(|path| path.split('.').next().unwrap_or_default().to_owned()),
        );
        Ok(out)
    }

    fn validate(
        self,
        rule: &Rule,
        subject: Subject<'_>,
        context: &Context<'_>,
        given: &[&str],
    ) -> Result<Option<Found>, Failure> {
        let found = self.validated(rule, subject, context, given)?;
        let failed = found.as_ref().is_some_and(|f| f.outcome == Outcome::Fail);
        let Some(old) = self.asked.old.as_ref().filter(|_| failed && !self.asked.resource.is_null()) else {
            return Ok(found);
        };
        if !self.policy.forgives(&rule.json) {
            return Ok(found);
        }
        // As if the old object were created: what it broke already may stay broken.
        let asked =
            Asked { resource: old.clone(), old: None, operation: Operation::Create, ..self.asked.clone() };
        let before = Subject { object: old, asked: &asked, ..subject };
        if matching::misses(&rule.json, before)?.is_some() {
            return Ok(found);
        }
        let mut inner = context.inner()?;
        inner.set_before(old);
        let prior = Judge { asked: &asked, ..self }.validated(rule, before, &inner, given)?;
        if prior.is_some_and(|prior| prior.outcome == Outcome::Fail) {
            let why = "skipping the rule evaluation as pre-existing violations are allowed";
            return Ok(Some(Found::new(Outcome::Skip, why)));
        }
        Ok(found)
    }

    fn validated(
        self,
        rule: &Rule,
        subject: Subject<'_>,
        context: &Context<'_>,
        given: &[&str],
    ) -> Result<Option<Found>, Failure> {
        let body = rule.json.get("validate").unwrap_or(&Value::Null);
        let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
        let deletes = self.asked.operation == Operation::Delete;
        let name = autogen::name(&rule.json);
        let object = (!deletes).then_some(subject.object);
        let has = |key: &str| body.get(key).is_some_and(|v| !v.is_null());
        let found = if has("podSecurity") {
            if deletes {
                return Ok(None);
            }
            pod_security::judge(name, &body["podSecurity"], subject.object).map(Some)
        } else if has("cel") {
            cel::judge(name, &rule.json, subject).map(Some)
        } else {
            let cluster = &self.asked.cluster;
            Validator { name, message, object, cluster, given }.judge(body, context, None, 0)
        };
        match found {
            Ok(None) => Ok(None),
            found => {
                let found = found.map(|f| f.unwrap_or_else(|| Found::new(Outcome::Skip, "")));
                settled(found, "validation failed").map(Some)
            }
        }
    }

    /// What is told of what was found: by the policy's failure action, and at its place.
    fn says(self, rule: &Rule, subject: Subject<'_>, found: Found) -> RuleSays {
        let enforced = self.policy.enforces(&rule.json, subject);
        let mut outcome = found.outcome;
        if outcome == Outcome::Fail && !self.policy.is_scored() {
            outcome = Outcome::Warn;
        }
        let because = match outcome {
            Outcome::Pass | Outcome::Skip => Vec::new(),
            _ => {
                let text = format!("rule {}: {}", autogen::name(&rule.json), found.message);
                let place = || place::of(self.policy.rule_node(rule.origin), &found.place, rule.shift);
                vec![Reason::at(text, found.because.as_ref().and_then(|b| b.span).unwrap_or_else(place))]
            }
        };
        RuleSays {
            name: autogen::name(&rule.json).to_owned(),
            outcome,
            message: found.message,
            refuses: enforced && matches!(found.outcome, Outcome::Fail | Outcome::Error),
            because,
        }
    }
}

fn does(rule: &Value, work: Work) -> bool {
    let has = |key: &str| rule.get(key).is_some_and(|v| !v.is_null());
    match work {
        Work::Mutate => has("mutate"),
        Work::Verify => has("verifyImages"),
        Work::Validate => has("validate"),
        Work::Generate => has("generate"),
    }
}

/// What of a rule is not modelled, where it is there.
fn unmodelled(rule: &Value, told: bool) -> Option<&'static str> {
    let validate = rule.get("validate").unwrap_or(&Value::Null);
    let has = |of: &Value, key: &str| of.get(key).is_some_and(|v| !v.is_null());
    let found =
        [(rule, "verifyImages"), (rule, "imageExtractors"), (validate, "manifests"), (validate, "assert")];
    let judged = |key: &str| key == "verifyImages" && told;
    found.into_iter().find(|(of, key)| has(of, key) && !judged(key)).map(|(_, key)| key)
}
