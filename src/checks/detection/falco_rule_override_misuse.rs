//! Items that change others in another way than they read.

use std::collections::BTreeMap;

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::falco::{self, Condition};
use crate::model::{Subject, value};
use crate::parse::Node;
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "falco-rule-override-misuse",
    Severity::Medium,
    "rule file changes an item in another way than it reads",
    include_str!("falco_rule_override_misuse.md"),
    Rule::Document(&[Subject::FalcoRules], look),
)
.lessons(&[26])
.technique("T1685");

/// falcosecurity/falco, `userspace/engine/rule_loader_reader.cpp`: what may be appended, and what replaced.
const APPENDED: [&str; 5] = ["condition", "desc", "exceptions", "output", "tags"];
const REPLACED: [&str; 9] = [
    "condition",
    "desc",
    "enabled",
    "exceptions",
    "output",
    "priority",
    "skip-if-unknown-filter",
    "tags",
    "warn_evttypes",
];

fn look(case: &DocumentCase<'_>) -> Faults {
    let mut faults = Faults::new();
    let mut seen = BTreeMap::new();
    for item in case.node().items() {
        let named = ["rule", "macro", "list"].into_iter().find_map(|k| Some((k, item.get(k)?)));
        let Some((kind, node)) = named else { continue };
        faults.extend(overrides(kind, item));
        faults.extend(glued(kind, item));
        let Some(text) = value::string(node) else { continue };
        let first = seen.get(&(kind, text)).copied();
        let changes = falco::is_change(item) || (kind == "rule" && falco::is_switch(item));
        if let Some(first) = first.filter(|_| !changes) {
            let detail =
                format!("{kind} {text:?} is defined again: this one replaces the first without a word");
            let help = "give it another name, or say with `override` what is appended or replaced";
            faults.push(Fault::new(node.own_span(), detail, help).related(first, "the first"));
        }
        seen.entry((kind, text)).or_insert(node.own_span());
    }
    faults.extend(last_arm(case.node()));
    faults
}

/// The keys of an `override`, and those that it forgets.
fn overrides(kind: &str, item: Node<'_>) -> Faults {
    let Some(entries) = item.get("override").map(Node::entries) else { return Faults::new() };
    let (append, replace): (&[&str], &[&str]) = match kind {
        "rule" => (&APPENDED, &REPLACED),
        "macro" => (&["condition"], &["condition"]),
        _ => (&["items"], &["items"]),
    };
    let mut faults = Faults::new();
    for entry in &entries {
        let key = entry.key.scalar().unwrap_or("");
        let may = match value::string(entry.value) {
            Some("append") => append.contains(&key),
            Some("replace") => replace.contains(&key),
            _ => {
                let says = "is neither append nor replace: Falco refuses the file";
                faults.push(Fault::at(entry.value, says, "write append or replace"));
                continue;
            }
        };
        if !may {
            let detail = format!("override of {key} cannot be so: Falco refuses the file");
            let help = format!("append {}, or replace {}", append.join(", "), replace.join(", "));
            faults.push(Fault::new(entry.key.own_span(), detail, help));
        } else if item.entry(key).is_none() {
            let detail = format!("override names {key}, and the item has none: Falco refuses the file");
            let help = format!("give {key} beside the override, or take it out");
            faults.push(Fault::new(entry.key.own_span(), detail, help));
        }
    }
    if kind == "rule" && !entries.is_empty() {
        let named: Vec<_> = entries.iter().filter_map(|e| e.key.scalar()).collect();
        let forgotten = item
            .own_entries()
            .filter(|e| e.key.scalar().is_some_and(|k| REPLACED.contains(&k) && !named.contains(&k)));
        for entry in forgotten {
            let key = entry.key.scalar().unwrap_or("");
            let detail =
                format!("{key} stands beside an override that does not name it: Falco refuses the file");
            faults.push(Fault::new(entry.key.own_span(), detail, format!("add {key} to the override")));
        }
    }
    if !entries.is_empty() && item.get("append").and_then(value::boolean) == Some(true) {
        let node = item.get("append").and_then(Node::key).unwrap_or(item);
        let detail = "append stands beside override: Falco refuses the file";
        faults.push(Fault::new(node.own_span(), detail, "remove append, which override replaced in 0.37"));
    }
    faults
}

/// Whether an item appends to a condition.
fn appends(item: Node<'_>) -> bool {
    item.get("append").and_then(value::boolean) == Some(true)
        || item.at(&["override", "condition"]).and_then(value::string) == Some("append")
}

/// A condition is appended as text: without a joint in front the whole is none.
fn glued(kind: &str, item: Node<'_>) -> Option<Fault> {
    let node = item.get("condition").filter(|_| kind != "list" && appends(item))?;
    falco::appended(value::string(node)?).is_none().then(|| {
        let says = "is appended as text, and begins with neither and nor or: Falco refuses the file";
        Fault::new(
            node.key().unwrap_or(node).own_span(),
            format!("{} {says}", node.path()),
            "begin it with and, or with or",
        )
    })
}

/// `and …` behind a bare `or` holds for the last arm alone.
fn last_arm(document: Node<'_>) -> Faults {
    let mut faults = Faults::new();
    for rule in falco::Rule::of(document) {
        let parts = rule.parts("condition");
        for (before, part) in parts.iter().zip(parts.iter().skip(1)) {
            let arms = value::string(*before).and_then(falco::condition);
            let and = value::string(*part).is_some_and(|t| t.trim_start().starts_with("and"));
            if and && matches!(arms, Some(Condition::Or(_))) {
                let detail = format!(
                    "{} is glued behind an or: it holds for the last arm alone, and the others stay as they were",
                    part.path()
                );
                let help = "put brackets around the first condition, or replace it as a whole";
                let span = part.key().unwrap_or(*part).own_span();
                faults.push(Fault::new(span, detail, help).related(before.own_span(), "the or"));
            }
        }
    }
    faults
}
