//! Falco's rule files: their items, and the conditions as trees. No judgement.
//!
//! The grammar is that of falcosecurity/libs, `userspace/libsinsp/filter/parser.h`: `or` of `and` of terms; a term is
//! `not` and a term, a pair of parentheses, a field with an operator, or a name that stands for a macro.

use std::collections::BTreeMap;

use super::value;
use crate::parse::Node;

/// How deep parentheses and macros are followed.
const DEPTH: usize = 40;
/// How many nodes of conditions are looked at for one question; macros can name macros twice over.
const STEPS: usize = 20_000;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Each of them.
    And(Vec<Condition>),
    /// One of them.
    Or(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// A field, its operator and the values it is compared with.
    Compare(String, String, Vec<String>),
    /// What a macro of this name says.
    Macro(String),
}

/// A condition's text as a tree; `None` where it is none.
pub fn condition(text: &str) -> Option<Condition> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0 };
    let out = parser.any(0)?;
    (parser.next == tokens.len()).then_some(out)
}

impl Condition {
    /// Itself and all conditions within it.
    pub fn parts(&self) -> Vec<&Self> {
        let mut out = vec![self];
        let mut next = 0;
        while let Some(part) = out.get(next).copied() {
            match part {
                Self::And(parts) | Self::Or(parts) => out.extend(parts),
                Self::Not(part) => out.push(part),
                Self::Compare(..) | Self::Macro(_) => {}
            }
            next += 1;
        }
        out
    }
}

/// The macros of a rule file with their conditions.
#[derive(Clone, Debug, Default)]
pub struct Macros<'t> {
    by_name: BTreeMap<&'t str, Option<Condition>>,
}

impl<'t> Macros<'t> {
    /// The macros of this list of items. One that is changed elsewhere (`override`, `append`) says nothing.
    pub fn of(file: Node<'t>) -> Self {
        let mut by_name = BTreeMap::new();
        for item in file.items() {
            let Some(name) = item.get("macro").and_then(value::string) else { continue };
            let text = item.get("condition").and_then(value::string).filter(|_| !is_change(item));
            by_name.insert(name, text.and_then(condition));
        }
        Self { by_name }
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &'t str> {
        self.by_name.keys().copied()
    }

    /// Whether `asks` holds for one term at least of each way in which the condition can be true. `None` where a macro
    /// is not known here.
    pub fn needs(&self, condition: &Condition, asks: &dyn Fn(&Condition) -> bool) -> Option<bool> {
        self.walk(condition, asks, 0, &mut 0)
    }

    fn walk(
        &self,
        condition: &Condition,
        asks: &dyn Fn(&Condition) -> bool,
        depth: usize,
        steps: &mut usize,
    ) -> Option<bool> {
        *steps += 1;
        if depth > 2 * DEPTH || *steps > STEPS {
            return None;
        }
        if asks(condition) {
            return Some(true);
        }
        match condition {
            Condition::And(parts) => {
                let mut unknown = false;
                for part in parts {
                    match self.walk(part, asks, depth + 1, steps) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => unknown = true,
                    }
                }
                (!unknown).then_some(false)
            }
            Condition::Or(parts) => {
                let mut unknown = false;
                for part in parts {
                    match self.walk(part, asks, depth + 1, steps) {
                        Some(true) => {}
                        Some(false) => return Some(false),
                        None => unknown = true,
                    }
                }
                (!unknown).then_some(true)
            }
            Condition::Not(_) | Condition::Compare(..) => Some(false),
            Condition::Macro(name) => {
                let inner = self.by_name.get(name.as_str())?.as_ref()?;
                self.walk(inner, asks, depth + 1, steps)
            }
        }
    }
}

/// Whether an item changes one of the same name that was read before.
pub fn is_change(item: Node<'_>) -> bool {
    item.get("override").is_some() || item.get("append").and_then(value::boolean) == Some(true)
}

/// The fields that an output shows: `%proc.name`, `%evt.arg[flags]`, `%*container.id` without their `%`.
pub fn shown(output: &str) -> Vec<&str> {
    let fields = output.split('%').skip(1).map(|rest| rest.trim_start_matches('*'));
    let end = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_');
    fields.map(|f| f.split(end).next().unwrap_or("")).filter(|f| f.contains('.')).collect()
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    Operator(String),
    Quoted(String),
    Word(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '(' => out.push(Token::Open),
            ')' => out.push(Token::Close),
            ',' => out.push(Token::Comma),
            '=' | '!' | '<' | '>' => {
                let mut operator = c.to_string();
                if let Some((_, next)) = chars.next_if(|(_, n)| *n == '=') {
                    operator.push(next);
                }
                out.push(Token::Operator(operator));
            }
            '"' | '\'' => {
                let mut inner = String::new();
                loop {
                    match chars.next()?.1 {
                        '\\' => inner.push(chars.next()?.1),
                        end if end == c => break,
                        other => inner.push(other),
                    }
                }
                out.push(Token::Quoted(inner));
            }
            _ => {
                let mut end = at + c.len_utf8();
                // A field's argument may hold anything: `proc.aname[2]`, `evt.arg[a b]`.
                let mut brackets = usize::from(c == '[');
                while let Some((at, next)) = chars.next_if(|(_, n)| {
                    brackets > 0
                        || !(n.is_whitespace() || matches!(n, '(' | ')' | ',' | '=' | '!' | '<' | '>'))
                }) {
                    brackets = match next {
                        '[' => brackets + 1,
                        ']' => brackets.saturating_sub(1),
                        _ => brackets,
                    };
                    end = at + next.len_utf8();
                }
                out.push(Token::Word(text.get(at..end)?.to_owned()));
            }
        }
    }
    Some(out)
}

