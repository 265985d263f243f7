//! Changes to a YAML or JSON text by its nodes: set a value, set a field that is missing, take one away. What is not
//! touched stays byte for byte: comments, indentation, quotes, line ends.
//!
//! Where a change would say more than was meant, there is none: what an alias or a merge key uses in another place,
//! and lists whose comments would be lost.

use serde_json::Value;

use super::tree::{Kind, Node};
use crate::text::Edit;

/// Writes `value` in the place of `node`.
pub fn replace(node: Node<'_>, value: &Value) -> Option<Edit> {
    if !node.tree().is_mendable() {
        return None;
    }
    let source = node.tree().source();
    let span = node.own_span();
    let old = source.slice(span);
    if node.is_shared() || header(node).is_some() {
        return None;
    }
    let style = Style::of(node);
    let new = flow(value, style);
    let block = matches!(node.kind(), Kind::Map | Kind::Seq) && !old.starts_with(['{', '[', '*']);
    if block || old.is_empty() {
        // From behind the colon, so that what was several lines becomes one.
        let key = node.key()?.own_span();
        let colon = source.text().get(key.range().end..)?.find(':')? + key.range().end + 1;
        let end = if block { content_end(node) } else { colon };
        let between = source.text().get(colon..end)?;
        return (!between.contains('#')).then(|| Edit::new(source.span(colon, end), format!(" {new}")));
    }
    Some(Edit::new(span, new))
}

/// Sets the field at `path` below the mapping `holder`: what is there is replaced, what is missing is written behind
/// the last field of the innermost mapping that exists.
pub fn set(holder: Node<'_>, path: &[&str], value: &Value) -> Option<Edit> {
    if !holder.tree().is_mendable() {
        return None;
    }
    let (first, rest) = path.split_first()?;
    if holder.own_span() != holder.span() {
        return None;
    }
    let Some(entry) = holder.own_entries().find(|e| e.key.scalar() == Some(first)) else {
        return insert(holder, path, value);
    };
    match rest {
        [] => replace(entry.value, value),
        _ if entry.value.kind() == Kind::Map => set(entry.value, rest, value),
        _ if entry.value.is_null() => replace(entry.value, &nested(rest, value)),
        _ => None,
    }
}

/// Takes the field or list item away, with its line where it has lines of its own; `None` for the only one.
pub fn remove(node: Node<'_>) -> Option<Edit> {
    if !node.tree().is_mendable() {
        return None;
    }
    let parent = node.parent()?;
    let source = node.tree().source();
    if node.is_shared() {
        return None;
    }
    let starts: Vec<(usize, Node<'_>)> = match parent.kind() {
        Kind::Map => parent.own_entries().map(|e| (e.key.own_span().range().start, e.value)).collect(),
        _ => parent.items().map(|i| (i.own_span().range().start, i)).collect(),
    };
    let at = starts.iter().position(|(_, n)| *n == node)?;
    let (start, _) = starts[at];
    let next = starts.get(at + 1).map(|(start, _)| *start);
    if starts.len() == 1 {
        return None;
    }
    if source.slice(parent.own_span()).starts_with(['{', '[']) {
        return Some(match (next, at.checked_sub(1).and_then(|i| starts.get(i))) {
            (Some(next), _) => Edit::new(source.span(start, next), ""),
            (None, Some((_, before))) => Edit::new(source.span(content_end(*before), content_end(node)), ""),
            (None, None) => return None,
        });
    }
    let text = source.text();
    let mut start = start;
    if parent.kind() == Kind::Seq {
        start = text.get(..start)?.rfind('-')?;
    }
    let line = text.get(..start)?.rfind('\n').map_or(0, |i| i + 1);
    if text.get(line..start)?.trim().is_empty() {
        let end = content_end(node);
        let end = text.get(end..)?.find('\n').map_or(text.len(), |i| end + i + 1);
        return Some(Edit::new(source.span(line, end), ""));
    }
    // It shares its line with a dash: the next one moves up, and must bring no comment with it.
    let next = next?;
    (!text.get(start..next)?.contains('#')).then(|| Edit::new(source.span(start, next), ""))
}

