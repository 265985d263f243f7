//! What the mutating policies of a world make of a request.
//!
//! kubernetes `plugin/policy/mutating/{dispatcher,reinvocationcontext}.go`, `plugin/policy/generic/policy_dispatcher.go`. The
//! server asks policies in no order of its own (`policy_source.go` walks a map): where another order makes another object,
//! nothing is known.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::authority::{self, Roles};
use super::binding::Binding;
use super::bound::{Known, concerns, params_of, roles_among, unknown_in};
use super::judge::{Condition, conditions};
use super::matching;
use super::mutation::{Mutation, Patch, Step};
use super::params::{Params, collect};
use super::request::Request;
use crate::model::Object;
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::admission::patch;
use crate::sim::cel::{Budget, Machine, Trouble, Value};
use crate::text::{Finding, Span};

/// The kind of the policies.
pub const POLICY: &str = "MutatingAdmissionPolicy";
const BINDING: &str = "MutatingAdmissionPolicyBinding";

/// The work of one mutation on each part of the object, in steps of an expression.
const PART: usize = 20;
/// The most parts of an object that is changed: more no server stores.
const LARGEST: usize = 100_000;

/// The policies and bindings of a world.
#[derive(Clone, Debug, Default)]
pub struct Mutators<'w> {
    policies: Vec<(Object<'w>, Result<Mutation<'w>, Vec<Finding>>)>,
    bindings: Vec<Object<'w>>,
    params: Vec<Object<'w>>,
    roles: Vec<Object<'w>>,
}

/// One policy, as one binding and one parameter call it.
struct Call<'p, 'w> {
    policy: Object<'w>,
    mutation: &'p Mutation<'w>,
    binding: Object<'w>,
    param: Option<Object<'w>>,
}

/// Which calls a round makes.
#[derive(Clone, Copy, Debug)]
pub enum Round<'r> {
    /// All of them.
    First,
    /// Those that were made before, and asked to be made again.
    Again(&'r BTreeSet<String>),
}

/// What came of a round.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The object.
    pub body: Json,
    /// What changed it, and where.
    pub notes: Vec<Reason>,
    /// The calls that ask to be made again.
    pub again: BTreeSet<String>,
}

/// Why there is no object.
pub enum Failed {
    /// It is refused: what is said, whether as an invalid object, and where.
    Refused(String, bool, Vec<Reason>),
    /// Nothing can be known.
    Unknown(Vec<Reason>),
}

/// An error of a call: what is said, whether its expressions are to blame, and where.
type Fault = (String, bool, Span);

