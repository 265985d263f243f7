//! A capability by a name that some reader of the manifest does not know.

use serde_json::json;

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::model::{CAPABILITIES, bare_capability};
use crate::parse::{Node, edit};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "capability-misspelled",
    Severity::Medium,
    "capability name is not spelled as Kubernetes spells it",
    include_str!("capability_misspelled.md"),
    Rule::Container(look),
)
.lessons(&[6, 15]);

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let added = case.settings.capabilities_add().map(|node| (node, "added"));
    let dropped = case.settings.capabilities_drop().map(|node| (node, "dropped"));
    added.chain(dropped).filter_map(|(node, verb)| fault(node, verb)).collect()
}

fn fault(node: Node<'_>, verb: &str) -> Option<Fault> {
    let name = node.as_str()?;
    let known = |text: &str| text == "ALL" || CAPABILITIES.contains(&text);
    if known(name) {
        return None;
    }
    let bare = bare_capability(name);
    if !known(&bare) {
        let says = format!(
            "is {name:?}, and Linux has no such capability: with containerd nothing is {verb}, CRI-O starts no container"
        );
        return Some(Fault::at(node, &says, "correct the name, or remove it"));
    }
    let says = if bare.len() == name.len() {
        format!("is {name}: runtimes take it, Pod Security and most policies compare upper case and do not")
    } else {
        let read = name.to_ascii_uppercase();
        format!("is {name}: containerd reads CAP_{read}, so nothing is {verb}, and CRI-O takes it")
    };
    let fault = Fault::at(node, &says, format!("write {bare}"));
    let written = edit::replace(node, &json!(bare));
    // A prefixed name that is added gives nothing under containerd: spelled rightly, it would.
    let gives = verb == "added" && bare.len() != name.len();
    Some(if gives { fault.suggest([written]) } else { fault.fix([written]) })
}