/// How a value is written where it goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Yaml,
    Json,
}

impl Style {
    /// JSON where the nearest key stands in double quotes within braces.
    fn of(node: Node<'_>) -> Self {
        let source = node.tree().source();
        let quoted = |n: Node<'_>| {
            let braced = source.slice(n.own_span()).starts_with('{');
            let mut keys = n.own_entries().map(|e| source.slice(e.key.own_span()));
            braced && keys.next().is_some_and(|key| key.starts_with('"'))
        };
        let json = std::iter::successors(Some(node), |n| n.parent()).any(quoted);
        if json { Self::Json } else { Self::Yaml }
    }
}

fn insert(holder: Node<'_>, path: &[&str], value: &Value) -> Option<Edit> {
    let (first, rest) = path.split_first()?;
    if holder.is_shared() || holder.kind() != Kind::Map {
        return None;
    }
    let source = holder.tree().source();
    let text = source.text();
    let style = Style::of(holder);
    let value = nested(rest, value);
    let keys: Vec<_> = holder.own_entries().collect();
    let span = holder.own_span();
    if source.slice(span).starts_with('{') {
        let field = format!("{}: {}", scalar(first, style), flow(&value, style));
        let Some((head, last)) = keys.first().zip(keys.last()) else {
            return Some(Edit::new(span, format!("{{{field}}}")));
        };
        let lead = text.get(span.range().start + 1..head.key.own_span().range().start)?;
        let lead = if lead.contains('#') || !lead.contains('\n') { " " } else { lead };
        let end = content_end(last.value);
        return Some(Edit::new(source.span(end, end), format!(",{lead}{field}")));
    }
    let (head, last) = (keys.first()?, keys.last()?);
    let start = head.key.own_span().range().start;
    let line = text.get(..start)?.rfind('\n').map_or(0, |i| i + 1);
    let indent = text.get(line..start)?.chars().count();
    let feed = source.feed();
    let mut lines = Vec::new();
    block(&mut lines, indent, first, &value);
    let end = content_end(last.value).max(last.key.own_span().range().end);
    if text.get(..end)?.ends_with('\n') {
        let new = lines.join(feed) + feed;
        return Some(Edit::new(source.span(end, end), new));
    }
    let end = text.get(end..)?.find('\n').map_or(text.len(), |i| end + i);
    let end = if text.get(..end)?.ends_with('\r') { end - 1 } else { end };
    let new = format!("{feed}{}", lines.join(feed));
    Some(Edit::new(source.span(end, end), new))
}

/// Where the text of a node ends: a null that is nowhere ends with its key, a block collection with its last child.
fn content_end(node: Node<'_>) -> usize {
    let source = node.tree().source();
    let span = node.own_span();
    let text = source.slice(span);
    if node.own_span() == node.span() && !text.starts_with(['{', '[']) {
        let last = match node.kind() {
            Kind::Map => node.own_entries().last().map(|e| (e.key, e.value)),
            Kind::Seq => node.items().last().map(|i| (i, i)),
            _ => None,
        };
        if let Some((key, last)) = last {
            return content_end(last).max(key.own_span().range().end);
        }
    }
    if text.is_empty() {
        // Behind the colon or the dash that promises it.
        return node.key().map_or(span.range().start, |key| {
            let end = key.own_span().range().end;
            let colon = source.text().get(end..).and_then(|rest| rest.find(':'));
            colon.map_or(end, |colon| end + colon + 1)
        });
    }
    if header(node).is_some_and(|header| !header.contains('+')) {
        // Blank lines behind a block scalar are nobody's, unless it keeps them.
        let kept = text.trim_end_matches(['\n', '\r', ' ']).len();
        let feed =
            text.get(kept..).and_then(|rest| rest.find('\n')).map_or(text.len(), |feed| kept + feed + 1);
        return span.range().start + feed;
    }
    span.range().end
}

