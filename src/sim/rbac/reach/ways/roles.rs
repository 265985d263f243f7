//! Ways by RBAC itself: roles that are bound or rewritten, and people whom one may ask as.

use super::{Case, Found, found};
use crate::model::Object;
use crate::model::rbac::is_aggregated;
use crate::sim::Reason;
use crate::sim::rbac::reach::power::{Hold, Power};
use crate::sim::rbac::reach::spot::Spot;

/// A role that may be bound by name, by whoever may write the binding.
pub(super) fn bind(case: &Case<'_, '_>) -> Option<Found> {
    for bind in case.of(&[Power::BindClusterRole, Power::BindRole]) {
        let own = if bind.power == Power::BindRole { "Role" } else { "ClusterRole" };
        for spot in case.front.roles() {
            let Spot::Role { kind, name, namespace } = spot else { continue };
            let here = namespace.as_deref();
            if *kind != own || !bind.lets(name) || !bind.reaches(here) {
                continue;
            }
            let writes: &'static [Power] = match here {
                None => &[Power::CreateClusterBinding, Power::ChangeClusterBinding],
                Some(_) => &[Power::CreateBinding, Power::ChangeBinding],
            };
            let write = case.of(writes).find(|w| {
                let new = matches!(w.power, Power::CreateClusterBinding | Power::CreateBinding);
                w.reaches(here) && (new || case.is_bound(w, here, kind, name))
            });
            if let Some(write) = write {
                let place = here.map_or_else(|| "in the whole cluster".to_owned(), |n| format!("in {n}"));
                let says = format!("binds {kind} {name} to itself {place}");
                return Some(found(spot, says, [bind.because(), write.because()]));
            }
        }
    }
    None
}

/// A role that one has may be given every right, where the check that nobody hands out more than they have is off.
pub(super) fn escalate(case: &Case<'_, '_>) -> Option<Found> {
    for (role, namespace) in case.place.iter().flat_map(|standing| &standing.bound) {
        let namespace = namespace.as_deref();
        let to = namespace.map_or(Spot::Everything, Spot::inside);
        if !case.front.has(&to) {
            continue;
        }
        if let Some((says, because)) = rewrite(case, *role, namespace) {
            return Some(found(&to, says, because));
        }
    }
    None
}

/// How every right comes into a role that holds in a namespace, or everywhere.
fn rewrite(
    case: &Case<'_, '_>,
    role: Object<'_>,
    namespace: Option<&str>,
) -> Option<(String, [Vec<Reason>; 2])> {
    let title = role.title();
    let both = |powers: [&'static [Power]; 2], fits: &dyn Fn(&Hold<'_>) -> bool| {
        let one =
            |power| case.of(power).find(|hold| hold.reaches(namespace) && fits(hold)).map(Hold::because);
        let [escalate, write] = powers.map(one);
        Some([escalate?, write?])
    };
    if role.kind() == Some("Role") {
        let name = role.name()?;
        let because = both([&[Power::EscalateRole], &[Power::ChangeRole]], &|hold| hold.lets(name))?;
        return Some((format!("writes every right into {title}"), because));
    }
    let change = |name: &str| {
        both([&[Power::EscalateClusterRole], &[Power::ChangeClusterRole]], &|hold| hold.lets(name))
    };
    if !is_aggregated(role.node) {
        return Some((format!("writes every right into {title}"), change(role.name()?)?));
    }
    // What is written into an aggregated role is overwritten: another one is gathered into it, or it gathers no more.
    let create =
        both([&[Power::EscalateClusterRole], &[Power::CreateClusterRole]], &|hold| hold.names.is_empty());
    if let Some(because) = create {
        return Some((format!("writes every right into a role that is gathered into {title}"), because));
    }
    if let Some(because) = role.name().and_then(change) {
        return Some((format!("writes every right into {title}, which then gathers no more"), because));
    }
    case.grants.rules_of(role).each().map(|(part, _)| part).find_map(|part| {
        let because = change(part.name().filter(|_| !is_aggregated(part.node))?)?;
        Some((format!("writes every right into {}, which is gathered into {title}", part.title()), because))
    })
}

/// A group is impersonated together with a user alone; UID and extra fields make nobody stronger, as RBAC asks
/// about neither.
pub(super) fn impersonate(case: &Case<'_, '_>) -> Option<Found> {
    for hold in case.of(&[Power::ImpersonateAccount]) {
        if let Some(spot) = case.front.account(hold.scope.as_deref(), &hold.names) {
            return Some(found(spot, format!("asks as {spot}"), [hold.because()]));
        }
    }
    for spot in case.front.people() {
        match spot {
            Spot::User(name) => {
                if let Some(hold) = case.of(&[Power::ImpersonateUser]).find(|h| h.lets(name)) {
                    return Some(found(spot, format!("asks as {spot}"), [hold.because()]));
                }
            }
            Spot::Group(name) => {
                let group = case.of(&[Power::ImpersonateGroup]).find(|h| h.lets(name));
                let with = case.of(&[Power::ImpersonateUser, Power::ImpersonateAccount]).next();
                if let Some((group, with)) = group.zip(with) {
                    let says = format!("asks as somebody of {spot}");
                    return Some(found(spot, says, [group.because(), with.because()]));
                }
            }
            _ => {}
        }
    }
    None
}
