//! Where a byte of a YAML string stands in its file: plain, quoted, folded, or a block.

use crate::parse::Node;
use crate::text::Span;

/// The place of the byte `at` of the text that a node holds. What a file writes in another way than it means (escapes,
/// folded lines, indentation) is skipped.
pub fn of(node: Node<'_>, at: usize) -> Span {
    let whole = node.own_span();
    let source = node.tree().source();
    let raw = source.slice(whole);
    let text = node.as_str().unwrap_or_default();
    let mut from = match raw.chars().next() {
        Some('|' | '>') => raw.find('\n').map_or(0, |n| n + 1),
        Some('"' | '\'') => 1,
        _ => 0,
    };
    let mut chars = text.char_indices().filter(|(_, c)| !c.is_whitespace()).peekable();
    let mut found = from;
    while let Some((index, c)) = chars.next_if(|(index, _)| *index <= at) {
        let Some(step) = raw.get(from..).and_then(|rest| rest.find(c)) else { return whole };
        found = from + step + at.saturating_sub(index).min(c.len_utf8());
        from += step + c.len_utf8();
        if index == at {
            found = from - c.len_utf8();
        }
    }
    let start = whole.start as usize + found.min(raw.len());
    source.span(start, (start + 1).min(whole.end as usize).max(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn a_byte_is_found_in_every_style() {
        let styles = [
            "a: x.one == bad",
            "a: \"x.one == bad\"",
            "a: 'x.one == bad'",
            "a: |-\n  x.one ==\n  bad",
            "a: >\n  x.one ==\n    bad\n",
            "a: \"x.one \\\n  == bad\"",
            "- a: |\n    // bac\n    x.one ==\n      bad\n",
        ];
        for style in styles {
            let (tree, _) = yaml::parse(&Source::lone("t", style), Limits::default());
            let root = tree.root().unwrap();
            let node = root.get("a").or_else(|| root.items().next()?.get("a")).unwrap();
            let at = node.as_str().unwrap().find("bad").unwrap();
            assert_eq!(of(node, at).start as usize, style.rfind("bad").unwrap(), "{style}");
        }
    }
}
