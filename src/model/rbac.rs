//! Rules of roles: what they allow, as the API server's RBAC authorizer decides.
//!
//! kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`: `*` matches everything; a resource with a subresource matches by
//! its exact name, by `*/subresource` or by `*`, never by `resource/*`.

use std::borrow::Cow;

use super::selector::Selector;
use super::{Object, value};
use crate::parse::Node;
use crate::text::Span;

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

    /// The item by which it speaks of a resource of a group, a subresource written behind a slash.
    pub fn resource(self, group: &str, resource: &str) -> Option<Node<'t>> {
        let (kind, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        self.resource_of(group, kind, subresource)
    }

    /// The item by which it speaks of a resource, or of the subresource where that is not empty.
    pub fn resource_of(self, group: &str, resource: &str, subresource: &str) -> Option<Node<'t>> {
        self.group(group)?;
        self.kind(resource, subresource)
    }

    /// The item by which it speaks of an API group.
    pub fn group(self, group: &str) -> Option<Node<'t>> {
        self.groups().find(|(g, _)| *g == "*" || *g == group).map(|(_, node)| node)
    }

    /// The item of `resources` that fits, whatever the API group.
    pub fn kind(self, resource: &str, subresource: &str) -> Option<Node<'t>> {
        let exactly = |r: &str| match subresource {
            "" => r == resource,
            sub => r.strip_prefix(resource).and_then(|rest| rest.strip_prefix('/')) == Some(sub),
        };
        let every = |r: &str| !subresource.is_empty() && r.strip_prefix("*/") == Some(subresource);
        self.resources().find(|(r, _)| *r == "*" || exactly(r) || every(r)).map(|(_, node)| node)
    }

    /// Whether `resourceNames` lets a request for this name pass; a request without a name has the empty one, which
    /// passes only where the rule names nothing.
    pub fn lets_name(self, name: &str) -> bool {
        let mut names = self.names().peekable();
        names.peek().is_none() || names.any(|(n, _)| n == name)
    }

    /// `nonResourceURLs`.
    pub fn urls(self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        self.list("nonResourceURLs")
    }

    /// The item by which it speaks of a path: a star at the end stands for anything, anywhere else for itself.
    pub fn url(self, path: &str) -> Option<Node<'t>> {
        let fits = |u: &str| u == path || u.ends_with('*') && path.starts_with(u.trim_end_matches('*'));
        self.urls().find(|(u, _)| fits(u)).map(|(_, node)| node)
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

/// Whether the controller writes this role's rules, so that those in the file do not count.
pub fn is_aggregated(role: Node<'_>) -> bool {
    role.get("aggregationRule").is_some()
}

/// A `RoleBinding` or `ClusterRoleBinding`.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'t> {
    /// The object.
    pub object: Object<'t>,
}

impl<'t> Binding<'t> {
    /// The binding that an object is.
    pub fn of(object: Object<'t>) -> Option<Self> {
        let kind = object.kind()?;
        (is_ours(object) && matches!(kind, "RoleBinding" | "ClusterRoleBinding")).then_some(Self { object })
    }

    /// The namespace that it grants in; the whole cluster where there is none.
    pub fn namespace(self) -> Option<&'t str> {
        (self.object.kind() == Some("RoleBinding")).then(|| self.object.namespace().unwrap_or("default"))
    }

    /// Whom it grants to.
    pub fn subjects(self) -> impl Iterator<Item = Grantee<'t>> {
        let list = self.object.node.get("subjects").and_then(value::list);
        list.into_iter()
            .flat_map(Node::items)
            .filter_map(value::mapping)
            .map(move |node| Grantee { node, home: self.namespace() })
    }

    /// Kind and name of its role.
    pub fn role(self) -> Option<(&'t str, &'t str)> {
        let text = |key| self.object.node.at(&["roleRef", key]).and_then(value::string);
        Some((text("kind")?, text("name")?))
    }

    /// Where its role is named, or would be.
    pub fn role_span(self) -> Span {
        let name = self.object.node.at(&["roleRef", "name"]);
        name.map_or_else(|| self.object.node.missing("roleRef").span, Node::own_span)
    }
}

