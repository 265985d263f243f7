//! Rules that need themselves. OPA v1 `ast/compile.go` (`checkRecursion`).

use std::collections::{BTreeMap, BTreeSet};

/// A rule that needs itself, by way of others or not.
pub(super) fn recursion(all: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    let mut done = BTreeSet::new();
    for start in all.keys() {
        // Each step: a rule, and what of it is still to be looked at.
        let mut path: Vec<(&str, Vec<&str>)> = Vec::new();
        let needs = |rule: &str| -> Vec<&str> {
            let own = all.get(rule).into_iter().flatten().map(String::as_str);
            own.flat_map(|name| {
                // A reference to a package, or into a rule, needs the rules below it, or that rule.
                all.keys().map(String::as_str).filter(move |k| {
                    *k == name
                        || name.strip_prefix(*k).is_some_and(|r| r.starts_with('.'))
                        || k.strip_prefix(name).is_some_and(|r| r.starts_with('.'))
                })
            })
            .collect()
        };
        if !done.contains(start.as_str()) {
            path.push((start, needs(start)));
        }
        while let Some((rule, open)) = path.last_mut() {
            let Some(other) = open.pop() else {
                done.insert(*rule);
                path.pop();
                continue;
            };
            if path.iter().any(|(rule, _)| *rule == other) {
                return Some(other.to_owned());
            }
            if !done.contains(other) {
                path.push((other, needs(other)));
            }
        }
    }
    None
}
