//! Templates of a `GeneratingPolicy`: YAML in which `((…))` is CEL.
//!
//! kyverno `pkg/cel/policies/gpol/template/template.go`: a placeholder that is the whole of a value may be anything, one
//! within a text must be a scalar. An escaped placeholder is not modelled.

use serde_json::Value as Json;

use super::compiled::{Code, Compiler};
use super::spec::{Fault, Text};
use crate::parse::{Limits, json, yaml};
use crate::sim::cel::{Machine, Trouble};
use crate::text::Source;

/// A template: its documents, and what is filled in.
#[derive(Clone, Debug)]
pub struct Template {
    documents: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Plain(Json),
    Map(Vec<(String, Part)>),
    List(Vec<Part>),
    Whole(Code),
    Mixed(Vec<Piece>),
}

#[derive(Clone, Debug)]
enum Piece {
    Plain(String),
    Code(Code),
}

impl Template {
    /// Reads a template and compiles what is in it.
    pub fn compile(compiler: &Compiler, text: &Text<'_>, cel: bool) -> Result<Self, Fault> {
        let (tree, findings) =
            yaml::parse(&Source::lone("template", text.text.clone()), Limits::submission());
        if let Some(finding) = findings.first() {
            return Err(Fault::at(text.node, format!("failed to parse YAML: {}", finding.title)));
        }
        let mut documents = Vec::new();
        for document in tree.documents() {
            match json::to_value(document) {
                Json::Null => {}
                json @ Json::Object(_) => documents.push(part(compiler, text, &json, cel)?),
                Json::String(one) if cel && one.trim().starts_with("((") => {
                    documents.push(part(compiler, text, &Json::String(one.trim().to_owned()), cel)?);
                }
                _ => return Err(Fault::at(text.node, "a document must be a mapping describing a resource")),
            }
        }
        if documents.is_empty() {
            return Err(Fault::at(text.node, "template must contain at least one YAML document"));
        }
        Ok(Self { documents })
    }

    /// Fills it in.
    pub fn render(&self, machine: &mut Machine) -> Result<Vec<Json>, Trouble> {
        self.documents.iter().map(|part| part.render(machine)).collect()
    }
}

fn part(compiler: &Compiler, text: &Text<'_>, json: &Json, cel: bool) -> Result<Part, Fault> {
    Ok(match json {
        json if !cel => Part::Plain(json.clone()),
        Json::Object(map) => {
            let mut out = Vec::new();
            for (key, value) in map {
                if key.contains("((") {
                    return Err(Fault::at(text.node, "placeholders are not supported in mapping keys"));
                }
                out.push((key.clone(), part(compiler, text, value, cel)?));
            }
            Part::Map(out)
        }
        Json::Array(items) => {
            Part::List(items.iter().map(|i| part(compiler, text, i, cel)).collect::<Result<_, _>>()?)
        }
        Json::String(scalar) if scalar.contains("((") => pieces(compiler, text, scalar)?,
        other => Part::Plain(other.clone()),
    })
}

fn pieces(compiler: &Compiler, text: &Text<'_>, scalar: &str) -> Result<Part, Fault> {
    if scalar.contains("\\((") {
        return Err(Fault::at(text.node, "not modelled: an escaped placeholder"));
    }
    let mut out = Vec::new();
    let mut rest = scalar;
    while let Some(at) = rest.find("((") {
        if at > 0 {
            out.push(Piece::Plain(rest[..at].to_owned()));
        }
        let inside = &rest[at + 2..];
        let end = closing(inside).ok_or_else(|| Fault::at(text.node, "a placeholder that does not end"))?;
        let expression = Text { text: inside[..end].trim().to_owned(), node: text.node };
        out.push(Piece::Code(compiler.code(&expression, "a value", |_| true)?));
        rest = &inside[end + 2..];
    }
    if !rest.is_empty() {
        out.push(Piece::Plain(rest.to_owned()));
    }
    Ok(match out.as_slice() {
        [Piece::Code(code)] => Part::Whole(code.clone()),
        _ => Part::Mixed(out),
    })
}

/// Where `))` ends a placeholder: brackets within it are pairs, and strings are skipped.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_u32, None);
    let mut before = '\0';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth > 0 => depth -= 1,
            (None, ')') if text[at..].starts_with("))") => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}

impl Part {
    fn render(&self, machine: &mut Machine) -> Result<Json, Trouble> {
        machine.charge(1)?;
        Ok(match self {
            Self::Plain(json) => json.clone(),
            Self::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), value.render(machine)?)))
                    .collect::<Result<_, Trouble>>()?,
            ),
            Self::List(items) => {
                Json::Array(items.iter().map(|i| i.render(machine)).collect::<Result<_, _>>()?)
            }
            Self::Whole(code) => machine.run(code)?.json().map_err(Trouble::Error)?,
            Self::Mixed(pieces) => {
                let mut out = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Plain(text) => out.push_str(text),
                        Piece::Code(code) => match machine.run(code)?.json().map_err(Trouble::Error)? {
                            Json::String(text) => out.push_str(&text),
                            scalar @ (Json::Bool(_) | Json::Number(_)) => out.push_str(&scalar.to_string()),
                            _ => {
                                return Err(Trouble::error(
                                    "a placeholder embedded in a string must evaluate to a scalar",
                                ));
                            }
                        },
                    }
                }
                Json::String(out)
            }
        })
    }
}
