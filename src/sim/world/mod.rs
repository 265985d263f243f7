//! What a question is asked about: Kubernetes objects, and the facts that no manifest holds (images, nodes,
//! volumes), written as `apiVersion: sealegs/v1`.
//!
//! Built once from the world's files, then laid under a submission's objects. Immutable once built. Knows
//! nothing of labs: a directory of manifests is a world as well.

mod facts;
mod files;
mod host;
mod image;
mod names;
mod scope;
mod signed;
mod volume;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use crate::model::{Object, objects, schema};
use crate::parse::{NodeId, Tree};
use crate::sim::network::Network;
use crate::text::{Finding, Span};

use names::Names;

pub use files::{File, FileKind, Files, Listen, Next};
pub(crate) use files::{normal, within};
pub use host::{BOUNDARIES, Boundary, Handler, Host, HostProcess, Lsm, Runtime};
pub use image::{Account, Group, Image};
pub(crate) use scope::is_cluster_wide;
pub use signed::{Attestation, Format, Signature, Signer};
pub use volume::Volume;

/// The `apiVersion` of our own kinds.
pub const FACTS: &str = "sealegs/v1";

/// What names an object: kind and group, namespace (empty for cluster-wide kinds), name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The kind.
    pub kind: String,
    /// The namespace; `default` where a namespaced object names none.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The API group: another one's kind of the same name is another kind.
    pub group: String,
}

impl Key {
    /// The key of an object that has a kind and a name. One that does not say its version is of Kubernetes' own group.
    pub fn of(object: Object<'_>) -> Option<Self> {
        let Parts { kind, namespace, name, group } = Parts::of(object)?;
        let [kind, namespace, name, group] = [kind, namespace, name, group].map(str::to_owned);
        Some(Self { kind, namespace, name, group })
    }
}

/// A [`Key`] whose texts are the object's own: for whoever goes over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::sim) struct Parts<'t> {
    pub(in crate::sim) kind: &'t str,
    pub(in crate::sim) namespace: &'t str,
    pub(in crate::sim) name: &'t str,
    pub(in crate::sim) group: &'t str,
}

impl<'t> Parts<'t> {
    /// Those of an object that has a kind and a name.
    pub(in crate::sim) fn of(object: Object<'t>) -> Option<Self> {
        let (kind, name) = (object.kind()?, object.name()?);
        let own = || schema::kinds().find(|(_, k)| *k == kind).map_or("", |(version, _)| group_of(version));
        let group = object.group().unwrap_or_else(own);
        let wide = scope::is_cluster_wide(group, kind);
        let namespace = if wide { "" } else { object.namespace().unwrap_or("default") };
        Some(Self { kind, namespace, name, group })
    }
}

fn group_of(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, self.name)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// Objects and facts. Cheap to lay under a submission: trees and facts are shared.
#[derive(Clone, Debug, Default)]
pub struct World {
    trees: Vec<Arc<Tree>>,
    /// Objects that a later file replaces.
    hidden: BTreeSet<(usize, NodeId)>,
    /// Objects that this world does without.
    left_out: BTreeSet<(usize, NodeId)>,
    facts: Arc<Facts>,
    /// Built when it is first asked, as is the next.
    network: OnceLock<Arc<Network>>,
    names: OnceLock<Arc<Names>>,
}

#[derive(Debug, Default)]
struct Facts {
    images: Vec<Image>,
    hosts: Vec<Host>,
    volumes: Vec<Volume>,
}

impl World {
    /// Reads the world's files. What is wrong with the facts in them is said in findings.
    pub fn read(trees: Vec<Arc<Tree>>) -> (Self, Vec<Finding>) {
        let mut facts = Facts::default();
        let mut reader = facts::Reader::default();
        for tree in &trees {
            for object in objects(tree).into_iter().filter(|o| o.api_version() == Some(FACTS)) {
                match object.kind() {
                    Some("Image") => facts.images.extend(image::read(object, &mut reader)),
                    Some("Node") => facts.hosts.extend(host::read(object, &mut reader)),
                    Some("Volume") => facts.volumes.extend(volume::read(object, &mut reader)),
                    kind => reader.unknown_kind(object, kind.unwrap_or("")),
                }
            }
        }
        let mut world = Self { trees, facts: Arc::new(facts), ..Self::default() };
        world.hide();
        (world, reader.findings)
    }

