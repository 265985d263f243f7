//! Ways by pods that are started or changed: whom they run as, which disk they are given, what is put into them.

use super::{Case, Found, found};
use crate::sim::admission::pod_security::Level;
use crate::sim::rbac::reach::power::{Hold, Power, WORKLOADS};
use crate::sim::rbac::reach::spot::Spot;

/// A pod runs as whom its spec names.
pub(super) fn workload(case: &Case<'_, '_>) -> Option<Found> {
    for hold in case.of(&[Power::CreatePod]) {
        if let Some(spot) = case.front.account(hold.scope.as_deref(), &[]) {
            let says = format!("starts a pod that runs as {spot}");
            return Some(found(spot, says, [hold.because()]));
        }
    }
    for (hold, namespace) in changed(case) {
        if let Some(spot) = case.front.account(Some(namespace), &[]) {
            let says =
                format!("changes one of the {} of {namespace}, so that it runs as {spot}", hold.resource);
            return Some(found(spot, says, [hold.because()]));
        }
    }
    None
}

/// The namespaces in which there is a workload that a permission lets change.
fn changed<'c, 'w>(case: &'c Case<'c, 'w>) -> impl Iterator<Item = (&'c Hold<'w>, &'c str)> {
    case.of(&[Power::ChangeWorkload]).flat_map(|hold| {
        let row = WORKLOADS.iter().find(|(_, resource, _)| *resource == hold.resource);
        let all = row.and_then(|(.., kind)| case.places.workloads.get(*kind)).into_iter().flatten();
        let here = all.filter(|(namespace, names)| {
            hold.reaches(Some(namespace)) && names.iter().any(|name| hold.lets(name))
        });
        here.map(move |(namespace, _)| (hold, namespace.as_str()))
    })
}

/// Whoever changes pods as they are made puts a container beside those that hold a token.
pub(super) fn webhook(case: &Case<'_, '_>) -> Option<Found> {
    let mut because = case.of(&[Power::MutatingWebhook]).next().map(Hold::because);
    if because.is_none() {
        let policy = case.of(&[Power::MutatingPolicy]).next()?;
        let binding = case.of(&[Power::MutatingPolicyBinding]).next()?;
        because = Some([policy.because(), binding.because()].concat());
    }
    let (pod, spot, token) = case.front.pod(case.places, None, |pod| pod.kind != "Pod")?;
    let says =
        format!("puts a container into the next pod of {}, which holds a token of {spot}", pod.title());
    Some(found(spot, says, [because?, vec![token.clone()]]))
}

/// A pod with the node's disk, where nothing refuses it.
pub(super) fn host_path(case: &Case<'_, '_>) -> Option<Found> {
    if !case.front.has(&Spot::Node) {
        return None;
    }
    for hold in case.of(&[Power::CreatePod]) {
        if let Some((namespace, taken)) = case.place(hold.scope.as_deref(), Level::Privileged) {
            let says = format!("starts a privileged pod in {namespace}, with a disk of the node");
            return Some(found(&Spot::Node, says, [hold.because(), taken]));
        }
    }
    for (hold, namespace) in changed(case) {
        if let Some(taken) = case.takes(namespace, Level::Privileged) {
            let says = format!("makes the pods of one of the {} of {namespace} privileged", hold.resource);
            return Some(found(&Spot::Node, says, [hold.because(), taken]));
        }
    }
    None
}

/// A volume of type hostPath behind a claim, which Pod Security does not see. A pod that may not run as root gets
/// little of it, so that a restricted namespace counts as closed.
pub(super) fn volume(case: &Case<'_, '_>) -> Option<Found> {
    if !case.front.has(&Spot::Node) {
        return None;
    }
    let volume = case.of(&[Power::CreateVolume]).next()?;
    for pod in case.of(&[Power::CreatePod]) {
        for claim in case.of(&[Power::CreateClaim]) {
            let Ok(scope) = Case::meet(pod, claim) else { continue };
            if let Some((namespace, taken)) = case.place(scope, Level::Baseline) {
                let says = format!(
                    "makes a volume of a node's disk, and starts a pod in {namespace} that claims it"
                );
                let because = [volume.because(), claim.because(), pod.because(), taken];
                return Some(found(&Spot::Node, says, because));
            }
        }
    }
    None
}
