//! The objects of a world by their names: whoever asks for one need not walk all.

use std::collections::HashMap;
use std::sync::Arc;

use super::{FACTS, Parts};
use crate::model::{Object, objects, schema};
use crate::parse::{NodeId, Tree};

/// Where the objects stand, by name, each in the order of the files.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Box<str>, Vec<Place>>);

#[derive(Debug)]
struct Place {
    tree: usize,
    node: NodeId,
    /// The kind that its list gives it.
    implied: Option<Box<str>>,
}

impl Names {
    /// Those of the objects that are not hidden.
    pub(super) fn new(trees: &[Arc<Tree>], hidden: impl Fn(usize, NodeId) -> bool) -> Self {
        let mut names: HashMap<Box<str>, Vec<Place>> = HashMap::new();
        for (at, tree) in trees.iter().enumerate() {
            for object in objects(tree) {
                let node = object.node.id();
                if object.api_version() == Some(FACTS) || hidden(at, node) {
                    continue;
                }
                let Some(parts) = Parts::of(object) else { continue };
                let place = Place { tree: at, node, implied: object.implied().map(Box::from) };
                match names.get_mut(parts.name) {
                    Some(places) => places.push(place),
                    None => drop(names.insert(parts.name.into(), vec![place])),
                }
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
        let object = |place: &'w Place| {
            let node = trees.get(place.tree)?.node(place.node)?;
            Some(Object::of_list(node, place.implied.as_deref()))
        };
        let fits = |object: &Object<'w>| {
            Parts::of(*object).is_some_and(|parts| {
                parts.kind == kind && namespace.is_none_or(|n| parts.namespace == n) && is_own(parts)
            })
        };
        self.0.get(name)?.iter().filter_map(object).find(fits)
    }
}

/// Whether it is of Kubernetes' own kind of that name, where it has one; `extensions` is where some of them were.
fn is_own(parts: Parts<'_>) -> bool {
    let anybodys = || !schema::kinds().any(|(_, known)| known == parts.kind);
    parts.group == "extensions" || schema::knows(parts.group, parts.kind) || anybodys()
}
