//! What the constraints said of a request, and what follows.
//!
//! gatekeeper `pkg/webhook/policy.go` (`getValidationMessages`), `pkg/expansion/aggregate.go` for what is said of objects that
//! a workload will make.

use super::Violation;
use super::engine::{Decides, Found};
use super::expansion::Resultant;
use crate::model::Object;
use crate::model::gatekeeper::{Constraint, WEBHOOK};
use crate::parse::Node;
use crate::sim::{Reason, Verdict};

/// What the constraints said, by how much it weighs.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Why it is refused.
    pub denied: Vec<Reason>,
    /// What a refusal says, a line for each violation.
    pub evidence: Vec<String>,
    /// What cannot be judged.
    pub unknown: Vec<Reason>,
    /// What is found and refuses nothing.
    pub tolerated: Vec<Reason>,
    /// What the client is told of that.
    pub warnings: Vec<String>,
    /// Constraints that do not look at it.
    pub missed: Vec<Reason>,
    /// Constraints that have nothing against it.
    pub quiet: Vec<Reason>,
}

impl Heard {
    /// Takes down what a constraint found, in the object itself or in what a template for expansion makes of it.
    pub(super) fn hear(
        &mut self,
        constraint: Constraint<'_>,
        found: &Found,
        decides: Decides,
        implied: Option<&Resultant<'_>>,
    ) {
        let name = match implied {
            None => title(constraint),
            Some(made) => format!("{} of what {} makes of it", title(constraint), made.template.title()),
        };
        let at = constraint.object.kind_span();
        let Some(first) = found.violations.first() else {
            let text = match implied {
                None => format!("{name} looks at it, and {}", decides.silent),
                Some(_) => format!("{name}: {}", decides.silent),
            };
            self.quiet.push(Reason::at(text, decides.at.unwrap_or(at)));
            return;
        };
        let said = |violation: &Violation| {
            let who = constraint.object.name().unwrap_or("");
            match implied.and_then(|made| made.template.name()) {
                None => format!("[{who}] {}", violation.msg),
                Some(template) => format!("[{who}] [Implied by {template}] {}", violation.msg),
            }
        };
        let rule = decides.at.map(|span| Reason::at(decides.finds, span));
        let actions = match implied.and_then(|made| made.action) {
            Some(action) => vec![action],
            None => constraint.actions_at_webhook(),
        };
        if actions.contains(&"deny") {
            for violation in &found.violations {
                self.denied.push(Reason::at(format!("{name} refuses it: {}", violation.msg), at));
                self.evidence.push(said(violation));
            }
            self.denied.extend(found.broken.iter().cloned());
            self.denied.extend(rule);
            return;
        }
        if actions.contains(&"warn") {
            self.warnings.extend(found.violations.iter().map(|v| format!("Warning: {}", said(v))));
        }
        let follows = if actions.is_empty() {
            "at the webhook nothing follows from it".to_owned()
        } else {
            format!("its enforcementAction {} refuses nothing", actions.join(", "))
        };
        let text = format!("{name} finds `{}`, and {follows}", first.msg);
        self.tolerated.push(Reason::at(text, constraint.action().map_or(at, Node::own_span)));
        self.tolerated.extend(found.broken.iter().cloned());
        self.tolerated.extend(rule);
    }

    /// What follows for an object.
    pub(super) fn verdict(self, object: Object<'_>) -> Verdict {
        let mut denied = self.denied.into_iter();
        if let Some(first) = denied.next() {
            let said = said(&self.evidence);
            let verdict = denied.fold(Verdict::denied(first), Verdict::and);
            return verdict.evidence(format!("Error from server (Forbidden): {said}"));
        }
        if !self.unknown.is_empty() {
            return Verdict { because: self.unknown, ..Verdict::unmodelled("") };
        }
        let mut others = self.tolerated.into_iter().chain(self.missed).chain(self.quiet);
        let first = others.next().unwrap_or_else(|| {
            Reason::at(format!("no constraint stands in the way of {}", object.title()), object.kind_span())
        });
        others.fold(Verdict::allowed(first), Verdict::and)
    }
}

/// The webhook's answer, as the API server passes it on.
pub fn said(lines: &[String]) -> String {
    format!("admission webhook \"{WEBHOOK}\" denied the request: {}", lines.join("\n"))
}

/// What people call a constraint.
pub(super) fn title(constraint: Constraint<'_>) -> String {
    format!("`{}`", constraint.object.name().unwrap_or("a constraint without a name"))
}
