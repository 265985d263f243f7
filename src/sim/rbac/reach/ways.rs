//! The ways on: how somebody becomes somebody stronger, each after what upstream says of it.

use super::front::Front;
use super::places::{Places, PodPlace};
use super::power::{Hold, Power, WORKLOADS};
use super::spot::Spot;
use super::{Place, holds};
use crate::model::Object;
use crate::model::rbac::is_aggregated;
use crate::sim::Reason;
use crate::sim::admission::pod_security::Level;
use crate::sim::rbac::grants::Grants;

/// A way from one place to a stronger one.
pub(super) struct Way {
    /// What it is called.
    pub(super) name: &'static str,
    /// What upstream says of it.
    pub(super) source: &'static str,
    /// The step, where there is one.
    pub(super) find: fn(&Case<'_, '_>) -> Option<Found>,
}

/// A step that was found.
pub(super) struct Found {
    pub(super) to: Spot,
    pub(super) says: String,
    pub(super) because: Vec<Reason>,
}

/// Who stands where, and what there is.
pub(super) struct Case<'c, 'w> {
    pub(super) spot: &'c Spot,
    /// What can be done there, and the roles that are bound to it.
    pub(super) place: &'c Place<'w>,
    pub(super) front: &'c Front,
    pub(super) places: &'c Places<'w>,
    pub(super) grants: &'c Grants<'w>,
}

/// The ways, in the order in which they are tried.
pub(super) const WAYS: &[Way] = &[
    Way {
        name: "bind",
        source: "kubernetes pkg/registry/rbac/escalation_check.go, BindingAuthorized",
        find: bind,
    },
    Way {
        name: "escalate",
        source: "kubernetes pkg/registry/rbac/escalation_check.go, RoleEscalationAuthorized",
        find: escalate,
    },
    Way {
        name: "impersonate",
        source: "kubernetes apiserver pkg/endpoints/filters/impersonation",
        find: impersonate,
    },
    Way { name: "token", source: "kubernetes.io, RBAC good practices, Token request", find: token },
    Way { name: "secret", source: "kubernetes.io, RBAC good practices, Listing secrets", find: secret },
    Way { name: "exec", source: "kubernetes.io, RBAC good practices; KEP-4006 for the verb", find: enter },
    Way { name: "workload", source: "kubernetes.io, RBAC good practices, Workload creation", find: workload },
    Way {
        name: "nodes-proxy",
        source: "kubernetes.io, RBAC good practices, Access to proxy subresource of Nodes",
        find: nodes_proxy,
    },
    Way {
        name: "certificate",
        source: "kubernetes.io, RBAC good practices, CSRs and certificate issuing",
        find: certificate,
    },
    Way {
        name: "webhook",
        source: "kubernetes.io, RBAC good practices, Control admission webhooks",
        find: webhook,
    },
    Way {
        name: "host-path",
        source: "kubernetes.io, RBAC good practices, Workload creation",
        find: host_path,
    },
    Way {
        name: "volume",
        source: "kubernetes.io, RBAC good practices, Persistent volume creation",
        find: volume,
    },
    Way { name: "node", source: "kubernetes.io, RBAC good practices, Workload creation", find: node },
];

/// The signer whose certificates the API server takes for clients, and the star over it.
const SIGNERS: [&str; 2] = ["kubernetes.io/kube-apiserver-client", "kubernetes.io/*"];

/// Two permissions have no namespace in common.
struct Apart;

impl<'c, 'w> Case<'c, 'w> {
    fn of(&self, powers: &'static [Power]) -> impl Iterator<Item = &'c Hold<'w>> {
        holds(self.place).filter(|hold| powers.contains(&hold.power))
    }

    /// The namespace in which two permissions meet, which may be all of them.
    fn meet<'h>(one: &'h Hold<'w>, other: &'h Hold<'w>) -> Result<Option<&'h str>, Apart> {
        match (one.scope.as_deref(), other.scope.as_deref()) {
            (Some(a), Some(b)) if a != b => Err(Apart),
            (Some(here), _) | (None, Some(here)) => Ok(Some(here)),
            (None, None) => Ok(None),
        }
    }

    /// Why a pod of this level is taken in a namespace: it enforces no more, or its labels can be changed.
    fn takes(&self, namespace: &str, most: Level) -> Option<Vec<Reason>> {
        match self.places.levels.get(namespace) {
            Some((level, because)) if *level <= most => Some(vec![because.clone()]),
            _ => {
                let mut change = self.of(&[Power::ChangeNamespace]);
                let hold = change.find(|h| h.reaches(Some(namespace)) && h.lets(namespace))?;
                Some(hold.because())
            }
        }
    }

    /// A namespace that a permission reaches and that takes a pod of this level, and why.
    fn place(&self, scope: Option<&str>, most: Level) -> Option<(String, Vec<Reason>)> {
        if let Some(scope) = scope {
            return self.takes(scope, most).map(|because| (scope.to_owned(), because));
        }
        let mut all = self.places.namespaces();
        all.find_map(|namespace| Some((namespace.to_owned(), self.takes(namespace, most)?)))
    }

    /// Whether there is a binding of this role, which a permission lets change.
    fn is_bound(&self, hold: &Hold<'w>, namespace: Option<&str>, kind: &str, role: &str) -> bool {
        let mut all = self.grants.bindings();
        all.any(|binding| {
            binding.namespace() == namespace
                && binding.role() == Some((kind, role))
                && binding.object.name().is_some_and(|name| hold.lets(name))
        })
    }
}

fn found(to: &Spot, says: String, because: impl IntoIterator<Item = Vec<Reason>>) -> Found {
    let mut all: Vec<Reason> = Vec::new();
    for reason in because.into_iter().flatten() {
        if !all.contains(&reason) {
            all.push(reason);
        }
    }
    Found { to: to.clone(), says, because: all }
}

/// A role that may be bound by name, by whoever may write the binding.
fn bind(case: &Case<'_, '_>) -> Option<Found> {
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
fn escalate(case: &Case<'_, '_>) -> Option<Found> {
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
fn impersonate(case: &Case<'_, '_>) -> Option<Found> {
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

fn token(case: &Case<'_, '_>) -> Option<Found> {
    case.of(&[Power::Token]).find_map(|hold| {
        let spot = case.front.account(hold.scope.as_deref(), &hold.names)?;
        Some(found(spot, format!("asks for a token of {spot}"), [hold.because()]))
    })
}

/// A token that lies in a Secret is read; one is put into a Secret that names an account, where that can be made.
fn secret(case: &Case<'_, '_>) -> Option<Found> {
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

/// Into a pod that runs as somebody else.
fn enter(case: &Case<'_, '_>) -> Option<Found> {
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

/// A pod runs as whom its spec names.
fn workload(case: &Case<'_, '_>) -> Option<Found> {
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

/// The kubelet runs commands in every pod of its node.
fn nodes_proxy(case: &Case<'_, '_>) -> Option<Found> {
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

/// A certificate for any name; the plugin `CertificateSubjectRestriction` refuses the group `system:masters` alone.
fn certificate(case: &Case<'_, '_>) -> Option<Found> {
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

/// Whoever changes pods as they are made puts a container beside those that hold a token.
fn webhook(case: &Case<'_, '_>) -> Option<Found> {
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
fn host_path(case: &Case<'_, '_>) -> Option<Found> {
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
fn volume(case: &Case<'_, '_>) -> Option<Found> {
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

/// Who is root on a node reads what its pods hold. Whoever places a pod chooses the node.
fn node(case: &Case<'_, '_>) -> Option<Found> {
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
