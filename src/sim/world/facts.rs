//! Reads the fields of our own kinds; every mistake becomes a finding with its place.

use crate::model::{Object, keys};
use crate::parse::{Kind, Node};
use crate::text::Finding;
use crate::text::near;

/// Gathers what is wrong while fields are read.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) findings: Vec<Finding>,
}

impl Reader {
    pub(super) fn unknown_kind(&mut self, object: Object<'_>, kind: &str) {
        self.findings.push(
            Finding::error("unknown-kind", format!("no kind `{kind}` in sealegs/v1"), object.kind_span())
                .help(near::suggest(kind, ["Image", "Node", "Volume"])),
        );
    }

    /// Says which keys of `node` are not among `known`.
    pub(super) fn only(&mut self, node: Node<'_>, known: &[&str]) {
        self.findings.extend(keys::unknown(node, known));
    }

    pub(super) fn wrong(&mut self, node: Node<'_>, wanted: &str) {
        self.findings.push(
            Finding::error("wrong-type", format!("`{}` is not {wanted}", node.path()), node.own_span())
                .help(format!("write {wanted}")),
        );
    }

    /// The `spec` of one of our objects.
    pub(super) fn spec<'t>(&mut self, object: Object<'t>) -> Option<Node<'t>> {
        self.only(object.node, &["apiVersion", "kind", "metadata", "spec"]);
        let spec = object.node.get("spec").filter(|s| s.kind() == Kind::Map);
        if spec.is_none() {
            let at = object.node.missing("spec");
            self.findings.push(
                Finding::error("missing-field", format!("`{}` is missing", at.path), at.span)
                    .help("add a mapping `spec`"),
            );
        }
        spec
    }

    fn read<'t, T>(
        &mut self,
        node: Node<'t>,
        key: &str,
        wanted: &str,
        read: impl FnOnce(Node<'t>) -> Option<T>,
    ) -> Option<T> {
        let value = node.get(key)?;
        let read = read(value);
        if read.is_none() {
            self.wrong(value, wanted);
        }
        read
    }

    /// A string; numbers are taken as they are written, so that `user: 1000` needs no quotes.
    pub(super) fn text(&mut self, node: Node<'_>, key: &str) -> Option<String> {
        self.read(node, key, "a string", Node::scalar).map(str::to_owned)
    }

    pub(super) fn flag(&mut self, node: Node<'_>, key: &str) -> Option<bool> {
        self.read(node, key, "true or false", Node::as_bool)
    }

    pub(super) fn number(&mut self, node: Node<'_>, key: &str) -> Option<u32> {
        self.read(node, key, "a number from 0", |n| u32::try_from(n.as_int()?).ok())
    }

    pub(super) fn texts(&mut self, node: Node<'_>, key: &str) -> Vec<String> {
        let Some(list) = node.get(key) else { return Vec::new() };
        if list.kind() != Kind::Seq {
            self.wrong(list, "a list of strings");
        }
        let mut out = Vec::new();
        for item in list.items() {
            match item.scalar() {
                Some(text) => out.push(text.to_owned()),
                None => self.wrong(item, "a string"),
            }
        }
        out
    }

    /// The mappings of a list.
    pub(super) fn maps<'t>(&mut self, node: Node<'t>, key: &str) -> Vec<Node<'t>> {
        let Some(list) = node.get(key) else { return Vec::new() };
        if list.kind() != Kind::Seq {
            self.wrong(list, "a list of mappings");
        }
        let (maps, others): (Vec<_>, Vec<_>) = list.items().partition(|n| n.kind() == Kind::Map);
        for other in others {
            self.wrong(other, "a mapping");
        }
        maps
    }

    /// `"UID:GID"`, or a UID alone with GID 0.
    pub(super) fn owner(&mut self, node: Node<'_>) -> Option<(u32, u32)> {
        self.read(node, "owner", "UID:GID, as in \"0:0\"", |n| {
            let (uid, gid) = n.scalar()?.split_once(':').unwrap_or((n.scalar()?, "0"));
            Some((uid.parse().ok()?, gid.parse().ok()?))
        })
    }

    /// An octal mode: `"4755"` in quotes, or a number as YAML reads `04755`.
    pub(super) fn mode(&mut self, node: Node<'_>) -> Option<u32> {
        self.read(node, "mode", "an octal mode, as in \"0644\"", |n| match n.kind() {
            Kind::Int => u32::try_from(n.as_int()?).ok(),
            _ => u32::from_str_radix(n.as_str()?, 8).ok(),
        })
        .filter(|m| *m <= 0o7777)
    }
}
