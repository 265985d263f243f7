//! Where somebody can stand: as whom, or with which role.

use std::borrow::Cow;
use std::fmt;

use crate::model::rbac::{Principal, account_of};
use crate::sim::rbac::request::Caller;

/// A place in the graph of escalation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// Everything may be done.
    Everything,
    /// A user.
    User(String),
    /// Somebody of a group.
    Group(String),
    /// A service account: namespace and name.
    Account(String, String),
    /// Whatever a role gives: its kind and name, and where it is bound; in the whole cluster where there is no namespace.
    Role {
        /// `Role` or `ClusterRole`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The namespace of the binding.
        namespace: Option<String>,
    },
    /// The administrator of a node.
    Node,
}

/// The role with which one may do everything.
pub(super) const ADMIN: &str = "cluster-admin";

impl Spot {
    /// Whom a subject of a binding means.
    pub(super) fn of(principal: Principal<'_>) -> Self {
        match principal {
            Principal::User(name) => Self::user(name),
            Principal::Group(name) => Self::Group(name.into_owned()),
        }
    }

    /// A user, or the service account that it is.
    pub fn user(name: Cow<'_, str>) -> Self {
        match account_of(&name) {
            Some((namespace, account)) => Self::account(namespace, account),
            None => Self::User(name.into_owned()),
        }
    }

    /// Whom somebody means who names a goal: a user or an account, or, by `cluster-admin`, everything, which is nobody.
    pub fn goal(name: &str) -> Option<Self> {
        (name != ADMIN).then(|| Self::user(Cow::Borrowed(name)))
    }

    pub(super) fn account(namespace: &str, name: &str) -> Self {
        Self::Account(namespace.to_owned(), name.to_owned())
    }

    /// Everything in one namespace.
    pub(super) fn inside(namespace: &str) -> Self {
        Self::Role { kind: "ClusterRole", name: ADMIN.to_owned(), namespace: Some(namespace.to_owned()) }
    }

    /// Whether it is somebody, and no role or node on the way.
    pub(super) fn is_principal(&self) -> bool {
        matches!(self, Self::User(_) | Self::Group(_) | Self::Account(..))
    }

    /// Whether somebody is meant by it: itself, or one of a group's.
    pub fn includes(&self, who: &Self) -> bool {
        let is_of = |name: &String| who.caller().is_some_and(|caller| caller.groups.contains(name));
        self == who || matches!(self, Self::Group(name) if is_of(name))
    }

    /// With what it asks the API server, where it is somebody.
    pub(super) fn caller(&self) -> Option<Caller> {
        match self {
            Self::User(name) => Some(Caller::impersonated(name, &[])),
            Self::Account(namespace, name) => Some(Caller::account(namespace, name)),
            Self::Group(name) => {
                let mut groups = vec![name.clone()];
                if name.starts_with("system:serviceaccounts:") {
                    groups.push("system:serviceaccounts".to_owned());
                }
                Some(Caller::impersonated("", &groups))
            }
            Self::Everything | Self::Role { .. } | Self::Node => None,
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything in the cluster"),
            Self::User(name) => write!(f, "User {name}"),
            Self::Group(name) => write!(f, "Group {name}"),
            Self::Account(namespace, name) => write!(f, "ServiceAccount {namespace}/{name}"),
            Self::Role { name, namespace: Some(namespace), .. } if name == ADMIN => {
                write!(f, "everything in {namespace}")
            }
            Self::Role { kind, name, namespace } => {
                let place =
                    namespace.as_deref().map_or_else(|| "everywhere".to_owned(), |n| format!("in {n}"));
                write!(f, "{kind} {name} {place}")
            }
            Self::Node => f.write_str("root on a node"),
        }
    }
}
