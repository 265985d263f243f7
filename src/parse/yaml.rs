//! YAML to a spanned tree, read as Kubernetes reads it.
//!
//! The events are granit-parser's; what plain scalars mean is decided in `scalar`, everything else here. Duplicate keys
//! are errors as in the API server's strict decoding, with both places.

mod anchors;
mod twins;

use std::borrow::Cow;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle};

use super::scalar::resolve;
use super::tree::{Builder, Tree, Value};
use super::{Limits, MOST};
use crate::text::{Finding, Severity, Source};
use anchors::{Anchors, Named};

/// Reads all documents of `source`. After an error the reading goes on with the next document.
pub fn parse(source: &Arc<Source>, limits: Limits) -> (Tree, Vec<Finding>) {
    let mut reader = Reader::new(source, limits);
    if source.text().len() > limits.file {
        let title = format!("file is larger than {} KiB", limits.file >> 10);
        reader.findings.push(
            Finding::error("file-too-large", title, source.span(0, 0))
                .detail(format!("{} bytes", source.text().len()))
                .help("split the file"),
        );
        return (reader.builder.done(), reader.findings);
    }
    reader.run();
    let (tree, mut findings) = (reader.builder.done(), reader.findings);
    for root in tree.documents().filter(|_| tree.has_twins()) {
        if findings.len() < MOST {
            twins::find(root, &mut findings);
        }
    }
    findings.sort_by_key(|f| f.primary.span.start);
    (tree, findings)
}

struct Reader<'s> {
    source: &'s Arc<Source>,
    limits: Limits,
    builder: Builder,
    findings: Vec<Finding>,
    anchors: Anchors,
}

impl<'s> Reader<'s> {
    fn new(source: &'s Arc<Source>, limits: Limits) -> Self {
        Self {
            source,
            limits,
            builder: Builder::new(Arc::clone(source)),
            findings: Vec::new(),
            anchors: Anchors::default(),
        }
    }

    fn run(&mut self) {
        let text = self.source.text();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let bom = self.source.text().len() - text.len();
        let mut parser = Parser::new_from_str(text);
        let mut in_document = false;
        loop {
            let (event, span) = match parser.next_event() {
                None => break,
                Some(Ok(next)) => next,
                Some(Err(error)) => {
                    let at = error.marker().byte_offset().unwrap_or(0) + bom;
                    self.syntax_error(&error.info(), at);
                    if in_document {
                        self.end_document(at);
                        in_document = false;
                    }
                    if self.findings.len() >= MOST {
                        self.findings.push(super::too_many(self.source, at));
                        break;
                    }
                    match parser.proceed_next_document() {
                        Ok(true) => continue,
                        _ => break,
                    }
                }
            };
            let range = span.byte_range().unwrap_or(0..0);
            match event {
                Event::DocumentStart(..) => {
                    in_document = true;
                    self.anchors.begin_document();
                }
                Event::DocumentEnd => {
                    self.end_document(range.start + bom);
                    in_document = false;
                }
                event => {
                    let flow = text.get(range.clone()).is_some_and(|t| t == "]" || t == "}");
                    let goes_on = self.event(event, range.start + bom, range.end + bom, flow);
                    if !goes_on {
                        self.builder.end_document(range.start + bom);
                        return;
                    }
                }
            }
        }
    }

    fn end_document(&mut self, at: usize) {
        self.builder.end_document(at);
        self.anchors.end_document();
    }

