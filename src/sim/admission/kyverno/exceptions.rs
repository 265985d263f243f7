//! Which `PolicyException`s count: none, unless Kyverno's own flags among the objects switch them on.
//!
//! kyverno `charts/kyverno/values.yaml` (`features.policyExceptions`: off by default), `cmd/internal/flag.go`
//! and `engine.go` (`--enablePolicyException`; of the old kinds none counts without `--exceptionNamespace`).

use super::spec::GROUP;
use crate::model::{Object, template_of, value};
use crate::parse::Node;
use crate::sim::Reason;

const FLAG: &str = "--enablePolicyException";
const NAMESPACE: &str = "--exceptionNamespace";

/// The exceptions of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Exceptions<'w> {
    counted: Vec<Object<'w>>,
    others: Vec<Object<'w>>,
}

impl<'w> Exceptions<'w> {
    /// Those among these objects.
    pub fn of(objects: &[Object<'w>]) -> Self {
        let ours = |o: &&Object<'w>| {
            o.kind() == Some("PolicyException") && matches!(o.group(), Some("kyverno.io" | GROUP))
        };
        let all: Vec<Object<'w>> = objects.iter().filter(ours).copied().collect();
        if all.is_empty() {
            return Self::default();
        }
        let flags = |flag: &str| -> Option<&'w str> {
            let containers = objects.iter().filter_map(|o| template_of(*o));
            let containers = containers.flat_map(|t| t.containers().collect::<Vec<_>>());
            let lists = containers.flat_map(|c| [c.node.get("command"), c.node.get("args")]).flatten();
            let words = lists.flat_map(Node::items).filter_map(Node::as_str);
            let mut values = words.filter_map(|word| word.strip_prefix(flag));
            values.find_map(|rest| if rest.is_empty() { Some("true") } else { rest.strip_prefix('=') })
        };
        let on = flags(FLAG) == Some("true");
        let home = flags(NAMESPACE).unwrap_or_default();
        let counts = |o: &Object<'w>| {
            let there = match home {
                "" => o.group() == Some(GROUP),
                home => home == "*" || o.namespace().unwrap_or("default") == home,
            };
            on && there
        };
        let (counted, others) = all.into_iter().partition(counts);
        Self { counted, others }
    }

    /// Those that count.
    pub fn nodes(&self) -> Vec<Node<'w>> {
        self.counted.iter().map(|o| o.node).collect()
    }

    /// Those that count and name a policy.
    pub fn of_policy(&self, policy: Object<'_>) -> Vec<Node<'w>> {
        self.counted.iter().filter(|o| names(**o, policy)).map(|o| o.node).collect()
    }

    /// Exceptions from a policy that would count if they were switched on.
    pub fn idle(&self, policy: Object<'_>) -> Vec<Reason> {
        self.others.iter().filter(|o| names(**o, policy)).map(|o| idle(*o)).collect()
    }

    /// All that would count if they were switched on.
    pub fn all_idle(&self) -> Vec<Reason> {
        self.others.iter().map(|o| idle(*o)).collect()
    }
}

fn idle(exception: Object<'_>) -> Reason {
    let text = format!(
        "{} counts for nothing: exceptions are switched off, as by default, or taken from another namespace ({FLAG}, {NAMESPACE})",
        exception.title()
    );
    Reason::at(text, exception.kind_span())
}

/// Whether an exception names a policy, with its namespace or without.
fn names(exception: Object<'_>, policy: Object<'_>) -> bool {
    let lists = [exception.node.at(&["spec", "policyRefs"]), exception.node.at(&["spec", "exceptions"])];
    let entries = lists.into_iter().flatten().flat_map(Node::items);
    let mut named = entries.filter_map(|e| e.get("name").or_else(|| e.get("policyName")));
    named.any(|n| value::string(n).is_some_and(|n| n.rsplit('/').next() == policy.name()))
}