    /// Objects of which a later one of the same kind, namespace and name stands in for.
    pub fn replaced(&self) -> Vec<Object<'_>> {
        let all = self.trees.iter().enumerate();
        all.flat_map(|(at, tree)| objects(tree).into_iter().map(move |object| (at, object)))
            .filter(|(at, object)| {
                let id = (*at, object.node.id());
                self.hidden.contains(&id) && !self.left_out.contains(&id)
            })
            .map(|(_, object)| object)
            .collect()
    }

    /// This world with a submission's objects: they replace those of the same kind, namespace and name.
    #[must_use]
    pub fn with(&self, submission: impl IntoIterator<Item = Arc<Tree>>) -> Self {
        let mut world = Self { network: OnceLock::new(), names: OnceLock::new(), ..self.clone() };
        world.trees.extend(submission);
        world.hide();
        world
    }

    /// This world without some of its objects.
    #[must_use]
    pub fn without(&self, leave: impl Fn(Object<'_>) -> bool) -> Self {
        let mut world = Self { network: OnceLock::new(), ..self.clone() };
        for (i, tree) in self.trees.iter().enumerate() {
            let gone = objects(tree).into_iter().filter(|o| leave(*o));
            world.left_out.extend(gone.map(|o| (i, o.node.id())));
        }
        world.hide();
        world
    }

    fn hide(&mut self) {
        let mut last: HashMap<Parts<'_>, (usize, NodeId)> = HashMap::new();
        let mut hidden = self.left_out.clone();
        for (i, tree) in self.trees.iter().enumerate() {
            for object in objects(tree).into_iter().filter(|o| o.api_version() != Some(FACTS)) {
                let Some(key) = Parts::of(object) else { continue };
                hidden.extend(last.insert(key, (i, object.node.id())));
            }
        }
        self.hidden = hidden;
    }

    /// The Kubernetes objects, in the order of the files.
    pub fn objects(&self) -> Vec<Object<'_>> {
        let mut out = Vec::new();
        for (i, tree) in self.trees.iter().enumerate() {
            let here = objects(tree).into_iter();
            out.extend(
                here.filter(|o| o.api_version() != Some(FACTS) && !self.hidden.contains(&(i, o.node.id()))),
            );
        }
        out
    }

    /// The object of this kind and name; without a namespace the first one of that name. Kubernetes' own kind is meant
    /// where it has one of that name, whoever else has another.
    pub fn object(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<Object<'_>> {
        let is_hidden = |tree, node| self.hidden.contains(&(tree, node));
        let names = self.names.get_or_init(|| Arc::new(Names::new(&self.trees, is_hidden)));
        names.find(&self.trees, kind, namespace, name)
    }

    /// Its pods and network policies, ready to be asked.
    pub fn network(&self) -> &Network {
        self.network.get_or_init(|| Arc::new(Network::new(self)))
    }

    /// The image that a registry of this world has under this reference.
    pub fn image(&self, reference: &str) -> Option<&Image> {
        self.facts.images.iter().find(|i| i.answers_to(reference))
    }

    /// All images.
    pub fn images(&self) -> &[Image] {
        &self.facts.images
    }

    /// The node of that name, or the first.
    pub fn host(&self, name: Option<&str>) -> Option<&Host> {
        match name {
            Some(name) => self.facts.hosts.iter().find(|h| h.name == name),
            None => self.facts.hosts.first(),
        }
    }

    /// The nodes, in the order of the files.
    pub fn hosts(&self) -> &[Host] {
        &self.facts.hosts
    }

    /// What lies on the volume of a claim.
    pub fn volume(&self, namespace: &str, claim: &str) -> Option<&Volume> {
        self.facts.volumes.iter().find(|v| v.namespace == namespace && v.claim == claim)
    }

    /// The first place of the first file, for what stands nowhere.
    pub fn anywhere(&self) -> Option<Span> {
        self.trees.first().map(|t| t.source().span(0, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    fn tree(text: &str) -> Arc<Tree> {
        Arc::new(yaml::parse(&Source::lone("w", text), Limits::default()).0)
    }

    #[test]
    fn a_submission_replaces_what_has_the_same_name() {
        let (world, findings) = World::read(vec![tree(
            "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default}, old: 1}\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n",
        )]);
        assert!(findings.is_empty());
        let with = world.with([tree("{apiVersion: v1, kind: Pod, metadata: {name: a}, new: 1}")]);
        assert_eq!(with.objects().len(), 2);
        assert!(with.object("Pod", None, "a").unwrap().node.get("new").is_some());
        assert!(world.object("Pod", Some("default"), "a").unwrap().node.get("old").is_some());
    }

    #[test]
    fn what_is_left_out_stays_out() {
        let (world, _) = World::read(vec![tree("{apiVersion: v1, kind: Pod, metadata: {name: a}}")]);
        let without = world.without(|o| o.name() == Some("a"));
        assert!(without.objects().is_empty());
        let with = without.with([tree("{apiVersion: v1, kind: Pod, metadata: {name: b}}")]);
        assert!(with.object("Pod", None, "a").is_none() && with.object("Pod", None, "b").is_some());
    }

    #[test]
    fn another_groups_kind_is_another_kind() {
        let (world, _) = World::read(vec![tree(
            "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: shop}, own: 1}\n---\n{apiVersion: serving.example/v1, kind: Service, metadata: {name: a, namespace: shop}}\n---\n{kind: Service, metadata: {name: b}}\n",
        )]);
        assert_eq!(world.objects().len(), 3);
        let found = world.object("Service", Some("shop"), "a").unwrap();
        assert!(found.node.get("own").is_some());
        let with = world.with([tree("{apiVersion: v1, kind: Service, metadata: {name: b}, new: 1}")]);
        assert_eq!(with.objects().len(), 3, "an object without apiVersion is replaced by Kubernetes' own");
        assert!(world.object("Service", None, "c").is_none());
        let foreign =
            World::read(vec![tree("{apiVersion: x.example/v1, kind: Namespace, metadata: {name: shop}}")]).0;
        assert!(foreign.object("Namespace", None, "shop").is_none());
    }

    #[test]
    fn what_is_wrong_with_facts_is_found() {
        let (_, findings) = World::read(vec![tree(
            "apiVersion: sealegs/v1\nkind: Image\nmetadata: {name: a}\nspec:\n  references: [a:1]\n  entripoint: [/a]\n  files: [{path: /a, mode: \"9\", capabilities: cap_x=ep}]\n---\n{apiVersion: sealegs/v1, kind: Imagine}\n",
        )]);
        let codes: Vec<_> = findings.iter().map(|f| f.code.as_ref()).collect();
        assert_eq!(codes, ["unknown-field", "wrong-type", "wrong-type", "unknown-kind"], "{findings:?}");
        assert!(findings[0].help.contains("entrypoint"));
    }
}
