//! Rules that need themselves (OPA v1 `ast/compile.go`, `checkRecursion`), and those that need too many others.
//!
//! The engine goes down a level for each rule that another needs, and multiplies numbers of any length: both are bounded before
//! anything is evaluated.

use std::collections::{BTreeMap, BTreeSet};

/// How many rules may wait for each other.
pub(super) const DEEPEST: usize = 48;
/// How often a value may be multiplied with another, rule by rule: each time may double its digits.
const PRODUCTS: u32 = 12;

/// One clause of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Clause {
    rule: String,
    /// How often it multiplies one value with another.
    pub(super) products: u32,
    /// How often it names which rule.
    names: BTreeMap<String, u32>,
}

impl Clause {
    /// A clause of this rule.
    pub(super) fn of(rule: &str) -> Self {
        Self { rule: rule.to_owned(), ..Self::default() }
    }

    /// It names a rule.
    pub(super) fn name(&mut self, rule: &str) {
        *self.names.entry(rule.to_owned()).or_default() += 1;
    }
}

/// The rules that a name is: itself, the one that it reaches into, and those of a package.
fn meant<'a>(all: &'a BTreeMap<String, BTreeSet<String>>, name: &'a str) -> impl Iterator<Item = &'a str> {
    let upwards = std::iter::successors(Some(name), |path| Some(path.rsplit_once('.')?.0));
    let upwards = upwards.filter_map(|path| all.get_key_value(path)).map(|(rule, _)| rule.as_str());
    let below = format!("{name}.");
    let inside = all.range(below.clone()..).map(|(rule, _)| rule.as_str());
    upwards.chain(inside.take_while(move |rule| rule.starts_with(&below)))
}

/// What is wrong with the way in which rules need each other.
pub(super) fn fault(all: &BTreeMap<String, BTreeSet<String>>, clauses: &[Clause]) -> Option<String> {
    let order = match order(all) {
        Ok(order) => order,
        Err(text) => return Some(text),
    };
    let mut by_rule: BTreeMap<&str, Vec<&Clause>> = BTreeMap::new();
    for clause in clauses {
        by_rule.entry(&clause.rule).or_default().push(clause);
    }
    // What each rule multiplies, those that it needs before it.
    let mut products: BTreeMap<&str, u32> = BTreeMap::new();
    for rule in order {
        let of = |clause: &&Clause| {
            let named = clause.names.iter().map(|(name, often)| {
                let one: u32 =
                    meant(all, name).filter_map(|rule| products.get(rule)).copied().max().unwrap_or(0);
                one.saturating_mul(*often)
            });
            named.fold(clause.products, u32::saturating_add)
        };
        let most = by_rule.get(rule).into_iter().flatten().map(of).max().unwrap_or(0);
        if most > PRODUCTS {
            return Some(format!("rule {} multiplies more than {PRODUCTS} times in a row", plain(rule)));
        }
        products.insert(rule, most);
    }
    None
}

fn plain(rule: &str) -> &str {
    rule.trim_start_matches("data.")
}

/// The rules, each behind those that it needs.
fn order(all: &BTreeMap<String, BTreeSet<String>>) -> Result<Vec<&str>, String> {
    let mut heights: BTreeMap<&str, usize> = BTreeMap::new();
    let mut out = Vec::new();
    let needs = |rule: &str| -> Vec<&str> {
        all.get(rule).into_iter().flatten().flat_map(|name| meant(all, name)).collect()
    };
    for start in all.keys() {
        // Each step: a rule, and what of it is still to be looked at.
        let mut path: Vec<(&str, Vec<&str>, usize)> = Vec::new();
        if !heights.contains_key(start.as_str()) {
            path.push((start, needs(start), 0));
        }
        while let Some((rule, open, height)) = path.last_mut() {
            let Some(other) = open.pop() else {
                let (rule, height) = (*rule, *height + 1);
                heights.insert(rule, height);
                out.push(rule);
                path.pop();
                if let Some((_, _, above)) = path.last_mut() {
                    *above = height.max(*above);
                }
                if height > DEEPEST {
                    return Err(format!(
                        "rule {} waits for more than {DEEPEST} others in a row",
                        plain(rule)
                    ));
                }
                continue;
            };
            if let Some(known) = heights.get(other) {
                *height = (*known).max(*height);
                continue;
            }
            if path.iter().any(|(rule, ..)| *rule == other) {
                return Err(format!("rule {} is recursive: it needs itself", plain(other)));
            }
            if path.len() > 8 * DEEPEST {
                return Err(format!("rule {} waits for more than {DEEPEST} others in a row", plain(start)));
            }
            path.push((other, needs(other), 0));
        }
    }
    Ok(out)
}
