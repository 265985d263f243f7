//! A permission that is worth more than it looks: the data of a row, and its evaluator. The rows stand in the families.

use crate::checks::{Case, Fault, Faults, RoleCase, Row, Scope};
use crate::model::rbac::is_cluster_wide;

/// A row: verbs on resources of groups.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grant {
    /// API groups, `""` for the core group, each with any of these resources.
    pub(super) on: &'static [(&'static str, &'static [&'static str])],
    /// Any of these.
    pub(super) verbs: &'static [&'static str],
    /// In which roles it is too much.
    pub(super) reach: Reach,
    /// Whether `resourceNames` makes it harmless.
    pub(super) names_help: bool,
    /// Names with which it does not.
    pub(super) but: &'static [&'static str],
    /// Which of the two is the surprise.
    pub(super) at: At,
    /// What follows, behind what is allowed.
    pub(super) follows: &'static str,
    /// The smallest change that mends it.
    pub(super) help: &'static str,
}

/// What most rows have in common.
pub(super) const GRANT: Grant = Grant {
    on: &[],
    verbs: &[],
    reach: Reach::Everywhere,
    names_help: true,
    but: &[],
    at: At::Resource,
    follows: "",
    help: "",
};

/// In which roles a permission is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// In each.
    Everywhere,
    /// In a `ClusterRole`.
    Cluster,
    /// In a `ClusterRole`, and in a Role of `kube-system`.
    System,
}

/// Where a fault stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// At the resource.
    Resource,
    /// At the verb.
    Verb,
}

/// Wildcards are said by their own checks, which mention everything. A star for the group alone does not: what is
/// named besides is one more cause.
pub(super) const WILDCARDS: &[&str] =
    &["rbac-wildcard-all", "rbac-wildcard-resources", "rbac-wildcard-verbs"];

impl Row for Grant {
    fn scope(&self) -> Scope {
        Scope::Role
    }

    /// One fault a rule: with the first resource and the first verb that count.
    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Role(case) = case else { return Faults::new() };
        if !self.reach.holds(case) {
            return Faults::new();
        }
        let resources = self.on.iter().flat_map(|(group, names)| names.iter().map(|name| (*group, *name)));
        resources.filter_map(|(group, resource)| self.allowed(case, group, resource)).take(1).collect()
    }
}

impl Grant {
    fn allowed(&self, case: &RoleCase<'_>, group: &str, resource: &str) -> Option<Fault> {
        let rule = case.rule;
        let by_resource = rule.resource(group, resource)?;
        let named = rule.names().find(|(name, _)| self.but.contains(name));
        let harmless = |verb: &str| self.names_help && named.is_none() && rule.is_narrowed(verb, resource);
        let idle = |verb: &str| case.object.kind() == Some("Role") && is_cluster_wide(group, resource, verb);
        let mut verbs = self.verbs.iter().filter(|verb| !harmless(verb) && !idle(verb));
        let (verb, by_verb) = verbs.find_map(|v| Some((v, rule.verb(v)?)))?;
        let node = match (named.filter(|_| self.names_help), self.at) {
            (Some((_, name)), _) => name,
            (None, At::Verb) => by_verb,
            (None, At::Resource) => by_resource,
        };
        let path = rule.node.path();
        let detail = match named.filter(|_| self.names_help) {
            Some((name, _)) => {
                format!("{path} allows {verb} on {resource} of the name {name}: {}", self.follows)
            }
            None => format!("{path} allows {verb} on {resource}: {}", self.follows),
        };
        Some(Fault::new(node.own_span(), detail, self.help))
    }
}

impl Reach {
    /// A `ClusterRole` of which bindings were read, and all of them for single namespaces, reaches no further.
    fn holds(self, case: &RoleCase<'_>) -> bool {
        let bound = case.world.bound(case.object);
        let cluster = case.object.kind() == Some("ClusterRole") && bound.is_none_or(|b| b.cluster);
        match self {
            Self::Everywhere => true,
            Self::Cluster => cluster,
            Self::System => {
                let there = bound.is_some_and(|b| b.namespaces.contains("kube-system"));
                cluster || there || case.object.namespace() == Some("kube-system")
            }
        }
    }
}
