//! Who can reach `cluster-admin`, and by which chain: escalation as a graph over users, groups and service accounts.
//!
//! A step is a permission that makes its holder somebody stronger (`ways`); the search goes from the goal backwards, so
//! that each chain is a shortest one. What Kubernetes binds itself stands in `own.yaml`. Nothing is guessed: a step
//! needs an account, a pod, a Secret or a namespace that was read, or that a binding names; what is left out is said
//! in [`NOT_LOOKED_AT`].

mod cases;
mod front;
mod places;
mod power;
mod spot;
mod ways;

pub use cases::{SIMULATOR, goal};
pub use spot::Spot;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use self::front::Front;
use self::places::Places;
use self::power::{Given, Hold, Power, gather};
use self::spot::ADMIN;
use self::ways::{Case, WAYS};
use super::grants::{Grants, Outside};
use super::request::Caller;
use crate::model::rbac::{Binding, Grantee};
use crate::model::{Object, objects};
use crate::parse::{Limits, Tree, yaml};
use crate::sim::Reason;
use crate::sim::world::{Key, World};
use crate::text::Source;

/// What every cluster binds itself, for [`own`].
pub const OWN: &str = include_str!("own.yaml");

/// What no chain is made of.
pub const NOT_LOOKED_AT: &[&str] = &[
    "rights of two principals put together, but for those of a user's or account's own groups",
    "authorizers beside RBAC, and constrained impersonation",
    "admission policies and webhooks that may refuse a pod, and the cluster's own defaults of Pod Security",
    "a pod with a node's disk in a namespace whose labels were not read",
    "pods that are root on their node already, but for DaemonSets that run on every node",
    "what a webhook reads of the objects that pass it",
    "pods/exec by `get` alone, which was enough before Kubernetes 1.35",
    "portforward and the proxies of pods and services, and writing nodes, which alone makes nobody stronger",
    "signing certificates, for which one needs the key of the API server's authority",
    "operators that act on custom resources, and secrets that hold other credentials than tokens",
    "holes in programs, images and kernels, etcd, and the cloud around the cluster",
];

/// The most places that are looked at.
const MOST: usize = 100_000;

/// The longest chain that is looked for, and the most steps that are told of all.
const LONGEST: usize = 100;
const MOST_STEPS: usize = 20_000;

/// Who reaches the goal.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// Who may do everything already, and by what.
    pub admins: Vec<(Spot, Vec<Reason>)>,
    /// Who gets there, each by a shortest chain.
    pub chains: Vec<Chain>,
    /// Bindings of which it is not known what they give.
    pub unknown: Vec<Reason>,
}

/// A chain: who, and the steps.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Who.
    pub from: Spot,
    /// The steps, the first one first.
    pub steps: Vec<Step>,
}

/// A step of a chain.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which way it is: `bind`, `exec`, `token`.
    pub way: &'static str,
    /// What upstream says of it.
    pub source: &'static str,
    /// What is done.
    pub says: String,
    /// The rules and bindings that allow it.
    pub because: Vec<Reason>,
    /// Whom or what it leads to.
    pub to: Spot,
}

/// The objects of [`OWN`].
pub fn own(source: &Arc<Source>) -> Tree {
    yaml::parse(source, Limits::default()).0
}

/// What can be done by one name, a user's or a group's, or by one role; and which roles are bound to it.
#[derive(Debug, Default)]
struct Standing<'w> {
    holds: Vec<Hold<'w>>,
    bound: Vec<(Object<'w>, Option<String>)>,
}

/// A place: what its user and its groups have each, which others of the group have as well.
type Place<'w> = Vec<Rc<Standing<'w>>>;

fn holds<'p, 'w>(place: &'p Place<'w>) -> impl Iterator<Item = &'p Hold<'w>> {
    place.iter().flat_map(|standing| &standing.holds)
}

