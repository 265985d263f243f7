//! The roles of whoever asks, which rules match by. kyverno `pkg/userinfo/roleRef.go`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::super::asked::User;
use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::rbac::Caller;

/// The bindings of a cluster, and whom they were asked for already: most objects are sent by few.
#[derive(Debug, Default)]
pub struct Roles<'w> {
    bindings: Vec<Object<'w>>,
    known: RefCell<BTreeMap<(String, Vec<String>), User>>,
}

impl<'w> Roles<'w> {
    /// Those of these objects.
    pub fn among(objects: &[Object<'w>]) -> Self {
        let ours = |o: &&Object<'w>| {
            o.group() == Some("rbac.authorization.k8s.io")
                && matches!(o.kind(), Some("RoleBinding" | "ClusterRoleBinding"))
        };
        Self { bindings: objects.iter().filter(ours).copied().collect(), known: RefCell::default() }
    }

    /// Who asks, with their roles.
    pub fn user(&self, who: &Caller) -> User {
        let key = (who.user.clone(), who.groups.clone());
        let mut known = self.known.borrow_mut();
        let made = known.entry(key).or_insert_with(|| {
            let (roles, cluster_roles) = of(who, &self.bindings);
            User { name: who.user.clone(), groups: who.groups.clone(), roles, cluster_roles }
        });
        made.clone()
    }
}

/// The roles, as `NAMESPACE:NAME`, and the cluster roles that bindings give to somebody.
fn of(who: &Caller, bindings: &[Object<'_>]) -> (Vec<String>, Vec<String>) {
    let (mut roles, mut cluster) = (Vec::new(), Vec::new());
    for binding in bindings {
        let subjects = binding.node.get("subjects").into_iter().flat_map(Node::items);
        if !subjects.into_iter().any(|subject| is(subject, who)) {
            continue;
        }
        let part = |key: &str| binding.node.at(&["roleRef", key]).and_then(value::string).unwrap_or_default();
        match part("kind") {
            "ClusterRole" => cluster.push(part("name").to_owned()),
            "Role" => {
                roles.push(format!("{}:{}", binding.namespace().unwrap_or("default"), part("name")));
            }
            _ => {}
        }
    }
    (roles, cluster)
}

fn is(subject: Node<'_>, who: &Caller) -> bool {
    let part = |key: &str| subject.get(key).and_then(value::string).unwrap_or_default();
    match part("kind") {
        "ServiceAccount" => Caller::account(part("namespace"), part("name")).user == who.user,
        "User" => part("name") == who.user,
        "Group" => who.groups.iter().any(|group| group == part("name")),
        _ => false,
    }
}
