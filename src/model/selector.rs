//! Label selectors, as network policies, aggregated roles and webhooks write them.
//!
//! apimachinery `pkg/apis/meta/v1/helpers.go` and `pkg/labels/selector.go`. checks.md 3, trap 13.

use std::collections::BTreeMap;

use super::value;
use crate::parse::Node;

/// A label selector: all of it has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Selector<'t> {
    /// Its mapping.
    pub node: Node<'t>,
}

impl Selector<'_> {
    /// Whether it asks for nothing, and so fits all.
    pub fn is_empty(self) -> bool {
        let none =
            |key: &str| self.node.get(key).is_none_or(|n| n.items().len() == 0 && n.entries().is_empty());
        value::mapping(self.node).is_some() && none("matchLabels") && none("matchExpressions")
    }

    /// Whether the API server would take it.
    pub fn is_readable(self) -> bool {
        self.matches(&[]).is_some()
    }

    /// Whether it fits these labels; `None` where it holds what the API server would refuse.
    pub fn matches(self, labels: &[(&str, &str)]) -> Option<bool> {
        Some(self.asks()?.iter().all(|ask| ask.fits(labels)))
    }
}

impl<'t> Selector<'t> {
    /// What it asks for, one by one; `None` where it holds what the API server would refuse.
    fn asks(self) -> Option<Vec<Ask<'t>>> {
        value::mapping(self.node)?;
        let mut asks = Vec::new();
        if let Some(wanted) = self.node.get("matchLabels") {
            for entry in value::mapping(wanted)?.entries() {
                asks.push(Ask::Is(entry.key.scalar()?, value::string(entry.value)?));
            }
        }
        if let Some(expressions) = self.node.get("matchExpressions") {
            for expression in value::list(expressions)?.items() {
                asks.push(Ask::of(expression)?);
            }
        }
        Some(asks)
    }
}

/// One thing that a selector asks for.
#[derive(Clone, Debug)]
enum Ask<'t> {
    Is(&'t str, &'t str),
    In(&'t str, Vec<&'t str>),
    NotIn(&'t str, Vec<&'t str>),
    Exists(&'t str),
    DoesNotExist(&'t str),
}

impl<'t> Ask<'t> {
    fn of(expression: Node<'t>) -> Option<Self> {
        let key = expression.get("key").and_then(value::string)?;
        let values = || {
            let values = expression.get("values").and_then(value::list);
            values.into_iter().flat_map(Node::items).filter_map(value::string).collect()
        };
        match expression.get("operator").and_then(value::string)? {
            "In" => Some(Self::In(key, values())),
            "NotIn" => Some(Self::NotIn(key, values())),
            "Exists" => Some(Self::Exists(key)),
            "DoesNotExist" => Some(Self::DoesNotExist(key)),
            _ => None,
        }
    }

    /// apimachinery `pkg/labels/selector.go`: `NotIn` fits where the key is missing, too.
    fn fits(&self, labels: &[(&str, &str)]) -> bool {
        let has = |key: &str| labels.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
        match self {
            Self::Is(key, value) => labels.contains(&(*key, *value)),
            Self::In(key, values) => has(key).is_some_and(|v| values.contains(&v)),
            Self::NotIn(key, values) => has(key).is_none_or(|v| !values.contains(&v)),
            Self::Exists(key) => has(key).is_some(),
            Self::DoesNotExist(key) => has(key).is_none(),
        }
    }
}

/// The labels of one object.
pub type Labels<'t> = Vec<(&'t str, &'t str)>;

/// Labels of many objects, each set once, found by a pair or a key of theirs: a selector is tried on those alone that it
/// may fit.
#[derive(Clone, Debug, Default)]
pub struct LabelSets<'t> {
    numbers: BTreeMap<Labels<'t>, usize>,
    sets: Vec<Labels<'t>>,
    by_pair: BTreeMap<(&'t str, &'t str), Vec<usize>>,
    by_key: BTreeMap<&'t str, Vec<usize>>,
}

