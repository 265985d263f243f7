//! The roles of whoever asks, which rules match by. kyverno `pkg/userinfo/roleRef.go`.

use crate::model::{Object, value};
use crate::parse::Node;
use crate::sim::rbac::Caller;

/// The roles, as `NAMESPACE:NAME`, and the cluster roles that bindings among these objects give to somebody.
pub(super) fn of(who: &Caller, objects: &[Object<'_>]) -> (Vec<String>, Vec<String>) {
    let (mut roles, mut cluster) = (Vec::new(), Vec::new());
    let bindings = objects.iter().filter(|o| o.group() == Some("rbac.authorization.k8s.io"));
    for binding in bindings.filter(|o| matches!(o.kind(), Some("RoleBinding" | "ClusterRoleBinding"))) {
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
