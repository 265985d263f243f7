//! `pod-security` asked of a world: would the pods of a workload be admitted to their namespace?
//!
//! Pod Security enforces on Pods; a Deployment is stored and its ReplicaSet then gets no pod
//! (kubernetes#125507), so that the pods it would make are judged here.

use super::pod::{PodName, PodView};
use super::refusals::refusals;
use crate::model::Object;
use crate::sim::admission::pod_security::{
    Evaluation, Level, LevelVersion, Mode, Policy, Version, evaluate_at, strangers,
};
use crate::sim::admission::told::{self, Form};
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose pods.
    pub pod: PodName,
}

/// Answers it.
pub fn ask(world: &World, question: &Question) -> Verdict {
    let pod = match PodView::find(world, &question.pod) {
        Ok(pod) => pod,
        Err(verdict) => return verdict,
    };
    if let Some(refused) = refusals(pod.template).into_iter().next() {
        return Verdict::denied(refused);
    }
    let judged = Judged::of(world, &pod);
    judged.refusal().unwrap_or_else(|| judged.admission())
}

/// The refusal of a pod by its namespace's level; none where it is admitted.
pub(super) fn refused(world: &World, pod: &PodView<'_>) -> Option<Verdict> {
    Judged::of(world, pod).refusal()
}

/// A pod before its namespace.
struct Judged<'j, 'w> {
    pod: &'j PodView<'w>,
    namespace: Option<Object<'w>>,
    policy: Policy,
    /// The cluster's own minor version: `latest`, and what is newer, are that one.
    newest: u32,
    enforced: Evaluation,
}

impl<'j, 'w> Judged<'j, 'w> {
    fn of(world: &'w World, pod: &'j PodView<'w>) -> Self {
        let namespace = world.object("Namespace", None, &pod.key.namespace);
        let labels = namespace.map(Object::labels).unwrap_or_default();
        let (policy, _) = Policy::of_labels(&labels, Policy::default());
        let newest = world.host(None).map_or(policy.enforce.version.minor(), |h| h.minor);
        let enforced = by(pod, policy.enforce, newest);
        Self { pod, namespace, policy, newest, enforced }
    }

    fn refusal(&self) -> Option<Verdict> {
        let (pod, by) = (self.pod, self.policy.enforce);
        let mut reasons = self.enforced.violations.iter().filter_map(|violation| {
            let text = format!("the namespace enforces {by}, which refuses {}", violation.message());
            violation.places.first().map(|place| Reason::at(text, place.span))
        });
        let mut verdict = reasons.next().map(|first| reasons.fold(Verdict::denied(first), Verdict::and))?;
        // The commonest slip of all: runtimes take `all`, Pod Security does not.
        let small = pod.containers().find_map(|c| {
            let mut dropped = pod.container_settings(c).capabilities_drop();
            dropped.find(|n| n.as_str().is_some_and(|word| word != "ALL" && word.eq_ignore_ascii_case("ALL")))
        });
        if let Some(node) = small {
            let text = format!(
                "`{}` is not ALL to Pod Security, which tells capitals from small letters",
                node.as_str().unwrap_or("")
            );
            verdict = verdict.and(Reason::at(text, node.own_span()));
        }
        verdict = verdict.and(self.decides());
        if pod.key.kind != "Pod" {
            let stored = format!("{} is stored all the same, and gets no pod: read its events", pod.key);
            verdict = verdict.and(Reason::at(stored, pod.span));
        }
        let said = format!("violates PodSecurity \"{by}\": {}", self.enforced.message());
        Some(verdict.evidence(told::of_pod(&pod.key, Form::Forbidden, &said, None, 0)))
    }

    /// Why the pod is taken: the label that decides, and what looks like a label that would.
    fn admission(&self) -> Verdict {
        let mut verdict = Verdict::allowed(self.decides());
        let Some(namespace) = self.namespace else { return verdict };
        let pod = self.pod;
        for (key, best) in strangers(namespace) {
            let text = format!(
                "`{}` is none of the six labels that Pod Security looks up: it is ignored; `{best}` is one",
                key.scalar().unwrap_or("")
            );
            verdict = verdict.and(Reason::at(text, key.own_span()));
        }
        let enforced = self.policy.enforce;
        let current = by(pod, LevelVersion::new(enforced.level, Version::Latest), self.newest);
        if let Some(label) = namespace.label(&Mode::Enforce.version_label())
            && let Some(violation) = current.violations.first()
        {
            let text = format!(
                "the list of {} is an old one: that of v1.{} refuses {}",
                enforced.version,
                self.newest,
                violation.message()
            );
            verdict = verdict.and(Reason::at(text, label.own_span()));
        } else if enforced.level == Level::Baseline {
            let restricted = LevelVersion::new(Level::Restricted, enforced.version);
            for violation in &by(pod, restricted, self.newest).violations {
                let text = format!("baseline does not ask about it: {}", violation.message());
                verdict.because.extend(violation.places.first().map(|p| Reason::at(text, p.span)));
            }
        }
        for (mode, does) in [
            (Mode::Warn, "sends a message to whoever asks"),
            (Mode::Audit, "writes a note into the audit log"),
        ] {
            let level = self.policy.of(mode);
            if let Some(label) = namespace.label(&mode.label())
                && !by(pod, level, self.newest).allowed()
            {
                let text = format!("`{}: {}` {does}, and refuses nothing", mode.word(), level.level.word());
                verdict = verdict.and(Reason::at(text, label.own_span()));
            }
        }
        verdict.evidence(self.stored_line())
    }

    /// What an operator sees of a pod that was taken: the warning, the audit event's annotation, or that it was created.
    fn stored_line(&self) -> String {
        let said = |mode: Mode| {
            let level = self.policy.of(mode);
            let found = by(self.pod, level, self.newest);
            (!found.allowed()).then(|| format!("would violate PodSecurity \"{level}\": {}", found.message()))
        };
        if let Some(said) = said(Mode::Warn) {
            return format!("Warning: {said}");
        }
        if let Some(said) = said(Mode::Audit) {
            return format!("audit event: pod-security.kubernetes.io/audit-violations: {said}");
        }
        format!("{} created", self.pod.key)
    }

    /// The label by which this pod is judged, or where it would stand.
    fn decides(&self) -> Reason {
        let name = &self.pod.key.namespace;
        let (by, refuses) = (self.policy.enforce, !self.enforced.allowed());
        let Some(namespace) = self.namespace else {
            return Reason::fact(format!("there is no namespace `{name}`, and no label that could refuse"));
        };
        let key = Mode::Enforce.label();
        match namespace.label(&key) {
            Some(label) if refuses => {
                Reason::at(format!("this label makes the namespace `{name}` refuse: {by}"), label.own_span())
            }
            Some(label) if by.level == Level::Privileged => Reason::at(
                format!("the namespace `{name}` enforces {by}, which refuses nothing"),
                label.own_span(),
            ),
            Some(label) => Reason::at(
                format!("the namespace `{name}` enforces {by}, and no check of it fails in {}", self.pod.key),
                label.own_span(),
            ),
            None => {
                let metadata = namespace.metadata();
                let holder = metadata.and_then(|m| m.get("labels")).or(metadata).unwrap_or(namespace.node);
                Reason::at(
                    format!("the namespace `{name}` has no label `{key}`: nothing is refused"),
                    holder.missing(&key).span,
                )
            }
        }
    }
}

/// What a level says of a pod, in a cluster of this minor version.
fn by(pod: &PodView<'_>, level: LevelVersion, newest: u32) -> Evaluation {
    evaluate_at(level, newest, pod.template.as_pod())
}
