//! `pod-security` asked of a world: would the pods of a workload be admitted to their namespace?
//!
//! Pod Security enforces on Pods; a Deployment is stored and its ReplicaSet then gets no pod
//! (kubernetes#125507), so that the pods it would make are judged here.

use super::pod::{PodName, PodView};
use super::refusals::refusals;
use crate::sim::admission::pod_security::{Policy, Version, evaluate};
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
    let (verdict, by) = judge(world, &pod);
    verdict.unwrap_or_else(|| {
        Verdict::allowed(Reason::at(format!("no check of {by} fails in {}", pod.key), pod.span))
    })
}

/// The refusal of a pod by its namespace's level; none where it is admitted.
pub(super) fn refused(world: &World, pod: &PodView<'_>) -> Option<Verdict> {
    judge(world, pod).0
}

fn judge(world: &World, pod: &PodView<'_>) -> (Option<Verdict>, String) {
    let labels = world
        .object("Namespace", None, &pod.key.namespace)
        .map(crate::model::Object::labels)
        .unwrap_or_default();
    let (policy, _) = Policy::of_labels(&labels, Policy::default());
    let by = policy.enforce;
    // A cluster knows the policies up to its own version; `latest` and what is newer are that one.
    let newest = world.host(None).map_or(by.version.minor(), |h| h.minor);
    let evaluation =
        evaluate(by.level, Version::Minor(by.version.minor().min(newest)), pod.template.as_pod());
    let mut reasons = evaluation.violations.iter().filter_map(|violation| {
        let text = format!("the namespace enforces {by}, which refuses {}", violation.message());
        violation.places.first().map(|place| Reason::at(text, place.span))
    });
    let verdict = reasons.next().map(|first| {
        reasons.fold(Verdict::denied(first), Verdict::and).evidence(format!(
            "Error creating: pods \"{}\" is forbidden: violates PodSecurity \"{by}\": {}",
            pod.key.name,
            evaluation.message()
        ))
    });
    // The commonest slip of all: runtimes take `all`, Pod Security does not.
    let small = pod.containers().find_map(|c| {
        pod.container_settings(c)
            .capabilities_drop()
            .find(|n| n.as_str().is_some_and(|word| word != "ALL" && word.eq_ignore_ascii_case("ALL")))
    });
    let verdict = verdict.map(|verdict| match small {
        Some(node) => {
            let text = format!(
                "`{}` is not ALL to Pod Security, which tells capitals from small letters",
                node.as_str().unwrap_or("")
            );
            verdict.and(Reason::at(text, node.own_span()))
        }
        None => verdict,
    });
    (verdict, by.to_string())
}
