//! What a place in a file is called without its line: what it stands in, and the path from there.
//!
//! A line moves with every edit above it; this does not, so that other tools recognise a finding.

use super::file::{File, Parsed};
use crate::model::Object;
use crate::model::stage::Stages;
use crate::parse::dockerfile::Dockerfile;
use crate::parse::{Kind, Node, Tree};
use crate::text::{Source, Span};

/// A place, by what it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// The object (`Deployment web/shop`), or the stage of a Dockerfile; may be empty.
    pub object: String,
    /// The path in it (`spec.containers[app].image`); where a file has no paths, the line's text.
    pub path: String,
}

impl Anchor {
    /// What `span` of this file is called.
    pub fn of(file: &File, span: Span) -> Self {
        match &file.parsed {
            Parsed::Tree(tree) => in_tree(tree, span),
            Parsed::Dockerfile(dockerfile) => {
                Self { object: stage(dockerfile, span), path: line(&file.source, span) }
            }
            Parsed::Text => Self { object: String::new(), path: line(&file.source, span) },
        }
    }
}

fn line(source: &Source, span: Span) -> String {
    source.line(source.position(span.start).line).trim().to_owned()
}

fn stage(file: &Dockerfile, span: Span) -> String {
    let stages = Stages::of(file);
    let stage = stages.all.iter().rev().find(|s| s.from.span.start <= span.start);
    stage.map_or_else(String::new, |s| match s.name() {
        Some(name) => format!("stage {name}"),
        None => format!("stage {}", s.index),
    })
}

fn in_tree(tree: &Tree, span: Span) -> Anchor {
    let Some(mut node) = tree.documents().find(|d| holds(*d, span)) else {
        return Anchor { object: String::new(), path: line(tree.source(), span) };
    };
    let mut object = title(node);
    let mut path = String::new();
    let mut listed = false;
    // Each step leads into a smaller node; an alias is where the walk ends, for what it names stands elsewhere.
    while node.span() == node.own_span() {
        let next = match node.kind() {
            Kind::Map => {
                let step = node.own_entries().find(|entry| {
                    // An empty span at a key is where another key would go: it belongs to the mapping.
                    holds(entry.value, span) || holds(entry.key, span) && span.start < span.end
                });
                let Some(entry) = step else { break };
                let key = entry.key.scalar().unwrap_or("?");
                if !path.is_empty() {
                    path.push('.');
                }
                path += key;
                listed = path == "items";
                if !holds(entry.value, span) {
                    break;
                }
                entry.value
            }
            Kind::Seq => {
                let Some((index, item)) = node.items().enumerate().find(|(_, i)| holds(*i, span)) else {
                    break;
                };
                if listed && item.get("kind").is_some() {
                    // One of a `List`: an object of its own.
                    object = title(item);
                    path.clear();
                } else {
                    match item.get("name").and_then(Node::scalar) {
                        Some(name) => path += &format!("[{name}]"),
                        None => path += &format!("[{index}]"),
                    }
                }
                listed = false;
                item
            }
            _ => break,
        };
        node = next;
    }
    Anchor { object, path }
}

fn title(node: Node<'_>) -> String {
    let object = Object::new(node);
    if object.kind().is_some() { object.title() } else { String::new() }
}

fn holds(node: Node<'_>, span: Span) -> bool {
    let own = node.own_span();
    own.start <= span.start && span.end <= own.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Limits;

    fn anchor(name: &str, text: &str, at: &str) -> (String, String) {
        let source = Source::lone(name, text);
        let start = text.find(at).unwrap();
        let anchor =
            Anchor::of(&File::read(&source, Limits::default()), source.span(start, start + at.len()));
        (anchor.object, anchor.path)
    }

    fn of(object: &str, path: &str) -> (String, String) {
        (object.to_owned(), path.to_owned())
    }

    #[test]
    fn a_place_is_called_by_its_object_and_path() {
        let pod = "kind: Pod\nmetadata: {name: a, namespace: web}\nspec:\n  containers:\n  - name: c\n    ports: [1, 2]\n";
        assert_eq!(anchor("a.yaml", pod, "2]"), of("Pod web/a", "spec.containers[c].ports"));
        assert_eq!(anchor("a.yaml", pod, "2"), of("Pod web/a", "spec.containers[c].ports[1]"));
        assert_eq!(anchor("a.yaml", pod, "ports"), of("Pod web/a", "spec.containers[c].ports"));
        let source = Source::lone("a.yaml", pod);
        let at = pod.find("containers").unwrap();
        let missing = Anchor::of(&File::read(&source, Limits::default()), source.span(at, at));
        assert_eq!(missing.path, "spec", "where a missing key would go");
        let list = format!("kind: List\nitems:\n- {}", pod.trim_end().replace('\n', "\n  "));
        assert_eq!(anchor("a.yaml", &list, "ports"), of("Pod web/a", "spec.containers[c].ports"));
        let two = format!("{pod}---\nkind: Pod\nmetadata:\n  name: second\n");
        assert_eq!(anchor("a.yaml", &two, "second"), of("Pod second", "metadata.name"));
    }

    #[test]
    fn files_without_paths_have_their_line_and_nothing_is_walked_in_circles() {
        let docker = "FROM a AS base\nRUN x\nFROM b\nUSER  root\n";
        assert_eq!(anchor("Dockerfile", docker, "x"), of("stage base", "RUN x"));
        assert_eq!(anchor("Dockerfile", docker, "root"), of("stage 1", "USER  root"));
        assert_eq!(anchor("a.yaml", "a: &a [1, *a]\n", "*a").1, "a[1]");
        assert_eq!(anchor("a.yaml", "a: &a {b: 1}\nc: *a\n", "*a").1, "c");
    }
}