/// Who reaches a goal, which is everything where none is named; why not, where nobody is called so.
pub fn reach(world: &World, own: &Tree, goal: Option<&Spot>) -> Result<Reached, String> {
    let mine: BTreeSet<Key> = world.objects().into_iter().filter_map(Key::of).collect();
    let theirs = objects(own).into_iter().filter(|o| Key::of(*o).is_some_and(|key| !mine.contains(&key)));
    let grants = Grants::new(world.objects().into_iter().chain(theirs), Outside::Anything);
    let places = Places::new(world, &grants);
    let mut graph = Graph {
        grants: &grants,
        places: &places,
        spots: BTreeMap::new(),
        names: BTreeMap::new(),
        unknown: Vec::new(),
    };
    graph.discover();
    if let Some(goal) = goal.filter(|goal| !graph.spots.contains_key(goal)) {
        return Err(format!("no binding names {goal}, and no object makes it"));
    }
    let mut found = graph.search(goal);
    // Of those whom every cluster has there is no news, but where the manifests bind them as well.
    let named = |of: Vec<Object<'_>>| -> BTreeSet<Spot> {
        let bindings: Vec<Binding<'_>> = of.into_iter().filter_map(Binding::of).collect();
        let all = bindings.iter().copied().flat_map(Binding::subjects).filter_map(Grantee::principal);
        all.map(Spot::of).collect()
    };
    let (theirs, mine) = (named(objects(own)), named(world.objects()));
    let news = |spot: &Spot| !theirs.contains(spot) || mine.contains(spot);
    found.admins.retain(|(spot, _)| news(spot));
    found.chains.retain(|chain| news(&chain.from));
    Ok(found)
}

struct Graph<'g, 'w> {
    grants: &'g Grants<'w>,
    places: &'g Places<'w>,
    spots: BTreeMap<Spot, Place<'w>>,
    /// By user or group, which of both it is told by the first.
    names: BTreeMap<(bool, String), Rc<Standing<'w>>>,
    unknown: Vec<Reason>,
}

