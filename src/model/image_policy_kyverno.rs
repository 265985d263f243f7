//! Kyverno's `ImageValidatingPolicy`: the fields that a view needs before any expression is read.
//!
//! kyverno/api `api/policies.kyverno.io/v1beta1/imagevalidating_policy.go`; v1 has the same fields.

use super::{Object, value};
use crate::parse::Node;

/// The group of the policies.
pub const GROUP: &str = "policies.kyverno.io";

/// The workloads that a policy about pods is about as well, unless it says otherwise: Kyverno `pkg/cel/autogen`.
const CONTROLLERS: &[&str] =
    &["cronjobs", "daemonsets", "deployments", "jobs", "replicasets", "statefulsets"];

/// An `ImageValidatingPolicy`, or a `NamespacedImageValidatingPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct ImageValidatingPolicy<'t> {
    /// The object.
    pub object: Object<'t>,
    /// Whether it is about its own namespace alone.
    pub namespaced: bool,
}

impl<'t> ImageValidatingPolicy<'t> {
    /// The policy that an object is.
    pub fn new(object: Object<'t>) -> Option<Self> {
        let namespaced = match (object.group()?, object.kind()?) {
            (GROUP, "ImageValidatingPolicy") => false,
            (GROUP, "NamespacedImageValidatingPolicy") => true,
            _ => return None,
        };
        Some(Self { object, namespaced })
    }

    /// Its name.
    pub fn name(self) -> &'t str {
        self.object.name().unwrap_or("")
    }

    /// A field of its spec.
    pub fn spec(self, key: &str) -> Option<Node<'t>> {
        self.object.node.at(&["spec", key])
    }

    /// The items of a list of its spec.
    pub fn list(self, key: &str) -> Vec<Node<'t>> {
        self.spec(key).and_then(value::list).map(|l| l.items().collect()).unwrap_or_default()
    }

    /// Whether it refuses what it finds: `Deny` among its actions, or no action at all.
    pub fn denies(self) -> bool {
        let actions = self.list("validationActions");
        actions.is_empty() || actions.iter().any(|a| value::string(*a) == Some("Deny"))
    }

    /// Whether the client is told of what it finds.
    pub fn warns(self) -> bool {
        self.list("validationActions").iter().any(|a| value::string(*a) == Some("Warn"))
    }

    /// Whether an error lets pass.
    pub fn ignores(self) -> bool {
        self.spec("failurePolicy").and_then(value::string) == Some("Ignore")
    }

    /// A switch of `validationConfigurations`: on, unless it is turned off.
    pub fn configured(self, key: &str) -> bool {
        let node = self.object.node.at(&["spec", "validationConfigurations", key]);
        node.and_then(value::boolean).unwrap_or(true)
    }

    /// Whether admission asks it: `evaluation.admission.enabled`.
    pub fn is_asked(self) -> bool {
        self.object.node.at(&["spec", "evaluation", "admission", "enabled"]).and_then(value::boolean)
            != Some(false)
    }

    /// Whether it is about a workload of this resource because it is about pods: `CanAutoGen`.
    pub fn follows(self, resource: &str) -> bool {
        let Some(rules) = self.spec("matchConstraints") else { return false };
        let set =
            |node: Option<Node<'_>>| node.is_some_and(|n| !n.entries().is_empty() || n.items().len() > 0);
        let selector = rules.get("objectSelector");
        if set(selector.and_then(|s| s.get("matchLabels")))
            || set(selector.and_then(|s| s.get("matchExpressions")))
            || set(rules.get("excludeResourceRules"))
        {
            return false;
        }
        let mut all = rules.get("resourceRules").into_iter().flat_map(Node::items);
        let (Some(rule), None) = (all.next(), all.next()) else { return false };
        let texts = |key: &str| -> Vec<&str> {
            rule.get(key).into_iter().flat_map(Node::items).filter_map(value::string).collect()
        };
        let resources = texts("resources");
        let pods = resources.contains(&"pods")
            && resources.iter().all(|r| ["pods", "pods/ephemeralcontainers"].contains(r));
        if !pods
            || texts("apiGroups") != [""]
            || texts("apiVersions") != ["v1"]
            || set(rule.get("resourceNames"))
        {
            return false;
        }
        let chosen = self.object.node.at(&["spec", "autogen", "podControllers", "controllers"]);
        match chosen.and_then(value::list) {
            Some(list) => list.items().filter_map(value::string).any(|c| c == resource),
            None => CONTROLLERS.contains(&resource),
        }
    }
}