/// The line that opens a block scalar (`key: |+`), where the node is one: its own span begins with its text.
fn header(node: Node<'_>) -> Option<&str> {
    let source = node.tree().source();
    let start = node.own_span().range().start;
    let before = source.text().get(..start)?.trim_end();
    let line = before.lines().last()?;
    let quoted = source.slice(node.own_span()).starts_with(['"', '\'']);
    let string = node.kind() == Kind::Str && !node.is_plain() && node.own_span() == node.span();
    (string && !quoted && line.contains(['|', '>'])).then_some(line)
}

/// `{a: {b: value}}` for the path `a`, `b`.
fn nested(path: &[&str], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |value, key| {
        Value::Object(std::iter::once(((*key).to_owned(), value)).collect())
    })
}

/// `key: value` as lines in block style: mappings open a level, everything else stands on the line of its key.
fn block(lines: &mut Vec<String>, indent: usize, key: &str, value: &Value) {
    let pad = " ".repeat(indent);
    let key = scalar(key, Style::Yaml);
    match value {
        Value::Object(map) if !map.is_empty() => {
            lines.push(format!("{pad}{key}:"));
            for (key, value) in map {
                block(lines, indent + 2, key, value);
            }
        }
        _ => lines.push(format!("{pad}{key}: {}", flow(value, Style::Yaml))),
    }
}

