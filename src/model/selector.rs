//! Label selectors, as network policies, aggregated roles and webhooks write them.
//!
//! apimachinery `pkg/apis/meta/v1/helpers.go` and `pkg/labels/selector.go`. checks.md 3, trap 13.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

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

/// Values that are looked through one by one, as long as there are no more than [`FEW`].
#[derive(Clone, Debug)]
enum Values<'t> {
    Few(Vec<&'t str>),
    Many(HashSet<&'t str>),
}

const FEW: usize = 16;

impl<'t> Values<'t> {
    fn of(expression: Node<'t>) -> Self {
        let list = expression.get("values").and_then(value::list);
        let count = list.map_or(0, |list| list.items().len());
        let values = list.into_iter().flat_map(Node::items).filter_map(value::string);
        if count > FEW { Self::Many(values.collect()) } else { Self::Few(values.collect()) }
    }

    fn hold(&self, value: &str) -> bool {
        match self {
            Self::Few(values) => values.contains(&value),
            Self::Many(values) => values.contains(value),
        }
    }
}

/// One thing that a selector asks for.
#[derive(Clone, Debug)]
enum Ask<'t> {
    Is(&'t str, &'t str),
    In(&'t str, Values<'t>),
    NotIn(&'t str, Values<'t>),
    Exists(&'t str),
    DoesNotExist(&'t str),
}

impl<'t> Ask<'t> {
    fn of(expression: Node<'t>) -> Option<Self> {
        let key = expression.get("key").and_then(value::string)?;
        let values = || Values::of(expression);
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
            Self::In(key, values) => has(key).is_some_and(|v| values.hold(v)),
            Self::NotIn(key, values) => has(key).is_none_or(|v| !values.hold(v)),
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

    /// The numbers of the sets that a selector fits, from the lowest on; of no selector, all. Of one that cannot be read,
    /// none.
    pub fn fitting(&self, selector: Option<Selector<'t>>) -> impl Iterator<Item = usize> + use<'t> {
        let asks = selector.map_or_else(|| Some(Vec::new()), Selector::asks);
        let (mut listed, mut rest, mut gone) = (Vec::new(), 0..0, Vec::new());
        if let Some(asks) = asks {
            if let Some(candidates) = self.candidates(&asks) {
                let labels = |number: usize| self.sets.get(number).map_or(&[][..], Vec::as_slice);
                let fits = |number: &usize| asks.iter().all(|ask| ask.fits(labels(*number)));
                listed = candidates.iter().copied().filter(fits).collect();
            } else {
                (rest, gone) = (0..self.sets.len(), self.left_out(&asks));
            }
        }
        // One by one: for many who ask the first is enough.
        listed.into_iter().chain(rest.filter(move |number| gone.binary_search(number).is_err()))
    }

    /// Sets beyond which a selector fits none, where it says so itself.
    fn candidates(&self, asks: &[Ask<'t>]) -> Option<Cow<'_, [usize]>> {
        let of = |ask: &Ask<'t>| match ask {
            Ask::Is(key, value) => Some(Cow::from(self.with_pair(key, value))),
            Ask::Exists(key) => Some(Cow::from(self.with_key(key))),
            Ask::In(key, values) => Some(Cow::from(self.with_one(key, values))),
            Ask::NotIn(..) | Ask::DoesNotExist(_) => None,
        };
        asks.iter().filter_map(of).min_by_key(|numbers| numbers.len())
    }

    /// What a selector that only says what it does not want leaves out, from the lowest on: no set is looked at itself.
    fn left_out(&self, asks: &[Ask<'t>]) -> Vec<usize> {
        let of = |ask: &Ask<'t>| match ask {
            Ask::NotIn(key, values) => Cow::from(self.with_one(key, values)),
            Ask::DoesNotExist(key) => Cow::from(self.with_key(key)),
            Ask::Is(..) | Ask::In(..) | Ask::Exists(_) => Cow::default(),
        };
        let mut gone: Vec<usize> = asks.iter().flat_map(|ask| of(ask).into_owned()).collect();
        gone.sort_unstable();
        gone
    }

    fn with_key(&self, key: &str) -> &[usize] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    fn with_pair(&self, key: &'t str, value: &'t str) -> &[usize] {
        self.by_pair.get(&(key, value)).map_or(&[], Vec::as_slice)
    }

    /// The sets that have one of the values behind a key, from the lowest on.
    fn with_one(&self, key: &'t str, values: &Values<'t>) -> Vec<usize> {
        let mut all: Vec<usize> = match values {
            Values::Few(values) => {
                values.iter().flat_map(|value| self.with_pair(key, value)).copied().collect()
            }
            // The labels are looked through, for there may be more values than labels.
            Values::Many(values) => {
                let pairs = self.by_pair.range((key, "")..).take_while(|((own, _), _)| *own == key);
                let wanted = pairs.filter(|((_, value), _)| values.contains(value));
                wanted.flat_map(|(_, numbers)| numbers).copied().collect()
            }
        };
        all.sort_unstable();
        all.dedup();
        all
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
        assert_eq!(one("operator: DoesNotExist"), [bare]);
        // Of more values than are looked through one by one.
        let many: Vec<String> = (0..40).map(|n| format!("v{n}")).collect();
        let many = many.join(", ");
        assert_eq!(one(&format!("operator: NotIn, values: [web, {many}]")), [api, bare]);
        assert_eq!(one(&format!("operator: In, values: [{many}, api]")), [api]);
        assert!(one(&format!("operator: In, values: [{many}]")).is_empty());
    }
}