impl<'w> Mutators<'w> {
    /// Those among these objects, which are parameters too.
    pub fn new(objects: &[Object<'w>]) -> Self {
        let of_kind = |kind: &'static str| {
            let ours = move |o: &&Object<'w>| {
                o.kind() == Some(kind) && o.group().is_none_or(|g| g == "admissionregistration.k8s.io")
            };
            objects.iter().filter(ours).copied()
        };
        let policies: Vec<_> = of_kind(POLICY).map(|o| (o, Mutation::compile(o))).collect();
        if policies.is_empty() {
            return Self::default();
        }
        let params = params_of(&policies.iter().map(|(o, _)| *o).collect::<Vec<_>>(), objects);
        Self { policies, bindings: of_kind(BINDING).collect(), params, roles: roles_among(objects) }
    }

    /// Whether there is no policy.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// Changes an object. `settle` gives it the defaults that the API server sets after each change.
    pub fn run<'t>(
        &self,
        body: &Json,
        request: &Request<'t>,
        known: Known,
        round: Round<'_>,
        settle: &dyn Fn(&mut Json),
    ) -> Result<Changed, Failed>
    where
        'w: 't,
    {
        let roles = Roles::among(&self.roles);
        let request = &Request { authority: Some(&roles), ..request.clone() };
        let (calls, mut faults) = self.calls(request, known)?;
        let made = |call: &&Call<'_, 'w>| match round {
            Round::First => true,
            Round::Again(keys) => keys.contains(&call.key()),
        };
        let mut calls: Vec<_> = calls.iter().filter(made).collect();
        let unknown = |text: String| Failed::Unknown(vec![Reason::fact(text)]);
        let changed = through(&calls, body, request, settle, &mut faults).map_err(unknown)?;
        if calls.len() > 1 {
            calls.reverse();
            let other = through(&calls, body, request, settle, &mut Vec::new()).map_err(unknown)?;
            if other.body != changed.body {
                let text = "mutating policies make another object in another order, and the API server promises none";
                let mut because = vec![Reason::fact(text)];
                because.extend(changed.notes);
                return Err(Failed::Unknown(because));
            }
        }
        match faults.first() {
            None => Ok(changed),
            Some((said, invalid, _)) => {
                let because = faults.iter().map(|(text, _, span)| Reason::at(text.clone(), *span)).collect();
                Err(Failed::Refused(said.clone(), *invalid, because))
            }
        }
    }

    /// The calls that a request makes, and what is wrong with bindings.
    fn calls(&self, request: &Request<'_>, known: Known) -> Result<(Vec<Call<'_, 'w>>, Vec<Fault>), Failed> {
        let (mut calls, mut faults) = (Vec::new(), Vec::new());
        for (policy, compiled) in &self.policies {
            let title = policy.title();
            let unknown = |text: String| {
                Failed::Unknown(vec![Reason::at(format!("{title}: {text}"), policy.kind_span())])
            };
            if !concerns(*policy, request).map_err(unknown)? {
                continue;
            }
            let mutation = compiled.as_ref().map_err(|findings| {
                let said = |f: &Finding| {
                    Reason::at(format!("{title} cannot be stored: {}", f.title), f.primary.span)
                };
                Failed::Unknown(findings.iter().map(said).collect())
            })?;
            let of =
                |o: &&Object<'w>| o.node.at(&["spec", "policyName"]).and_then(Node::as_str) == policy.name();
            for object in self.bindings.iter().filter(of) {
                let binding = Binding { object: *object, denies: true, warns: false, audits: false };
                let fits = binding.rules().map_or(Ok(true), |rules| matching::fits(rules, request));
                if !fits.map_err(unknown)? {
                    continue;
                }
                if let Some(text) = unknown_in(*policy, known) {
                    return Err(Failed::Unknown(vec![text]));
                }
                let reference = binding.reference();
                match collect(mutation.param_kind, reference, &request.namespace, &self.params)
                    .map_err(unknown)?
                {
                    Params::Fault(_) if mutation.ignores => {}
                    Params::Fault(text) => {
                        let text = refusal(*policy, *object, &format!("failed to configure binding: {text}"));
                        faults.push((text, false, object.kind_span()));
                    }
                    Params::Each(each) => calls.extend(each.into_iter().map(|param| Call {
                        policy: *policy,
                        mutation,
                        binding: *object,
                        param,
                    })),
                }
            }
        }
        Ok((calls, faults))
    }
}

fn refusal(policy: Object<'_>, binding: Object<'_>, text: &str) -> String {
    let name = |o: Object<'_>| o.name().unwrap_or_default().to_owned();
    format!("policy '{}' with binding '{}' denied request: {text}", name(policy), name(binding))
}

