//! What a lab needs of a submission: which objects have to be there, and which may.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Object, objects, template_of};
use crate::parse::{Node, Tree};
use crate::sim::world::{Key, World};
use crate::text::{Finding, Span};

/// What a lab asks of every submission.
#[derive(Clone, Debug)]
pub(in crate::grade) struct Needs {
    /// The objects of the starter, and whether each has to stay: what runs, and what the core group holds. Policies,
    /// roles, accounts and shares may be replaced by others; what they do is asked.
    pub(in crate::grade) objects: Vec<(Key, Span, bool)>,
}

impl Needs {
    /// The namespaces that the starter's objects are in, and those that it makes.
    fn namespaces(&self) -> BTreeSet<&str> {
        let names = self.objects.iter().map(|(key, ..)| {
            if key.kind == "Namespace" { key.name.as_str() } else { key.namespace.as_str() }
        });
        names.filter(|n| !n.is_empty()).collect()
    }

    /// Adds what a starter's file holds.
    pub(in crate::grade) fn add(&mut self, tree: &Tree) {
        let need = |object: Object<'_>| {
            let replaced = matches!(object.kind(), Some("ServiceAccount" | "ResourceQuota" | "LimitRange"));
            let is_core = object.group().is_none_or(str::is_empty);
            let stays = is_core && !replaced || template_of(object).is_some();
            Some((Key::of(object)?, object.kind_span(), stays))
        };
        self.objects.extend(objects(tree).into_iter().filter_map(need));
    }
}

/// The roll of a submission's objects: each is called once.
pub(super) struct Roll<'a> {
    needs: &'a Needs,
    world: &'a World,
    seen: BTreeSet<Key>,
}

impl<'a> Roll<'a> {
    /// Nobody was called yet.
    pub(super) fn new(needs: &'a Needs, world: &'a World) -> Self {
        Self { needs, world, seen: BTreeSet::new() }
    }

    /// Calls an object: whether it may be there, and in its namespace.
    pub(super) fn call(&mut self, object: Object<'_>, findings: &mut Vec<Finding>) {
        let (needs, world) = (self.needs, self.world);
        let Some(key) = Key::of(object) else { return };
        let name = object.node.at(&["metadata", "name"]).map_or(object.kind_span(), Node::own_span);
        let own = needs.objects.iter().any(|(k, ..)| *k == key);
        let is_node = key.kind == "Node" && world.host(Some(&key.name)).is_some();
        let worlds = !own && (is_node || world.object(&key.kind, Some(&key.namespace), &key.name).is_some());
        if worlds {
            findings.push(
                Finding::error("not-yours", format!("{key} belongs to the world of this lab"), name)
                    .help("leave it out: you may not change it here"),
            );
        } else {
            findings.extend(self.lodged(object, &key));
        }
        // Otherwise the pods that are asked about could stand still while others, never asked about, do the work.
        if !own && !worlds && template_of(object).is_some() {
            findings.push(
                Finding::error("not-asked-for", format!("{key} is not part of this lab"), name)
                    .help("mend the workloads that are there instead of adding others"),
            );
        }
        if self.seen.contains(&key) {
            findings.push(
                Finding::error("object-twice", format!("{key} is there twice"), name)
                    .help("keep one of the two: the second would replace the first"),
            );
        }
        self.seen.insert(key);
    }

    /// An object's namespace: one that is there, and one of those that the starter's objects are in. With policies in
    /// others a lab could be solved by closing the attacker's own doors.
    fn lodged(&self, object: Object<'_>, key: &Key) -> Option<Finding> {
        let yours = self.needs.namespaces();
        if key.namespace.is_empty() || yours.contains(key.namespace.as_str()) {
            return None;
        }
        let said = object.node.at(&["metadata", "namespace"]);
        let at =
            said.or_else(|| object.node.at(&["metadata", "name"])).map_or(object.kind_span(), Node::own_span);
        if key.namespace != "default" && self.world.object("Namespace", None, &key.namespace).is_none() {
            let title = format!("there is no namespace `{}`", key.namespace);
            return Some(Finding::error("no-namespace", title, at).help("use a namespace of this lab"));
        }
        if yours.is_empty() {
            return None;
        }
        let list = yours.iter().copied().collect::<Vec<_>>().join(" or ");
        let (title, help) = match said {
            None => (
                format!("{key} names no namespace, and so goes to `{}`", key.namespace),
                format!("say in its metadata which one it is for: {list}"),
            ),
            Some(_) => (
                format!("the namespace `{}` is not yours to edit", key.namespace),
                format!("solve it in {list}: what others have stays as it is"),
            ),
        };
        Some(Finding::error("not-your-namespace", title, at).help(help))
    }

    /// The objects that have to stay, and were not called.
    pub(super) fn missing(&self, trees: &[Arc<Tree>]) -> impl Iterator<Item = Finding> {
        let begin = trees.first().map(|tree| tree.source().span(0, 0));
        let gone = self.needs.objects.iter().filter(|(key, _, stays)| *stays && !self.seen.contains(key));
        gone.map(move |(key, span, _)| {
            Finding::error("object-missing", format!("{key} is gone"), begin.unwrap_or(*span))
                .help("keep the object, its name and its namespace: the lab asks about it")
        })
    }
}
