//! What Kyverno's policies said of a request, by how much it weighs, and the answer that follows.
//!
//! kyverno `pkg/webhooks/resource/{vpol,mpol}/handler.go`: an error of a policy that changes objects refuses under
//! `failurePolicy: Fail`, and is passed over under `Ignore`.

use super::aside;
use super::asked::{Outcome, RuleSays};
use super::spec;
use super::webhooks::{hook_of, ignores};
use crate::model::Object;
use crate::sim::{Reason, Verdict};

/// What the policies said, by how much it weighs.
#[derive(Default)]
pub(super) struct Heard {
    denied: Vec<Reason>,
    evidence: Vec<String>,
    /// What was changed, or found without consequence.
    pub(super) told: Vec<Reason>,
    /// Who is not about the request, and what counts for nothing.
    pub(super) quiet: Vec<Reason>,
}

/// What the names of the webhooks that change objects have in common.
fn bare(policy: Object<'_>) -> &'static str {
    match (policy.group(), policy.kind()) {
        (Some(spec::GROUP), Some("MutatingPolicy")) => "mpol.mutate.kyverno.svc",
        (Some(spec::GROUP), _) => "nmpol.mutate.kyverno.svc",
        _ => "mutate.kyverno.svc",
    }
}

impl Heard {
    /// Takes in what went wrong while a policy changed the object: a refusal, unless its failurePolicy is Ignore.
    pub(super) fn fails(&mut self, policy: Object<'_>, failed: &[&RuleSays]) -> Option<Verdict> {
        let first = failed.first()?;
        let title = policy.title();
        if ignores(policy) {
            let text =
                format!("{title} fails, and changes nothing: failurePolicy is Ignore ({})", first.message);
            self.told.push(Reason::at(text, first.place));
            return None;
        }
        let name = policy.name().unwrap_or_default();
        let mut because = failed.iter().map(|rule| {
            Reason::at(format!("{title} cannot change it, and so refuses it: {}", rule.message), rule.place)
        });
        let denied = Verdict::denied(because.next()?);
        let lines: Vec<_> = failed.iter().map(|rule| format!("Policy {name}: {}", rule.message)).collect();
        let evidence = format!(
            "Error from server: admission webhook \"{}\" denied the request: {}",
            hook_of(bare(policy), policy),
            lines.join(" ")
        );
        Some(because.fold(denied, Verdict::and).evidence(evidence))
    }

    /// Whether anything refuses by now.
    pub(super) fn refuses(&self) -> bool {
        !self.denied.is_empty()
    }

    /// Takes in what the rules of a policy said.
    pub(super) fn hear(&mut self, policy: Object<'_>, rules: &[RuleSays]) {
        let title = policy.title();
        let name = policy.name().unwrap_or_default();
        for rule in rules {
            let word = match rule.outcome {
                Outcome::Fail | Outcome::Warn => "failed",
                Outcome::Error => "error",
                Outcome::Skip => {
                    self.quiet.push(first(rule, &format!("{title} leaves it out by a condition")));
                    continue;
                }
                Outcome::Pass => {
                    self.quiet.push(first(rule, &format!("{title} has nothing against it")));
                    continue;
                }
            };
            if rule.refuses {
                let verb = if rule.outcome == Outcome::Error {
                    "cannot judge it, and so refuses it"
                } else {
                    "refuses it"
                };
                self.denied.push(first(rule, &format!("{title} {verb}: {}", rule.message)));
                self.evidence.push(format!("Policy {name} {word}: {}", rule.message));
                continue;
            }
            let follows = aside::nothing_follows(policy, &rule.name);
            let text = format!("{title} finds `{}`, and {}", rule.message, follows.text);
            self.told.push(Reason { text, ..follows });
        }
    }

    /// Says of the old kinds that their time is up: deprecated since Kyverno 1.17.
    pub(super) fn date(&mut self, policy: Object<'_>) {
        if policy.group() == Some("kyverno.io") {
            let text = format!("{} is of a kind that is deprecated since Kyverno 1.17", policy.title());
            self.quiet.push(Reason::at(text, policy.kind_span()));
        }
    }

    /// What follows of it all.
    pub(super) fn verdict(self, object: Object<'_>) -> Verdict {
        let mut denied = self.denied.into_iter();
        if let Some(reason) = denied.next() {
            let said = self.evidence.join("; ");
            return denied.fold(Verdict::denied(reason), Verdict::and).evidence(format!(
                "Error from server: admission webhook \"vpol.validate.kyverno.svc-fail\" denied the request: {said}"
            ));
        }
        let mut others = self.told.into_iter().chain(self.quiet);
        let reason = others.next().unwrap_or_else(|| {
            Reason::at(format!("no policy of Kyverno's is there for {}", object.title()), object.kind_span())
        });
        others.fold(Verdict::allowed(reason), Verdict::and)
    }
}

/// The rule's place with another sentence.
fn first(rule: &RuleSays, text: &str) -> Reason {
    let span = rule.because.first().and_then(|r| r.span);
    Reason { text: text.to_owned(), span }
}
