//! JSON to the same tree as YAML, for JSON lines: no spans beyond the whole line.
//!
//! Files that hold JSON are read by [`super::yaml`], which keeps positions; this is for values that are JSON by
//! contract (machine interfaces), where `\ud83d\ude00` and `1.0` mean what JSON says.

use std::sync::Arc;

use super::tree::{Builder, Tree, Value};
use crate::text::Source;

/// The tree of a JSON value.
pub fn from_value(value: &serde_json::Value) -> Tree {
    let mut builder = Builder::new(Source::lone("<json>", value.to_string()));
    add(&mut builder, value);
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

fn add(builder: &mut Builder, value: &serde_json::Value) {
    use serde_json::Value as Json;
    let end = builder.tree().source().text().len();
    let leaf = match value {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match n.as_i64() {
            Some(i) => Value::Int(i),
            None => Value::Float(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(s) => Value::Text(s.as_str().into()),
        Json::Array(items) => {
            builder.open(0, false);
            for item in items {
                add(builder, item);
            }
            builder.close(Some(end));
            return;
        }
        Json::Object(map) => {
            builder.open(0, true);
            for (key, value) in map {
                builder.leaf(0, end, false, Value::Text(key.as_str().into()));
                add(builder, value);
            }
            builder.close(Some(end));
            return;
        }
    };
    builder.leaf(0, end, false, leaf);
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
}
