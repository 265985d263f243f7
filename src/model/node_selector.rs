//! Selectors of nodes, as required node affinity writes them: one term has to fit, and all of its
//! requirements.
//!
//! component-helpers `scheduling/corev1/nodeaffinity/nodeaffinity.go`, apimachinery `pkg/labels/selector.go`,
//! kubernetes `pkg/apis/core/validation` (`ValidateNodeSelector`).

use std::collections::BTreeMap;

use super::{names, value};
use crate::parse::Node;

/// The labels of a node.
pub type NodeLabels = BTreeMap<String, String>;

/// `nodeSelectorTerms` and what they find.
#[derive(Clone, Copy, Debug)]
pub struct NodeSelector<'t> {
    /// Its mapping.
    pub node: Node<'t>,
}

impl<'t> NodeSelector<'t> {
    /// Its terms.
    pub fn terms(self) -> impl Iterator<Item = NodeSelectorTerm<'t>> {
        items(self.node, "nodeSelectorTerms").map(|node| NodeSelectorTerm { node })
    }

    /// Why the API server refuses it, and where.
    pub fn refusal(self) -> Option<(String, Node<'t>)> {
        if self.terms().next().is_none() {
            return Some(("nodeSelectorTerms must have at least one term".to_owned(), self.node));
        }
        self.terms().find_map(|term| term.refusal(true))
    }

    /// The nodes that its terms name by `metadata.name`; none where some term names none.
    ///
    /// kubernetes `plugins/nodeaffinity/node_affinity.go` (`PreFilter`).
    pub fn names(self) -> Option<Vec<&'t str>> {
        let mut out = Vec::new();
        for term in self.terms() {
            let mut named: Option<Vec<&str>> = None;
            for requirement in term.fields().filter(|r| r.operator() == "In" && r.key() == "metadata.name") {
                let values: Vec<_> = requirement.values().collect();
                named = Some(match named {
                    Some(before) => before.into_iter().filter(|n| values.contains(n)).collect(),
                    None => values,
                });
            }
            out.extend(named?);
        }
        Some(out)
    }
}

/// One term.
#[derive(Clone, Copy, Debug)]
pub struct NodeSelectorTerm<'t> {
    /// Its mapping.
    pub node: Node<'t>,
}

impl<'t> NodeSelectorTerm<'t> {
    fn labels(self) -> impl Iterator<Item = Requirement<'t>> {
        items(self.node, "matchExpressions").map(|node| Requirement { node })
    }

    fn fields(self) -> impl Iterator<Item = Requirement<'t>> {
        items(self.node, "matchFields").map(|node| Requirement { node })
    }

    /// Why the API server refuses it, and where. What is only preferred may ask for values that no label has.
    pub fn refusal(self, required: bool) -> Option<(String, Node<'t>)> {
        self.labels()
            .find_map(|r| Some((r.refusal(required)?, r.node)))
            .or_else(|| self.fields().find_map(|r| Some((r.field_refusal()?, r.node))))
    }

    /// What keeps it from a node of these labels and this name: a requirement, or the term itself where it is empty, which
    /// finds no node. None where it fits.
    pub fn miss(self, labels: &NodeLabels, name: &str) -> Option<Node<'t>> {
        if self.labels().next().is_none() && self.fields().next().is_none() {
            return Some(self.node);
        }
        let label = |r: &Requirement<'t>| !r.fits(labels.get(r.key()).map(String::as_str));
        let field = |r: &Requirement<'t>| !r.fits((r.key() == "metadata.name").then_some(name));
        self.labels().find(label).or_else(|| self.fields().find(field)).map(|r| r.node)
    }
}

/// A requirement of a term.
#[derive(Clone, Copy, Debug)]
struct Requirement<'t> {
    node: Node<'t>,
}

