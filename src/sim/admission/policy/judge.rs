//! The decisions of one policy about one request.
//!
//! kubernetes `plugin/policy/validating/{dispatcher,validator}.go`, `plugin/webhook/matchconditions/matcher.go`.

use std::sync::Arc;

use super::authority;
use super::binding::Binding;
use super::definition::{Annotation, Definition, Named, REASONS, Validation};
use super::matching;
use super::params::{Params, collect};
use super::request::Request;
use crate::model::Object;
use crate::parse::json;
use crate::sim::Reason;
use crate::sim::admission::defaults;
use crate::sim::cel::{Authority, Budget, Machine, Program, Trouble, Value};
use crate::text::Span;

/// `celconfig.MaxEvaluatedMessageExpressionSizeBytes`.
const LONGEST_MESSAGE: usize = 5 * 1024;

/// What a policy has against a request.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The message.
    pub message: String,
    /// The reason of the answer.
    pub reason: String,
    /// The expression, or the policy where none decides.
    pub span: Span,
    /// Whether the request is refused.
    pub denies: bool,
    /// Whether the client is told.
    pub warns: bool,
    /// Whether the audit log is.
    pub audits: bool,
    /// The binding, where there is one.
    pub binding: Option<String>,
}

impl Violation {
    /// Why, with the policy and the line of the expression.
    pub fn reason_of(&self, policy: Object<'_>) -> Reason {
        let by = self.binding.as_ref().map_or_else(String::new, |binding| format!(", bound by {binding}"));
        Reason::at(format!("{}{by}: {}", policy.title(), self.message), self.span)
    }

    /// What the API server says of it.
    pub fn said(&self, policy: Object<'_>) -> String {
        let by =
            self.binding.as_ref().map_or_else(String::new, |binding| format!(" with binding '{binding}'"));
        let name = policy.name().unwrap_or_default();
        format!("{} '{name}'{by} denied request: {}", super::POLICY, self.message)
    }

    /// What a client is told that is not refused.
    pub fn warning(&self, policy: Object<'_>) -> String {
        let by =
            self.binding.as_ref().map_or_else(String::new, |binding| format!(" with binding '{binding}'"));
        let name = policy.name().unwrap_or_default();
        format!("Warning: Validation failed for {} '{name}'{by}: {}", super::POLICY, self.message)
    }

    /// The reason of the answer, one of those that a policy may name.
    pub fn status(&self) -> &'static str {
        REASONS.iter().find(|word| **word == self.reason).copied().unwrap_or("Invalid")
    }
}

/// All that a policy and its bindings say.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// Whether a request came as far as the validations.
    pub matched: bool,
    /// What is against it.
    pub violations: Vec<Violation>,
    /// The match condition that leaves the request out.
    pub left_out: Option<String>,
    /// The first error that `failurePolicy: Ignore` passes over, and the expression that ends in it.
    pub ignored: Option<(String, Span)>,
}

impl Judgement {
    /// Whether the request passes.
    pub fn allowed(&self) -> bool {
        !self.violations.iter().any(|v| v.denies)
    }
}

