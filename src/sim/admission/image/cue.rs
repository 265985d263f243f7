//! What a policy in CUE says of a statement, for the plain part of the language: fields, texts, numbers, patterns, bounds,
//! `&` and `|`. Definitions, references, comprehensions, lists with items and defaults are not modelled.
//!
//! cuelang.org/docs/reference/spec; sigstore/cosign `pkg/cosign/cue` (`evaluateCue`): rule and statement are unified, and
//! what contradicts refuses. A field that the statement lacks is filled in from the rule, and so refuses nothing.

use serde_json::Value as Json;

use crate::sim::cel::{go_pattern, pattern_weight};

/// How deep values may stand in each other.
const DEPTH: usize = 64;
/// The most bytes of a policy.
const LONGEST: usize = 64 << 10;

/// The most letters of all patterns of a policy.
const PATTERNS: usize = 20_000;
/// The most steps that they may take on a text.
const WORK: usize = 1 << 25;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Sign(&'static str),
    End,
}

/// What a value has to be.
#[derive(Clone, Debug)]
enum Value {
    Any,
    Type(&'static str),
    Is(Json),
    Not(Json),
    Like(regex::Regex, bool),
    Bound(&'static str, Json),
    Struct(Vec<(String, Value)>),
    List,
    All(Vec<Value>),
    One(Vec<Value>),
}

/// Whether the statement complies; otherwise the field that contradicts. The outer error is what is not modelled.
pub fn complies(text: &str, statement: &Json) -> Result<Result<(), String>, String> {
    if text.len() > LONGEST {
        return Err("CUE: the policy is longer than 64 KiB".to_owned());
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, patterns: 0 };
    let fields = parser.fields(None)?;
    if parser.patterns.saturating_mul(longest(statement)) > WORK {
        return Err("CUE: patterns of that size on so long a text are not modelled".to_owned());
    }
    Ok(unify(&Value::Struct(fields), Some(statement), ""))
}

fn unify(value: &Value, json: Option<&Json>, path: &str) -> Result<(), String> {
    let Some(json) = json else { return Ok(()) };
    let refuse = |what: &str| Err(format!("`{path}` is {json}, {what}"));
    match value {
        Value::Any => Ok(()),
        Value::Type(name) => {
            let fits = match *name {
                "string" => json.is_string(),
                "bool" => json.is_boolean(),
                "int" => json.is_i64() || json.is_u64(),
                "float" => json.is_f64(),
                _ => json.is_number(),
            };
            if fits { Ok(()) } else { refuse(&format!("not of type {name}")) }
        }
        Value::Is(wanted) if json == wanted => Ok(()),
        Value::Is(wanted) => refuse(&format!("not {wanted}")),
        Value::Not(other) if json == other => refuse("which is left out"),
        Value::Not(_) => Ok(()),
        Value::Like(regex, wanted) => match json.as_str() {
            Some(text) if regex.is_match(text) == *wanted => Ok(()),
            Some(_) if *wanted => refuse(&format!("which does not fit the pattern {regex}")),
            Some(_) => refuse(&format!("which fits the pattern {regex}")),
            None => refuse("not a text"),
        },
        Value::Bound(sign, limit) => {
            let order = match (json, limit) {
                (Json::String(a), Json::String(b)) => Some(a.as_str().cmp(b.as_str())),
                (Json::Number(a), Json::Number(b)) => {
                    a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b))
                }
                _ => None,
            };
            let fits = order.is_some_and(|order| match *sign {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            });
            if fits { Ok(()) } else { refuse(&format!("not {sign}{limit}")) }
        }
        Value::Struct(fields) => {
            let Some(map) = json.as_object() else { return refuse("not a mapping") };
            for (key, value) in fields {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                unify(value, map.get(key), &below)?;
            }
            Ok(())
        }
        Value::List if json.is_array() => Ok(()),
        Value::List => refuse("not a list"),
        Value::All(parts) => parts.iter().try_for_each(|part| unify(part, Some(json), path)),
        Value::One(parts) => {
            let mut first = None;
            for part in parts {
                match unify(part, Some(json), path) {
                    Ok(()) => return Ok(()),
                    Err(error) => first = first.or(Some(error)),
                }
            }
            first.map_or(Ok(()), Err)
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// How large the patterns are, all together.
    patterns: usize,
}

/// The longest text of a statement.
fn longest(json: &Json) -> usize {
    match json {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(longest).max().unwrap_or(0),
        Json::Object(map) => map.values().map(longest).max().unwrap_or(0),
        _ => 0,
    }
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, sign: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(there);
        there
    }

    fn unknown<T>(what: &str) -> Result<T, String> {
        Err(format!("CUE with {what} is not modelled"))
    }

    /// Fields up to a closing brace, or to the end.
    fn fields(&mut self, until: Option<&str>) -> Result<Vec<(String, Value)>, String> {
        let mut out = Vec::new();
        loop {
            while matches!(self.peek(), Some(Token::End | Token::Sign(","))) {
                self.at += 1;
            }
            match (self.peek(), until) {
                (None, None) => return Ok(out),
                (None, Some(_)) => return Err("CUE: a brace is not closed".to_owned()),
                (Some(Token::Sign(sign)), Some(end)) if *sign == end => {
                    self.at += 1;
                    return Ok(out);
                }
                (Some(Token::Sign("...")), _) => self.at += 1,
                _ => out.push(self.field()?),
            }
        }
    }

    fn field(&mut self) -> Result<(String, Value), String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("CUE: nested too deeply".to_owned());
        }
        let label = match self.next() {
            Some(Token::Word(word)) if word == "package" => {
                self.next();
                self.depth -= 1;
                // A clause, and no field: it asks for nothing.
                return Ok((String::new(), Value::Any));
            }
            Some(Token::Word(word)) if ["let", "if", "for", "import"].contains(&word.as_str()) => {
                return Self::unknown(&format!("`{word}`"));
            }
            Some(Token::Word(word)) if word.starts_with(['_', '#']) => return Self::unknown("definitions"),
            Some(Token::Word(word) | Token::Text(word)) => word,
            _ => return Self::unknown("what is no field"),
        };
        self.take("?");
        if !self.take(":") {
            return Self::unknown("what is no field");
        }
        // `a: b: c` is short for structs in each other.
        let value = if self.is_label() { Value::Struct(vec![self.field()?]) } else { self.value()? };
        self.depth -= 1;
        Ok((label, value))
    }

    fn is_label(&self) -> bool {
        let ahead = |n: usize| self.tokens.get(self.at + n);
        let sign = |n: usize, sign: &'static str| ahead(n) == Some(&Token::Sign(sign));
        matches!(ahead(0), Some(Token::Word(_) | Token::Text(_)))
            && (sign(1, ":") || sign(1, "?") && sign(2, ":"))
    }

    fn value(&mut self) -> Result<Value, String> {
        let mut parts = vec![self.both()?];
        while self.take("|") {
            self.lines();
            parts.push(self.both()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Value::One(parts) })
    }

    fn both(&mut self) -> Result<Value, String> {
        let mut parts = vec![self.one()?];
        while self.take("&") {
            self.lines();
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Value::All(parts) })
    }

    fn lines(&mut self) {
        while self.peek() == Some(&Token::End) {
            self.at += 1;
        }
    }

    fn one(&mut self) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("CUE: nested too deeply".to_owned());
        }
        let value = match self.next() {
            Some(Token::Text(text)) => Value::Is(Json::String(text)),
            Some(Token::Number(text)) => Value::Is(number(&text)?),
            Some(Token::Word(word)) => match word.as_str() {
                "true" | "false" => Value::Is(Json::Bool(word == "true")),
                "null" => Value::Is(Json::Null),
                "_" => Value::Any,
                "string" => Value::Type("string"),
                "bool" => Value::Type("bool"),
                "int" => Value::Type("int"),
                "float" => Value::Type("float"),
                "number" => Value::Type("number"),
                _ => return Self::unknown(&format!("a reference to `{word}`")),
            },
            Some(Token::Sign("{")) => Value::Struct(self.fields(Some("}"))?),
            Some(Token::Sign("[")) => {
                if self.take("...") && self.take("]") {
                    Value::List
                } else {
                    return Self::unknown("lists that have items");
                }
            }
            Some(Token::Sign("(")) => {
                let value = self.value()?;
                if !self.take(")") {
                    return Err("CUE: a bracket is not closed".to_owned());
                }
                value
            }
            Some(Token::Sign(sign @ ("=~" | "!~"))) => match self.next() {
                Some(Token::Text(pattern)) => {
                    self.patterns = self.patterns.saturating_add(pattern_weight(&pattern));
                    if self.patterns > PATTERNS {
                        return Err(format!(
                            "CUE: patterns of more than {PATTERNS} letters, repetitions written out, are not modelled"
                        ));
                    }
                    Value::Like(go_pattern(&pattern)?, sign == "=~")
                }
                _ => return Self::unknown("a pattern that is no text"),
            },
            Some(Token::Sign("!=")) => Value::Not(self.literal()?),
            Some(Token::Sign(sign @ ("<" | "<=" | ">" | ">="))) => Value::Bound(sign, self.literal()?),
            other => return Self::unknown(&format!("{other:?}")),
        };
        self.depth -= 1;
        match self.peek() {
            None | Some(Token::End | Token::Sign("," | "}" | ")" | "|" | "&")) => Ok(value),
            Some(_) => Self::unknown("an expression"),
        }
    }

    fn literal(&mut self) -> Result<Json, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Json::String(text)),
            Some(Token::Number(text)) => number(&text),
            _ => Self::unknown("a bound that is no literal"),
        }
    }
}

