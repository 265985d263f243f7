//! What answers for a template: its Rego, compiled, or its CEL.

use super::admitted::line_span;
use super::policy::{Parameters, Policy, Review, Violation};
use super::{inventory, native};
use crate::model::gatekeeper::{Code, Constraint, Template};
use crate::model::{Object, value};
use crate::parse::{Node, json};
use crate::text::Span;

/// The engine of a template.
#[derive(Clone, Debug)]
pub(super) enum Engine<'w> {
    /// Rego.
    Rego(Box<Policy>),
    /// CEL.
    Cel(Node<'w>),
}

impl<'w> Engine<'w> {
    /// The engine that a template asks for. `objects` are those of the cluster, of which it sees what is synced.
    pub(super) fn ready(template: Template<'w>, objects: &[Object<'_>]) -> Result<Self, String> {
        let kept = objects.iter().copied().filter(|o| synced(objects, *o));
        Self::with(template, kept).map_err(|error| format!("{}: {error}", template.object.title()))
    }

    /// The engine that a template asks for, with all that it may look up.
    pub(super) fn with<'o>(
        template: Template<'w>,
        known: impl Iterator<Item = Object<'o>>,
    ) -> Result<Self, String> {
        let code = match template.code() {
            Code::Rego(code) => code,
            Code::Cel(source) => return Ok(Self::Cel(source)),
            Code::Missing => return Err("no code".to_owned()),
        };
        let mut policy = Policy::compile(&code)
            .map_err(|(node, fault)| format!("{}, line {}: {}", node.path(), fault.line, fault.text))?;
        let inventory = inventory::of(known)?;
        policy.set_inventory(|| inventory)?;
        Ok(Self::Rego(Box::new(policy)))
    }

    /// What of a review breaks the template's rules under a constraint. `home` is the object of the namespace.
    pub(super) fn violations(
        &mut self,
        constraint: Constraint<'_>,
        review: &Review,
        home: Option<Object<'_>>,
    ) -> Result<Vec<Violation>, String> {
        match self {
            Self::Rego(policy) => policy.violations(review, &Parameters::new(constraint.parameters())),
            Self::Cel(source) => native::violations(*source, constraint, review.said(), home.map(|o| o.node)),
        }
    }

    /// Whether it reads who asks.
    pub(super) fn reads_user(&self) -> bool {
        match self {
            Self::Rego(policy) => policy.reads_user,
            Self::Cel(source) => json::to_value(*source).to_string().contains("userInfo"),
        }
    }

    /// What of the template decides: its one rule `violation`, or its validations.
    pub(super) fn decides(&self, template: Template<'_>) -> Decides {
        let of = template.object.title();
        match self {
            Self::Rego(_) => Decides {
                finds: format!("the rule `violation` of {of} holds"),
                silent: format!("no rule `violation` of {of} holds"),
                at: self.place(template),
            },
            Self::Cel(_) => Decides {
                finds: format!("a validation of {of} fails"),
                silent: format!("no validation of {of} fails"),
                at: self.place(template),
            },
        }
    }

    /// The line of what decides; where there are several, the first.
    fn place(&self, template: Template<'_>) -> Option<Span> {
        match (self, template.code()) {
            (Self::Rego(policy), Code::Rego(code)) => {
                policy.lines.first().map(|line| line_span(code.rego, *line))
            }
            (_, Code::Cel(source)) => source.get("validations")?.items().next().map(Node::own_span),
            _ => None,
        }
    }
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

/// Whether a `Config` or a `SyncSet` has Gatekeeper keep a copy of such objects.
fn synced(objects: &[Object<'_>], object: Object<'_>) -> bool {
    let version = object.api_version().unwrap_or("");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let wanted = [("group", group), ("version", version), ("kind", object.kind().unwrap_or(""))];
    let names = |entry: Node<'_>| {
        wanted.iter().all(|(key, word)| entry.get(key).and_then(value::string).unwrap_or("") == *word)
    };
    objects.iter().any(|o| {
        let list = match (o.group(), o.kind()) {
            (Some("config.gatekeeper.sh"), Some("Config")) => o.node.at(&["spec", "sync", "syncOnly"]),
            (Some("syncset.gatekeeper.sh"), Some("SyncSet")) => o.node.at(&["spec", "gvks"]),
            _ => None,
        };
        list.is_some_and(|list| list.items().any(names))
    })
}