    /// Takes an event inside a document; `flow` where it is a bracket or brace that closes. False ends the reading: a
    /// limit is passed.
    fn event(&mut self, event: Event<'_>, start: usize, end: usize, flow: bool) -> bool {
        match event {
            Event::SequenceStart(_, anchor, _) => return self.enter(start, false, anchor),
            Event::MappingStart(_, anchor, _) => return self.enter(start, true, anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(id) = self.builder.close(flow.then_some(end)) {
                    self.anchors.close(id);
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let string_tag = tag.as_ref().is_some_and(|t| t.core_suffix() == Some("str"));
                let plain = style == ScalarStyle::Plain && !string_tag;
                let value = self.scalar(text, plain, style, start, end);
                let id = self.builder.leaf(start, end, plain, value);
                self.anchors.leaf(anchor, id);
            }
            Event::Alias(anchor) => return self.alias(anchor, start, end),
            _ => {}
        }
        true
    }

    fn alias(&mut self, anchor: usize, start: usize, end: usize) -> bool {
        let place = self.source.span(start, end);
        match self.anchors.alias(anchor) {
            Named::Nothing => {}
            Named::Itself => {
                self.findings.push(
                    Finding::error("alias-cycle", "alias refers to what it stands in", place)
                        .help("write the value out"),
                );
                self.builder.leaf(start, end, true, Value::Null);
            }
            Named::Node(target) => {
                self.builder.leaf(start, end, false, Value::Alias(target));
            }
        }
        if self.anchors.expanded() <= self.limits.expanded {
            return true;
        }
        self.findings.push(
            Finding::error("alias-bomb", "aliases expand to too many nodes", place)
                .detail(format!("more than {} nodes", self.limits.expanded))
                .help("write the values out, or share less"),
        );
        false
    }

    /// Opens a collection; false where that would be too deep.
    fn enter(&mut self, start: usize, map: bool, anchor: usize) -> bool {
        if self.builder.depth() >= self.limits.depth {
            let place = self.source.span(start, start + 1);
            self.findings.push(
                Finding::error("too-deep", "collections are nested too deeply", place)
                    .detail(format!("more than {} levels", self.limits.depth))
                    .help("flatten the document"),
            );
            return false;
        }
        let id = self.builder.open(start, map);
        self.anchors.open(anchor, id);
        true
    }

    fn scalar(&self, text: Cow<'_, str>, plain: bool, style: ScalarStyle, start: usize, end: usize) -> Value {
        if plain && let Some(value) = resolve(&text) {
            return value;
        }
        let source = self.source.text();
        // Quotes are one byte each, so that an unescaped quoted string stands in the source as it is.
        let inner = if style == ScalarStyle::Plain {
            (start, end)
        } else {
            (start + 1, end.saturating_sub(1).max(start + 1))
        };
        if source.get(inner.0..inner.1) == Some(&*text) {
            return Value::Raw(inner.0 as u32, inner.1 as u32);
        }
        Value::Text(text.into())
    }

    fn syntax_error(&mut self, message: &str, at: usize) {
        let text = self.source.text();
        let at = at.min(text.len());
        let end = text.get(at..).and_then(|t| t.chars().next()).map_or(at, |c| at + c.len_utf8());
        let line = self.source.position(at as u32).line;
        let help = if self.source.line(line).trim_start_matches(' ').starts_with('\t') {
            "indent with blanks; YAML allows no tab there"
        } else if text.contains("{{") {
            "render the template first (helm template, kustomize build)"
        } else {
            "mend the syntax here or on the line before"
        };
        self.findings.push(
            Finding::new("yaml-syntax", Severity::Error, "not valid YAML", self.source.span(at, end))
                .detail(message.to_owned())
                .help(help),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Node};
    use super::*;
    use crate::text::{Sources, snippet};

    fn read(text: &str) -> (Tree, Vec<Finding>) {
        parse(&Source::lone("t.yaml", text), Limits::default())
    }

    #[test]
    fn scalars_resolve_as_kubernetes_resolves_them() {
        let cases = [
            ("yes", Kind::Bool),
            ("Off", Kind::Bool),
            ("y", Kind::Bool),
            ("true", Kind::Bool),
            ("tRue", Kind::Str),
            ("~", Kind::Null),
            ("null", Kind::Null),
            ("", Kind::Null),
            ("\"yes\"", Kind::Str),
            ("'1'", Kind::Str),
            ("1", Kind::Int),
            ("-0x1F", Kind::Int),
            ("0777", Kind::Int),
            ("1_000", Kind::Int),
            ("22:22", Kind::Str),
            ("1e3", Kind::Float),
            (".5", Kind::Float),
            ("1.", Kind::Float),
            ("1.2.3", Kind::Str),
            ("v1", Kind::Str),
            ("2026-01-01", Kind::Str),
            ("500m", Kind::Str),
            ("!!str yes", Kind::Str),
            (".", Kind::Str),
            ("-", Kind::Seq),
            ("0888", Kind::Float),
            ("1e", Kind::Str),
            ("+", Kind::Str),
        ];
        for (text, kind) in cases {
            let (tree, findings) = read(&format!("a: {text}\n").replace("a: -\n", "a:\n- \n"));
            assert!(findings.is_empty(), "{text}: {findings:?}");
            assert_eq!(tree.root().unwrap().entry("a").unwrap().value.kind(), kind, "{text}");
        }
        let (tree, _) = read("mode: 0644\nbig: 9223372036854775808\n");
        assert_eq!(tree.root().unwrap().get("mode").unwrap().as_int(), Some(420));
        assert_eq!(tree.root().unwrap().get("big").unwrap().kind(), Kind::Float);
    }

    #[test]
    fn spans_are_exact() {
        let text = "a:\n  b: [x, 'y']\n  c: >\n    folded\n    text\nd: \"q\\n\"\n";
        let (tree, findings) = read(text);
        assert!(findings.is_empty());
        let root = tree.root().unwrap();
        let slice = |n: Node<'_>| &text[n.span().range()];
        assert_eq!(slice(root.at(&["a", "b"]).unwrap()), "[x, 'y']");
        let y = root.at(&["a", "b"]).unwrap().items().nth(1).unwrap();
        assert_eq!((slice(y), y.as_str()), ("'y'", Some("y")));
        assert_eq!(root.at(&["a", "c"]).unwrap().as_str(), Some("folded text\n"));
        assert_eq!(root.get("d").unwrap().as_str(), Some("q\n"));
        assert_eq!(y.path(), "a.b[1]");
        assert_eq!(root.at(&["a"]).unwrap().missing("z").path, "a.z");
    }

    #[test]
    fn anchors_and_merge_keys_point_at_what_sets_the_value() {
        let (tree, findings) = read("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nalso: *b\n");
        assert!(findings.is_empty(), "{findings:?}");
        let used = tree.root().unwrap().get("use").unwrap();
        assert_eq!(used.get("x").unwrap().as_int(), Some(1));
        assert_eq!(used.get("y").unwrap().as_int(), Some(3));
        assert_eq!(used.entries().len(), 2);
        assert_eq!(tree.root().unwrap().at(&["also", "y"]).unwrap().as_int(), Some(2));
    }

    #[test]
    fn a_key_set_twice_names_both_places() {
        let sources = Sources::new();
        let source = sources.add("pod.yaml", "a: 1\nb: 2\na: 3\n");
        let (_, findings) = parse(&source, Limits::default());
        assert_eq!(findings.len(), 1);
        let shown = snippet::render(&findings[0], &sources);
        assert!(shown.contains("pod.yaml:3:1") && shown.contains("pod.yaml:1:1"), "{shown}");
        let many: String = (0..40).map(|i| format!("k{i}: 1\n")).chain(["k7: 2\n".to_owned()]).collect();
        assert_eq!(read(&many).1.len(), 1);
    }

    #[test]
    fn a_key_is_found_however_it_is_written_and_whatever_is_beside_it() {
        // `a1c` and `abc` have the same length and ends, as keys that no mark tells apart.
        let text = "a1c: 1\nabc: 2\n\"a\\x64c\": 3\ntrue: 4\n0x10: 5\n&k key: 6\nin: { *k : 7 }\n? {x: 1}\n: 8\n~: 9\n";
        let (tree, findings) = read(text);
        assert!(findings.is_empty(), "{findings:?}");
        let root = tree.root().unwrap();
        let keys = ["a1c", "abc", "adc", "true", "0x10", "key"];
        for (number, key) in keys.iter().enumerate() {
            assert_eq!(root.get(key).unwrap().as_int(), Some(number as i64 + 1), "{key}");
        }
        assert_eq!(root.at(&["in", "key"]).unwrap().as_int(), Some(7));
        for absent in ["a2c", "false", "16", "~", "null", "x", "", "<<"] {
            assert!(root.entry(absent).is_none(), "{absent}");
        }
        let many = (0..300).fold(String::new(), |text, n| text + &format!("k{n}: {n}\n"));
        let (tree, findings) = read(&many);
        assert!(findings.is_empty());
        assert!((0..300).all(|n| tree.root().unwrap().get(&format!("k{n}")).unwrap().as_int() == Some(n)));
        let (_, findings) = read(&format!("{many}k7: 1\n"));
        assert_eq!((findings.len(), findings[0].code.as_ref()), (1, "duplicate-key"));
    }

    #[test]
    fn several_documents_survive_a_broken_one() {
        let (tree, findings) = read("\u{feff}a: 1\r\n--- # two\nb: [1\n---\nc: 3\n...\n# only a comment\n");
        assert_eq!(findings.len(), 1, "{findings:?}");
        let kinds: Vec<_> = tree.documents().map(Node::kind).collect();
        assert_eq!(kinds.first(), Some(&Kind::Map));
        assert!(tree.documents().any(|d| d.get("c").is_some()), "{kinds:?}");
        assert!(read("data: |\n  ---\n  x\n").0.documents().len() == 1);
    }

    #[test]
    fn hostile_documents_end_in_a_finding() {
        let bomb = (1..10).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |mut text, i| {
            use std::fmt::Write;
            let p = i - 1;
            let _ =
                writeln!(text, "a{i}: &a{i} [*a{p},*a{p},*a{p},*a{p},*a{p},*a{p},*a{p},*a{p},*a{p},*a{p}]");
            text
        });
        let code = |text: &str| read(text).1.first().map(|f| f.code.to_string());
        assert_eq!(code(&bomb).as_deref(), Some("alias-bomb"));
        assert_eq!(code("a: &a [*a]\n").as_deref(), Some("alias-cycle"));
        assert!(code(&"[".repeat(100_000)).is_some());
        let deep: String = (0..3000).map(|i| " ".repeat(i) + "a:\n").collect();
        assert!(code(&deep).is_some());
        assert!(code("a:\n\tb: 1\n").is_some());
        assert!(code("a: \"open\n").is_some());
        assert!(code("a:\n   b: 1\n  c: 2\n").is_some());
        assert!(code("a: \0\n").is_some());
    }
}