/// Makes the calls one after the other. An error is what is not modelled.
fn through(
    calls: &[&Call<'_, '_>],
    body: &Json,
    request: &Request<'_>,
    settle: &dyn Fn(&mut Json),
    faults: &mut Vec<Fault>,
) -> Result<Changed, String> {
    let budget = Budget::default();
    let mut out = Changed { body: body.clone(), notes: Vec::new(), again: BTreeSet::new() };
    for call in calls {
        match call.fits(&out.body, request, &budget)? {
            Condition::Fits => {}
            Condition::Differs(_) => continue,
            Condition::Fails(_) if call.mutation.ignores => continue,
            Condition::Fails(text) => {
                faults.push((refusal(call.policy, call.binding, &text), true, call.policy.kind_span()));
                continue;
            }
        }
        if call.mutation.again {
            out.again.insert(call.key());
        }
        for step in &call.mutation.steps {
            match call.step(step, &out.body, request, &budget) {
                Ok(mut body) => {
                    settle(&mut body);
                    if body != out.body {
                        let by = call.binding.name().unwrap_or_default();
                        let text = format!("{}, bound by {by}, changes it here", call.policy.title());
                        out.notes.push(Reason::at(text, step.span));
                    }
                    out.body = body;
                }
                Err(Trouble::Error(_)) if call.mutation.ignores => {}
                Err(Trouble::Error(text)) => {
                    faults.push((refusal(call.policy, call.binding, &text), true, step.span));
                }
                Err(other) => return Err(format!("{}: {other}", call.policy.title())),
            }
        }
    }
    Ok(out)
}

impl Call<'_, '_> {
    /// What tells it from other calls.
    fn key(&self) -> String {
        let name = |o: Object<'_>| o.name().unwrap_or_default().to_owned();
        let param = self.param.map(Object::title).unwrap_or_default();
        format!("{} {} {param}", name(self.policy), name(self.binding))
    }

    /// Whether its conditions fit an object, which nobody looks at where there is none.
    fn fits(&self, body: &Json, request: &Request<'_>, budget: &Budget) -> Result<Condition, String> {
        if self.mutation.conditions.is_empty() {
            return Ok(Condition::Fits);
        }
        let mut machine = self.machine(body, request).within(budget);
        let condition = conditions(&mut machine, &self.mutation.conditions);
        machine.settle(budget);
        condition
    }

    fn machine<'a>(&self, body: &Json, request: &Request<'a>) -> Machine<'a> {
        let mut names = vec![
            ("object".to_owned(), Value::of_json(body)),
            ("oldObject".to_owned(), request.old.map_or(Value::Null, |o| Value::of(o.node))),
            ("namespaceObject".to_owned(), request.namespace_value()),
            ("request".to_owned(), request.value()),
            ("authorizer".to_owned(), authority::of(request)),
        ];
        if self.mutation.param_kind.is_some() {
            names.push(("params".to_owned(), self.param.map_or(Value::Null, |o| Value::of(o.node))));
        }
        let lazy = self.mutation.variables.iter().map(|v| (v.name.clone(), v.program.clone())).collect();
        Machine::new(names, lazy).trusting(request.authority)
    }

    /// The object after a mutation.
    fn step(
        &self,
        step: &Step,
        body: &Json,
        request: &Request<'_>,
        budget: &Budget,
    ) -> Result<Json, Trouble> {
        // The object is handed to the expression, changed, given its defaults and compared.
        let parts = patch::parts(body);
        if parts > LARGEST {
            return Err(Trouble::Unmodelled(format!("to change an object of more than {LARGEST} parts")));
        }
        budget.take(parts.saturating_mul(PART))?;
        let mut machine = self.machine(body, request).within(budget);
        let value = machine.run(&step.program);
        machine.settle(budget);
        let value = value.map_err(|trouble| match trouble {
            Trouble::Error(text) => {
                Trouble::Error(format!("expression '{}' resulted in error: {text}", step.text))
            }
            other => other,
        })?;
        let trouble = |text: String| {
            if text.starts_with("not modelled") { Trouble::Unmodelled(text) } else { Trouble::Error(text) }
        };
        match step.patch {
            Patch::Apply => {
                let mut patched = body.clone();
                patch::applied(&mut patched, &value, false).map_err(trouble)?;
                Ok(patched)
            }
            Patch::Json => {
                let operations = patch::operations(&value).map_err(trouble)?;
                let patched = patch::json_patch(body, &operations).map_err(trouble)?;
                // A test that fails leaves the object as it was.
                Ok(patched.unwrap_or_else(|| body.clone()))
            }
        }
    }
}
