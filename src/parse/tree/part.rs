//! A part of a tree as a tree of its own, over the same source.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Data, NONE, Node, NodeId, Tree, Value};

impl Tree {
    /// The items of a list as documents of a tree of their own, which shares the source; of anything else no document. Places
    /// stay what they are. `None` where an alias in it names what lies outside.
    pub fn of_items(list: Node<'_>) -> Option<Self> {
        let whole = list.tree;
        if !whole.shared.is_empty() {
            return None;
        }
        let mut out = Self {
            source: Arc::clone(&whole.source),
            nodes: Vec::new(),
            children: Vec::new(),
            roots: Vec::new(),
            merges: whole.merges,
            twins: whole.twins,
            shared: HashSet::new(),
            mendable: whole.mendable,
        };
        for item in list.items() {
            let root = out.take(whole, item.id, NONE);
            out.roots.push(root);
        }
        Some(out)
    }

    /// Copies a node with all that it holds.
    fn take(&mut self, from: &Self, id: NodeId, parent: NodeId) -> NodeId {
        let own = self.nodes.len() as NodeId;
        let data = &from.nodes[id as usize];
        self.nodes.push(Data { parent, ..data.clone() });
        let (first, count) = match data.value {
            Value::Seq(first, len) => (first, len),
            Value::Map(first, len) => (first, 2 * len),
            _ => return own,
        };
        // Those of a node stand side by side: they are kept until all that they hold is copied.
        let below: Vec<NodeId> = from.children[first as usize..(first + count) as usize]
            .iter()
            .map(|child| self.take(from, *child, own))
            .collect();
        let first = self.children.len() as u32;
        self.children.extend(below);
        if let Some(node) = self.nodes.get_mut(own as usize) {
            node.value = match data.value {
                Value::Map(_, len) => Value::Map(first, len),
                _ => Value::Seq(first, count),
            };
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::{Limits, Node, Tree, yaml};
    use crate::text::Source;

    #[test]
    fn items_become_documents_that_stand_where_they_stood() {
        let text = "x: 1\nlist:\n  - {kind: Pod, metadata: {name: a, labels: {b: c}}}\n  - [1, two]\n";
        let (tree, _) = yaml::parse(&Source::lone("t", text), Limits::default());
        let list = tree.root().and_then(|root| root.get("list")).unwrap();
        let part = Tree::of_items(list).unwrap();
        let documents: Vec<_> = part.documents().collect();
        assert_eq!(documents.len(), 2);
        let label = documents[0].at(&["metadata", "labels", "b"]).unwrap();
        assert_eq!((label.as_str(), label.path().as_str()), (Some("c"), "metadata.labels.b"));
        assert_eq!(
            label.own_span(),
            list.items().next().unwrap().at(&["metadata", "labels", "b"]).unwrap().own_span()
        );
        assert_eq!(documents[1].items().nth(1).and_then(Node::as_str), Some("two"));
        assert!(part.len() < tree.len());
        assert_eq!(Tree::of_items(tree.root().unwrap()).unwrap().documents().len(), 0);
    }

    #[test]
    fn what_aliases_name_may_lie_elsewhere() {
        let (tree, _) = yaml::parse(&Source::lone("t", "a: &x {b: c}\nlist: [*x]\n"), Limits::default());
        assert!(Tree::of_items(tree.root().and_then(|root| root.get("list")).unwrap()).is_none());
    }
}
