//! What a policy in CEL says of a request.
//!
//! kyverno `pkg/cel/policies/{vpol,mpol,gpol}/{engine/engine,compiler/policy}.go`, `pkg/cel/matching/matcher.go`,
//! `pkg/webhooks/resource/vpol/handler.go` (what refuses), `pkg/cel/libs/context.go` (what is generated).

use serde_json::Value as Json;

use super::asked::{Asked, Outcome, RuleSays, Said};
use super::autogen;
use super::compiled::{Code, Compiled, Making};
use super::exception::Exception;
use super::scene::Scene;
use super::spec::{Fault, Kind, Mutation, Spec};
use crate::model::Object;
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::admission::patch;
use crate::sim::admission::policy::request::Request;
use crate::sim::admission::policy::{matching, mentions};
use crate::sim::cel::{Budget, Machine, Trouble, Value};
use crate::text::Span;

/// The longest message that is told.
const LONGEST: usize = 5 * 1024;

/// A policy that is ready to be asked: itself, and the copies that autogen makes of it.
#[derive(Debug)]
pub struct Policy<'t> {
    versions: Vec<(Spec<'t>, Compiled)>,
    exceptions: Vec<Exception<'t>>,
    /// Whether an expression looks objects up.
    looks_up: bool,
    /// An expression that reads who asks.
    reads_user: Option<Node<'t>>,
}

impl<'t> Policy<'t> {
    /// Reads and compiles a policy with its exceptions.
    pub fn read(object: Object<'t>, exceptions: &[Node<'t>]) -> Result<Self, Fault> {
        let spec = Spec::read(object)?;
        let exceptions = Exception::of(&spec, exceptions)?;
        let copies = autogen::copies(&spec);
        let exempting = || exceptions.iter().map(|e| e.object);
        let reads = |word: &str| {
            std::iter::once(object).chain(exempting()).find_map(|o| mentions(o.node.get("spec")?, word))
        };
        let looks_up = spec.kind == Kind::Generating || reads("resource").is_some();
        let reads_user = reads("userInfo");
        let mut versions = Vec::new();
        for spec in std::iter::once(spec).chain(copies) {
            let compiled = Compiled::of(&spec)?;
            versions.push((spec, compiled));
        }
        Ok(Self { versions, exceptions, looks_up, reads_user })
    }

    /// What is asked in a cluster: where the API server asks in Kyverno's place, there are no copies.
    #[must_use]
    pub fn in_a_cluster(mut self) -> Self {
        if self.spec().handed_over {
            self.versions.truncate(1);
        }
        self
    }

    /// The policy as it is written.
    pub fn spec(&self) -> &Spec<'t> {
        &self.versions[0].0
    }

    /// What it says. An error is what is not modelled.
    pub fn judge(&self, asked: &Asked<'_>, subresource: &str) -> Result<Said, String> {
        let payload = !self.spec().json && is_payload(&asked.resource);
        // `vpol/engine/engine.go`: a document that is no object is no matter of policies for objects. Those that mutate are
        // asked about it by the command line.
        if payload && self.spec().kind != Kind::Mutating {
            return Ok(Said::default());
        }
        let scene = Scene::new(asked, subresource, self.spec().json || payload);
        let request = scene.request()?;
        let mut said = Said::default();
        let mut object = asked.resource.clone();
        for (spec, compiled) in &self.versions {
            if !Self::matches(spec, &request)? {
                continue;
            }
            if let Some(node) = self.reads_user.filter(|_| asked.unnamed) {
                let text = node.as_str().unwrap_or("").trim();
                return Err(format!("it reads who asks, and nobody is named here: {text}"));
            }
            let mut run = Run {
                policy: self,
                spec,
                compiled,
                scene: &scene,
                request: &request,
                allowed: (Vec::new(), Vec::new()),
            };
            run.judge(&mut object, &mut said)?;
        }
        Ok(said)
    }

    fn matches(spec: &Spec<'_>, request: &Request<'_>) -> Result<bool, String> {
        if spec.namespace.as_ref().is_some_and(|home| *home != request.namespace) {
            return Ok(false);
        }
        if spec.json {
            return Ok(true);
        }
        let Some(rules) = spec.constraints.as_ref().and_then(|t| t.root()) else { return Ok(false) };
        matching::fits_as(rules, request, false)
    }
}

