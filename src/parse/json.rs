//! JSON to the same tree as YAML, for JSON lines: no spans beyond the whole line.
//!
//! Files that hold JSON are read by [`super::yaml`], which keeps positions; this is for values that are JSON by
//! contract (machine interfaces), where `\ud83d\ude00` and `1.0` mean what JSON says.

use std::sync::Arc;

use super::tree::{Builder, Tree, Value};
use crate::text::Source;

/// The tree of a JSON value. Its spans are those of the value's text as `serde_json` writes it, without blanks.
pub fn from_value(value: &serde_json::Value) -> Tree {
    tree_of(&Source::lone("<json>", value.to_string()), value)
}

/// The same of a value that was made on the way: its spans lie in no file. Numbers tell such values apart.
pub fn made(value: &serde_json::Value, nth: u32) -> Tree {
    tree_of(&Source::made(value.to_string(), nth), value)
}

/// The items of a list as documents, without a second text where that can be.
pub fn documents(list: super::Node<'_>) -> Tree {
    Tree::of_items(list).unwrap_or_else(|| {
        let list = serde_json::json!({ "kind": "List", "items": to_value(list) });
        from_value(&list)
    })
}

fn tree_of(source: &Arc<Source>, value: &serde_json::Value) -> Tree {
    let mut builder = Builder::new(Arc::clone(source));
    add(&mut builder, source.text(), 0, value);
    builder.end_document(0);
    builder.done()
}

/// The JSON of a node, aliases and merges written out. Numbers that JSON lacks become null.
pub fn to_value(node: super::Node<'_>) -> serde_json::Value {
    use super::Kind;
    use serde_json::Value as Json;
    match node.kind() {
        Kind::Null => Json::Null,
        Kind::Bool => node.as_bool().into(),
        Kind::Int => node.as_int().into(),
        Kind::Float => node.as_float().into(),
        Kind::Str => node.as_str().into(),
        Kind::Seq => node.items().map(to_value).collect(),
        Kind::Map => Json::Object(
            node.entries()
                .into_iter()
                .map(|e| (e.key.scalar().unwrap_or("null").to_owned(), to_value(e.value)))
                .collect(),
        ),
    }
}

/// Adds the value that is written at `at`; where it ends.
fn add(builder: &mut Builder, text: &str, at: usize, value: &serde_json::Value) -> usize {
    use serde_json::Value as Json;
    let leaf = match value {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match n.as_i64() {
            Some(i) => Value::Int(i),
            None => Value::Float(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(s) => {
            let end = token(text, at);
            builder.leaf(at, end, false, written(text, at, end, s));
            return end;
        }
        Json::Array(items) => {
            builder.open(at, false);
            let mut end = at + 1;
            for (index, item) in items.iter().enumerate() {
                end = add(builder, text, end + usize::from(index > 0), item);
            }
            builder.close(Some(end + 1));
            return end + 1;
        }
        Json::Object(map) => {
            builder.open(at, true);
            let mut end = at + 1;
            for (index, (key, value)) in map.iter().enumerate() {
                let start = end + usize::from(index > 0);
                let colon = token(text, start);
                builder.leaf(start, colon, false, written(text, start, colon, key));
                end = add(builder, text, colon + 1, value);
            }
            builder.close(Some(end + 1));
            return end + 1;
        }
    };
    let end = token(text, at);
    builder.leaf(at, end, false, leaf);
    end
}

/// A string, which need not be copied where it stands in the text as it is.
fn written(text: &str, start: usize, end: usize, string: &str) -> Value {
    let (first, last) = (start + 1, end.saturating_sub(1));
    if text.get(first..last) == Some(string) {
        Value::Raw(first as u32, last as u32)
    } else {
        Value::Text(string.into())
    }
}

/// Where the string, number or word ends that begins at `at`.
fn token(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let len = if rest.first() == Some(&b'"') {
        let mut escaped = false;
        let quote = rest.iter().skip(1).position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        quote.map(|at| at + 2)
    } else {
        rest.iter().position(|byte| matches!(byte, b',' | b']' | b'}'))
    };
    at + len.unwrap_or(rest.len())
}

/// Reads one JSON line; `Err` is what serde says of it.
pub fn parse_line(line: &str) -> Result<Arc<Tree>, String> {
    serde_json::from_str(line).map(|v| Arc::new(from_value(&v))).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let text = r#"{"a":[1,true,null,"yes"],"b":{"c":"\ud83d\ude00"}}"#;
        let tree = parse_line(text).unwrap();
        let root = tree.root().unwrap();
        assert_eq!(root.at(&["b", "c"]).unwrap().as_str(), Some("😀"));
        assert_eq!(to_value(root), serde_json::from_str::<serde_json::Value>(text).unwrap());
        assert!(parse_line("{").is_err());
    }

    #[test]
    fn a_text_is_copied_only_where_it_has_escapes() {
        let tree = parse_line(r#"{"a":"plain","b\n":["es\u0001caped","","é"]}"#).unwrap();
        let copied: Vec<&Value> =
            tree.nodes.iter().map(|node| &node.value).filter(|v| matches!(v, Value::Text(_))).collect();
        assert_eq!(copied, [&Value::Text("b\n".into()), &Value::Text("es\u{1}caped".into())]);
        assert_eq!(
            to_value(tree.root().unwrap()),
            serde_json::json!({ "a": "plain", "b\n": ["es\u{1}caped", "", "é"] })
        );
    }

    #[test]
    fn spans_are_those_of_the_text_without_blanks() {
        let text = r#"{ "a\"b": [1, -2.5e3, {}, []], "c": {"d": "x,]}\\", "e": null} }"#;
        let tree = parse_line(text).unwrap();
        let root = tree.root().unwrap();
        let source = tree.source();
        assert_eq!(source.slice(root.own_span()), source.text());
        let under = |node: crate::parse::Node<'_>| source.slice(node.own_span()).to_owned();
        let items: Vec<String> = root.get("a\"b").unwrap().items().map(under).collect();
        assert_eq!(items, ["1", "-2500.0", "{}", "[]"]);
        assert_eq!(under(root.at(&["c", "d"]).unwrap()), r#""x,]}\\""#);
        assert_eq!(under(root.get("c").unwrap().entry("e").unwrap().value), "null");
        assert_eq!(under(root.entry("c").unwrap().key), r#""c""#);
    }
}
