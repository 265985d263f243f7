//! Ways into pods that run: by exec and its like, by the kubelet, and out of the node.

use super::{Case, Found, found};
use crate::sim::rbac::reach::places::PodPlace;
use crate::sim::rbac::reach::power::{Hold, Power};
use crate::sim::rbac::reach::spot::Spot;

/// Into a pod that runs as somebody else.
pub(super) fn enter(case: &Case<'_, '_>) -> Option<Found> {
    const POWERS: &[Power] = &[Power::Exec, Power::Ephemeral, Power::ChangePod, Power::Attach];
    let token = case.of(POWERS).find_map(|hold| {
        let attended = hold.power != Power::Attach;
        let (pod, spot, token) = case.front.pod(case.places, hold.scope.as_deref(), |pod| {
            pod.is_named(&hold.names) && (attended || pod.attended)
        })?;
        let does = match hold.power {
            Power::Exec => "runs a command in",
            Power::Ephemeral => "adds a container to",
            Power::ChangePod => "changes the image of",
            _ => "types into",
        };
        let says = format!("{does} {}, which holds a token of {spot}", pod.title());
        Some(found(spot, says, [hold.because(), vec![token.clone()]]))
    });
    token.or_else(|| {
        case.of(&[Power::Exec]).find_map(|hold| {
            let fits = |pod: &PodPlace| hold.reaches(Some(&pod.namespace)) && pod.is_named(&hold.names);
            rooted(case, hold, "runs a command in", fits)
        })
    })
}

/// Into a pod in which one is root on every node.
fn rooted(
    case: &Case<'_, '_>,
    hold: &Hold<'_>,
    does: &str,
    fits: impl Fn(&PodPlace) -> bool,
) -> Option<Found> {
    let places = Some(case.places).filter(|_| case.front.has(&Spot::Node))?;
    let mut all = places.rooted.iter().filter_map(|(at, because)| Some((places.pods.get(*at)?, because)));
    let (pod, because) = all.find(|(pod, _)| fits(pod))?;
    Some(found(&Spot::Node, format!("{does} {}", pod.title()), [hold.because(), vec![because.clone()]]))
}

/// The kubelet runs commands in every pod of its node.
pub(super) fn nodes_proxy(case: &Case<'_, '_>) -> Option<Found> {
    let token = case.of(&[Power::NodesProxy]).find_map(|hold| {
        let (pod, spot, token) = case.front.pod(case.places, None, |pod| {
            hold.names.is_empty() || pod.node.as_deref().is_some_and(|node| hold.names.contains(&node))
        })?;
        let says = format!("lets a kubelet run a command in {}, which holds a token of {spot}", pod.title());
        Some(found(spot, says, [hold.because(), vec![token.clone()]]))
    });
    token.or_else(|| {
        let hold = case.of(&[Power::NodesProxy]).next()?;
        rooted(case, hold, "lets a kubelet run a command in", |_| true)
    })
}

/// Who is root on a node reads what its pods hold. Whoever places a pod chooses the node.
pub(super) fn node(case: &Case<'_, '_>) -> Option<Found> {
    if *case.spot != Spot::Node {
        return None;
    }
    if let Some(because) = case.places.control_plane.clone().filter(|_| case.front.has(&Spot::Everything)) {
        let says = "takes the cluster's own keys from a node of the control plane".to_owned();
        return Some(found(&Spot::Everything, says, [vec![because]]));
    }
    let (pod, spot, token) = case.front.pod(case.places, None, |_| true)?;
    let says = format!("reads the token of {spot} out of {}", pod.title());
    Some(found(spot, says, [vec![token.clone()]]))
}
