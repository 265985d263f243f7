//! Ways by credentials: tokens, the Secrets that hold them, and client certificates.

use super::{Case, Found, found};
use crate::sim::rbac::reach::power::Power;
use crate::sim::rbac::reach::spot::Spot;

/// The signer whose certificates the API server takes for clients, and the star over it.
const SIGNERS: [&str; 2] = ["kubernetes.io/kube-apiserver-client", "kubernetes.io/*"];

pub(super) fn token(case: &Case<'_, '_>) -> Option<Found> {
    case.of(&[Power::Token]).find_map(|hold| {
        let spot = case.front.account(hold.scope.as_deref(), &hold.names)?;
        Some(found(spot, format!("asks for a token of {spot}"), [hold.because()]))
    })
}

/// A token that lies in a Secret is read; one is put into a Secret that names an account, where that can be made.
pub(super) fn secret(case: &Case<'_, '_>) -> Option<Found> {
    for hold in case.of(&[Power::ReadSecret]) {
        let kept = case.places.secrets.iter().find(|kept| {
            hold.reaches(Some(kept.namespace)) && hold.lets(kept.name) && case.front.has(&kept.account)
        });
        if let Some(kept) = kept {
            let says =
                format!("reads the token of {} in Secret {}/{}", kept.account, kept.namespace, kept.name);
            return Some(found(&kept.account, says, [hold.because(), vec![kept.because.clone()]]));
        }
        for create in case.of(&[Power::CreateSecret]) {
            let Ok(place) = Case::meet(hold, create) else { continue };
            let alike = |name: &&str| hold.lets(name);
            if !create.names.is_empty() && !create.names.iter().any(alike) {
                continue;
            }
            if let Some(spot) = case.front.account(place, &[]) {
                let says = format!("makes a Secret for a token of {spot}, and reads it");
                return Some(found(spot, says, [create.because(), hold.because()]));
            }
        }
    }
    None
}

/// A certificate for any name; the plugin `CertificateSubjectRestriction` refuses the group `system:masters` alone.
pub(super) fn certificate(case: &Case<'_, '_>) -> Option<Found> {
    let create = case.of(&[Power::CreateRequest]).next()?;
    let read = case.of(&[Power::ReadRequest]).next()?;
    let approve = case.of(&[Power::ApproveRequest]).next()?;
    let signer = case.of(&[Power::ApproveSigner]).find(|h| SIGNERS.iter().any(|name| h.lets(name)))?;
    let masters = Spot::Group("system:masters".to_owned());
    let spot =
        case.front.people().find(|spot| **spot != masters).or_else(|| case.front.account(None, &[]))?;
    let says = format!("asks for a client certificate of {spot}, and approves it");
    Some(found(spot, says, [create.because(), approve.because(), signer.because(), read.because()]))
}