fn number(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).map_err(|_| format!("CUE with the number {text} is not modelled"))
}

const SIGNS: &[&str] =
    &["...", "=~", "!~", "!=", "<=", ">=", "<", ">", "{", "}", "[", "]", "(", ")", ":", ",", "|", "&", "?"];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '\n' {
            out.push(Token::End);
            rest = &rest[1..];
        } else if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
        } else if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |at| &rest[at..]);
        } else if c == '"' {
            let (string, after) = string(rest)?;
            out.push(Token::Text(string));
            rest = after;
        } else if c.is_ascii_digit() || c == '-' {
            let end =
                rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |at| at + 1);
            out.push(Token::Number(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if c.is_alphabetic() || matches!(c, '_' | '$' | '#') {
            let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#');
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            out.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            out.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            return Parser::unknown(&format!("`{c}`"));
        }
    }
    Ok(out)
}

/// A text in quotes, and what follows it.
fn string(rest: &str) -> Result<(String, &str), String> {
    if rest.starts_with("\"\"\"") {
        return Parser::unknown("texts of several lines");
    }
    let mut out = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &rest[at + 1..])),
            '\n' => break,
            '\\' => match chars.next().map(|(_, c)| c) {
                Some(c @ ('"' | '\\' | '/')) => out.push(c),
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                _ => return Parser::unknown("such an escape in a text"),
            },
            c => out.push(c),
        }
    }
    Err("CUE: a text is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rule_and_statement_are_unified() {
        let statement =
            json!({ "predicate": { "n": 3, "repo": "https://g.test/a/b", "at": "2026-11-01", "ok": true } });
        for (rule, wanted) in [
            ("predicate: repo: \"https://g.test/a/b\"", true),
            ("predicate: repo: \"https://g.test/a\"", false),
            ("predicate: { repo: =~\"^https://g[.]test/\"\n n: >=3 & <4 }", true),
            ("predicate: repo: =~\"^g\"", false),
            ("predicate: repo: !~\"evil\"", true),
            ("predicate: n: 1 | 2", false),
            ("predicate: n: 1 | 3, predicate: ok: true", true),
            ("predicate: at: >\"2026-10-01\" // a date", true),
            ("predicate: at: >\"2026-12-01\"", false),
            ("predicate: n: string", false),
            ("predicate: n: int\npredicate: n: !=4", true),
            // What is missing is filled in, and refuses nothing.
            ("predicate: missing: \"x\"", true),
            ("predicate: repo: deeper: 1", false),
            ("\"predicate\"?: { ... }", true),
            ("package rules\n\npredicate: ok: true", true),
        ] {
            let found = complies(rule, &statement);
            assert_eq!(found.as_ref().map(Result::is_ok), Ok(wanted), "{rule}: {found:?}");
        }
        for rule in [
            "#Def: 1",
            "a: b",
            "let x = 1",
            "a: [1]",
            "a: *1 | 2",
            "a: \"\\(x)\"",
            "a: {",
            "if true {}",
            "a: 1 + 1",
            "a: \"x",
            "a",
            ":",
        ] {
            assert!(complies(rule, &statement).is_err(), "{rule}");
        }
        let deep = format!("{}1", "a: ".repeat(5000));
        assert!(complies(&deep, &statement).is_err());
        assert!(complies(&"(".repeat(5000), &statement).is_err());
    }
}
