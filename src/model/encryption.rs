//! An encryption configuration: which entry counts for secrets, and what its providers and keys are.
//!
//! kubernetes apiserver pkg/server/options/encryptionconfig/config.go: the first entry that names a resource counts
//! for it, its first provider writes and all of them read; `*.` is every resource of the core group, `*.*` every one.

use super::value;
use crate::parse::{Kind, Node};

/// One item of `resources`.
#[derive(Clone, Copy, Debug)]
pub struct EncryptionEntry<'t> {
    /// The item.
    pub node: Node<'t>,
}

/// One way to encrypt.
#[derive(Clone, Copy, Debug)]
pub struct Provider<'t> {
    /// Its key in the item: `aescbc`, `kms`.
    pub key: Node<'t>,
    /// What stands under it.
    pub node: Node<'t>,
}

impl<'t> EncryptionEntry<'t> {
    /// The entries of a configuration, in order.
    pub fn of(configuration: Node<'t>) -> impl Iterator<Item = Self> {
        items(configuration, "resources").map(|node| Self { node })
    }

    /// Whether it counts for secrets.
    pub fn covers_secrets(self) -> bool {
        let mut names = items(self.node, "resources").filter_map(value::string);
        names.any(|name| matches!(name, "secrets" | "*." | "*.*"))
    }

    /// Its providers, in order.
    pub fn providers(self) -> impl Iterator<Item = Provider<'t>> {
        let first = |item: Node<'t>| item.own_entries().next();
        items(self.node, "providers").filter_map(first).map(|e| Provider { key: e.key, node: e.value })
    }
}

impl<'t> Provider<'t> {
    /// What it is called.
    pub fn name(self) -> &'t str {
        self.key.scalar().unwrap_or("")
    }

    /// The keys of a provider that takes them from the file.
    pub fn keys(self) -> impl Iterator<Item = Node<'t>> {
        items(self.node, "keys")
    }
}

fn items<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
    let list = (node.kind() == Kind::Map).then(|| node.get(key)).flatten().and_then(value::list);
    list.into_iter().flat_map(Node::items)
}

/// How many bytes a standard base64 text stands for; `None` where it is none. Its content is nobody's business.
pub fn base64_length(text: &str) -> Option<usize> {
    let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    let padding = digits.iter().rev().take_while(|b| **b == b'=').count();
    let body = digits.get(..digits.len() - padding)?;
    let known = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    (digits.len().is_multiple_of(4) && padding <= 2 && body.iter().all(known))
        .then(|| digits.len() / 4 * 3 - padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_measured_without_being_read() {
        for (text, wanted) in [
            ("", Some(0)),
            ("YQ==", Some(1)),
            ("YWI=", Some(2)),
            ("YWJj", Some(3)),
            ("YWJj\nYWJj\n", Some(6)),
            ("YWJ", None),
            ("Y===", None),
            ("YW=j", None),
            ("a_b-", None),
        ] {
            assert_eq!(base64_length(text), wanted, "{text}");
        }
    }
}