struct Run<'r, 't> {
    policy: &'r Policy<'t>,
    spec: &'r Spec<'t>,
    compiled: &'r Compiled,
    scene: &'r Scene,
    request: &'r Request<'r>,
    allowed: (Vec<String>, Vec<String>),
}

/// How conditions end.
enum Met {
    Yes,
    No,
    Error(String),
}

impl Run<'_, '_> {
    fn judge(&mut self, object: &mut Json, said: &mut Said) -> Result<(), String> {
        if let Some(rule) = self.excepted(object)? {
            said.rules.push(rule);
            return Ok(());
        }
        let mut machine = self.machine(object);
        match self.met(&mut machine, &self.compiled.conditions)? {
            Met::Yes => {}
            // A `GeneratingPolicy` that does not match says nothing.
            Met::No if self.spec.kind == Kind::Generating => return Ok(()),
            Met::No => {
                let at = self.spec.conditions.first().map_or(self.here(), |c| c.expression.node.own_span());
                said.rules.push(self.says("", Outcome::Skip, "skip".to_owned(), at));
                return Ok(());
            }
            Met::Error(text) => {
                let (name, what) = match self.spec.kind {
                    Kind::Validating => ("evaluation".to_owned(), "failed to load context"),
                    Kind::Mutating => ("evaluation".to_owned(), "failed to evaluate policy"),
                    Kind::Generating => (self.name(), "failed to evaluate policy"),
                };
                let at = self.spec.conditions.first().map_or(self.here(), |c| c.expression.node.own_span());
                said.rules.push(self.says(&name, Outcome::Error, format!("{what}: {text}"), at));
                return Ok(());
            }
        }
        match self.spec.kind {
            Kind::Validating => said.rules.push(self.validated(&mut machine)?),
            Kind::Mutating => match self.mutated(&mut machine, object)? {
                Ok(None) => said.rules.push(self.says("", Outcome::Skip, "skip".to_owned(), self.here())),
                Ok(Some(patched)) => {
                    object.clone_from(&patched);
                    said.patched = Some(patched);
                    said.rules.push(self.says("", Outcome::Pass, "success".to_owned(), self.here()));
                }
                Err((text, at)) => {
                    let text = format!("failed to evaluate policy: {text}");
                    said.rules.push(self.says("evaluation", Outcome::Error, text, at));
                }
            },
            Kind::Generating => match self.generated(&mut machine)? {
                Ok(objects) => {
                    said.generated.extend(objects);
                    let text = "policy evaluated successfully".to_owned();
                    said.rules.push(self.says(&self.name(), Outcome::Pass, text, self.here()));
                }
                Err((text, at)) => {
                    let text = format!("failed to evaluate policy: {text}");
                    said.rules.push(self.says(&self.name(), Outcome::Error, text, at));
                }
            },
        }
        Ok(())
    }

    fn name(&self) -> String {
        self.spec.object.name().unwrap_or_default().to_owned()
    }

    fn here(&self) -> Span {
        self.spec.object.kind_span()
    }

    fn says(&self, name: &str, outcome: Outcome, message: String, at: Span) -> RuleSays {
        let refuses = self.spec.kind == Kind::Validating
            && self.spec.denies
            && self.spec.admission
            && match outcome {
                Outcome::Fail => true,
                // `handler_failure_policy_test.go`: an exception that fails counts all the same.
                Outcome::Error => !self.spec.ignores || name == "evaluation",
                _ => false,
            };
        let because = vec![Reason::at(format!("{}: {message}", self.spec.object.title()), at)];
        RuleSays { name: name.to_owned(), outcome, message, refuses, place: at, because }
    }

