//! A setting that counts: its value, where it comes from, and where it stands or would go.

use crate::parse::{Node, edit};
use crate::text::{Edit, Span};

use super::value;

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The container's own manifest.
    Container,
    /// The pod's spec, for all its containers.
    Pod,
    /// The image's configuration: not in the manifest.
    Image,
    /// Nobody set it.
    Default,
}

impl Origin {
    /// How people say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Container => "set on the container",
            Self::Pod => "set on the pod",
            Self::Image => "taken from the image",
            Self::Default => "not set",
        }
    }
}

/// A setting, its origin, and its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effective<'t, T> {
    /// The value; `None` where it is unset, or of the wrong type.
    pub value: Option<T>,
    /// Who set it; [`Origin::Default`] for nobody.
    pub origin: Origin,
    /// The value's node, where it is set, of whatever type.
    pub node: Option<Node<'t>>,
    /// Where it would go: a mapping and the rest of the path.
    pub(super) home: Home<'t>,
}

/// The place of a field, whether it is there or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Home<'t> {
    /// The mapping in which its path begins.
    pub(super) holder: Node<'t>,
    /// The path: the first part is empty where the field is the holder's own.
    pub(super) path: [&'static str; 2],
    /// What stands under the first part of the path; the holder itself, where that part is empty.
    pub(super) inside: Option<Node<'t>>,
}

impl<'t, T> Effective<'t, T> {
    /// The value's span, or where the missing field would go.
    pub fn span(&self) -> Span {
        if let Some(node) = self.node {
            return node.own_span();
        }
        let (holder, key) = self.home.nearest();
        holder.place_of(key)
    }

    /// The field's path in the manifest's own terms, whether it is set or not.
    pub fn path(&self) -> String {
        let mut path = String::with_capacity(64);
        self.write_path(&mut path);
        path
    }

    /// The same, at the end of `path`, which is empty.
    pub fn write_path(&self, path: &mut String) {
        match self.node {
            Some(node) => node.write_path(path),
            None => self.home.write_path(path),
        }
    }

    /// Whether it, or what should hold it, is set to something of the wrong type, which the API server refuses.
    pub fn is_mistyped(&self) -> bool {
        self.value.is_none() && (self.node.is_some() || self.home.is_mistyped())
    }

    /// Whether anything is set, of whatever type.
    pub fn is_set(&self) -> bool {
        self.node.is_some()
    }

    /// The change of the text that gives it this value, where it stands or where it would go.
    pub fn set_to(&self, value: &serde_json::Value) -> Option<Edit> {
        match self.node {
            Some(node) => edit::replace(node, value),
            None => self.home.set_to(value),
        }
    }

    /// The same place with another reading of the value.
    pub fn map<U>(self, read: impl FnOnce(T) -> Option<U>) -> Effective<'t, U> {
        Effective { value: self.value.and_then(read), origin: self.origin, node: self.node, home: self.home }
    }
}

impl<'t> Home<'t> {
    /// The innermost mapping that exists, and the key that it lacks.
    fn nearest(self) -> (Node<'t>, &'static str) {
        let [outer, inner] = self.path;
        if outer.is_empty() {
            return (self.holder, inner);
        }
        match self.inside.and_then(value::mapping) {
            Some(holder) => (holder, inner),
            None => (self.holder, outer),
        }
    }

    /// Whether the outer key holds something that cannot hold the inner one.
    fn is_mistyped(self) -> bool {
        let [outer, _] = self.path;
        !outer.is_empty() && self.inside.is_some_and(|node| value::mapping(node).is_none())
    }

    fn set_to(self, value: &serde_json::Value) -> Option<Edit> {
        let [outer, inner] = self.path;
        let path: &[&str] = if outer.is_empty() { &[inner] } else { &[outer, inner] };
        edit::set(self.holder, path, value)
    }

    fn write_path(self, path: &mut String) {
        self.holder.write_path(path);
        for key in self.path.into_iter().filter(|k| !k.is_empty()) {
            if !path.is_empty() {
                path.push('.');
            }
            *path += key;
        }
    }

    fn node(self) -> Option<Node<'t>> {
        let [_, inner] = self.path;
        self.inside?.get(inner)
    }

    /// The setting at this place; of `origin`, where something is set.
    pub(super) fn read<T>(
        self,
        origin: Origin,
        read: impl FnOnce(Node<'t>) -> Option<T>,
    ) -> Effective<'t, T> {
        let node = self.node();
        let origin = if node.is_some() { origin } else { Origin::Default };
        Effective { value: node.and_then(read), origin, node, home: self }
    }
}
