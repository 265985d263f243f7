//! What Kyverno is asked, and what its rules say: the same for the policies in CEL and for the old kinds.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::cluster::Cluster;
use crate::model::Object;
use crate::parse::Node;
use crate::sim::Reason;
use crate::text::Span;

/// The request's verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    /// A new object.
    #[default]
    Create,
    /// A changed one.
    Update,
    /// A deleted one: `resource` is empty and `old` is what goes.
    Delete,
    /// `kubectl exec` and its like.
    Connect,
}

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// `request.userInfo.username`.
    pub name: String,
    /// `request.userInfo.groups`.
    pub groups: Vec<String>,
    /// `request.roles`, as `NAMESPACE:NAME`.
    pub roles: Vec<String>,
    /// `request.clusterRoles`.
    pub cluster_roles: Vec<String>,
}

impl User {
    /// Whether nothing is told of the requester, as in a scan of the background.
    pub fn is_nobody(&self) -> bool {
        self.name.is_empty()
            && self.groups.is_empty()
            && self.roles.is_empty()
            && self.cluster_roles.is_empty()
    }
}

/// The labels of a namespace, by which selectors pick it: the API server gives each its name.
pub fn labels_of(name: &str, home: Option<Object<'_>>) -> BTreeMap<String, String> {
    if name.is_empty() {
        return BTreeMap::new();
    }
    let labels = home.map(Object::labels).unwrap_or_default();
    let named = std::iter::once(("kubernetes.io/metadata.name", name));
    labels.into_iter().chain(named).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// One policy and one request.
#[derive(Clone, Debug)]
pub struct Asked<'t> {
    /// The policy.
    pub policy: Object<'t>,
    /// The object, as it would be stored; `Null` on delete.
    pub resource: Value,
    /// The object as it stood before.
    pub old: Option<Value>,
    /// The verb.
    pub operation: Operation,
    /// The requester.
    pub user: User,
    /// Whether nobody says who that is: what reads it is not judged.
    pub unnamed: bool,
    /// Labels of the resource's namespace.
    pub namespace_labels: BTreeMap<String, String>,
    /// Values that stand in for the JSON context, by dotted path.
    pub variables: BTreeMap<String, Value>,
    /// The same, for one rule.
    pub rule_variables: BTreeMap<String, BTreeMap<String, Value>>,
    /// `PolicyException`s.
    pub exceptions: Vec<Node<'t>>,
    /// What the cluster holds, to look up or clone.
    pub cluster: Arc<Cluster>,
}

/// How a rule ends, in the words of a policy report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// A precondition or an exception leaves it out.
    Skip,
    /// It does not, and the policy says that this is no reason to refuse.
    Warn,
    /// It could not be judged.
    Error,
}

/// What one rule says.
#[derive(Clone, Debug)]
pub struct RuleSays {
    /// Its name; rules of autogen carry their prefix.
    pub name: String,
    /// How it ends.
    pub outcome: Outcome,
    /// The message that a report shows.
    pub message: String,
    /// Whether the request is refused for it (enforced, and not merely told).
    pub refuses: bool,
    /// Where the rule stands.
    pub place: Span,
    /// Why, at its place in the policy.
    pub because: Vec<Reason>,
}

/// What a policy says.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Its rules, in their order.
    pub rules: Vec<RuleSays>,
    /// The object after its mutate rules, where such rules ran.
    pub patched: Option<Value>,
    /// What its generate rules make.
    pub generated: Vec<Value>,
}
