//! A text to an expression: operators by precedence; what stands behind a dot is `macros`'.
//!
//! After cel-spec `doc/langdef.md` ("Syntax") and cel-go `cel/library.go` (optional types).

use super::ast::{Access, Expr, Kind};
use super::dialect::Dialect;
use super::lex::{Token, tokens};
use super::library;
use super::macros;
use super::trouble::Fault;
use super::value::Value;

/// cel-go's `defaultExpressionSizeCodePointLimit`.
const LONGEST: usize = 100_000;
/// How deep brackets may stand in each other.
const BRACKETS: usize = 100;

const KEYWORDS: &[&str] = &["false", "in", "null", "true"];
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];

/// Operators between two, with how tightly they bind.
const BINARY: &[(&str, u8, &str)] = &[
    ("==", 1, "_==_"),
    ("!=", 1, "_!=_"),
    ("<", 1, "_<_"),
    ("<=", 1, "_<=_"),
    (">", 1, "_>_"),
    (">=", 1, "_>=_"),
    ("in", 1, "@in"),
    ("+", 2, "_+_"),
    ("-", 2, "_-_"),
    ("*", 3, "_*_"),
    ("/", 3, "_/_"),
    ("%", 3, "_%_"),
];

/// Whether a name may be a variable's.
pub fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !KEYWORDS.contains(&name)
        && !RESERVED.contains(&name)
}