impl<'w> Graph<'_, 'w> {
    /// Every place that there may be, with what can be done there.
    fn discover(&mut self) {
        let mut open: BTreeSet<Spot> = BTreeSet::from([Spot::Everything, Spot::Node]);
        for binding in self.grants.bindings() {
            open.extend(binding.subjects().filter_map(Grantee::principal).map(Spot::of));
        }
        for (namespace, names) in &self.places.accounts {
            open.extend(names.iter().map(|name| Spot::account(namespace, name)));
        }
        while let Some(spot) = open.pop_first() {
            if self.spots.len() >= MOST {
                self.unknown
                    .push(Reason::fact(format!("there are more than {MOST} places: not all were looked at")));
                break;
            }
            let place = self.place(&spot);
            let next = self.roles(&place);
            open.extend(next.into_iter().filter(|spot| !self.spots.contains_key(spot)));
            self.spots.insert(spot, place);
        }
    }

    fn place(&mut self, spot: &Spot) -> Place<'w> {
        if let Spot::Role { kind, name, namespace } = spot {
            let mut standing = Standing::default();
            let home = if *kind == "Role" { namespace.as_deref().unwrap_or("") } else { "" };
            let Some(role) = self.grants.role(home, name) else { return Place::new() };
            let given = Given { scope: namespace.clone(), binding: None };
            for (home, rule) in self.grants.rules_of(role).each() {
                gather(home, rule, &given, &mut standing.holds);
            }
            standing.bound.push((role, namespace.clone()));
            return vec![Rc::new(standing)];
        }
        let Some(caller) = spot.caller() else { return Place::new() };
        let user = Some(caller.user).filter(|user| !user.is_empty()).map(|user| (false, user));
        let names = user.into_iter().chain(caller.groups.into_iter().map(|group| (true, group)));
        let mut place = Place::new();
        for name in names {
            let known = self.names.get(&name).cloned();
            let standing = known.unwrap_or_else(|| Rc::new(self.standing(&name)));
            self.names.insert(name, Rc::clone(&standing));
            place.push(standing);
        }
        place
    }

    /// What a user, or a group, has by itself.
    fn standing(&mut self, (group, name): &(bool, String)) -> Standing<'w> {
        let mut standing = Standing::default();
        let caller = if *group {
            Caller { user: String::new(), groups: vec![name.clone()] }
        } else {
            Caller { user: name.clone(), groups: Vec::new() }
        };
        let mut seen = BTreeSet::new();
        for held in self.grants.everywhere(&caller) {
            let binding = held.binding();
            let Some((kind, name)) = binding.role() else { continue };
            if !seen.insert((binding.namespace(), kind, name)) {
                continue;
            }
            let rules = self.grants.rules(held);
            if let Some(why) = &rules.unsettled {
                let says = Reason::at(
                    format!("{} may give more: {why}", binding.object.title()),
                    binding.role_span(),
                );
                if !self.unknown.contains(&says) {
                    self.unknown.push(says);
                }
            }
            let scope = binding.namespace().map(str::to_owned);
            let given = Given { scope: scope.clone(), binding: Some(binding) };
            for (home, rule) in rules.each() {
                gather(home, rule, &given, &mut standing.holds);
            }
            let home = if kind == "Role" { binding.namespace().unwrap_or("") } else { "" };
            standing.bound.extend(self.grants.role(home, name).map(|role| (role, scope)));
        }
        standing
    }

    /// The roles that somebody may bind, and namespaces in which they may write every right into a role of theirs.
    fn roles(&self, place: &Place<'w>) -> Vec<Spot> {
        let mut out = Vec::new();
        // Whoever may do everything needs no other role.
        if holds(place).any(Hold::is_everything) {
            return out;
        }
        let cluster = |name: &str, namespace: Option<&str>| Spot::Role {
            kind: "ClusterRole",
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
        };
        for hold in holds(place) {
            let spaces: Vec<&str> = match hold.scope.as_deref() {
                Some(scope) => vec![scope],
                None => self.places.namespaces().collect(),
            };
            match hold.power {
                Power::BindClusterRole => {
                    // Whoever may bind any role binds the strongest.
                    let names = if hold.names.is_empty() { vec![ADMIN] } else { hold.names.clone() };
                    for name in names {
                        out.extend(hold.scope.is_none().then(|| cluster(name, None)));
                        out.extend(spaces.iter().map(|space| cluster(name, Some(space))));
                    }
                }
                Power::BindRole => {
                    for space in spaces {
                        let all = self.grants.roles_in(space).filter(|name| hold.lets(name));
                        out.extend(all.map(|name| Spot::Role {
                            kind: "Role",
                            name: name.to_owned(),
                            namespace: Some(space.to_owned()),
                        }));
                    }
                }
                Power::EscalateClusterRole | Power::EscalateRole => {
                    let bound = place.iter().flat_map(|standing| &standing.bound);
                    out.extend(bound.filter_map(|(_, namespace)| namespace.as_deref().map(Spot::inside)));
                }
                _ => {}
            }
        }
        out
    }

    fn search(self, goal: Option<&Spot>) -> Reached {
        let mut out = Reached { unknown: self.unknown, ..Reached::default() };
        let mut steps: BTreeMap<&Spot, Option<Step>> = BTreeMap::new();
        for (spot, place) in &self.spots {
            let all = holds(place).find(|hold| hold.is_everything());
            if let Some(hold) = all.filter(|_| spot.is_principal()) {
                out.admins.push((spot.clone(), hold.because()));
            }
            if all.is_some() || *spot == Spot::Everything || Some(spot) == goal {
                steps.insert(spot, None);
            }
        }
        let mut front = Front::default();
        front.extend(steps.keys().map(|spot| (*spot).clone()), self.places);
        for round in 0.. {
            if round == LONGEST {
                let text = format!("chains of more than {LONGEST} steps are not looked for");
                out.unknown.push(Reason::fact(text));
                break;
            }
            let open = self.spots.iter().filter(|(spot, place)| {
                !steps.contains_key(spot) && (**spot == Spot::Node || holds(place).next().is_some())
            });
            let new: Vec<(&Spot, Step)> = open
                .filter_map(|(spot, place)| {
                    let case = Case { spot, place, front: &front, places: self.places, grants: self.grants };
                    let (way, found) = WAYS.iter().find_map(|way| Some((way, (way.find)(&case)?)))?;
                    let (says, because) = (found.says, found.because);
                    Some((spot, Step { way: way.name, source: way.source, says, because, to: found.to }))
                })
                .collect();
            if new.is_empty() {
                break;
            }
            front.extend(new.iter().map(|(spot, _)| (*spot).clone()), self.places);
            steps.extend(new.into_iter().map(|(spot, step)| (spot, Some(step))));
        }
        let mut told = 0;
        for (spot, first) in steps.iter().filter(|(spot, _)| spot.is_principal()) {
            if told > MOST_STEPS {
                let text = format!("the chains have more than {MOST_STEPS} steps: not all of them are told");
                out.unknown.push(Reason::fact(text));
                break;
            }
            let mut chain = Chain { from: (*spot).clone(), steps: Vec::new() };
            let mut next = first.as_ref();
            while let Some(step) = next {
                chain.steps.push(step.clone());
                next = steps.get(&step.to).and_then(Option::as_ref);
            }
            told += chain.steps.len();
            out.chains.extend(Some(chain).filter(|chain| !chain.steps.is_empty()));
        }
        out
    }
}
