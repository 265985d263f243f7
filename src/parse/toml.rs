//! TOML to the same tree as YAML; the parser is the `toml` crate's, which keeps spans and goes on after errors.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{Builder, Tree, Value};
use super::{Limits, MOST};
use crate::text::{Finding, Source};

/// Reads `source`: one document, always a mapping.
pub fn parse(source: &Arc<Source>, limits: Limits) -> (Tree, Vec<Finding>) {
    parse_part(source, 0, source.text().len(), limits)
}

/// Reads the part `start..end` of `source`, with spans of the whole: the header of a lesson.
pub fn parse_part(source: &Arc<Source>, start: usize, end: usize, limits: Limits) -> (Tree, Vec<Finding>) {
    let mut builder = Builder::new(Arc::clone(source));
    let text = source.text().get(start..end).unwrap_or("");
    if text.len() > limits.file {
        let finding =
            Finding::error("file-too-large", "file is too large", source.span(0, 0)).help("split the file");
        builder.end_document(0);
        return (builder.done(), vec![finding]);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut findings: Vec<Finding> = errors
        .iter()
        .take(MOST)
        .map(|error| {
            let at = error.span().unwrap_or(0..0);
            Finding::error("toml-syntax", "not valid TOML", source.span(start + at.start, start + at.end))
                .detail(error.message().to_owned())
                .help("mend the syntax here")
        })
        .collect();
    if let Some(next) = errors.get(MOST) {
        findings.push(super::too_many(source, start + next.span().map_or(0, |at| at.start)));
    }
    let span = table.span();
    map(&mut builder, start, span, table.get_ref(), text);
    builder.end_document(start);
    (builder.done(), findings)
}

fn map(builder: &mut Builder, base: usize, span: std::ops::Range<usize>, table: &DeTable<'_>, text: &str) {
    builder.open(base + span.start, true);
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let at = key.span();
        let name: &str = key.get_ref();
        builder.leaf(base + at.start, base + at.end, true, Value::Text(name.into()));
        self::value(builder, base, value, text);
    }
    builder.close(Some(base + span.end));
}

fn value(builder: &mut Builder, base: usize, value: &Spanned<DeValue<'_>>, text: &str) {
    let span = value.span();
    let leaf = match value.get_ref() {
        DeValue::String(s) => Value::Text((&**s).into()),
        DeValue::Integer(i) => i64::from_str_radix(i.as_str(), i.radix()).map_or(Value::Null, Value::Int),
        DeValue::Float(f) => f.as_str().parse().map_or(Value::Null, Value::Float),
        DeValue::Boolean(b) => Value::Bool(*b),
        DeValue::Datetime(d) => Value::Text(d.to_string().into()),
        DeValue::Array(items) => {
            builder.open(base + span.start, false);
            for item in items {
                self::value(builder, base, item, text);
            }
            builder.close(Some(base + span.end));
            return;
        }
        DeValue::Table(table) => return map(builder, base, span, table, text),
    };
    builder.leaf(base + span.start, base + span.end, false, leaf);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Kind;

    #[test]
    fn tables_and_their_places() {
        let text =
            "id = \"a\"\n[[question]]\nid = \"q\"\nkey_lines = [1, 2]\ncode = { language = \"yaml\" }\n";
        let source = Source::lone("t.toml", text);
        let (tree, findings) = parse(&source, Limits::default());
        assert!(findings.is_empty());
        let root = tree.root().unwrap();
        let question = root.get("question").unwrap().items().next().unwrap();
        assert_eq!(question.get("id").unwrap().as_str(), Some("q"));
        assert_eq!(source.position(question.get("id").unwrap().span().start).to_string(), "3:6");
        assert_eq!(question.at(&["code", "language"]).unwrap().as_str(), Some("yaml"));
        assert_eq!(question.get("key_lines").unwrap().kind(), Kind::Seq);
    }

    #[test]
    fn errors_are_gathered_and_the_rest_is_read() {
        let source = Source::lone("t.toml", "a = \nb = 2\nb = 3\n[c\n");
        let (tree, findings) = parse(&source, Limits::default());
        assert!(findings.len() >= 2, "{findings:?}");
        assert_eq!(tree.root().unwrap().get("b").unwrap().as_int(), Some(2));
    }
}