/// One item of a binding's `subjects`.
#[derive(Clone, Copy, Debug)]
pub struct Grantee<'t> {
    /// Its mapping.
    pub node: Node<'t>,
    /// The namespace of its binding.
    home: Option<&'t str>,
}

/// Whom a subject of a binding means, as authentication names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal<'t> {
    /// A user, service accounts among them.
    User(Cow<'t, str>),
    /// A group.
    Group(Cow<'t, str>),
}

impl<'t> Grantee<'t> {
    fn text(self, key: &str) -> &'t str {
        self.node.get(key).and_then(value::string).unwrap_or("")
    }

    /// Whom it means; `None` for a kind that there is not, and for an account whose namespace nobody says.
    /// kubernetes `pkg/registry/rbac/validation/rule.go` `appliesToUser`: `apiGroup` does not count, and an account
    /// without a namespace is one of the binding's.
    pub fn principal(self) -> Option<Principal<'t>> {
        let name = self.text("name");
        match self.text("kind") {
            "User" => Some(Principal::User(Cow::Borrowed(name))),
            "Group" => Some(Principal::Group(Cow::Borrowed(name))),
            "ServiceAccount" => {
                let namespace = Some(self.text("namespace")).filter(|n| !n.is_empty()).or(self.home)?;
                Some(Principal::User(Cow::Owned(account_user(namespace, name))))
            }
            _ => None,
        }
    }

    /// What people call it: `ServiceAccount shop/web`, `Group dev`.
    pub fn title(self) -> String {
        let (kind, name) = (self.text("kind"), self.text("name"));
        if kind != "ServiceAccount" {
            return format!("{kind} {name}");
        }
        let own = Some(self.text("namespace")).filter(|n| !n.is_empty());
        format!("{kind} {}/{name}", own.or(self.home).unwrap_or("?"))
    }

    /// `name`.
    pub fn name(self) -> &'t str {
        self.text("name")
    }

    /// As the API server's reasons say it (`describeSubject`): name before namespace.
    pub fn described(self) -> String {
        let (kind, name) = (self.text("kind"), self.text("name"));
        if kind != "ServiceAccount" {
            return format!("{kind} {name:?}");
        }
        let own = Some(self.text("namespace")).filter(|n| !n.is_empty());
        format!("{kind} {:?}", format!("{name}/{}", own.or(self.home).unwrap_or("")))
    }
}

/// Whether an object is of RBAC's API group, or of none that is said.
pub fn is_ours(object: Object<'_>) -> bool {
    object.group().is_none_or(|group| group == GROUP)
}

/// RBAC's API group.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// What every user name of a service account begins with
/// (apiserver `pkg/authentication/serviceaccount/util.go`).
const ACCOUNT: &str = "system:serviceaccount:";

/// The user that a service account is.
pub fn account_user(namespace: &str, name: &str) -> String {
    format!("{ACCOUNT}{namespace}:{name}")
}

/// Namespace and name of the service account that a user is.
pub fn account_of(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix(ACCOUNT)?.split_once(':')?;
    (!namespace.is_empty() && !name.is_empty() && !name.contains(':')).then_some((namespace, name))
}

/// The groups that authentication puts a service account of this namespace in.
pub fn account_groups(namespace: &str) -> [String; 3] {
    [
        "system:serviceaccounts".to_owned(),
        format!("system:serviceaccounts:{namespace}"),
        AUTHENTICATED.to_owned(),
    ]
}

/// The group of everybody who has shown a credential.
pub const AUTHENTICATED: &str = "system:authenticated";

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
    ("authentication.k8s.io", &["uids", "userextras"]),
    ("certificates.k8s.io", &["certificatesigningrequests", "signers"]),
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
