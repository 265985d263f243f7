//! Text into tokens.

use serde_json::Value;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Quoted(String),
    Literal(Value),
    Number(i64),
    /// `[?`.
    Filter,
    /// `[]`.
    Flatten,
    /// Any other mark.
    Mark(&'static str),
    End,
}

const MARKS: &[&str] = &[
    "||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", ".", "*", ",", ":", "@", "&", "(", ")", "{", "}", "[",
    "]", "|",
];

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (token, after) = if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            (Token::Name(rest[..end].to_owned()), &rest[end..])
        } else if first.is_ascii_digit() || first == '-' {
            let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| at + 1);
            let number = rest[..end].parse().map_err(|_| format!("{:?} is not a number", &rest[..end]))?;
            (Token::Number(number), &rest[end..])
        } else if let Some(after) = rest.strip_prefix("[?") {
            (Token::Filter, after)
        } else if let Some(after) = rest.strip_prefix("[]") {
            (Token::Flatten, after)
        } else if matches!(first, '\'' | '"' | '`') {
            delimited(rest, first)?
        } else if let Some(mark) = MARKS.iter().find(|m| rest.starts_with(**m)) {
            (Token::Mark(mark), &rest[mark.len()..])
        } else {
            return Err(format!("unknown character {first:?}"));
        };
        out.push(token);
        rest = after;
    }
    out.push(Token::End);
    Ok(out)
}

fn delimited(text: &str, mark: char) -> Result<(Token, &str), String> {
    let mut escaped = false;
    let end = text[1..].char_indices().find(|(_, c)| {
        let ends = *c == mark && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    let Some((end, _)) = end else { return Err(format!("a {mark} is never closed")) };
    let (inner, after) = (&text[1..=end], &text[end + 2..]);
    let token = match mark {
        '\'' => Token::Literal(Value::String(inner.replace("\\'", "'"))),
        '"' => {
            let quoted = format!("\"{inner}\"");
            Token::Quoted(
                serde_json::from_str(&quoted).map_err(|_| format!("{quoted} is not a JSON string"))?,
            )
        }
        _ => {
            let json = inner.replace("\\`", "`");
            Token::Literal(serde_json::from_str(&json).map_err(|_| format!("`{json}` is not JSON"))?)
        }
    };
    Ok((token, after))
}
