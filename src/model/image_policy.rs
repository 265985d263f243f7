//! Sigstore's `ClusterImagePolicy`: which images it is about, and whose word it takes for them.
//!
//! sigstore/policy-controller `pkg/apis/policy/v1beta1/clusterimagepolicy_types.go` and `…_defaults.go`.

use super::{Object, value};
use crate::parse::Node;

/// The group of the policies.
pub const GROUP: &str = "policy.sigstore.dev";

/// A `ClusterImagePolicy`.
#[derive(Clone, Copy, Debug)]
pub struct ClusterImagePolicy<'t> {
    /// The object.
    pub object: Object<'t>,
}

impl<'t> ClusterImagePolicy<'t> {
    /// The policy that an object is.
    pub fn new(object: Object<'t>) -> Option<Self> {
        let ours = object.group() == Some(GROUP) && object.kind() == Some("ClusterImagePolicy");
        ours.then_some(Self { object })
    }

    /// Its name.
    pub fn name(self) -> &'t str {
        self.object.name().unwrap_or("")
    }

    fn spec(self, key: &str) -> Option<Node<'t>> {
        self.object.node.at(&["spec", key])
    }

    fn list(self, key: &str) -> impl Iterator<Item = Node<'t>> {
        self.spec(key).and_then(value::list).into_iter().flat_map(Node::items)
    }

    /// The patterns of `images`.
    pub fn globs(self) -> impl Iterator<Item = Node<'t>> {
        self.list("images").filter_map(|image| image.get("glob"))
    }

    /// `match`: the kinds of objects that it is about; all where there are none.
    pub fn matches(self) -> impl Iterator<Item = Node<'t>> {
        self.list("match")
    }

    /// `mode`, where it is `warn`.
    pub fn warns(self) -> Option<Node<'t>> {
        self.spec("mode").filter(|mode| value::string(*mode) == Some("warn"))
    }

    /// The rule over what its authorities found.
    pub fn rule(self) -> Option<Node<'t>> {
        self.spec("policy")
    }

    /// Its authorities; one that agrees is enough.
    pub fn authorities(self) -> impl Iterator<Item = Authority<'t>> {
        self.list("authorities").enumerate().map(|(index, node)| Authority { node, index })
    }
}

/// One of a policy's authorities.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'t> {
    /// Its mapping.
    pub node: Node<'t>,
    index: usize,
}

/// What an authority goes by.
#[derive(Clone, Copy, Debug)]
pub enum Goes<'t> {
    /// A key.
    Key(Node<'t>),
    /// A certificate with a name in it.
    Keyless(Node<'t>),
    /// Nothing: it always says the same.
    Static(Node<'t>),
    /// A time stamp alone.
    Timestamp(Node<'t>),
    /// None of these.
    Missing,
}

impl<'t> Authority<'t> {
    /// Its name, or the one that it is given.
    pub fn name(self) -> String {
        let name = self.node.get("name").and_then(value::string).filter(|n| !n.is_empty());
        name.map_or_else(|| format!("authority-{}", self.index), str::to_owned)
    }

    /// What it goes by.
    pub fn goes(self) -> Goes<'t> {
        let get = |key: &str| self.node.get(key);
        get("static")
            .map(Goes::Static)
            .or_else(|| get("key").map(Goes::Key))
            .or_else(|| get("keyless").map(Goes::Keyless))
            .or_else(|| get("rfc3161timestamp").map(Goes::Timestamp))
            .unwrap_or(Goes::Missing)
    }

    /// The statements that it asks for; without any it asks for a signature of the image.
    pub fn attestations(self) -> impl Iterator<Item = Node<'t>> {
        self.node.get("attestations").and_then(value::list).into_iter().flat_map(Node::items)
    }
}
