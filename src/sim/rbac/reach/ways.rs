//! The ways on: how somebody becomes somebody stronger, each after what upstream says of it.

mod credentials;
mod roles;
mod running;
mod started;

use super::front::Front;
use super::places::Places;
use super::power::{Hold, Power};
use super::spot::Spot;
use super::{Place, holds};
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
        find: roles::bind,
    },
    Way {
        name: "escalate",
        source: "kubernetes pkg/registry/rbac/escalation_check.go, RoleEscalationAuthorized",
        find: roles::escalate,
    },
    Way {
        name: "impersonate",
        source: "kubernetes apiserver pkg/endpoints/filters/impersonation",
        find: roles::impersonate,
    },
    Way {
        name: "token",
        source: "kubernetes.io, RBAC good practices, Token request",
        find: credentials::token,
    },
    Way {
        name: "secret",
        source: "kubernetes.io, RBAC good practices, Listing secrets",
        find: credentials::secret,
    },
    Way {
        name: "exec",
        source: "kubernetes.io, RBAC good practices; KEP-4006 for the verb",
        find: running::enter,
    },
    Way {
        name: "workload",
        source: "kubernetes.io, RBAC good practices, Workload creation",
        find: started::workload,
    },
    Way {
        name: "nodes-proxy",
        source: "kubernetes.io, RBAC good practices, Access to proxy subresource of Nodes",
        find: running::nodes_proxy,
    },
    Way {
        name: "certificate",
        source: "kubernetes.io, RBAC good practices, CSRs and certificate issuing",
        find: credentials::certificate,
    },
    Way {
        name: "webhook",
        source: "kubernetes.io, RBAC good practices, Control admission webhooks",
        find: started::webhook,
    },
    Way {
        name: "host-path",
        source: "kubernetes.io, RBAC good practices, Workload creation",
        find: started::host_path,
    },
    Way {
        name: "volume",
        source: "kubernetes.io, RBAC good practices, Persistent volume creation",
        find: started::volume,
    },
    Way {
        name: "node",
        source: "kubernetes.io, RBAC good practices, Workload creation",
        find: running::node,
    },
];

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
