//! The words of an expression. After cel-spec `doc/langdef.md`, "Syntax".

use std::sync::Arc;

use super::trouble::Fault;
use super::value::Value;

/// A word.
#[derive(Clone, Debug)]
pub enum Token {
    /// A name, keywords included.
    Name(String),
    /// A number, a string or bytes.
    Literal(Value),
    /// A whole number's digits, which a minus may stand before: `9223372036854775808`.
    Digits(u64),
    /// An operator or a bracket.
    Sign(&'static str),
    /// Nothing more.
    End,
}

/// The longest first.
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")",
    "[", "]", "{", "}",
];

/// The words with their places; the last is the end.
pub fn tokens(text: &str) -> Result<Vec<(Token, usize)>, Fault> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c.is_ascii_whitespace() || c == '\u{c}' {
            at += 1;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some((literal, used)) = quoted(rest).map_err(|f| Fault::new(at + f.at, f.text))? {
            out.push((Token::Literal(literal), at));
            at += used;
        } else if c.is_ascii_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            out.push((Token::Name(rest[..end].to_owned()), at));
            at += end;
        } else if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            let (token, used) = number(rest).ok_or_else(|| Fault::new(at, "a number that cannot be read"))?;
            out.push((token, at));
            at += used;
        } else if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            out.push((Token::Sign(sign), at));
            at += sign.len();
        } else {
            return Err(Fault::new(at, format!("`{c}` is no part of an expression")));
        }
    }
    out.push((Token::End, at));
    Ok(out)
}

fn number(text: &str) -> Option<(Token, usize)> {
    let digits = |from: usize, hex: bool| {
        let rest = &text[from..];
        let is = |c: char| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
        from + rest.find(|c| !is(c)).unwrap_or(rest.len())
    };
    let hex = text.starts_with("0x") || text.starts_with("0X");
    let whole = if hex { digits(2, true) } else { digits(0, false) };
    if !hex {
        let mut end = whole;
        if text[end..].starts_with('.') && text[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
            end = digits(end + 1, false);
        }
        if text[end..].starts_with(['e', 'E']) {
            let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
            let last = digits(end + 1 + sign, false);
            if last > end + 1 + sign {
                end = last;
            }
        }
        if end > whole {
            let number = text[..end].parse::<f64>().ok().filter(|n| n.is_finite())?;
            return Some((Token::Literal(Value::Double(number)), end));
        }
    }
    let number =
        if hex { u64::from_str_radix(&text[2..whole], 16) } else { text[..whole].parse::<u64>() }.ok()?;
    if text[whole..].starts_with(['u', 'U']) {
        return Some((Token::Literal(Value::Uint(number)), whole + 1));
    }
    Some((Token::Digits(number), whole))
}

/// A string or bytes at the start of the text, and how much of it they are.
fn quoted(text: &str) -> Result<Option<(Value, usize)>, Fault> {
    let (mut raw, mut bytes, mut at) = (false, false, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            'r' | 'R' if !raw => raw = true,
            'b' | 'B' if !bytes && !raw => bytes = true,
            '"' | '\'' => break,
            _ => return Ok(None),
        }
        at += 1;
    }
    let Some(quote) = text[at..].chars().next() else { return Ok(None) };
    let triple = ["\"\"\"", "'''"].into_iter().find(|q| text[at..].starts_with(q));
    let end = triple.map_or_else(|| quote.to_string(), str::to_owned);
    at += end.len();
    let mut out: Vec<u8> = Vec::new();
    loop {
        let rest = &text[at..];
        if rest.starts_with(&end) {
            at += end.len();
            break;
        }
        let Some(c) = rest.chars().next().filter(|c| triple.is_some() || !matches!(c, '\n' | '\r')) else {
            return Err(Fault::new(0, "a string that does not end"));
        };
        at += c.len_utf8();
        if c != '\\' || raw {
            out.extend(c.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let bad = || Fault::new(at - 1, "an escape that there is not");
        let c = text[at..].chars().next().ok_or_else(bad)?;
        let (from, length, radix) = match c {
            'x' | 'X' => (at + 1, 2, 16),
            'u' if !bytes => (at + 1, 4, 16),
            'U' if !bytes => (at + 1, 8, 16),
            '0'..='3' => (at, 3, 8),
            _ => {
                out.push(escape(c).ok_or_else(bad)?);
                at += c.len_utf8();
                continue;
            }
        };
        let digits = text.get(from..from + length).filter(|d| d.chars().all(|c| c.is_digit(radix)));
        let code = digits.and_then(|d| u32::from_str_radix(d, radix).ok());
        let code = code.ok_or_else(bad)?;
        if bytes {
            out.push(u8::try_from(code).map_err(|_| bad())?);
        } else {
            let c = char::from_u32(code).ok_or_else(bad)?;
            out.extend(c.encode_utf8(&mut [0; 4]).bytes());
        }
        at = from + length;
    }
    let value = if bytes {
        Value::Bytes(Arc::from(out))
    } else {
        Value::text(String::from_utf8(out).map_err(|_| Fault::new(0, "a string that is no text"))?)
    };
    Ok(Some((value, at)))
}

fn escape(c: char) -> Option<u8> {
    Some(match c {
        'a' => 7,
        'b' => 8,
        't' => 9,
        'n' => 10,
        'v' => 11,
        'f' => 12,
        'r' => 13,
        '\\' | '?' | '"' | '\'' | '`' => c as u8,
        _ => return None,
    })
}
