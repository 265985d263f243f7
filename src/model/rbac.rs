//! Rules of roles: what they allow, as the API server's RBAC authorizer decides.
//!
//! kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`: `*` matches everything; a resource with a subresource matches by
//! its exact name, by `*/subresource` or by `*`, never by `resource/*`.

use super::selector::Selector;
use super::value;
use crate::parse::Node;

/// One item of `rules`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolicyRule<'t> {
    /// Its mapping.
    pub node: Node<'t>,
}

impl<'t> PolicyRule<'t> {
    /// The rules of a role, as they are written; those of an aggregated one come from [`aggregates`].
    pub fn of(role: Node<'t>) -> impl Iterator<Item = Self> {
        let rules = role.get("rules").and_then(value::list);
        rules.into_iter().flat_map(Node::items).filter_map(value::mapping).map(|node| Self { node })
    }

    fn list(self, key: &str) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        let items = self.node.get(key).and_then(value::list).into_iter().flat_map(Node::items);
        items.filter_map(|n| Some((value::string(n)?, n)))
    }

    /// `verbs`.
    pub fn verbs(self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        self.list("verbs")
    }

    /// `apiGroups`; the core group is `""`.
    pub fn groups(self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        self.list("apiGroups")
    }

    /// `resources`, subresources as `pods/exec`.
    pub fn resources(self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        self.list("resources")
    }

    /// `resourceNames`: none means every object.
    pub fn names(self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        self.list("resourceNames")
    }

    /// The item by which it allows `verb`.
    pub fn verb(self, verb: &str) -> Option<Node<'t>> {
        self.verbs().find(|(v, _)| *v == "*" || *v == verb).map(|(_, node)| node)
    }

    /// The item by which it speaks of a resource of a group.
    pub fn resource(self, group: &str, resource: &str) -> Option<Node<'t>> {
        self.groups().find(|(g, _)| *g == "*" || *g == group)?;
        let any = resource.split_once('/').map(|(_, sub)| sub);
        let fits =
            |r: &str| r == "*" || r == resource || any.is_some_and(|sub| r.strip_prefix("*/") == Some(sub));
        self.resources().find(|(r, _)| fits(r)).map(|(_, node)| node)
    }

    /// Whether `resourceNames` holds the verb on the resource to single objects. Deleting collections has no name to
    /// compare, so a rule with names never allows it; listing and watching has one only where the client sends a field
    /// selector; doing something at a subresource (`serviceaccounts/token`) has the object's. A posted object has none
    /// either, but server-side apply authorizes `create` with the name (apiserver `endpoints/handlers/patch.go`), so
    /// one object of any content can be made.
    pub fn is_narrowed(self, verb: &str, resource: &str) -> bool {
        (verb != "create" || resource.contains('/')) && self.names().next().is_some()
    }
}

/// The selectors of `aggregationRule`: each `ClusterRole` that one of them fits adds its rules, and the controller
/// overwrites what is written (`pkg/controller/clusterroleaggregation`).
pub fn aggregates(role: Node<'_>) -> impl Iterator<Item = Selector<'_>> {
    let list = role.at(&["aggregationRule", "clusterRoleSelectors"]).and_then(value::list);
    list.into_iter().flat_map(Node::items).map(|node| Selector { node })
}

/// Resources of the whole cluster, without their subresources.
const CLUSTER_WIDE: &[(&str, &[&str])] = &[
    ("", &["groups", "nodes", "persistentvolumes", "users"]),
    (
        "admissionregistration.k8s.io",
        &[
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        ],
    ),
    ("certificates.k8s.io", &["certificatesigningrequests"]),
    ("rbac.authorization.k8s.io", &["clusterrolebindings", "clusterroles"]),
];

/// Whether a request for it names no namespace, so that a `Role` never allows it (`plugin/pkg/auth/authorizer/rbac`
/// asks bindings of a namespace only where the request has one). Users and groups are impersonated in no namespace
/// either. Binding a `ClusterRole` is asked for in the namespace of the binding.
pub fn is_cluster_wide(group: &str, resource: &str, verb: &str) -> bool {
    let object = resource.split('/').next().unwrap_or(resource);
    let here = CLUSTER_WIDE.iter().any(|(g, resources)| *g == group && resources.contains(&object));
    here && verb != "bind"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    /// checks.md 3, trap 12.
    #[test]
    fn trap_12_a_subresource_matches_by_its_name_by_its_star_or_by_the_star() {
        let allows = |groups: &str, resources: &str, group: &str, resource: &str| {
            let text =
                format!("rules: [{{apiGroups: [{groups}], resources: [{resources}], verbs: [get]}}]\n");
            let source = Source::lone("t", text);
            let (tree, _) = yaml::parse(&source, Limits::default());
            PolicyRule::of(tree.root().unwrap()).any(|r| r.resource(group, resource).is_some())
        };
        assert!(allows("''", "pods/exec", "", "pods/exec"));
        assert!(allows("''", "'*/exec'", "", "pods/exec"));
        assert!(allows("'*'", "'*'", "", "pods/exec"));
        assert!(!allows("''", "'pods/*'", "", "pods/exec"));
        assert!(!allows("''", "pods", "", "pods/exec"));
        assert!(!allows("acme.io", "'*'", "", "secrets"));
    }
}
