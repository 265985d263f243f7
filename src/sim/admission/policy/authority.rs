//! The authorizer that expressions ask: RBAC, over the roles and bindings of the world that the policies stand in.
//!
//! kubernetes `plugin/pkg/admission/plugin/cel/condition.go` hands expressions the server's own authorizer and the user who asks.

use std::cell::OnceCell;

use super::request::Request;
use crate::model::Object;
use crate::sim::cel::{Asks, Authority, Outcome, Trouble, Value};
use crate::sim::rbac::{self, Caller, Decision, Grants, Outside, Target};

/// The roles and bindings among some objects; they are looked for when the first expression asks.
#[derive(Debug)]
pub(super) struct Roles<'o, 'w> {
    objects: &'o [Object<'w>],
    grants: OnceCell<Grants<'w>>,
}

impl<'o, 'w> Roles<'o, 'w> {
    /// Those among these objects.
    pub fn among(objects: &'o [Object<'w>]) -> Self {
        Self { objects, grants: OnceCell::new() }
    }
}

impl Authority for Roles<'_, '_> {
    fn allows(&self, request: &rbac::Request) -> Outcome<Option<String>> {
        let objects = self.objects.iter().copied();
        // A cluster has roles of which its manifests say nothing.
        let grants = self.grants.get_or_init(|| Grants::new(objects, Outside::Anything));
        if grants.is_empty() {
            return Err(Trouble::Unmodelled("the authorizer: no binding of a role is known".to_owned()));
        }
        match grants.decide(request) {
            Decision::Allowed(grounds) => Ok(Some(rbac::reason(grounds))),
            Decision::Denied => Ok(None),
            Decision::Unknown(grounds, why) => {
                let title = grounds.binding.object.title();
                Err(Trouble::Unmodelled(format!("the authorizer: {title} may allow it, {why}")))
            }
        }
    }
}

/// What `authorizer` is in an expression about a request.
pub(super) fn of(request: &Request<'_>) -> Value {
    let who = Caller { user: request.user.name.clone(), groups: request.user.groups.clone() };
    let target = Target {
        group: request.group.clone(),
        resource: request.resource.clone(),
        subresource: request.subresource.clone(),
        namespace: request.namespace.clone(),
        name: request.name.clone(),
        ..Target::default()
    };
    Asks::Caller(who, Some(target)).value()
}
