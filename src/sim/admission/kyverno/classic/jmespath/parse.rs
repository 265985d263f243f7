//! Tokens into a tree, by binding powers as the reference implementations have them.

use super::ast::{Comparison, Expression};
use super::lexer::{Token, tokens};

/// An expression's tree may be so high.
const HEIGHT: usize = 100;
/// And be so long.
const LONGEST: usize = 64 * 1024;

/// Reads an expression.
pub(super) fn expression(text: &str) -> Result<Expression, String> {
    if text.len() > LONGEST {
        return Err(format!("an expression of {} bytes is longer than {LONGEST}", text.len()));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, height: 0 };
    let out = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(out),
        other => Err(format!("unexpected {} in {text:?}", word(other))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// How many expressions are open.
    depth: usize,
    /// How high the tree is that was read last.
    height: usize,
}

fn word(token: &Token) -> String {
    match token {
        Token::Name(name) | Token::Quoted(name) => format!("name {name:?}"),
        Token::Literal(value) => format!("literal {value}"),
        Token::Number(number) => number.to_string(),
        Token::Filter => "[?".to_owned(),
        Token::Flatten => "[]".to_owned(),
        Token::Mark(mark) => (*mark).to_owned(),
        Token::End => "end".to_owned(),
    }
}

fn power(token: &Token) -> u8 {
    match token {
        Token::Mark("|") => 1,
        Token::Mark("||") => 2,
        Token::Mark("&&") => 3,
        Token::Mark("==" | "!=" | "<" | "<=" | ">" | ">=") => 5,
        Token::Flatten => 9,
        Token::Mark("*") => 20,
        Token::Filter => 21,
        Token::Mark(".") => 40,
        Token::Mark("!") => 45,
        Token::Mark("{") => 50,
        Token::Mark("[") => 55,
        Token::Mark("(") => 60,
        _ => 0,
    }
}

fn too_high() -> String {
    format!("an expression nests deeper than {HEIGHT}")
}

fn boxed(expression: Expression) -> Box<Expression> {
    Box::new(expression)
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next_but_one(&self) -> &Token {
        self.tokens.get(self.at + 1).unwrap_or(&Token::End)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn is(&self, mark: &str) -> bool {
        matches!(self.peek(), Token::Mark(m) if *m == mark)
    }

    fn expect(&mut self, mark: &'static str) -> Result<(), String> {
        let token = self.take();
        if token == Token::Mark(mark) {
            Ok(())
        } else {
            Err(format!("{} where {mark} should be", word(&token)))
        }
    }

    fn expression(&mut self, least: u8) -> Result<Expression, String> {
        let outer = std::mem::take(&mut self.height);
        self.depth += 1;
        let mut left = if self.depth > HEIGHT { Err(too_high()) } else { self.first() }?;
        self.height += 1;
        while least < power(self.peek()) {
            let before = std::mem::take(&mut self.height);
            left = self.after(left)?;
            self.height = before.max(self.height) + 1;
            if self.height > HEIGHT {
                return Err(too_high());
            }
        }
        self.depth -= 1;
        self.height = self.height.max(outer);
        Ok(left)
    }

    /// What may begin an expression.
    fn first(&mut self) -> Result<Expression, String> {
        let token = self.take();
        Ok(match token {
            Token::Literal(value) => Expression::Literal(value),
            Token::Name(name) => Expression::Field(name),
            Token::Quoted(name) => {
                if self.is("(") {
                    return Err("a quoted name cannot be a function".to_owned());
                }
                Expression::Field(name)
            }
            Token::Mark("*") => {
                let right = if self.is("]") { Expression::Current } else { self.projected(20)? };
                Expression::ProjectValues(boxed(Expression::Current), boxed(right))
            }
            Token::Filter => self.filter(Expression::Current)?,
            Token::Flatten => {
                let right = self.projected(9)?;
                Expression::Project(boxed(Expression::Flatten(boxed(Expression::Current))), boxed(right))
            }
            Token::Mark("{") => self.hash()?,
            Token::Mark("[") => self.bracket(Expression::Current, true)?,
            Token::Mark("@") => Expression::Current,
            Token::Mark("&") => Expression::Reference(boxed(self.expression(0)?)),
            Token::Mark("!") => Expression::Not(boxed(self.expression(45)?)),
            Token::Mark("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                inner
            }
            other => return Err(format!("unexpected {}", word(&other))),
        })
    }

    /// What may follow one.
    fn after(&mut self, left: Expression) -> Result<Expression, String> {
        let token = self.take();
        let compare = |comparison, parser: &mut Self| {
            Ok::<_, String>(Expression::Compare(
                comparison,
                boxed(left.clone()),
                boxed(parser.expression(5)?),
            ))
        };
        Ok(match token {
            Token::Mark(".") if self.is("*") => {
                self.take();
                let right = self.projected(20)?;
                Expression::ProjectValues(boxed(left), boxed(right))
            }
            Token::Mark(".") => {
                let right = self.dotted(40)?;
                Expression::Then(boxed(left), boxed(right))
            }
            Token::Mark("|") => Expression::Pipe(boxed(left), boxed(self.expression(1)?)),
            Token::Mark("||") => Expression::Or(boxed(left), boxed(self.expression(2)?)),
            Token::Mark("&&") => Expression::And(boxed(left), boxed(self.expression(3)?)),
            Token::Mark("==") => compare(Comparison::Equal, self)?,
            Token::Mark("!=") => compare(Comparison::NotEqual, self)?,
            Token::Mark("<") => compare(Comparison::Less, self)?,
            Token::Mark("<=") => compare(Comparison::LessOrEqual, self)?,
            Token::Mark(">") => compare(Comparison::Greater, self)?,
            Token::Mark(">=") => compare(Comparison::GreaterOrEqual, self)?,
            Token::Mark("(") => {
                let Expression::Field(name) = left else {
                    return Err("only a name can be called".to_owned());
                };
                Expression::Call(name, self.arguments()?)
            }
            Token::Filter => self.filter(left)?,
            Token::Flatten => {
                let right = self.projected(9)?;
                Expression::Project(boxed(Expression::Flatten(boxed(left))), boxed(right))
            }
            Token::Mark("[") => self.bracket(left, false)?,
            other => return Err(format!("unexpected {}", word(&other))),
        })
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, String> {
        let mut out = Vec::new();
        while !self.is(")") {
            out.push(self.expression(0)?);
            if self.is(",") {
                self.take();
                if self.is(")") {
                    return Err("a , before )".to_owned());
                }
            } else if !self.is(")") {
                return Err(format!("{} where , or ) should be", word(self.peek())));
            }
        }
        self.take();
        Ok(out)
    }

    /// After `[`: an index, a slice, `*]`, or, at the start, a list of expressions.
    fn bracket(&mut self, left: Expression, start: bool) -> Result<Expression, String> {
        if matches!(self.peek(), Token::Number(_)) || self.is(":") {
            return self.index(left);
        }
        if self.is("*") && *self.next_but_one() == Token::Mark("]") {
            self.at += 2;
            let right = self.projected(20)?;
            return Ok(Expression::Project(boxed(left), boxed(right)));
        }
        if start { self.list() } else { Err(format!("{} after [", word(self.peek()))) }
    }

    fn index(&mut self, left: Expression) -> Result<Expression, String> {
        let mut parts = [None; 3];
        let mut part = 0;
        loop {
            match self.take() {
                Token::Number(number) if parts[part].is_none() => parts[part] = Some(number),
                Token::Mark(":") if part < 2 => part += 1,
                Token::Mark("]") => break,
                other => return Err(format!("unexpected {} in [ ]", word(&other))),
            }
        }
        if part == 0 {
            let index = Expression::Index(parts[0].unwrap_or(0));
            return Ok(Expression::Then(boxed(left), boxed(index)));
        }
        if parts[2] == Some(0) {
            return Err("a slice cannot have a step of 0".to_owned());
        }
        let right = self.projected(20)?;
        let sliced = Expression::Then(boxed(left), boxed(Expression::Slice(parts)));
        Ok(Expression::Project(boxed(sliced), boxed(right)))
    }

    fn list(&mut self) -> Result<Expression, String> {
        let mut out = Vec::new();
        loop {
            out.push(self.expression(0)?);
            match self.take() {
                Token::Mark("]") => return Ok(Expression::List(out)),
                Token::Mark(",") => {}
                other => return Err(format!("{} where , or ] should be", word(&other))),
            }
        }
    }

    fn hash(&mut self) -> Result<Expression, String> {
        let mut out = Vec::new();
        loop {
            let key = match self.take() {
                Token::Name(name) | Token::Quoted(name) => name,
                other => return Err(format!("{} where a key should be", word(&other))),
            };
            self.expect(":")?;
            out.push((key, self.expression(0)?));
            match self.take() {
                Token::Mark("}") => return Ok(Expression::Hash(out)),
                Token::Mark(",") => {}
                other => return Err(format!("{} where , or }} should be", word(&other))),
            }
        }
    }

    fn filter(&mut self, left: Expression) -> Result<Expression, String> {
        let condition = self.expression(0)?;
        self.expect("]")?;
        let right = if *self.peek() == Token::Flatten { Expression::Current } else { self.projected(21)? };
        Ok(Expression::Filter(boxed(left), boxed(right), boxed(condition)))
    }

    fn dotted(&mut self, least: u8) -> Result<Expression, String> {
        match self.peek() {
            Token::Name(_) | Token::Quoted(_) | Token::Mark("*") => self.expression(least),
            Token::Mark("[") => {
                self.take();
                self.list()
            }
            Token::Mark("{") => {
                self.take();
                self.hash()
            }
            other => Err(format!("{} after .", word(other))),
        }
    }

    /// The part of a projection that is asked of each item.
    fn projected(&mut self, least: u8) -> Result<Expression, String> {
        if power(self.peek()) < 10 {
            return Ok(Expression::Current);
        }
        match self.peek() {
            Token::Mark("[") | Token::Filter => self.expression(least),
            Token::Mark(".") => {
                self.take();
                self.dotted(least)
            }
            other => Err(format!("unexpected {} after a projection", word(other))),
        }
    }
}