/// Operators that are words, `libsinsp/filter/parser.cpp`.
const WORDS: [&str; 14] = [
    "in",
    "intersects",
    "pmatch",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "iglob",
    "glob",
    "regex",
    "exists",
    "inside",
];

/// `and` and `or` stand between terms, and are none.
fn is_joint(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word == "and" || word == "or")
}

struct Parser<'p> {
    tokens: &'p [Token],
    next: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += usize::from(token.is_some());
        token
    }

    fn takes(&mut self, wanted: &Token) -> bool {
        let fits = self.peek() == Some(wanted);
        self.next += usize::from(fits);
        fits
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let fits = matches!(self.peek(), Some(Token::Word(w)) if w == word);
        self.next += usize::from(fits);
        fits
    }

    fn any(&mut self, depth: usize) -> Option<Condition> {
        let mut parts = vec![self.all(depth)?];
        while self.takes_word("or") {
            parts.push(self.all(depth)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Condition::Or(parts) })
    }

    fn all(&mut self, depth: usize) -> Option<Condition> {
        let mut parts = vec![self.term(depth)?];
        while self.takes_word("and") {
            parts.push(self.term(depth)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Condition::And(parts) })
    }

    fn term(&mut self, depth: usize) -> Option<Condition> {
        if depth > DEPTH {
            return None;
        }
        if self.takes_word("not") {
            return Some(Condition::Not(Box::new(self.term(depth + 1)?)));
        }
        if self.takes(&Token::Open) {
            let inner = self.any(depth + 1)?;
            return self.takes(&Token::Close).then_some(inner);
        }
        let Token::Word(name) = self.take().filter(|t| !is_joint(t))? else { return None };
        // A transformer, `tolower(proc.name)`, is its field.
        let name = if self.takes(&Token::Open) {
            let Token::Word(field) = self.take()? else { return None };
            if !self.takes(&Token::Close) {
                return None;
            }
            field
        } else {
            name
        };
        let operator = match self.peek() {
            Some(Token::Operator(o)) => o.clone(),
            Some(Token::Word(w)) if WORDS.contains(&w.as_str()) => w.clone(),
            _ => return Some(Condition::Macro(name)),
        };
        self.next += 1;
        if operator == "exists" {
            return Some(Condition::Compare(name, operator, Vec::new()));
        }
        let values = self.values()?;
        Some(Condition::Compare(name, operator, values))
    }

    fn values(&mut self) -> Option<Vec<String>> {
        if !self.takes(&Token::Open) {
            return self.value().map(|v| vec![v]);
        }
        let mut out = Vec::new();
        while !self.takes(&Token::Close) {
            out.push(self.value()?);
            if !self.takes(&Token::Comma) && self.peek() != Some(&Token::Close) {
                return None;
            }
        }
        Some(out)
    }

    fn value(&mut self) -> Option<String> {
        match self.take()? {
            Token::Word(text) | Token::Quoted(text) => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn and_binds_closer_than_or() {
        let compare = |f: &str, v: &[&str]| {
            Condition::Compare(f.into(), "in".into(), v.iter().map(|v| (*v).into()).collect())
        };
        let text = "container and proc.name in (nc, \"a (b\", 'or') or not (evt.type in (execve))";
        let wanted = Condition::Or(vec![
            Condition::And(vec![
                Condition::Macro("container".into()),
                compare("proc.name", &["nc", "a (b", "or"]),
            ]),
            Condition::Not(Box::new(compare("evt.type", &["execve"]))),
        ]);
        assert_eq!(condition(text), Some(wanted));
        for broken in ["", "and", "a and", "(a", "a b", "proc.name in (a", "\"a\" = b", "proc.name = 'a"] {
            assert_eq!(condition(broken), None, "{broken}");
        }
        assert_eq!(condition(&"(".repeat(10_000)), None);
        assert!(condition("proc.aname[2]=sh and tolower(proc.name) = x").is_some());
    }

    #[test]
    fn an_output_shows_fields() {
        assert_eq!(
            shown("a %proc.name b=%evt.arg[flags] 100% %*user.name"),
            ["proc.name", "evt.arg", "user.name"]
        );
    }
}
