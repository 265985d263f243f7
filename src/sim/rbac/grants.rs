//! Roles and bindings, indexed: who holds which binding where, found without looking at the others.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::aggregate::{ClusterRoles, Rules};
use super::request::{Caller, Request};
use crate::model::Object;
use crate::model::rbac::{Binding, Grantee, PolicyRule, Principal, is_ours};

/// What there may be beside the objects that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Nothing: a role that is not among them does not exist.
    Nothing,
    /// The roles that Kubernetes makes itself.
    Kubernetes,
    /// Those, and whatever else a cluster holds: a role that is not among them is unknown.
    Anything,
}

/// The roles and bindings of a world, ready to be asked.
#[derive(Debug)]
pub struct Grants<'w> {
    bindings: Vec<Bound<'w>>,
    /// Principal and namespace, empty for the whole cluster, to bindings.
    held: BTreeMap<(Principal<'w>, &'w str), Vec<usize>>,
    roles: BTreeMap<(&'w str, &'w str), Object<'w>>,
    cluster: ClusterRoles<'w>,
    outside: Outside,
}

/// A binding, and what stands behind its `roleRef`.
#[derive(Debug)]
struct Bound<'w> {
    binding: Binding<'w>,
    role: Behind<'w>,
}

#[derive(Clone, Copy, Debug)]
enum Behind<'w> {
    /// A role of one namespace.
    Role(Object<'w>),
    ClusterRole(Object<'w>),
    /// `cluster-admin` as Kubernetes makes it.
    Everything,
    /// A role that others know.
    Unknown,
    Missing,
}

/// A binding that holds for somebody, and the subject by which it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<'g, 'w> {
    bound: &'g Bound<'w>,
    pub(super) subject: Grantee<'w>,
}

/// By what somebody may do something.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'w> {
    /// The binding.
    pub binding: Binding<'w>,
    /// Its subject that fits.
    pub subject: Grantee<'w>,
    /// The role that the rule stands in, and the rule; none where it is the built-in `cluster-admin`.
    pub rule: Option<(Object<'w>, PolicyRule<'w>)>,
}

/// What RBAC decides.
#[derive(Clone, Debug)]
pub enum Decision<'w> {
    /// Allowed, by the first rule that does.
    Allowed(Grounds<'w>),
    /// No rule allows it: RBAC has no opinion, and nobody else is asked.
    Denied,
    /// No rule that is known allows it, and some are not.
    Unknown(Grounds<'w>, String),
}

impl<'w> Grants<'w> {
    /// Indexes roles and bindings; other objects are passed over.
    pub fn new(objects: impl IntoIterator<Item = Object<'w>>, outside: Outside) -> Self {
        let (mut roles, mut cluster, mut bindings) = (BTreeMap::new(), ClusterRoles::default(), Vec::new());
        for object in objects {
            if let Some(binding) = Binding::of(object) {
                bindings.push(binding);
            } else if let (true, Some(name)) = (is_ours(object), object.name()) {
                match object.kind() {
                    Some("Role") => {
                        roles.entry((object.namespace().unwrap_or("default"), name)).or_insert(object);
                    }
                    Some("ClusterRole") => {
                        roles.entry(("", name)).or_insert(object);
                        cluster.add(object);
                    }
                    _ => {}
                }
            }
        }
        let mut held: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (number, binding) in bindings.iter().enumerate() {
            let namespace = binding.namespace().unwrap_or("");
            for principal in binding.subjects().filter_map(Grantee::principal) {
                let list = held.entry((principal, namespace)).or_default();
                // A subject that is there twice counts once.
                if list.last() != Some(&number) {
                    list.push(number);
                }
            }
        }
        let bindings =
            bindings.into_iter().map(|b| Bound { binding: b, role: behind(b, &roles, outside) }).collect();
        Self { bindings, held, roles, cluster, outside }
    }

    /// How many bindings there are.
    pub fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }

    /// The bindings, in the order of the files.
    pub(super) fn bindings(&self) -> impl Iterator<Item = Binding<'w>> {
        self.bindings.iter().map(|bound| bound.binding)
    }

    /// A role that was read: of a namespace, or with the empty one of the cluster.
    pub(super) fn role(&self, namespace: &str, name: &str) -> Option<Object<'w>> {
        self.roles.get(&(namespace, name)).copied()
    }

    /// The names of the roles of a namespace.
    pub(super) fn roles_in<'g>(&'g self, namespace: &'g str) -> impl Iterator<Item = &'g str> {
        let from = self.roles.range((namespace, "")..);
        from.take_while(move |((home, _), _)| *home == namespace).map(|((_, name), _)| *name)
    }

    /// The rules of a role that was read.
    pub(super) fn rules_of(&self, role: Object<'w>) -> Rules<'w> {
        match role.kind() {
            Some("ClusterRole") => self.cluster.rules(role),
            _ => Rules { from: vec![role], unsettled: None },
        }
    }

    /// Whether a role is there: of a namespace, or with the empty one of the cluster.
    pub(super) fn has_role(&self, namespace: &str, name: &str) -> bool {
        self.roles.contains_key(&(namespace, name)) || self.outside != Outside::Nothing
    }

    /// The bindings that hold for somebody in a namespace, those of the whole cluster first, in the order of the
    /// files (`VisitRulesFor`).
    pub(super) fn of<'g>(&'g self, who: &Caller, namespace: &str) -> Vec<Held<'g, 'w>> {
        let mut out = Vec::new();
        let scopes = [Some(""), Some(namespace).filter(|n| !n.is_empty())];
        for scope in scopes.into_iter().flatten() {
            let mut numbers: Vec<usize> = Vec::new();
            for principal in principals(who) {
                numbers.extend(self.held.get(&(principal, scope)).into_iter().flatten());
            }
            numbers.sort_unstable();
            numbers.dedup();
            out.extend(numbers.into_iter().filter_map(|n| self.held_by(who, n)));
        }
        out
    }

    /// The bindings that hold for somebody anywhere.
    pub(super) fn everywhere<'g>(&'g self, who: &Caller) -> Vec<Held<'g, 'w>> {
        let mut numbers: Vec<usize> = Vec::new();
        for principal in principals(who) {
            let from = (principal, "");
            let all = self.held.range(from.clone()..).take_while(|((p, _), _)| *p == from.0);
            numbers.extend(all.flat_map(|(_, list)| list));
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().filter_map(|n| self.held_by(who, n)).collect()
    }

    /// Every binding that reaches a namespace, with each of its subjects.
    pub(super) fn reaching<'g>(&'g self, namespace: &'g str) -> impl Iterator<Item = Held<'g, 'w>> {
        let here = move |b: &&Bound<'_>| b.binding.namespace().is_none_or(|n| n == namespace);
        let each =
            |bound: &'g Bound<'w>| bound.binding.subjects().map(move |subject| Held { bound, subject });
        self.bindings.iter().filter(here).flat_map(each)
    }

    fn held_by(&self, who: &Caller, number: usize) -> Option<Held<'_, 'w>> {
        let bound = self.bindings.get(number)?;
        let is = |subject: &Grantee<'_>| match subject.principal() {
            Some(Principal::User(user)) => user == who.user,
            Some(Principal::Group(group)) => who.groups.iter().any(|g| *g == group),
            None => false,
        };
        let subject = bound.binding.subjects().find(is)?;
        Some(Held { bound, subject })
    }

    /// The rules that a binding gives; none where it gives everything, or nothing is known of its role.
    pub(super) fn rules(&self, held: Held<'_, 'w>) -> Rules<'w> {
        match held.bound.role {
            Behind::Role(role) => Rules { from: vec![role], unsettled: None },
            Behind::ClusterRole(role) => self.cluster.rules(role),
            Behind::Everything | Behind::Missing => Rules::default(),
            Behind::Unknown => {
                let name = held.bound.binding.role().map_or("", |(_, name)| name);
                let text = format!("the rules of {name} are not among what was read");
                Rules { from: Vec::new(), unsettled: Some(text) }
            }
        }
    }

    /// Decides.
    pub fn decide(&self, request: &Request) -> Decision<'w> {
        let (mut unknown, mut asked) = (None, BTreeSet::new());
        for held in self.of(&request.who, request.what.namespace()) {
            // What a role does not allow by one binding it does not by another of the same kind.
            let binding = held.bound.binding;
            if !asked.insert((binding.namespace(), binding.role())) {
                continue;
            }
            let grounds = Grounds { binding: held.bound.binding, subject: held.subject, rule: None };
            if held.is_everything() {
                return Decision::Allowed(grounds);
            }
            let rules = self.rules(held);
            let found = rules.each().find(|(_, rule)| request.what.is_allowed_by(*rule));
            if found.is_some() {
                return Decision::Allowed(Grounds { rule: found, ..grounds });
            }
            unknown = unknown.or(rules.unsettled.map(|why| (grounds, why)));
        }
        unknown.map_or(Decision::Denied, |(grounds, why)| Decision::Unknown(grounds, why))
    }
}

