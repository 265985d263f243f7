//! Scalars as the API server decodes them: by type, without coercion.

use crate::parse::{Kind, Node};

/// Floats from here on are written with an exponent in JSON, which an integer field refuses.
const EXPONENT_FROM: f64 = 1e21;

/// A boolean field's value. A quoted `"true"` is a string, which the API server refuses.
pub fn boolean(node: Node<'_>) -> Option<bool> {
    node.as_bool()
}

/// An integer field's value. YAML's `1e3` and `0.0` count: `sigs.k8s.io/yaml` turns them into the JSON `1000` and
/// `0` before the API server decodes them.
pub fn integer(node: Node<'_>) -> Option<i64> {
    match node.kind() {
        Kind::Int => node.as_int(),
        Kind::Float => node
            .as_float()
            .filter(|f| f.fract() == 0.0 && f.abs() < EXPONENT_FROM && f.abs() < i64::MAX as f64)
            .map(|f| f as i64),
        _ => None,
    }
}

/// A string field's value; `yes` without quotes is a boolean, which the API server refuses.
pub fn string(node: Node<'_>) -> Option<&str> {
    node.as_str()
}

/// A mapping.
pub fn mapping(node: Node<'_>) -> Option<Node<'_>> {
    (node.kind() == Kind::Map).then_some(node)
}

/// A list.
pub fn list(node: Node<'_>) -> Option<Node<'_>> {
    (node.kind() == Kind::Seq).then_some(node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, yaml};
    use crate::text::Source;

    #[test]
    fn nothing_is_coerced_but_whole_floats() {
        let source = Source::lone("t", "a: \"true\"\nb: 0.0\nc: 1e3\nd: 1.5\ne: yes\nf: \"0\"\n");
        let (tree, _) = yaml::parse(&source, Limits::default());
        let get = |key: &str| tree.root().and_then(|r| r.get(key)).unwrap();
        assert_eq!(boolean(get("a")), None);
        assert_eq!(integer(get("b")), Some(0));
        assert_eq!(integer(get("c")), Some(1000));
        assert_eq!(integer(get("d")), None);
        assert_eq!((boolean(get("e")), string(get("e"))), (Some(true), None));
        assert_eq!(integer(get("f")), None);
    }
}
