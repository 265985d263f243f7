//! Names in conditions that nothing stands behind.

use std::collections::BTreeSet;

use crate::checks::{Check, Confidence, DocumentCase, Fault, Faults, Rule};
use crate::model::falco::{self, Condition, Macros, UPSTREAM_LISTS, UPSTREAM_MACROS};
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::{Severity, near};

pub(super) const CHECK: Check = Check::new(
    "falco-rule-name-undefined",
    Severity::High,
    "condition uses a name that nothing stands behind",
    include_str!("falco_rule_name_undefined.md"),
    Rule::Document(&[Subject::FalcoRules], look),
)
.lessons(&[26])
.technique("T1685")
.confidence(Confidence::Likely);

/// The names that a file can use.
struct Names<'t> {
    macros: Macros<'t>,
    lists: BTreeSet<&'t str>,
}

impl<'t> Names<'t> {
    fn of(document: Node<'t>) -> Self {
        let lists = falco::items(document).filter_map(|i| i.get("list").and_then(value::string));
        Self { macros: Macros::of(document), lists: lists.collect() }
    }

    /// What is wrong with the names of a condition; of a macro's, with the place from which it looks back.
    fn faults(&self, condition: &Condition, place: Node<'_>, seen_from: Option<usize>) -> Faults {
        let mut told = BTreeSet::new();
        let mut faults = Faults::new();
        for part in condition.parts() {
            let said = match part {
                Condition::Macro(name) if told.insert(name.as_str()) => self.macro_(name, seen_from),
                Condition::Compare(_, operator, values)
                    if matches!(operator.as_str(), "in" | "intersects" | "pmatch") =>
                {
                    values.iter().filter(|v| told.insert(v.as_str())).find_map(|v| self.list(v))
                }
                _ => None,
            };
            if let Some((says, help)) = said {
                let span = place.key().unwrap_or(place).own_span();
                faults.push(Fault::new(span, format!("{}: {says}", place.path()), help));
            }
        }
        faults
    }

    fn macro_(&self, name: &str, seen_from: Option<usize>) -> Option<(String, String)> {
        let upstream = UPSTREAM_MACROS.contains(&name);
        if let Some(definition) = self.macros.get(name) {
            let late = seen_from.is_some_and(|from| definition.first > from) && !upstream;
            let says = format!(
                "macro {name} is defined further down, and a macro sees only those before it: Falco refuses the file"
            );
            return late.then(|| (says, format!("move {name} above it")));
        }
        if upstream {
            return None;
        }
        if self.lists.contains(name) || UPSTREAM_LISTS.contains(&name) {
            let says = format!("{name} is a list, and stands where a macro would: Falco refuses the file");
            return Some((says, format!("compare a field with it: proc.name in ({name})")));
        }
        let known = self.macros.names().chain(UPSTREAM_MACROS.iter().copied());
        let meant = slip(name, known)?;
        let says = format!("{name} is no macro of this file, nor of Falco's own: Falco refuses the file");
        Some((says, format!("write {meant}, or define {name} in a file that is loaded before")))
    }

    /// A name that is no list is compared as the word that it is.
    fn list(&self, word: &str) -> Option<(String, String)> {
        if self.lists.contains(word) || UPSTREAM_LISTS.contains(&word) || !word.contains('_') {
            return None;
        }
        if self.macros.get(word).is_some() {
            let says =
                format!("{word} is a macro, and in a list it is the word itself: nothing is called so");
            return Some((says, format!("write {word} as a term of its own, or make it a list")));
        }
        let meant = slip(word, self.lists.iter().copied().chain(UPSTREAM_LISTS.iter().copied()))?;
        let says = format!("{word} is no list, so the word itself is compared, and nothing is called so");
        Some((says, format!("write {meant}, or define the list {word}")))
    }
}

/// The name that `name` was meant to be, where it is as good as certain.
fn slip<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    near::nearest(name, known.filter(|k| k.len().abs_diff(name.len()) <= 2))
}

fn look(case: &DocumentCase<'_>) -> Faults {
    let names = Names::of(case.node());
    let mut faults = Faults::new();
    for (_, definition, condition) in names.macros.all() {
        let here = definition.node.parent().and_then(Node::parent) == Some(case.node());
        if let Some(condition) = condition.filter(|_| here) {
            faults.extend(names.faults(condition, definition.node, Some(definition.last)));
        }
    }
    for rule in falco::Rule::of(case.node()) {
        if let Some((node, condition)) = rule.condition() {
            faults.extend(names.faults(&condition, node, None));
        }
    }
    faults
}