impl<'w> Held<'_, 'w> {
    /// The binding.
    pub(super) fn binding(self) -> Binding<'w> {
        self.bound.binding
    }

    /// Whether it gives everything.
    pub(super) fn is_everything(self) -> bool {
        matches!(self.bound.role, Behind::Everything)
    }

    /// Whether its role is not there.
    pub(super) fn is_void(self) -> bool {
        matches!(self.bound.role, Behind::Missing)
    }
}

fn principals(who: &Caller) -> impl Iterator<Item = Principal<'_>> {
    let user = Some(&who.user).filter(|u| !u.is_empty());
    let user = user.map(|u| Principal::User(Cow::Borrowed(u)));
    user.into_iter().chain(who.groups.iter().map(|g| Principal::Group(Cow::Borrowed(g))))
}

/// `GetRoleReferenceRules`: a `RoleBinding` names a role of its namespace or of the cluster, a `ClusterRoleBinding`
/// one of the cluster.
fn behind<'w>(
    binding: Binding<'w>,
    roles: &BTreeMap<(&'w str, &'w str), Object<'w>>,
    outside: Outside,
) -> Behind<'w> {
    let Some((kind, name)) = binding.role() else { return Behind::Missing };
    match (kind, binding.namespace()) {
        ("Role", Some(namespace)) => match roles.get(&(namespace, name)) {
            Some(role) => Behind::Role(*role),
            None if outside == Outside::Anything => Behind::Unknown,
            None => Behind::Missing,
        },
        ("ClusterRole", _) => match roles.get(&("", name)) {
            Some(role) => Behind::ClusterRole(*role),
            None if outside == Outside::Nothing => Behind::Missing,
            None if name == "cluster-admin" => Behind::Everything,
            None if outside == Outside::Anything || is_kubernetes_own(name) => Behind::Unknown,
            None => Behind::Missing,
        },
        _ => Behind::Missing,
    }
}

/// Whether Kubernetes makes a `ClusterRole` of this name
/// (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go`).
fn is_kubernetes_own(name: &str) -> bool {
    matches!(name, "cluster-admin" | "admin" | "edit" | "view") || name.starts_with("system:")
}
