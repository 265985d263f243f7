//! Kubernetes objects of a file: documents and the items of lists, one after the other.

use crate::parse::{Kind, Node, Tree};
use crate::text::Span;

use super::value;

/// One object: a document, or an item of a `List` or of a typed list such as `PodList`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Object<'t> {
    /// Its mapping.
    pub node: Node<'t>,
    /// The kind that a typed list gives to items without one.
    implied: Option<&'t str>,
}

/// The objects of all documents, in the order of the file. A document that is no mapping holds none.
pub fn objects(tree: &Tree) -> Vec<Object<'_>> {
    let mut out = Vec::new();
    for document in tree.documents() {
        collect(Object::new(document), &mut out);
    }
    out
}

/// The objects of a list, in its order.
pub fn listed(list: Node<'_>) -> Vec<Object<'_>> {
    let mut out = Vec::new();
    list.items().for_each(|node| collect(Object::new(node), &mut out));
    out
}

fn collect<'t>(object: Object<'t>, out: &mut Vec<Object<'t>>) {
    if object.node.kind() != Kind::Map {
        return;
    }
    match object.list_of() {
        None => out.push(object),
        Some((implied, items)) => {
            items.items().for_each(|node| collect(Object { node, implied }, out));
        }
    }
}

impl<'t> Object<'t> {
    /// The object that `node` holds.
    pub fn new(node: Node<'t>) -> Self {
        Self { node, implied: None }
    }

    /// The object that `node` holds as an item of a list that gives it a kind, where it has none itself.
    pub fn of_list(node: Node<'t>, implied: Option<&'t str>) -> Self {
        Self { node, implied }
    }

    /// The kind that its list gives it.
    pub fn implied(self) -> Option<&'t str> {
        self.implied
    }

    /// As Kubernetes decides it (`unstructured.IsList`): a kind that ends in `List`, and a list of `items`.
    fn list_of(self) -> Option<(Option<&'t str>, Node<'t>)> {
        let of = self.kind()?.strip_suffix("List")?;
        let items = self.node.get("items").and_then(value::list)?;
        Some(((!of.is_empty()).then_some(of), items))
    }

    fn text(self, key: &str) -> Option<&'t str> {
        self.node.get(key).and_then(value::string)
    }

    /// `apiVersion`.
    pub fn api_version(self) -> Option<&'t str> {
        self.text("apiVersion")
    }

    /// The API group of `apiVersion`: empty for the core group.
    pub fn group(self) -> Option<&'t str> {
        self.api_version().map(|v| v.split_once('/').map_or("", |(group, _)| group))
    }

    /// `kind`, or the one that its list implies.
    pub fn kind(self) -> Option<&'t str> {
        self.text("kind").or(self.implied)
    }

    /// Where the kind stands, or would.
    pub fn kind_span(self) -> Span {
        self.node.get("kind").map_or_else(|| self.node.missing("kind").span, Node::own_span)
    }

    /// `metadata`.
    pub fn metadata(self) -> Option<Node<'t>> {
        self.node.get("metadata").and_then(value::mapping)
    }

    /// `metadata.name`.
    pub fn name(self) -> Option<&'t str> {
        self.node.at(&["metadata", "name"]).and_then(value::string)
    }

    /// `metadata.namespace`.
    pub fn namespace(self) -> Option<&'t str> {
        self.node.at(&["metadata", "namespace"]).and_then(value::string)
    }

    /// The node of a label's value.
    pub fn label(self, key: &str) -> Option<Node<'t>> {
        self.node.at(&["metadata", "labels", key])
    }

    /// The labels that are strings, in the order of the file.
    pub fn labels(self) -> Vec<(&'t str, &'t str)> {
        pairs(self.metadata(), "labels")
    }

    /// The node of an annotation's value.
    pub fn annotation(self, key: &str) -> Option<Node<'t>> {
        self.node.at(&["metadata", "annotations", key])
    }

    /// What people call it: `Deployment web/shop`, or what of that is known.
    pub fn title(self) -> String {
        let kind = self.kind().unwrap_or("object");
        match (self.namespace(), self.name().or_else(|| self.generate_name())) {
            (Some(namespace), Some(name)) => [kind, " ", namespace, "/", name].concat(),
            (None, Some(name)) => [kind, " ", name].concat(),
            (_, None) => kind.to_owned(),
        }
    }

    fn generate_name(self) -> Option<&'t str> {
        self.node.at(&["metadata", "generateName"]).and_then(value::string)
    }
}

/// The pairs of text under `key` of a metadata node.
pub(super) fn pairs<'t>(metadata: Option<Node<'t>>, key: &str) -> Vec<(&'t str, &'t str)> {
    let entries = metadata.and_then(|m| m.get(key)).map(Node::entries).unwrap_or_default();
    entries.into_iter().filter_map(|e| Some((e.key.scalar()?, value::string(e.value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn lists_of_every_sort_are_flattened() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {kind: Pod, metadata: {name: a}}\n- kind: PodList\n  items:\n  - metadata: {name: b, namespace: ns, labels: {x: z, q: 1}}\n---\n# nothing\n---\nkind: AccessList\nmetadata: {name: c}\n---\n- not an object\n";
        let source = Source::lone("t", text);
        let (tree, _) = yaml::parse(&source, Limits::default());
        let found = objects(&tree);
        let titles: Vec<_> = found.iter().map(|o| o.title()).collect();
        assert_eq!(titles, ["Pod a", "Pod ns/b", "AccessList c"]);
        assert_eq!(found[1].labels(), [("x", "z")]);
        assert_eq!(found[1].label("x").and_then(Node::as_str), Some("z"));
    }

    #[test]
    fn the_group_is_what_stands_before_the_slash() {
        let source = Source::lone("t", "apiVersion: apps/v1\n---\napiVersion: v1\n---\n{}\n");
        let (tree, _) = yaml::parse(&source, Limits::default());
        let groups: Vec<_> = objects(&tree).iter().map(|o| o.group()).collect();
        assert_eq!(groups, [Some("apps"), Some(""), None]);
    }
}
