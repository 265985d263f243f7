//! What is asked of the authorizer: who, and for what. The fields of a `SubjectAccessReview`.

use std::fmt;

use crate::model::rbac::{self, PolicyRule};

/// A question to the authorizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub who: Caller,
    /// For what.
    pub what: What,
}

/// Who asks: the user and the groups that authentication found, and no others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The user; may be empty where there are groups.
    pub user: String,
    /// The groups.
    pub groups: Vec<String>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An object of the API, or all of a kind.
    Resource(Target),
    /// A path that is no object.
    Path {
        /// The verb: the HTTP method in small letters.
        verb: String,
        /// The path.
        path: String,
    },
}

/// An object of the API, or all of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The verb.
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource.
    pub resource: String,
    /// The subresource; empty for the object itself.
    pub subresource: String,
    /// The namespace; empty for the whole cluster.
    pub namespace: String,
    /// The name; empty where the request names no object.
    pub name: String,
}

impl Caller {
    /// A pod with a token of this service account, or whoever has that token.
    pub fn account(namespace: &str, name: &str) -> Self {
        let groups = rbac::account_groups(namespace).to_vec();
        Self { user: rbac::account_user(namespace, name), groups }
    }

    /// Whom `--as` and `--as-group` make, as the API server's impersonation does: the groups of a service account
    /// come along where none is named, and `system:authenticated` always, except for the anonymous user
    /// (apiserver `pkg/endpoints/filters/impersonation.go`).
    pub fn impersonated(user: &str, groups: &[String]) -> Self {
        let mut groups = groups.to_vec();
        if let Some((namespace, name)) = rbac::account_of(user).filter(|_| groups.is_empty()) {
            return Self::account(namespace, name);
        }
        let everybody =
            if user == "system:anonymous" { "system:unauthenticated" } else { rbac::AUTHENTICATED };
        if !groups.iter().any(|g| g == rbac::AUTHENTICATED || g == "system:unauthenticated") {
            groups.push(everybody.to_owned());
        }
        Self { user: user.to_owned(), groups }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.groups.first() {
            Some(group) if self.user.is_empty() => write!(f, "the group {group}"),
            _ => f.write_str(&self.user),
        }
    }
}

impl What {
    /// The namespace; empty for the whole cluster and for paths.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Resource(target) => &target.namespace,
            Self::Path { .. } => "",
        }
    }

    /// Whether one rule allows it (`RuleAllows`).
    pub fn is_allowed_by(&self, rule: PolicyRule<'_>) -> bool {
        match self {
            Self::Resource(t) => {
                rule.verb(&t.verb).is_some()
                    && rule.resource_of(&t.group, &t.resource, &t.subresource).is_some()
                    && rule.lets_name(&t.name)
            }
            Self::Path { verb, path } => rule.verb(verb).is_some() && rule.url(path).is_some(),
        }
    }

    /// What the API server answers where it is refused (apiserver `responsewriters/errors.go`).
    pub fn forbidden(&self, who: &Caller) -> String {
        match self {
            Self::Resource(t) => {
                let group = if t.group.is_empty() { String::new() } else { format!(".{}", t.group) };
                let name = if t.name.is_empty() { String::new() } else { format!(" {:?}", t.name) };
                let place = match t.namespace.as_str() {
                    "" => "at the cluster scope".to_owned(),
                    namespace => format!("in the namespace {namespace:?}"),
                };
                format!(
                    "{}{group}{name} is forbidden: User {:?} cannot {} resource {:?} in API group {:?} {place}",
                    t.resource,
                    who.user,
                    t.verb,
                    t.kind(),
                    t.group
                )
            }
            Self::Path { verb, path } => {
                format!("forbidden: User {:?} cannot {verb} path {path:?}", who.user)
            }
        }
    }
}

impl Target {
    /// Resource and subresource as rules write them: `pods/log`.
    pub fn kind(&self) -> String {
        match self.subresource.as_str() {
            "" => self.resource.clone(),
            sub => format!("{}/{sub}", self.resource),
        }
    }

    /// Reads `resource`, `resource/subresource`, either with `.group` behind the resource, as kubectl does.
    pub fn parse_kind(text: &str) -> Self {
        let (resource, subresource) = text.split_once('/').unwrap_or((text, ""));
        let (resource, group) = resource.split_once('.').unwrap_or((resource, ""));
        // `deployments/scale.apps` is understood, too.
        let (subresource, behind) = subresource.split_once('.').unwrap_or((subresource, ""));
        let group = if group.is_empty() { behind } else { group };
        let owned = str::to_owned;
        Self {
            group: owned(group),
            resource: owned(resource),
            subresource: owned(subresource),
            ..Self::default()
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource(t) => {
                write!(f, "{} {}", t.verb, t.kind())?;
                if !t.group.is_empty() {
                    write!(f, " of {}", t.group)?;
                }
                if !t.name.is_empty() {
                    write!(f, " named {}", t.name)?;
                }
                match t.namespace.as_str() {
                    "" => f.write_str(" in the whole cluster"),
                    namespace => write!(f, " in {namespace}"),
                }
            }
            Self::Path { verb, path } => write!(f, "{verb} {path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_read_as_kubectl_writes_them() {
        let parse = |text| {
            let t = Target::parse_kind(text);
            (t.resource, t.subresource, t.group)
        };
        let own = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(parse("pods"), own("pods", "", ""));
        assert_eq!(parse("pods/log"), own("pods", "log", ""));
        assert_eq!(parse("deployments.apps"), own("deployments", "", "apps"));
        assert_eq!(parse("deployments.apps/scale"), own("deployments", "scale", "apps"));
        assert_eq!(parse("deployments/scale.apps"), own("deployments", "scale", "apps"));
        assert_eq!(parse("roles.rbac.authorization.k8s.io"), own("roles", "", "rbac.authorization.k8s.io"));
    }

    #[test]
    fn a_named_group_drops_the_accounts_own() {
        let account = "system:serviceaccount:shop:web";
        let groups = |user: &str, groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(|g| (*g).to_owned()).collect();
            Caller::impersonated(user, &groups).groups
        };
        assert_eq!(
            groups(account, &[]),
            ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]
        );
        assert_eq!(groups(account, &["dev"]), ["dev", "system:authenticated"]);
        assert_eq!(groups("system:anonymous", &[]), ["system:unauthenticated"]);
        assert_eq!(groups("ann", &["system:authenticated"]), ["system:authenticated"]);
    }
}
