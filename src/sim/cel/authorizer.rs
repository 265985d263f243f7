//! The authorizer: what an expression asks of it, put together call by call.
//!
//! k8s.io/apiserver `pkg/cel/library/authz.go`. Selectors of fields and labels are passed over, as RBAC does.

use std::fmt::Debug;

use super::eval::Machine;
use super::kube::Opaque;
use super::trouble::{Outcome, Trouble};
use super::value::Value;
use crate::model::{names, rbac};
use crate::sim::rbac::{Caller, Request, Target, What};

/// Whoever decides who may do what.
pub trait Authority: Debug {
    /// The reason by which it is allowed, where it is; an error is what is not known.
    fn allows(&self, request: &Request) -> Outcome<Option<String>>;
}

/// A question on its way, or the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Asks {
    /// `authorizer`: somebody, and what he has asked the API server for.
    Caller(Caller, Option<Target>),
    /// `.path(…)`.
    Path(Caller, String),
    /// `.group(…)`.
    Group(Caller, String),
    /// `.resource(…)`.
    Resource(Caller, Target),
    /// `.check(…)`: the reason by which it is allowed, where it is.
    Decision(Option<String>),
}

impl Asks {
    /// The type's name.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Caller(..) => "kubernetes.authorization.Authorizer",
            Self::Path(..) => "kubernetes.authorization.PathCheck",
            Self::Group(..) => "kubernetes.authorization.GroupCheck",
            Self::Resource(..) => "kubernetes.authorization.ResourceCheck",
            Self::Decision(_) => "kubernetes.authorization.Decision",
        }
    }

    /// `authorizer.requestResource`.
    pub fn requested(&self) -> Option<Value> {
        match self {
            Self::Caller(who, Some(target)) => Some(Self::Resource(who.clone(), target.clone()).value()),
            _ => None,
        }
    }

    /// The value that an expression has of it.
    pub fn value(self) -> Value {
        Value::opaque(Opaque::Authorizer(self))
    }

    /// Calls a function of it.
    pub(super) fn call(&self, machine: &mut Machine<'_>, name: &str, rest: &[Value]) -> Outcome<Value> {
        let texts: Option<Vec<&str>> =
            rest.iter().map(|v| if let Value::Text(text) = v { Some(text.as_ref()) } else { None }).collect();
        let texts = texts.ok_or_else(Trouble::overload)?;
        let next = match (self, name, texts.as_slice()) {
            (Self::Caller(who, _), "path", [path]) => {
                Self::Path(who.clone(), filled(path, "path must not be empty")?)
            }
            (Self::Caller(who, _), "group", [group]) => Self::Group(who.clone(), (*group).to_owned()),
            (Self::Caller(..), "serviceAccount", [namespace, account]) => {
                Self::Caller(service_account(namespace, account)?, None)
            }
            (Self::Group(who, group), "resource", [resource]) => {
                let resource = filled(resource, "resource must not be empty")?;
                Self::Resource(who.clone(), Target { group: group.clone(), resource, ..Target::default() })
            }
            (Self::Resource(who, target), "subresource" | "namespace" | "name", [text]) => {
                let (mut target, text) = (target.clone(), (*text).to_owned());
                match name {
                    "subresource" => target.subresource = text,
                    "namespace" => target.namespace = text,
                    _ => target.name = text,
                }
                Self::Resource(who.clone(), target)
            }
            (Self::Resource(..), "fieldSelector" | "labelSelector", [_]) => self.clone(),
            (Self::Resource(who, target), "check", [verb]) => {
                let what = What::Resource(Target { verb: (*verb).to_owned(), ..target.clone() });
                Self::Decision(decided(machine, who, what)?)
            }
            (Self::Path(who, path), "check", [verb]) => {
                let what = What::Path { verb: (*verb).to_owned(), path: path.clone() };
                Self::Decision(decided(machine, who, what)?)
            }
            (Self::Decision(reason), "allowed", []) => return Ok(Value::Bool(reason.is_some())),
            (Self::Decision(reason), "reason", []) => {
                return Ok(Value::text(reason.as_deref().unwrap_or_default()));
            }
            // RBAC errs only about what it does not find, and that is not known here.
            (Self::Decision(_), "errored", []) => return Ok(Value::Bool(false)),
            (Self::Decision(_), "error", []) => return Ok(Value::text("")),
            _ => return Err(Trouble::overload()),
        };
        Ok(next.value())
    }
}

/// What a group of the API server's own may do, whoever else says what (`AlwaysAllowGroups`).
const MASTERS: &str = "system:masters";

/// The group of the nodes, about whom another authorizer is asked first.
const NODES: &str = "system:nodes";

fn decided(machine: &mut Machine<'_>, who: &Caller, what: What) -> Outcome<Option<String>> {
    let authority = machine.authority()?;
    if who.groups.iter().any(|group| group == MASTERS) {
        return Ok(Some(String::new()));
    }
    let unknown = |text: &str| Trouble::Unmodelled(text.to_owned());
    if who.user.is_empty() {
        return Err(unknown("the authorizer, where nobody says who asks"));
    }
    let authority = authority.ok_or_else(|| unknown("the authorizer, where no role is known"))?;
    let allowed = authority.allows(&Request { who: who.clone(), what })?;
    if allowed.is_none() && who.groups.iter().any(|group| group == NODES) {
        return Err(unknown("what the Node authorizer allows"));
    }
    Ok(allowed)
}

fn filled(text: &str, fault: &str) -> Outcome<String> {
    if text.trim().is_empty() { Err(Trouble::error(fault)) } else { Ok(text.to_owned()) }
}

/// `ServiceAccountInfo.UserInfo` gives an account its own two groups, and not that of everybody who has shown a
/// credential: what is bound to `system:authenticated` alone is not found here.
fn service_account(namespace: &str, name: &str) -> Outcome<Caller> {
    if !names::is_subdomain(name) {
        return Err(Trouble::error("Invalid service account name"));
    }
    if !names::is_label(namespace) {
        return Err(Trouble::error("Invalid service account namespace"));
    }
    let mut caller = Caller::account(namespace, name);
    caller.groups.retain(|group| group != rbac::AUTHENTICATED);
    Ok(caller)
}