fn flow(value: &Value, style: Style) -> String {
    match value {
        Value::String(text) => scalar(text, style),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|i| flow(i, style)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let fields: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(key, style), flow(value, style)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// A string: without quotes where YAML reads it as one all the same.
fn scalar(text: &str, style: Style) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && super::scalar::resolve(text).is_none();
    if plain && style == Style::Yaml { text.to_owned() } else { Value::String(text.to_owned()).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::{Source, fix};

    fn edited(text: &str, edit: impl FnOnce(Node<'_>) -> Option<Edit>) -> Option<String> {
        let source = Source::lone("a.yaml", text);
        let (tree, findings) = yaml::parse(&source, Limits::default());
        assert!(findings.is_empty(), "{findings:?}");
        let edit = edit(tree.root().unwrap())?;
        let new = fix::apply(text, &[edit]).unwrap();
        let (_, findings) = yaml::parse(&Source::lone("a.yaml", new.clone()), Limits::default());
        assert!(findings.is_empty(), "{new}: {findings:?}");
        Some(new)
    }

    fn set_to(text: &str, path: &[&str], value: impl Into<Value>) -> Option<String> {
        let value = value.into();
        edited(text, |root| set(root, path, &value))
    }

    #[test]
    fn a_field_is_replaced_in_place() {
        for (old, new) in [
            ("a: true # why\nb: 1\n", "a: false # why\nb: 1\n"),
            ("{a: 'x', b: 1}\n", "{a: false, b: 1}\n"),
            ("a:\nb: 1\n", "a: false\nb: 1\n"),
            ("a: ~ # none\n", "a: false # none\n"),
            ("a:\n  - x\n  - y\nb: 1\n", "a: false\nb: 1\n"),
            ("a: [x,\n  y]\n", "a: false\n"),
            ("b: 1\r\na: &x true\r\n", "b: 1\r\na: &x false\r\n"),
        ] {
            assert_eq!(set_to(old, &["a"], json!(false)).as_deref(), Some(new), "{old}");
        }
        for kept in ["a:\n  - x # one\n  - y\n", "a: |\n  text\n", "a: &x true\nb: *x\n"] {
            assert_eq!(set_to(kept, &["a"], json!(false)), None, "{kept}");
        }
    }

    #[test]
    fn a_missing_field_follows_the_last_one() {
        for (old, new) in [
            ("name: a\n", "name: a\ns:\n  c:\n    drop: [ALL]\n"),
            ("name: a", "name: a\ns:\n  c:\n    drop: [ALL]"),
            ("name: a # it\r\n", "name: a # it\r\ns:\r\n  c:\r\n    drop: [ALL]\r\n"),
            ("s:\n  x: 1\nname: a\n", "s:\n  x: 1\n  c:\n    drop: [ALL]\nname: a\n"),
            (
                "s:\n  c:\n    add: [A]\n    # more\nname: a\n",
                "s:\n  c:\n    add: [A]\n    drop: [ALL]\n    # more\nname: a\n",
            ),
            ("s:\n  x: |\n    text\n\nname: a\n", "s:\n  x: |\n    text\n  c:\n    drop: [ALL]\n\nname: a\n"),
            ("s: {x: 1}\n", "s: {x: 1, c: {drop: [ALL]}}\n"),
            ("s: {}\n", "s: {c: {drop: [ALL]}}\n"),
            ("s: # todo\nname: a\n", "s: {c: {drop: [ALL]}} # todo\nname: a\n"),
            ("{\"s\": {\n  \"x\": 1\n}}\n", "{\"s\": {\n  \"x\": 1,\n  \"c\": {\"drop\": [\"ALL\"]}\n}}\n"),
            ("{\"s\": {}}\n", "{\"s\": {\"c\": {\"drop\": [\"ALL\"]}}}\n"),
            ("s:\n  x:\nname: a\n", "s:\n  x:\n  c:\n    drop: [ALL]\nname: a\n"),
            ("s:\n  c:\n    add:\n    - A\n", "s:\n  c:\n    add:\n    - A\n    drop: [ALL]\n"),
        ] {
            assert_eq!(set_to(old, &["s", "c", "drop"], json!(["ALL"])).as_deref(), Some(new), "{old}");
        }
        for kept in ["s: 5\n", "b: &b {x: 1}\ns: *b\n", "s: &b {x: 1}\nb: *b\n", "s: [1]\n"] {
            assert_eq!(set_to(kept, &["s", "c"], json!(1)), None, "{kept}");
        }
    }

    #[test]
    fn where_nobody_shows_edits_none_is_found() {
        let (mut tree, _) = yaml::parse(&Source::lone("a.yaml", "a: 1\nb: 2\n"), Limits::default());
        let edits = |tree: &crate::parse::Tree| {
            let root = tree.root().unwrap();
            let a = root.get("a").unwrap();
            [replace(a, &json!(2)), set(root, &["c"], &json!(3)), remove(a)].map(|e| e.is_some())
        };
        assert_eq!(edits(&tree), [true; 3]);
        tree.forgo_edits();
        assert_eq!(edits(&tree), [false; 3]);
    }

    #[test]
    fn a_field_of_a_list_item_stands_below_its_first() {
        let set_it = |text| edited(text, |root| set(root.get("c")?.items().next()?, &["x"], &json!("no")));
        assert_eq!(set_it("c:\n- name: a\nd: 1\n").unwrap(), "c:\n- name: a\n  x: \"no\"\nd: 1\n");
        assert_eq!(set_it("c:\n  -   name: a\n").unwrap(), "c:\n  -   name: a\n      x: \"no\"\n");
    }

    #[test]
    fn an_item_or_a_field_goes_with_its_line() {
        let first = |text| edited(text, |root| remove(root.get("a")?.items().next()?));
        assert_eq!(first("a:\n- x # old\n# next\n- y\n").unwrap(), "a:\n# next\n- y\n");
        assert_eq!(first("a: [x, y]\n").unwrap(), "a: [y]\n");
        assert_eq!(first("a: [x]\n"), None);
        let field = |text: &str, key: &str| edited(text, |root| remove(root.entry(key)?.value));
        assert_eq!(field("a: 1\nb:\n  c: 1\nd: 2\n", "b").unwrap(), "a: 1\nd: 2\n");
        assert_eq!(field("{a: 1, b: 2}", "b").unwrap(), "{a: 1}");
        assert_eq!(field("a: 1\nb:\n", "b").unwrap(), "a: 1\n");
        let inner = |text| edited(text, |root| remove(root.items().next()?.entry("a")?.value));
        assert_eq!(inner("- a: 1\n  b: 2\n").unwrap(), "- b: 2\n");
        assert_eq!(inner("- a: 1 # x\n  b: 2\n"), None);
    }
}
