//! What answers for a template: its Rego, compiled, or its CEL.

use std::cell::{Cell, RefCell};

use regorus::Value;

use super::admitted::line_span;
use super::native;
use super::policy::{Ended, Parameters, Policy, Review, Violation};
use crate::model::Object;
use crate::model::gatekeeper::{Code, Constraint, Template};
use crate::parse::{Node, json};
use crate::sim::Reason;
use crate::text::Span;

/// How often a policy may have more to do than it may before it is asked no more.
const STRIKES: u8 = 2;

/// The engine of a template, which has to be handed to it. Knows nothing of the template's lifetime, so that it can be made
/// when it is first needed.
#[derive(Debug)]
pub(super) enum Engine {
    /// Rego, and how often it had more to do than it may.
    Rego(Box<RefCell<Policy>>, Cell<u8>),
    /// CEL.
    Cel,
}

/// What of a review breaks a template's rules.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The violations.
    pub(super) violations: Vec<Violation>,
    /// Expressions that do not compile, each with its place.
    pub(super) broken: Vec<Reason>,
}

/// What is reviewed.
#[derive(Clone, Copy)]
pub(super) struct Subject<'s, 't> {
    /// The review.
    pub(super) review: &'s Review,
    /// The object of the namespace.
    pub(super) home: Option<Object<'t>>,
}

impl Engine {
    /// The engine that a template asks for, which sees `inventory` where it looks anything up.
    pub(super) fn new(
        template: Template<'_>,
        inventory: impl FnOnce() -> Result<Value, String>,
    ) -> Result<Self, Reason> {
        let at = template.object.kind_span();
        let code = match template.code() {
            Code::Rego(code) => code,
            Code::Cel(_) => return Ok(Self::Cel),
            Code::Missing => return Err(Reason::at("no code", at)),
        };
        let mut policy = Policy::compile(&code).map_err(|(node, fault)| {
            let text = format!("{}, line {}: {}", node.path(), fault.line, fault.text);
            Reason::at(text, line_span(node, fault.line))
        })?;
        policy.set_inventory(inventory).map_err(|text| Reason::at(text, at))?;
        Ok(Self::Rego(Box::new(RefCell::new(policy)), Cell::new(0)))
    }

    /// What of a review breaks the template's rules under a constraint.
    pub(super) fn violations(
        &self,
        template: Template<'_>,
        constraint: Constraint<'_>,
        parameters: &Parameters,
        subject: Subject<'_, '_>,
    ) -> Result<Found, Reason> {
        match (self, template.code()) {
            (Self::Rego(policy, strikes), Code::Rego(code)) => {
                let at = template.object.kind_span();
                if strikes.get() >= STRIKES {
                    let text = format!(
                        "it had more to do than a policy may {STRIKES} times before, and is asked no more"
                    );
                    return Err(Reason::at(text, at));
                }
                let found = policy.borrow_mut().violations(subject.review, parameters);
                found.map(|violations| Found { violations, broken: Vec::new() }).map_err(|ended| {
                    strikes.set(strikes.get() + u8::from(ended.spent));
                    let texts = std::iter::once(code.rego).chain(code.libs.iter().copied());
                    let span = place(&ended, texts).unwrap_or(at);
                    Reason::at(ended.to_string(), span)
                })
            }
            (_, Code::Cel(source)) => {
                let home = subject.home.map(|o| o.node);
                native::violations(source, constraint, subject.review.said(), home)
                    .map_err(|text| Reason::at(text, source.own_span()))
            }
            _ => Err(Reason::at("no code", template.object.kind_span())),
        }
    }

    /// Whether it reads who asks.
    pub(super) fn reads_user(&self, template: Template<'_>) -> bool {
        match self {
            Self::Rego(policy, _) => policy.borrow().reads_user,
            Self::Cel => says(template, "userInfo"),
        }
    }

    /// Whether it reads what an object belongs to.
    pub(super) fn reads_owners(&self, template: Template<'_>) -> bool {
        match self {
            Self::Rego(policy, _) => policy.borrow().reads_owners,
            Self::Cel => says(template, "ownerReferences"),
        }
    }

    /// What of the template decides: its one rule `violation`, or its validations.
    pub(super) fn decides(&self, template: Template<'_>) -> Decides {
        let of = template.object.title();
        let at = self.place(template);
        match self {
            Self::Rego(..) => Decides {
                finds: format!("the rule `violation` of {of} holds"),
                silent: format!("no rule `violation` of {of} holds"),
                at,
            },
            Self::Cel => Decides {
                finds: format!("a validation of {of} fails"),
                silent: format!("no validation of {of} fails"),
                at,
            },
        }
    }

    /// The line of what decides; where there are several, the first.
    fn place(&self, template: Template<'_>) -> Option<Span> {
        match (self, template.code()) {
            (Self::Rego(policy, _), Code::Rego(code)) => {
                policy.borrow().lines.first().map(|line| line_span(code.rego, *line))
            }
            (_, Code::Cel(source)) => source.get("validations")?.items().next().map(Node::own_span),
            _ => None,
        }
    }
}

/// Whether a word stands in a template's CEL.
fn says(template: Template<'_>, word: &str) -> bool {
    matches!(template.code(), Code::Cel(source) if json::to_value(source).to_string().contains(word))
}

/// Where an evaluation ended, in the texts of a policy.
fn place<'t>(ended: &Ended, mut texts: impl Iterator<Item = Node<'t>>) -> Option<Span> {
    let (text, line) = ended.place?;
    texts.nth(text).map(|node| line_span(node, line))
}

/// What of a template decides, in words for both answers.
pub(super) struct Decides {
    /// Where it finds something.
    pub(super) finds: String,
    /// Where it finds nothing.
    pub(super) silent: String,
    /// Where it stands.
    pub(super) at: Option<Span>,
}