    fn machine(&self, object: &Json) -> Machine<'_> {
        let home = self.spec.namespace.as_deref().unwrap_or_default();
        let allowed = (self.allowed.0.as_slice(), self.allowed.1.as_slice());
        let names = self.scene.names(self.request, object, allowed, home, self.policy.looks_up);
        Machine::new(names, self.compiled.variables.clone())
    }

    /// One condition that is false decides; an error does where none is.
    fn met(&self, machine: &mut Machine, all: &[(String, Code)]) -> Result<Met, String> {
        let mut errors = Vec::new();
        for (name, code) in all {
            match machine.run(code) {
                Ok(Value::Bool(true)) => {}
                Ok(_) => return Ok(Met::No),
                Err(Trouble::Error(text)) => errors.push(text),
                Err(other) => return Err(format!("match condition '{name}': {other}")),
            }
        }
        Ok(match errors.is_empty() {
            true => Met::Yes,
            false if self.spec.ignores && self.spec.kind == Kind::Validating => Met::No,
            false => Met::Error(errors.join("; ")),
        })
    }

    /// Exceptions that fit: one without images and values spares wholly, the others widen what is allowed.
    fn excepted(&mut self, object: &Json) -> Result<Option<RuleSays>, String> {
        let (mut fit, mut whole, budget) = (Vec::new(), false, Budget::default());
        for exception in &self.policy.exceptions {
            let mut machine = self.machine(object).within(&budget);
            let met = self.met(&mut machine, &exception.conditions);
            machine.settle(&budget);
            match met? {
                Met::No => continue,
                Met::Error(_) if whole => continue,
                Met::Error(text) => {
                    let (name, at) = ("evaluation", exception.object.kind_span());
                    let text = format!("failed to load context: {text}");
                    return Ok(Some(self.says(name, Outcome::Error, text, at)));
                }
                Met::Yes => {}
            }
            whole |= exception.is_whole();
            self.allowed.0.extend(exception.images.iter().cloned());
            self.allowed.1.extend(exception.values.iter().cloned());
            fit.push(exception);
        }
        // A `GeneratingPolicy` knows no exceptions for a part.
        if fit.is_empty() || !whole && self.spec.kind != Kind::Generating {
            return Ok(None);
        }
        let keys: Vec<_> = fit.iter().map(|e| e.key()).collect();
        let heaviest = fit.iter().rev().max_by_key(|e| e.priority());
        let passes = heaviest.is_some_and(|e| e.passes());
        let (outcome, word) = if passes { (Outcome::Pass, "passed") } else { (Outcome::Skip, "skipped") };
        let text = format!("rule is {word} due to policy exception: {}", keys.join(", "));
        let at = heaviest.map_or(self.here(), |e| e.object.kind_span());
        Ok(Some(self.says("exception", outcome, text, at)))
    }

    /// The first validation that does not hold decides.
    fn validated(&self, machine: &mut Machine) -> Result<RuleSays, String> {
        const RULE: &str = "validation";
        for (index, (check, text)) in self.compiled.checks.iter().zip(&self.spec.validations).enumerate() {
            let at = text.expression.node.own_span();
            match machine.run(&check.code) {
                Ok(Value::Bool(true)) => {}
                Ok(_) => {
                    let message = match &check.speaks {
                        None => text.message.clone(),
                        Some(code) => match machine.run(code) {
                            Ok(Value::Text(text)) => text.chars().take(LONGEST).collect(),
                            Ok(_) => "failed to convert message expression to string".to_owned(),
                            Err(Trouble::Error(text)) => {
                                format!("failed to evaluate message expression: {text}")
                            }
                            Err(other) => return Err(format!("messageExpression: {other}")),
                        },
                    };
                    let message = if message.is_empty() {
                        format!("CEL expression validation failed at index {index}")
                    } else {
                        message
                    };
                    return Ok(self.says(RULE, Outcome::Fail, message, at));
                }
                Err(Trouble::Error(text)) => {
                    return Ok(self.says(RULE, Outcome::Error, format!("error: {text}"), at));
                }
                Err(other) => return Err(format!("validations[{index}]: {other}")),
            }
        }
        let at = self.spec.validations.first().map_or(self.here(), |first| first.expression.node.own_span());
        Ok(self.says(RULE, Outcome::Pass, "success".to_owned(), at))
    }

    /// The object after the mutations; the inner error is one of the policy's, and where. A test that fails in a patch takes
    /// that patch back; in the mode of JSON the whole policy, which is `None`.
    fn mutated(
        &self,
        machine: &mut Machine,
        object: &Json,
    ) -> Result<Result<Option<Json>, (String, Span)>, String> {
        let mut patched = object.clone();
        for (code, text) in self.compiled.mutations.iter().zip(&self.spec.mutations) {
            let (Mutation::Apply(written) | Mutation::Patch(written)) = text;
            let at = written.node.own_span();
            let value = match machine.run(code) {
                Ok(value) => value,
                Err(Trouble::Error(text)) => return Ok(Err((text, at))),
                Err(other) => return Err(format!("mutation: {other}")),
            };
            let changed = match text {
                Mutation::Apply(_) => patch::applied(&mut patched, &value, self.spec.whole),
                Mutation::Patch(_) => {
                    match patch::operations(&value).and_then(|all| patch::json_patch(&patched, &all)) {
                        Ok(Some(new)) => {
                            patched = new;
                            Ok(())
                        }
                        Ok(None) if self.spec.json => return Ok(Ok(None)),
                        Ok(None) => Ok(()),
                        Err(text) => Err(text),
                    }
                }
            };
            match changed {
                Ok(()) => machine.set("object", Value::of_document(&patched)),
                Err(text) if text.starts_with("not modelled") => return Err(text),
                Err(text) => return Ok(Err((text, at))),
            }
        }
        Ok(Ok(Some(patched)))
    }

    /// What is made; the inner error is one of the policy's, and where.
    fn generated(&self, machine: &mut Machine) -> Result<Result<Vec<Json>, (String, Span)>, String> {
        let mut out = Vec::new();
        for (making, text) in self.compiled.makings.iter().zip(&self.spec.generations) {
            let (super::spec::Generation::Expression(written)
            | super::spec::Generation::Template(written, _)) = text;
            let made = match making {
                Making::Code(code) => machine.run(code).map(drop),
                Making::Template(template) => {
                    template.render(machine).map(|all| out.extend(all.into_iter().map(clean)))
                }
            };
            match made {
                Ok(()) => {}
                Err(Trouble::Error(text)) => return Ok(Err((text, written.node.own_span()))),
                Err(other) => return Err(format!("generate: {other}")),
            }
            for (namespace, value) in std::mem::take(&mut machine.made) {
                let mut one = value.json()?;
                let Some(metadata) = one.get_mut("metadata").and_then(Json::as_object_mut) else {
                    return Ok(Err(("an object without metadata".to_owned(), written.node.own_span())));
                };
                if !namespace.is_empty() {
                    let home = metadata.get("namespace").and_then(Json::as_str).unwrap_or_default();
                    // What was copied from elsewhere; what names no namespace was written for this one.
                    if !home.is_empty() && home != namespace {
                        metadata.remove("ownerReferences");
                    }
                    metadata.insert("namespace".to_owned(), namespace.into());
                }
                out.push(clean(one));
            }
        }
        Ok(Ok(out))
    }
}

/// What a server writes into `metadata` is not copied.
fn clean(mut object: Json) -> Json {
    if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
        for key in ["uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink", "generation"]
        {
            metadata.remove(key);
        }
    }
    object
}

/// Whether this is a document rather than an object of a cluster.
fn is_payload(resource: &Json) -> bool {
    !resource.is_null() && resource.get("kind").is_none() && resource.get("apiVersion").is_none()
}
