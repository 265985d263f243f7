//! Paths on the node's disk, compared part by part.

use std::borrow::Cow;

/// A path without empty parts, `.` and a stroke at its end. `..` is not followed: the API server refuses it in a
/// `hostPath` (`validateHostPathVolumeSource` in `pkg/apis/core/validation`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePath<'t>(Cow<'t, str>);

impl<'t> NodePath<'t> {
    /// The path that this text names.
    pub fn new(text: &'t str) -> Self {
        let plain =
            !text.contains("//") && !text.contains("/.") && !text.ends_with('/') && text.starts_with('/');
        if plain {
            return Self(Cow::Borrowed(text));
        }
        let mut path = String::with_capacity(text.len() + 1);
        for part in text.split('/').filter(|part| !part.is_empty() && *part != ".") {
            path.push('/');
            path += part;
        }
        Self(Cow::Owned(path))
    }

    /// Whether it is `/`.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is `directory` or lies below it, which is written as paths are here.
    pub fn is_within(&self, directory: &str) -> bool {
        begins(&self.0, directory)
    }

    /// Whether `path`, which is written as paths are here, is this one or lies below it.
    pub fn holds(&self, path: &str) -> bool {
        begins(path, &self.0)
    }

    /// Its text; empty for `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn begins(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_compared_and_not_letters() {
        assert!(NodePath::new("/etc/passwd").is_within("/etc"));
        assert!(NodePath::new("//etc/./").is_within("/etc"));
        assert!(NodePath::new("etc").is_within("/etc"));
        assert!(NodePath::new("/.").is_root() && NodePath::new("/").holds("/etc"));
        assert!(!NodePath::new("/etcd").is_within("/etc"));
        assert!(!NodePath::new("/").is_within("/etc"));
        assert_eq!(NodePath::new("/var//lib/.x/").as_str(), "/var/lib/.x");
    }
}