/// Asks a policy. Without bindings it counts everywhere, once for each parameter. An error is what is not modelled.
pub fn judge<'t>(
    policy: &Definition<'t>,
    bindings: Option<&[Binding<'t>]>,
    request: &Request<'t>,
    params: &[Object<'t>],
) -> Result<Judgement, String> {
    let (mut judgement, budget) = (Judgement::default(), Budget::default());
    if matching::is_exempt(request) || !matching::fits(policy.rules, request)? {
        return Ok(judgement);
    }
    let Some(bindings) = bindings else {
        let each: Vec<_> = match policy.param_kind {
            Some(_) if !params.is_empty() => params.iter().copied().map(Some).collect(),
            _ => vec![None],
        };
        for param in each {
            validate(policy, request, param, None, &mut judgement, &budget)?;
        }
        return Ok(judgement);
    };
    for binding in bindings.iter().filter(|b| b.policy() == policy.object.name()) {
        let fits = binding.rules().map_or(Ok(true), |rules| matching::fits(rules, request));
        if !fits? {
            continue;
        }
        let name = binding.object.name().map(str::to_owned);
        match collect(policy.param_kind, binding.reference(), &request.namespace, params)? {
            // Whatever the binding's actions are: `addConfigError`.
            Params::Fault(_) if policy.ignores => {}
            Params::Fault(text) => {
                judgement.matched = true;
                judgement.violations.push(Violation {
                    message: format!("failed to configure binding: {text}"),
                    reason: "Invalid".to_owned(),
                    span: binding.object.node.own_span(),
                    denies: true,
                    warns: false,
                    audits: false,
                    binding: name,
                });
            }
            Params::Each(each) => {
                for param in each {
                    validate(policy, request, param, Some(binding), &mut judgement, &budget)?;
                }
            }
        }
    }
    Ok(judgement)
}

/// An object as the API server knows it, in this namespace (empty: none).
fn known(object: Object<'_>, namespace: &str) -> Value {
    let tree = json::from_value(&defaults::stored(object, namespace));
    tree.root().map_or(Value::Null, Value::of)
}

fn validate(
    policy: &Definition<'_>,
    request: &Request<'_>,
    param: Option<Object<'_>>,
    binding: Option<&Binding<'_>>,
    judgement: &mut Judgement,
    budget: &Budget,
) -> Result<(), String> {
    let object = |o: Option<Object<'_>>| o.map_or(Value::Null, |o| known(o, &request.namespace));
    let mut names = vec![
        ("object".to_owned(), object(request.object)),
        ("oldObject".to_owned(), object(request.old)),
        ("namespaceObject".to_owned(), request.namespace_value()),
        ("request".to_owned(), request.value()),
        ("authorizer".to_owned(), authority::of(request)),
    ];
    if policy.param_kind.is_some() {
        names.push(("params".to_owned(), param.map_or(Value::Null, |p| known(p, ""))));
    }
    evaluate(policy, names, binding, judgement, (budget, request.authority))
}

/// Asks a policy's expressions alone, whatever it matches: `names` is all that they may name.
pub(in crate::sim::admission) fn judge_alone(
    policy: &Definition<'_>,
    names: Vec<(String, Value)>,
) -> Result<Judgement, String> {
    let mut judgement = Judgement::default();
    evaluate(policy, names, None, &mut judgement, (&Budget::default(), None))?;
    Ok(judgement)
}

fn evaluate(
    policy: &Definition<'_>,
    names: Vec<(String, Value)>,
    binding: Option<&Binding<'_>>,
    judgement: &mut Judgement,
    (budget, authority): (&Budget, Option<&dyn Authority>),
) -> Result<(), String> {
    let lazy =
        policy.variables.iter().map(|Named { name, program }| (name.clone(), program.clone())).collect();
    let mut machine = Machine::new(names, lazy).within(budget).trusting(authority);
    let done = asked(policy, binding, judgement, &mut machine);
    machine.settle(budget);
    done
}

/// Asks a machine the expressions of a policy.
fn asked(
    policy: &Definition<'_>,
    binding: Option<&Binding<'_>>,
    judgement: &mut Judgement,
    machine: &mut Machine,
) -> Result<(), String> {
    let mut add = |message: String, reason: &str, span: Span| {
        judgement.violations.push(Violation {
            message,
            reason: reason.to_owned(),
            span,
            denies: binding.is_none_or(|b| b.denies),
            warns: binding.is_some_and(|b| b.warns),
            audits: binding.is_some_and(|b| b.audits),
            binding: binding.and_then(|b| b.object.name()).map(str::to_owned),
        });
    };
    match conditions(machine, &policy.conditions)? {
        Condition::Fits => {}
        Condition::Differs(name) => {
            judgement.left_out = Some(name);
            return Ok(());
        }
        Condition::Fails(text) if policy.ignores => {
            judgement.ignored.get_or_insert((text, policy.object.node.own_span()));
            return Ok(());
        }
        Condition::Fails(text) => {
            judgement.matched = true;
            add(text, "Invalid", policy.object.node.own_span());
            return Ok(());
        }
    }
    judgement.matched = true;
    let mut ignored = None;
    for validation in &policy.validations {
        match machine.run(&validation.program) {
            Ok(Value::Bool(true)) => {}
            Ok(_) => {
                let message = message(machine, validation)?;
                add(message, &validation.reason, validation.span);
            }
            Err(Trouble::Error(text)) if policy.ignores => {
                ignored.get_or_insert((text, validation.span));
            }
            Err(Trouble::Error(text)) => {
                let text = format!("expression '{}' resulted in error: {text}", validation.text);
                add(text, "Invalid", validation.span);
            }
            Err(other) => return Err(format!("expression '{}': {other}", validation.text.trim())),
        }
    }
    if policy.ignores {
        judgement.ignored = judgement.ignored.take().or(ignored);
        return Ok(());
    }
    let broken = broken(machine, &policy.annotations)?;
    let count = broken.len();
    for (text, span) in broken {
        add(text, "Invalid", span);
    }
    // The dispatcher refuses for these whatever the binding's actions are.
    for violation in judgement.violations.iter_mut().rev().take(count) {
        violation.denies = true;
    }
    Ok(())
}

/// The annotations that cannot be computed: what is said, and where.
fn broken(machine: &mut Machine, annotations: &[Annotation]) -> Result<Vec<(String, Span)>, String> {
    let mut out = Vec::new();
    for Annotation { text, span, program } in annotations {
        match machine.run(program) {
            Ok(_) => {}
            Err(Trouble::Error(why)) => {
                out.push((format!("expression '{text}' resulted in error: {why}"), *span));
            }
            Err(other) => return Err(format!("valueExpression '{}': {other}", text.trim())),
        }
    }
    Ok(out)
}

/// How match conditions end.
pub(super) enum Condition {
    Fits,
    /// The name of the one that is false.
    Differs(String),
    Fails(String),
}

/// One that is false decides; an error does where none is.
pub(super) fn conditions(machine: &mut Machine, all: &[Named]) -> Result<Condition, String> {
    let (mut fails, mut unknown) = (None, None);
    for Named { name, program } in all {
        match machine.run(program) {
            Ok(Value::Bool(false)) => return Ok(Condition::Differs(name.clone())),
            Ok(_) => {}
            Err(Trouble::Error(text)) => {
                fails.get_or_insert_with(|| format!("match condition '{name}' resulted in error: {text}"));
            }
            Err(other) => {
                unknown.get_or_insert_with(|| format!("match condition '{name}': {other}"));
            }
        }
    }
    match (unknown, fails) {
        (Some(unknown), _) => Err(unknown),
        (None, Some(fails)) => Ok(Condition::Fails(fails)),
        (None, None) => Ok(Condition::Fits),
    }
}

/// The message of a violation: the expression's, where it makes a good one; the fixed one; the expression itself.
fn message(machine: &mut Machine, validation: &Validation) -> Result<String, String> {
    let spoken = validation.speaks.as_ref().map(|program: &Arc<Program>| machine.run(program));
    let spoken = match spoken {
        Some(Ok(Value::Text(text))) => Some(text.trim().to_owned()),
        Some(Err(Trouble::Unmodelled(text))) => return Err(format!("messageExpression: {text}")),
        _ => None,
    };
    let spoken = spoken.filter(|t| !t.is_empty() && t.len() <= LONGEST_MESSAGE && !t.contains('\n'));
    let fixed = validation.message.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    Ok(spoken.or(fixed).unwrap_or_else(|| format!("failed expression: {}", validation.text.trim())))
}
