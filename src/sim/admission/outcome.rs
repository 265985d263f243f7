//! What came of an object that was sent: how far it got, who stopped it, and what was said on the way.

use std::collections::BTreeSet;

use super::limit_range::Refused;
use super::stages::End;
use super::told::{self, Form, Of};
use super::trace;
use super::validating::{Said, open as unasked};
use crate::model::Object;
use crate::parse::Tree;
use crate::sim::Reason;
use crate::sim::world::Key;
use crate::text::Span;

/// Who said no, or could not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Whether its namespace takes anything.
    NamespaceLifecycle,
    /// Defaults for containers, and their bounds.
    LimitRanger,
    /// The pod's account.
    ServiceAccount,
    /// The pod's priority class.
    Priority,
    /// What the pod's runtime takes for itself.
    RuntimeClass,
    /// Whether it can be read.
    Decoding,
    /// Whether it is an object that can be.
    Validation,
    /// The namespace's Pod Security level.
    PodSecurity,
    /// Policies and webhooks that are not modelled.
    Policies,
    /// The API server's own mutating policies.
    MutatingPolicy,
    /// The API server's own validating policies.
    ValidatingPolicy,
    /// The webhooks of Kyverno and Sigstore that change objects.
    MutatingWebhook,
    /// The webhooks of Gatekeeper, Kyverno and Sigstore that judge them.
    ValidatingWebhook,
    /// The namespace's quotas.
    ResourceQuota,
}

impl Stage {
    /// The plugin's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::NamespaceLifecycle => "NamespaceLifecycle",
            Self::LimitRanger => "LimitRanger",
            Self::ServiceAccount => "ServiceAccount",
            Self::Priority => "Priority",
            Self::RuntimeClass => "RuntimeClass",
            Self::Decoding => "decoding",
            Self::Validation => "validation",
            Self::PodSecurity => "PodSecurity",
            Self::Policies => "policies and webhooks",
            Self::MutatingPolicy => "MutatingAdmissionPolicy",
            Self::ValidatingPolicy => "ValidatingAdmissionPolicy",
            Self::MutatingWebhook => "MutatingAdmissionWebhook",
            Self::ValidatingWebhook => "ValidatingAdmissionWebhook",
            Self::ResourceQuota => "ResourceQuota",
        }
    }
}

/// Where the chain ended before its end.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The stage.
    pub stage: Stage,
    /// The refusal; `None` where nothing can be known.
    pub refusal: Option<Refusal>,
    /// Why: the deciding reason first.
    pub because: Vec<Reason>,
}

/// What was refused, in the API server's words.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// How it is said.
    pub form: Form,
    /// What follows `is forbidden:`.
    pub said: String,
    /// What was refused: the object itself, or something that its controllers make.
    pub of: Of,
}

/// What came of an object.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The object.
    pub key: Key,
    /// Where it stands.
    pub span: Span,
    /// How many pods it would make; for a DaemonSet of each node.
    pub wanted: u64,
    /// How many of them there are room for.
    pub admitted: u64,
    /// The number of the first of them, where they are numbered.
    pub start: u64,
    /// What ended the chain early.
    pub stop: Option<Stop>,
    /// Whether somebody who was asked before that could not be: it is refused there or where the chain ended.
    pub open: bool,
    /// What was set, and what was taken as there.
    pub notes: Vec<Reason>,
    /// Who was asked and has nothing against it.
    pub quiet: Vec<Reason>,
    /// What the client is told though it is stored.
    pub warnings: Vec<String>,
}

impl Admission {
    /// All that was said on the way.
    pub fn said(&self) -> impl Iterator<Item = &Reason> {
        self.notes.iter().chain(&self.quiet)
    }

    /// The line that somebody reads where it was refused.
    pub fn line(&self, file: Option<&str>) -> Option<String> {
        let refusal = self.stop.as_ref()?.refusal.as_ref()?;
        let before = self.start + self.admitted;
        Some(told::line(refusal.of, &self.key, refusal.form, &refusal.said, file, before))
    }
}

impl Stop {
    /// The first of those who could not be asked, with the reasons of all.
    pub(super) fn joined(first: Option<Self>, more: Self) -> Self {
        match first {
            Some(mut first) => {
                first.because.extend(more.because);
                first
            }
            None => more,
        }
    }

    pub(super) fn of(stage: Stage, end: End, of: Of) -> Self {
        match end {
            End::Refused(form, Refused { said, because }) => {
                Self { stage, refusal: Some(Refusal { form, said, of }), because }
            }
            End::Unknown(because) => Self { stage, refusal: None, because },
        }
    }
}

impl Admission {
    /// Puts reasons that stand in what a policy made to the object that it was made from.
    pub(super) fn place(&mut self, tree: &Tree, origin: Object<'_>) {
        let because = self.stop.iter_mut().flat_map(|stop| &mut stop.because);
        trace::back(because.chain(&mut self.notes), tree, origin, self.span);
    }

    /// Ends the chain: with the refusal where there is one, whoever before it could not be asked, and else without an answer.
    pub(super) fn end(&mut self, open: Option<Stop>, stop: Option<Stop>) {
        let Some(open) = open else {
            self.stop = stop;
            return;
        };
        if stop.as_ref().is_some_and(|stop| stop.refusal.is_some()) {
            self.notes.extend(unasked(open.because));
            self.open = true;
            self.stop = stop;
        } else {
            self.stop = Some(stop.into_iter().fold(open, |open, stop| Stop::joined(Some(open), stop)));
        }
    }

    /// Keeps what stages said on the way: the client hears the warnings about what it sends itself, and only a
    /// controller those about what it makes.
    pub(super) fn hear(&mut self, said: Said, of: Of) {
        for (all, more) in [(&mut self.notes, said.notes), (&mut self.quiet, said.quiet)] {
            let known: BTreeSet<String> = all.iter().map(|note| note.text.clone()).collect();
            all.extend(more.into_iter().filter(|note| !known.contains(&note.text)));
        }
        for (text, span) in said.warnings {
            if of == Of::Itself {
                self.warnings.push(text);
            } else {
                self.notes.push(Reason::at(format!("the controller is told, and nobody else: {text}"), span));
            }
        }
    }
}