/// Reads an expression.
pub fn parse(text: &str, dialect: Dialect) -> Result<Expr, Fault> {
    if text.chars().count() > LONGEST {
        return Err(Fault::new(0, format!("is longer than {LONGEST} characters")));
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, brackets: 0, dialect };
    let expr = parser.expression()?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    next: usize,
    brackets: usize,
    dialect: Dialect,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    fn unexpected(&self) -> Fault {
        let what = match self.peek() {
            Token::End => "the expression ends too early".to_owned(),
            Token::Name(name) => format!("`{name}` does not belong here"),
            Token::Sign(sign) => format!("`{sign}` does not belong here"),
            Token::Literal(_) | Token::Digits(_) => "a literal does not belong here".to_owned(),
        };
        Fault::new(self.at(), what)
    }

    fn is(&self, sign: &str) -> bool {
        match self.peek() {
            Token::Sign(s) => *s == sign,
            Token::Name(name) => name == sign && KEYWORDS.contains(&sign),
            _ => false,
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.next += usize::from(is);
        is
    }

    fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn name(&mut self) -> Result<String, Fault> {
        match self.peek() {
            Token::Name(name) if !KEYWORDS.contains(&name.as_str()) => {
                let name = name.clone();
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn expression(&mut self) -> Result<Expr, Fault> {
        self.brackets += 1;
        if self.brackets > BRACKETS {
            return Err(Fault::new(self.at(), format!("nests deeper than {BRACKETS} brackets")));
        }
        let at = self.at();
        let mut expr = self.chain("||")?;
        if self.take("?") {
            let yes = self.chain("||")?;
            self.expect(":")?;
            let no = self.expression()?;
            expr = Expr::new(Kind::If(Box::new([expr, yes, no])), at)?;
        }
        self.brackets -= 1;
        Ok(expr)
    }

    fn chain(&mut self, sign: &'static str) -> Result<Expr, Fault> {
        let or = sign == "||";
        let at = self.at();
        let mut parts = Vec::new();
        loop {
            parts.push(if or { self.chain("&&")? } else { self.binary(1)? });
            if !self.take(sign) {
                break;
            }
        }
        match parts.pop() {
            Some(one) if parts.is_empty() => Ok(one),
            Some(last) => {
                parts.push(last);
                Expr::new(if or { Kind::Or(parts) } else { Kind::And(parts) }, at)
            }
            None => Err(self.unexpected()),
        }
    }

    fn binary(&mut self, tight: u8) -> Result<Expr, Fault> {
        let mut left = self.unary()?;
        while let Some((_, level, name)) =
            BINARY.iter().find(|(sign, level, _)| *level >= tight && self.is(sign))
        {
            let at = self.at();
            self.next += 1;
            let right = self.binary(level + 1)?;
            left = Expr::call(name, false, vec![left, right], at)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        let sign = if self.is("!") { "!" } else { "-" };
        let mut count = 0;
        while self.take(sign) {
            count += 1;
        }
        if sign == "-"
            && count > 0
            && let Token::Digits(n) = *self.peek()
        {
            // The smallest whole number has no positive twin.
            let n =
                i64::try_from(-i128::from(n)).map_err(|_| Fault::new(at, "a number that is too large"))?;
            self.next += 1;
            count -= 1;
            let literal = Expr::new(Kind::Literal(Value::Int(n)), at)?;
            let expr = self.member(literal)?;
            return negated(expr, "-_", count, at);
        }
        let expr = self.primary()?;
        let expr = self.member(expr)?;
        negated(expr, if sign == "!" { "!_" } else { "-_" }, count, at)
    }

    fn member(&mut self, mut expr: Expr) -> Result<Expr, Fault> {
        loop {
            let at = self.at();
            if self.take(".") {
                let optional = self.take("?");
                let field = self.name()?;
                if optional || !self.is("(") {
                    let how = if optional { Access::Optional } else { Access::Plain };
                    expr = Expr::new(Kind::Select { of: Box::new(expr), field, how }, at)?;
                    expr = qualified(expr)?;
                } else {
                    self.next += 1;
                    let args = self.list(")")?;
                    expr = macros::called(self.dialect, expr, &field, args, at)?;
                }
            } else if self.take("[") {
                let optional = self.take("?");
                let key = Box::new(self.expression()?);
                self.expect("]")?;
                expr = Expr::new(Kind::Index { of: Box::new(expr), key, optional }, at)?;
            } else if self.dialect.objects
                && self.is("{")
                && let Some(name) = expr.path()
            {
                self.next += 1;
                let fields = self.fields()?;
                expr = Expr::new(Kind::Struct { name, fields }, expr.at)?;
            } else {
                return Ok(expr);
            }
        }
    }

    /// Arguments up to the bracket behind them; unlike a literal's parts, they end in no comma.
    fn list(&mut self, end: &str) -> Result<Vec<Expr>, Fault> {
        let mut out = Vec::new();
        if self.take(end) {
            return Ok(out);
        }
        loop {
            out.push(self.expression()?);
            if !self.take(",") {
                self.expect(end)?;
                return Ok(out);
            }
        }
    }

    /// The fields of a made object, up to the bracket behind them.
    fn fields(&mut self) -> Result<Vec<(String, Expr, bool)>, Fault> {
        let mut out: Vec<(String, Expr, bool)> = Vec::new();
        while !self.take("}") {
            let at = self.at();
            let optional = self.take("?");
            let field = self.name()?;
            self.expect(":")?;
            if out.iter().any(|(known, ..)| *known == field) {
                return Err(Fault::new(at, format!("the field `{field}` is there twice")));
            }
            out.push((field, self.expression()?, optional));
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(out)
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        match self.peek().clone() {
            Token::Literal(value) => {
                self.next += 1;
                Expr::new(Kind::Literal(value), at)
            }
            Token::Digits(n) => {
                self.next += 1;
                let n = i64::try_from(n).map_err(|_| Fault::new(at, "a number that is too large"))?;
                Expr::new(Kind::Literal(Value::Int(n)), at)
            }
            Token::Name(name) => {
                self.next += 1;
                let literal = match name.as_str() {
                    "true" => Some(Value::Bool(true)),
                    "false" => Some(Value::Bool(false)),
                    "null" => Some(Value::Null),
                    _ => None,
                };
                if let Some(value) = literal {
                    return Expr::new(Kind::Literal(value), at);
                }
                if name == "in" || RESERVED.contains(&name.as_str()) {
                    return Err(Fault::new(at, format!("`{name}` is a reserved word")));
                }
                if !self.take("(") {
                    return Expr::new(Kind::Ident(name), at);
                }
                let mut args = self.list(")")?;
                if name != "has" {
                    return Expr::call(&name, false, args, at);
                }
                match args.pop().map(|a| a.kind) {
                    Some(Kind::Select { of, field, how: Access::Plain }) if args.is_empty() => {
                        Expr::new(Kind::Select { of, field, how: Access::Test }, at)
                    }
                    _ => Err(Fault::new(at, "has() asks for one field: has(a.b)")),
                }
            }
            Token::Sign("(") => {
                self.next += 1;
                let expr = self.expression()?;
                self.expect(")")?;
                Ok(expr)
            }
            // A name from the root: there is no container whose names it could be meant against.
            Token::Sign(".") if matches!(self.tokens.get(self.next + 1), Some((Token::Name(_), _))) => {
                self.next += 1;
                self.primary()
            }
            Token::Sign("[") => {
                self.next += 1;
                let mut items = Vec::new();
                while !self.take("]") {
                    let optional = self.take("?");
                    items.push((self.expression()?, optional));
                    if !self.take(",") {
                        self.expect("]")?;
                        break;
                    }
                }
                Expr::new(Kind::List(items), at)
            }
            Token::Sign("{") => {
                self.next += 1;
                let mut entries = Vec::new();
                while !self.take("}") {
                    let optional = self.take("?");
                    let key = self.expression()?;
                    self.expect(":")?;
                    entries.push((key, self.expression()?, optional));
                    if !self.take(",") {
                        self.expect("}")?;
                        break;
                    }
                }
                Expr::new(Kind::Map(entries), at)
            }
            _ => Err(self.unexpected()),
        }
    }
}

/// A chain of names and dots that spells a type, such as `google.protobuf.Duration`, is one name.
fn qualified(expr: Expr) -> Result<Expr, Fault> {
    match expr.path().filter(|name| library::type_named(name).is_some()) {
        Some(name) => Expr::new(Kind::Ident(name), expr.at),
        None => Ok(expr),
    }
}

/// Signs before a member: two of a kind undo each other for `!` alone.
fn negated(mut expr: Expr, name: &str, count: usize, at: usize) -> Result<Expr, Fault> {
    for _ in 0..count % 2 {
        expr = Expr::call(name, false, vec![expr], at)?;
    }
    Ok(expr)
}
