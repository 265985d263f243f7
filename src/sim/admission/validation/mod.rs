//! What the API server itself refuses of a Pod or of a workload, after everything that may change it and before anything
//! that judges it.
//!
//! apiserver `pkg/endpoints/handlers/create.go` (mutating admission, then `Create`), `pkg/registry/rest/create.go`
//! (`BeforeCreate`, and validating admission behind it). The rules are those of kubernetes `pkg/apis/{core,apps,batch}/
//! validation/validation.go`; those that a simulator of the node needs as well stand in `sim::kernel` (`refusals`, `names`,
//! `resources`) and `sim::scheduling`. Faults are told in the order of the file; upstream's is that of its code.
//!
//! Not asked: finalizers and owners, names of resources that are no standard ones, volumes' own fields but those of
//! `hostPath`, `envFrom` and references of variables, lifecycle handlers and the fields of probes beyond their numbers and
//! ports, spread constraints and affinity between pods, claims, pods of Windows, the failure and success policies of Jobs
//! and the labels that they make, times in a schedule, claim templates. What of these is wrong is let through here.

mod pod;
mod workload;

use crate::model::{Object, PodTemplate, template_of};
use crate::sim::kernel::{invalid, object_invalid};
use crate::sim::{Invalid, Reason};

/// So many faults of an object are told.
const MOST: usize = 100;

/// All that is wrong with an object: as the API server says it, and why in our words.
pub(super) struct Faults {
    /// One line each.
    pub(super) said: String,
    /// In the same order.
    pub(super) because: Vec<Reason>,
}

impl Faults {
    /// Of what stands at `above`; nothing where nothing is wrong.
    fn of(mut all: Vec<Invalid>, above: &str) -> Option<Self> {
        all.sort_by_key(|fault| fault.reason.span.map(|span| (span.start, span.end)));
        let more = all.len().saturating_sub(MOST);
        let mut said: Vec<String> = Vec::new();
        let mut because: Vec<Reason> = Vec::new();
        for fault in all.into_iter().take(MOST) {
            let line = fault.said(above);
            if !said.contains(&line) {
                said.push(line);
            }
            if !because.contains(&fault.reason) {
                because.push(fault.reason);
            }
        }
        if more > 0 {
            because.push(Reason::fact(format!("and {more} more faults")));
        }
        (!said.is_empty()).then(|| Self { said: said.join("\n"), because })
    }
}

/// What is wrong with an object that is sent: with itself, and with the template in it.
pub(super) fn object(object: Object<'_>) -> Option<Faults> {
    Faults::of(faults(object), &object.node.path())
}

/// The same in our words alone.
pub fn refusals(object: Object<'_>) -> Vec<Reason> {
    faults(object).into_iter().map(|fault| fault.reason).collect()
}

fn faults(object: Object<'_>) -> Vec<Invalid> {
    let mut all = object_invalid(object);
    workload::faults(object, &mut all);
    if let Some(template) = template_of(object) {
        all.extend(template_faults(template));
    }
    all
}

/// What is wrong with a pod that a controller makes of a template.
pub(super) fn made(template: PodTemplate<'_>) -> Option<Faults> {
    let above = template.spec.path();
    let above = above.strip_suffix("spec").unwrap_or(&above);
    Faults::of(template_faults(template.as_pod()), above)
}

fn template_faults(template: PodTemplate<'_>) -> Vec<Invalid> {
    let mut all = invalid(template);
    pod::faults(template, &mut all);
    all
}
