//! How much a submission may hold: far more than any lab needs, and so little that grading is always quick.

use std::sync::Arc;

use crate::model::{objects, template_of};
use crate::parse::{Kind, Node, Tree};
use crate::text::Finding;

/// The most objects of a submission.
const OBJECTS: usize = 50;
/// The most containers of a pod.
const CONTAINERS: usize = 12;
/// The most entries of a list or mapping.
const ENTRIES: usize = 100;

/// Says the first thing of which there is too much; what the API server would say of the rest does not matter.
pub(super) fn check(trees: &[Arc<Tree>], findings: &mut Vec<Finding>) {
    let most = |node: Node<'_>, what: &str, most: usize| {
        Finding::error("too-much", format!("{what}: a lab takes {most} at the most"), node.own_span())
            .help("keep what the lab needs")
    };
    let mut count = 0;
    for tree in trees {
        if let Some(node) = tree.documents().find_map(long) {
            let what = format!("`{}` has {} entries", node.path(), entries(node));
            findings.push(most(node, &what, ENTRIES));
            return;
        }
        for object in objects(tree) {
            count += 1;
            if count > OBJECTS {
                findings.push(most(object.node, &format!("this is object {count}"), OBJECTS));
                return;
            }
            let containers = template_of(object).map_or(0, |t| t.containers().count());
            if containers > CONTAINERS {
                findings.push(most(object.node, &format!("{containers} containers"), CONTAINERS));
                return;
            }
        }
    }
}

fn entries(node: Node<'_>) -> usize {
    if node.kind() == Kind::Map { node.entries().len() } else { node.items().len() }
}

/// The first list or mapping that is too long.
fn long(node: Node<'_>) -> Option<Node<'_>> {
    if !matches!(node.kind(), Kind::Map | Kind::Seq) {
        return None;
    }
    if entries(node) > ENTRIES {
        return Some(node);
    }
    match node.kind() {
        Kind::Map => node.entries().into_iter().find_map(|e| long(e.value)),
        _ => node.items().find_map(long),
    }
}