impl<'t> LabelSets<'t> {
    /// The number of a set: from 0 on, the same for equal ones.
    pub fn add(&mut self, mut labels: Labels<'t>) -> usize {
        labels.sort_unstable();
        labels.dedup();
        if let Some(number) = self.numbers.get(&labels) {
            return *number;
        }
        let number = self.sets.len();
        for pair in &labels {
            self.by_pair.entry(*pair).or_default().push(number);
            self.by_key.entry(pair.0).or_default().push(number);
        }
        self.numbers.insert(labels.clone(), number);
        self.sets.push(labels);
        number
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// The numbers of the sets that a selector fits; of no selector, all. Of one that cannot be read, none.
    pub fn fitting(&self, selector: Option<Selector<'t>>) -> impl Iterator<Item = usize> {
        let asks = selector.map(Selector::asks);
        let candidates = selector.and_then(|s| self.candidates(s));
        let all = if candidates.is_some() { 0 } else { self.sets.len() };
        let fits = move |number: &usize| {
            let labels = self.sets.get(*number).map_or(&[][..], Vec::as_slice);
            match &asks {
                Some(Some(asks)) => asks.iter().all(|ask| ask.fits(labels)),
                Some(None) => false,
                None => true,
            }
        };
        candidates.into_iter().flatten().chain(0..all).filter(fits)
    }

    /// Sets beyond which the selector fits none, where it says so itself.
    fn candidates(&self, selector: Selector<'t>) -> Option<Vec<usize>> {
        let wanted = selector.node.get("matchLabels").map(Node::entries).unwrap_or_default();
        let pairs = wanted.iter().filter_map(|e| Some((e.key.scalar()?, value::string(e.value)?)));
        let by_pair = pairs.map(|pair| self.by_pair.get(&pair).cloned().unwrap_or_default());
        let expressions = selector.node.get("matchExpressions").and_then(value::list);
        let expressions = expressions.into_iter().flat_map(Node::items);
        by_pair.chain(expressions.filter_map(|e| self.of_expression(e))).min_by_key(Vec::len)
    }

    fn of_expression(&self, expression: Node<'t>) -> Option<Vec<usize>> {
        let key = expression.get("key").and_then(value::string)?;
        match expression.get("operator").and_then(value::string)? {
            "Exists" => Some(self.by_key.get(key).cloned().unwrap_or_default()),
            "In" => {
                let values =
                    expression.get("values").and_then(value::list)?.items().filter_map(value::string);
                let mut all: Vec<_> =
                    values.filter_map(|v| self.by_pair.get(&(key, v))).flatten().copied().collect();
                all.sort_unstable();
                all.dedup();
                Some(all)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn the_sets_that_a_selector_fits_are_found_by_pair_by_key_or_by_trying() {
        let mut sets = LabelSets::default();
        let web = sets.add(vec![("tier", "front"), ("app", "web")]);
        let api = sets.add(vec![("app", "api")]);
        let bare = sets.add(Vec::new());
        assert_eq!(sets.add(vec![("app", "web"), ("tier", "front")]), web);
        assert_eq!(sets.len(), 3);
        let fitting = |text: &str| {
            let source = Source::lone("t", text);
            let (tree, _) = yaml::parse(&source, Limits::default());
            let selector = tree.root().map(|node| Selector { node });
            sets.fitting(selector).collect::<Vec<_>>()
        };
        assert_eq!(fitting("{}"), [web, api, bare]);
        assert_eq!(fitting("{matchLabels: {app: web}}"), [web]);
        assert!(fitting("{matchLabels: {app: web, tier: back}}").is_empty());
        let one = |e: &str| fitting(&format!("{{matchExpressions: [{{key: app, {e}}}]}}"));
        assert_eq!(one("operator: In, values: [api, web]"), [web, api]);
        assert_eq!(one("operator: Exists"), [web, api]);
        assert_eq!(one("operator: NotIn, values: [web]"), [api, bare]);
        assert!(one("operator: Like").is_empty());
    }
}
