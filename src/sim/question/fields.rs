//! The fields of a question as they were written: read one by one, with all that is wrong with them.

use std::borrow::Cow;

use crate::parse::{Kind, Node};
use crate::sim::kernel::PodName;
use crate::text::{Finding, near};

use super::EVERY;

/// How many questions a probe may be short for.
const MOST: usize = 4096;

/// Each field, and the one of its values that is asked for now.
pub(super) type Values<'t> = Vec<(&'t str, Node<'t>)>;

/// Every combination of the values of a probe's lists.
pub(super) fn product(probe: Node<'_>) -> Vec<Values<'_>> {
    let mut out: Vec<Values<'_>> = vec![Vec::new()];
    for entry in probe.entries() {
        let Some(key) = entry.key.scalar() else { continue };
        let values: Vec<_> =
            if entry.value.kind() == Kind::Seq { entry.value.items().collect() } else { vec![entry.value] };
        if out.len() * values.len() > MOST {
            break;
        }
        let longer = out.iter().flat_map(|known| {
            values.iter().map(move |value| known.iter().copied().chain([(key, *value)]).collect())
        });
        out = longer.collect();
    }
    out
}

/// The fields of one question.
pub(super) struct Fields<'t, 'f> {
    /// Where the question stands.
    pub(super) node: Node<'t>,
    /// What it says.
    pub(super) values: Values<'t>,
    /// What is wrong with it.
    pub(super) findings: &'f mut Vec<Finding>,
}

impl<'t> Fields<'t, '_> {
    fn get(&self, key: &str) -> Option<Node<'t>> {
        self.values.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }

    /// Is this field given?
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Says what is wrong at a place.
    pub(super) fn refuse(&mut self, at: Node<'_>, what: impl Into<Cow<'static, str>>) {
        self.findings.push(Finding::error("probe-field", what, at.own_span()).help("mend the probe"));
    }

    fn need(&mut self, key: &str) -> Option<Node<'t>> {
        let value = self.get(key);
        if value.is_none() {
            self.findings.push(
                Finding::error("probe-field", format!("the probe needs `{key}`"), self.node.own_span())
                    .help(format!("add `{key} = …`")),
            );
        }
        value
    }

    /// A field that must be a string.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let node = self.need(key)?;
        let text = node.as_str().filter(|t| !t.is_empty());
        if text.is_none() {
            self.refuse(node, format!("`{key}` is {}, not a string", node.kind().word()));
        }
        text.map(str::to_owned)
    }

    /// A field that may be left out.
    pub(super) fn text_if(&mut self, key: &str) -> Option<String> {
        if self.has(key) { self.text(key) } else { None }
    }

    /// A field that must be a number from 0.
    pub(super) fn number(&mut self, key: &str) -> Option<u32> {
        let node = self.need(key)?;
        let number = node.as_int().and_then(|n| u32::try_from(n).ok());
        if number.is_none() {
            self.refuse(node, format!("`{key}` is no number from 0"));
        }
        number
    }

    /// A field that must be one of these words.
    pub(super) fn word<T: Copy>(&mut self, key: &str, table: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = table.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let span = self.get(key).map_or(self.node.own_span(), Node::own_span);
            self.findings.push(
                Finding::error("probe-field", format!("`{key}` cannot be `{text}`"), span)
                    .help(near::suggest(&text, table.iter().map(|(word, _)| *word))),
            );
        }
        found
    }

    /// The pod that the question is about.
    pub(super) fn pod(&mut self) -> Option<PodName> {
        let text = self.text("pod")?;
        let pod = PodName::parse(&text);
        if pod.is_none() {
            let node = self.get("pod").unwrap_or(self.node);
            self.refuse(node, "`pod` is `NAME`, `KIND/NAME`, `NAMESPACE/NAME` or `NAMESPACE/KIND/NAME`");
        }
        pod
    }

    /// The pod, and the container or each of them.
    pub(super) fn pod_and_container(&mut self) -> Option<(PodName, String)> {
        let pod = self.pod()?;
        let container = if self.has("container") { self.text("container")? } else { EVERY.to_owned() };
        Some((pod, container))
    }
}
