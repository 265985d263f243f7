//! `gatekeeper` asked of a world: does its webhook let this object in?
//!
//! gatekeeper `pkg/webhook/policy.go`: what a denying constraint finds refuses the request, warnings and dry runs do not.

use super::gate::{Aside, Asked, Gate};
use crate::parse::Node;
use crate::sim::Verdict;
use crate::sim::admission::named;
use crate::sim::rbac::Caller;
use crate::sim::world::{Key, World};
use crate::text::Span;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The object is made.
    Create,
    /// It replaces itself, as a change of its labels does.
    Update,
    /// It is taken away.
    Delete,
}

/// The operations by their words.
pub const OPERATIONS: &[(&str, Operation)] =
    &[("create", Operation::Create), ("update", Operation::Update), ("delete", Operation::Delete)];

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// `NAMESPACE/KIND/NAME`, or `KIND/NAME` for what lives in no namespace.
    pub object: String,
    /// What is done.
    pub operation: Operation,
    /// On an update: the object as it was, where it is not the same.
    pub old: Option<String>,
    /// Who asks, where anybody is named: `review.userInfo`.
    pub user: Option<Caller>,
}

impl Question {
    /// What is asked, as the subject of a sentence.
    pub fn says(&self) -> String {
        let word = match self.operation {
            Operation::Create => "creation",
            Operation::Update => "update",
            Operation::Delete => "deletion",
        };
        match &self.user {
            None => format!("{word} of {}", self.object),
            Some(caller) => format!("{word} of {} by {}", self.object, caller.user),
        }
    }
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let (object, old) = match (named::find(world, &question.object), question.old.as_deref()) {
        (Ok(object), None) => (object, object),
        (Ok(object), Some(old)) => match named::find(world, old) {
            Ok(old) => (object, old),
            Err(verdict) => return verdict,
        },
        (Err(verdict), _) => return verdict,
    };
    let namespace = Key::of(object).map(|key| key.namespace).filter(|n| !n.is_empty());
    let home = namespace.as_deref().and_then(|name| world.object("Namespace", None, name));
    let asked = Asked {
        object,
        old,
        namespace: namespace.as_deref(),
        home,
        operation: question.operation,
        user: question.user.as_ref(),
    };
    match Gate::new(&world.objects()).ask(&asked) {
        Ok(heard) => heard.verdict(object),
        Err(Aside::Never(reason)) => Verdict::allowed(reason),
        Err(Aside::Unknown(reason)) => Verdict { because: vec![reason], ..Verdict::unmodelled("") },
    }
}

/// Where a line of a text stands in its file: a block begins on the line behind its mark.
pub(super) fn line_span(node: Node<'_>, line: u32) -> Span {
    let (source, span) = (node.tree().source(), node.own_span());
    let first = source.position(span.start).line;
    let text = source.slice(span);
    if text.starts_with(['|', '>']) {
        return source.line_span(first + line);
    }
    if text.contains('\n') { source.line_span(first + line - 1) } else { span }
}
