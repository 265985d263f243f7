//! The keys that a mapping may have: a finding for each other one.

use crate::parse::Node;
use crate::text::{Finding, near};

/// What is said of the keys of `node` that are not among `known`.
pub fn unknown(node: Node<'_>, known: &[&str]) -> impl Iterator<Item = Finding> {
    node.entries().into_iter().filter_map(move |entry| {
        let key = entry.key.scalar().unwrap_or("");
        if known.contains(&key) {
            return None;
        }
        let title = format!("unknown field `{key}`");
        let finding = Finding::error("unknown-field", title, entry.key.own_span());
        Some(finding.help(near::suggest(key, known)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn a_key_that_is_not_known_is_named_where_it_stands() {
        let source = Source::lone("t", "kind: Pod\nspek: {}\n");
        let (tree, _) = yaml::parse(&source, Limits::default());
        let found: Vec<_> = unknown(tree.root().unwrap(), &["kind", "spec"]).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(source.slice(found[0].primary.span), "spek");
        assert_eq!(found[0].help, "did you mean `spec`?");
    }
}