impl<'t> Requirement<'t> {
    fn key(self) -> &'t str {
        self.node.get("key").and_then(value::string).unwrap_or("")
    }

    fn operator(self) -> &'t str {
        self.node.get("operator").and_then(value::string).unwrap_or("")
    }

    fn values(self) -> impl Iterator<Item = &'t str> {
        items(self.node, "values").filter_map(value::string)
    }

    /// `NotIn` fits where there is no such label; `Gt` and `Lt` fit where both are whole numbers.
    fn fits(self, has: Option<&str>) -> bool {
        let number = |text: &str| text.parse::<i64>().ok();
        let wanted = || self.values().next().and_then(number);
        match self.operator() {
            "In" => has.is_some_and(|v| self.values().any(|w| w == v)),
            "NotIn" => has.is_none_or(|v| self.values().all(|w| w != v)),
            "Exists" => has.is_some(),
            "DoesNotExist" => has.is_none(),
            "Gt" => has.and_then(number).zip(wanted()).is_some_and(|(has, wanted)| has > wanted),
            "Lt" => has.and_then(number).zip(wanted()).is_some_and(|(has, wanted)| has < wanted),
            _ => false,
        }
    }

    fn refusal(self, strict: bool) -> Option<String> {
        let (count, operator) = (self.values().count(), self.operator());
        let of_texts = matches!(operator, "In" | "NotIn");
        if self.key().is_empty() {
            return Some("the requirement needs a `key`".to_owned());
        }
        if !names::is_label_key(self.key()) {
            return Some(format!("key cannot be `{}`: it is that of a label", self.key()));
        }
        if let Some(odd) = self.values().find(|v| !names::is_label_value(v)).filter(|_| strict && of_texts) {
            return Some(format!("values cannot hold `{odd}`: they are those of a label"));
        }
        match operator {
            "In" | "NotIn" if count == 0 => Some(format!("values must be given for the operator {operator}")),
            "Exists" | "DoesNotExist" if count > 0 => {
                Some(format!("values must be empty for the operator {operator}"))
            }
            "Gt" | "Lt" if count != 1 => {
                Some(format!("values must be one number for the operator {operator}"))
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => None,
            _ => Some(format!("operator cannot be `{operator}`")),
        }
    }

    fn field_refusal(self) -> Option<String> {
        let operator = self.operator();
        if self.key() != "metadata.name" {
            return Some(format!("matchFields knows metadata.name alone, not `{}`", self.key()));
        }
        if !matches!(operator, "In" | "NotIn") {
            return Some(format!("operator of matchFields cannot be `{operator}`"));
        }
        match self.values().collect::<Vec<_>>()[..] {
            [name] if names::is_subdomain(name) => None,
            [name] => Some(format!("values of matchFields cannot hold `{name}`: it is no name of a node")),
            _ => Some("values of matchFields must be one name".to_owned()),
        }
    }
}

fn items<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
    node.get(key).and_then(value::list).into_iter().flat_map(Node::items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn fits(requirement: &str) -> bool {
        let labels =
            [("zone", "a"), ("cores", "16"), ("name", "x16")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let text = format!("nodeSelectorTerms: [{{matchExpressions: [{requirement}]}}]");
        let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
        let selector = NodeSelector { node: tree.root().unwrap() };
        assert_eq!(selector.refusal().map(|r| r.0), None, "{requirement}");
        selector.terms().any(|t| t.miss(&labels.clone().into(), "n").is_none())
    }

    #[test]
    fn each_operator_has_its_own_idea_of_a_missing_label() {
        assert!(fits("{key: zone, operator: In, values: [b, a]}"));
        assert!(!fits("{key: gone, operator: In, values: [a]}"));
        assert!(fits("{key: gone, operator: NotIn, values: [a]}"));
        assert!(!fits("{key: zone, operator: NotIn, values: [a]}"));
        assert!(fits("{key: zone, operator: Exists}") && !fits("{key: gone, operator: Exists}"));
        assert!(fits("{key: gone, operator: DoesNotExist}") && !fits("{key: zone, operator: DoesNotExist}"));
        assert!(fits("{key: cores, operator: Gt, values: [\"15\"]}"));
        assert!(!fits("{key: cores, operator: Gt, values: [\"16\"]}"));
        assert!(fits("{key: cores, operator: Lt, values: [\"100\"]}"), "as numbers, not as texts");
        assert!(
            !fits("{key: name, operator: Gt, values: [\"1\"]}")
                && !fits("{key: gone, operator: Lt, values: [\"1\"]}")
        );
    }
}
