//! The objects of a world by their names: whoever asks for one need not walk all.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FACTS, Key};
use crate::model::{Object, objects, schema};
use crate::parse::{NodeId, Tree};

/// Where the objects stand, by name, each in the order of the files.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, Vec<Place>>);

#[derive(Debug)]
struct Place {
    key: Key,
    tree: usize,
    node: NodeId,
    /// The kind that its list gives it.
    implied: Option<Box<str>>,
}

impl Names {
    /// Those of the objects that are not hidden.
    pub(super) fn new(trees: &[Arc<Tree>], hidden: impl Fn(usize, NodeId) -> bool) -> Self {
        let mut names: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for (at, tree) in trees.iter().enumerate() {
            for object in objects(tree) {
                let node = object.node.id();
                if object.api_version() == Some(FACTS) || hidden(at, node) {
                    continue;
                }
                let Some(key) = Key::of(object) else { continue };
                let implied = object.implied().map(Box::from);
                names.entry(key.name.clone()).or_default().push(Place { key, tree: at, node, implied });
            }
        }
        Self(names)
    }

    /// The first object of a kind, a namespace (any where none is said) and a name.
    pub(super) fn find<'w>(
        &'w self,
        trees: &'w [Arc<Tree>],
        kind: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Option<Object<'w>> {
        let fits = |key: &Key| key.kind == kind && namespace.is_none_or(|n| key.namespace == n);
        let place = self.0.get(name)?.iter().find(|place| fits(&place.key) && is_own(&place.key))?;
        let node = trees.get(place.tree)?.node(place.node)?;
        Some(Object::of_list(node, place.implied.as_deref()))
    }
}

/// Whether it is of Kubernetes' own kind of that name, where it has one; `extensions` is where some of them were.
fn is_own(key: &Key) -> bool {
    let anybodys = || !schema::kinds().any(|(_, known)| known == key.kind);
    key.group == "extensions" || schema::knows(&key.group, &key.kind) || anybodys()
}
