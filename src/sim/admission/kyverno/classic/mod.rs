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
mod sender;
mod validate;
mod variables;
mod verify;
mod wildcard;
mod work;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use self::autogen::Rule;
use self::context::Context;
use self::generate::Maker;
use self::jmespath::{Failure, Fuel};
use self::matching::Subject;
use self::mutate::Mutator;
use self::policy::Policy;
use self::validate::{Found, Validator, settled};
pub use self::work::Work;
use self::work::{WORKS, does};
use super::asked::{Asked, Operation, Outcome, RuleSays, Said};
use super::cluster::Cluster;
use crate::model::Object;
use crate::parse::json;
use crate::sim::Reason;
use crate::sim::admission::policy::plural;

/// Judges one policy and one request. An error says what is not modelled, or what is wrong with the policy itself.
pub fn judge(asked: &Asked<'_>) -> Result<Said, String> {
    Ready::read(asked.policy)?.judge(asked, WORKS)
}

/// A policy that is ready to be asked: read once, its rules written anew once for each kind that is asked about.
#[derive(Debug)]
pub struct Ready<'t> {
    policy: Policy<'t>,
    rules: RefCell<BTreeMap<String, Rc<[Rule]>>>,
}

impl<'t> Ready<'t> {
    /// Reads a policy; an error for what is none.
    pub fn read(object: Object<'t>) -> Result<Self, String> {
        Ok(Self { policy: Policy::read(object)?, rules: RefCell::default() })
    }

    /// What it says of a request by these works. An error says what is not modelled.
    pub fn judge(&self, asked: &Asked<'_>, works: &[Work]) -> Result<Said, String> {
        let object = if asked.resource.is_null() { asked.old.as_ref() } else { Some(&asked.resource) };
        let object = object.ok_or("resource: neither an object nor an old one")?;
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let rules = self.rules(kind);
        if !rules.iter().any(|rule| works.iter().any(|work| does(&rule.json, *work))) {
            return Ok(Said::default());
        }
        let fuel = Fuel::new();
        let context = Context::new(asked, &fuel)?;
        let exceptions: Vec<Value> = asked.exceptions.iter().map(|node| json::to_value(*node)).collect();
        let judge = Judge { asked, policy: &self.policy, exceptions: &exceptions };
        judge.run(&rules, works, object, context).map_err(|failure| failure.to_string())
    }

    fn rules(&self, kind: &str) -> Rc<[Rule]> {
        if let Some(known) = self.rules.borrow().get(kind) {
            return Rc::clone(known);
        }
        let made: Rc<[Rule]> = autogen::rules(&self.policy.json, kind).into();
        self.rules.borrow_mut().insert(kind.to_owned(), Rc::clone(&made));
        made
    }

    /// Whether a rule of it does this.
    pub fn does(&self, work: Work) -> bool {
        self.policy
            .json
            .pointer("/spec/rules")
            .and_then(Value::as_array)
            .is_some_and(|rules| rules.iter().any(|rule| does(rule, work)))
    }

    /// Whether a failure of any rule refuses, somewhere.
    pub fn enforces_somewhere(&self) -> bool {
        self.policy.enforces_somewhere()
    }
}

/// What stays the same through a judgement.
#[derive(Clone, Copy)]
struct Judge<'a> {
    asked: &'a Asked<'a>,
    policy: &'a Policy<'a>,
    exceptions: &'a [Value],
}

impl Judge<'_> {
    fn run(
        self,
        rules: &[Rule],
        works: &[Work],
        object: &Value,
        mut context: Context<'_>,
    ) -> Result<Said, Failure> {
        let mut said = Said::default();
        let mut now = object.clone();
        for work in works.iter().copied() {
            for rule in rules {
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
        if let Some(what) = unmodelled(&rule.json, &self.asked.cluster) {
            return Err(Failure::Unmodelled(format!("rule {name}: {what}")));
        }
        let sender = if self.asked.unnamed { sender::read_by(&rule.json) } else { None };
        if let Some(what) = sender.filter(|what| what.is_variable) {
            return Err(sender::unnamed(name, what));
        }
        let mut inner = context.inner()?;
        let found = self.found(rule, work, subject, &mut inner, said)?;
        if work == Work::Mutate {
            said.patched.get_or_insert_with(|| object.clone());
        }
        if let (Work::Mutate | Work::Verify, Some(patched)) = (work, &said.patched) {
            context.set_object(patched);
        }
        if let (Some(what), Some(found)) = (sender, &found)
            && !matches!(found.outcome, Outcome::Skip)
            && (work != Work::Validate || found.outcome != Outcome::Pass)
        {
            return Err(sender::unnamed(name, what));
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
        entries::load(own("context"), context, self.asked.cluster.objects(), &given)?;
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
            Work::Mutate | Work::MutateOthers if self.asked.operation == Operation::Delete => Ok(None),
            Work::Mutate | Work::MutateOthers => {
                let mutator = Mutator { cluster: self.asked.cluster.objects(), given: &given };
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
                let (found, pinned) = verify::judge(node, subject.object, self.asked, context.fuel())?;
                said.patched = pinned.or(said.patched.take());
                Ok(Some(found))
            }
            Work::Generate if self.asked.operation == Operation::Delete => {
                Err(Failure::Unmodelled(format!("rule {name}: what generate does on DELETE is not modelled")))
            }
            Work::Generate => {
                let maker = Maker { cluster: self.asked.cluster.objects(), given: &given };
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
            let cluster = self.asked.cluster.objects();
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
            place: self.policy.rule_node(rule.origin).own_span(),
            because,
        }
    }
}

/// What of a rule cannot be judged, where it is there, and what would help.
fn unmodelled(rule: &Value, cluster: &Cluster) -> Option<String> {
    let validate = rule.get("validate").unwrap_or(&Value::Null);
    let has = |of: &Value, key: &str| of.get(key).is_some_and(|v| !v.is_null());
    if has(rule, "verifyImages") && !cluster.tells_of_images() {
        let text = "verifyImages asks for signatures, and nothing says which images there are: state each as an \
                    `Image` of sealegs/v1, with its references, digest and signatures";
        return Some(text.to_owned());
    }
    let parts = [(rule, "imageExtractors"), (validate, "manifests"), (validate, "assert")];
    let found = parts.into_iter().find(|(of, key)| has(of, key));
    found.map(|(_, key)| format!("{key} is not modelled"))
}
