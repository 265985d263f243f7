//! How a line falls into words: at blanks, with quotes, as flags, as a list in brackets, with here-documents.
//!
//! After `github.com/moby/buildkit, frontend/dockerfile/parser/split_command.go`, `line_parsers.go`, `parser.go`, and
//! `frontend/dockerfile/shell/lex.go`.

use std::ops::Range;

use super::problem::Problem;
use super::text::Text;
use super::{Flag, Word};

/// What divides words here; not every blank of Unicode.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\u{b}' | '\u{c}')
}

/// A range without the blanks at its ends.
pub(super) fn trimmed(line: &Text, range: Range<usize>) -> Range<usize> {
    let text = line.slice(range.clone());
    let start = range.start + text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

/// The words of a range, at blanks and nothing else.
pub(super) fn split(line: &Text, range: Range<usize>) -> Vec<Range<usize>> {
    let text = line.slice(range.clone());
    let mut at = range.start;
    let mut words = Vec::new();
    for word in text.split(is_blank) {
        if !word.is_empty() {
            words.push(at..at + word.len());
        }
        at += word.len() + 1;
    }
    words
}

/// The words of a range, where quotes and the escape hold blanks.
pub(super) fn quoted(line: &Text, range: Range<usize>, escape: char) -> Vec<Range<usize>> {
    let (mut words, mut start, mut quote, mut escaped) = (Vec::new(), None, None, false);
    for (at, c) in line.slice(range.clone()).char_indices() {
        let at = range.start + at;
        if quote.is_none() && !escaped && c.is_whitespace() {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        start = start.or(Some(at));
        if escaped {
            escaped = false;
        } else if c == escape && quote != Some('\'') {
            escaped = true;
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && matches!(c, '\'' | '"') {
            quote = Some(c);
        }
    }
    words.extend(start.map(|start| start..range.end));
    words
}

/// A word without quotes and escapes, its variables as they were written.
pub(super) fn unquoted(line: &Text, range: Range<usize>, escape: char) -> Result<Word, Problem> {
    let span = line.span(range.clone());
    let mut text = Text::new(span.file);
    let mut quote: Option<char> = None;
    let mut letters = line.slice(range.clone()).char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let at = range.start + at;
        let next = letters.peek().copied();
        let escapes = match quote {
            None => c == escape,
            Some('"') => c == escape && next.is_some_and(|(_, n)| matches!(n, '"' | '$') || n == escape),
            Some(_) => false,
        };
        match (quote, c) {
            _ if escapes => {
                letters.next();
                if let Some((next, n)) = next {
                    let next = range.start + next;
                    text.append(line, next..next + n.len_utf8());
                }
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(q), _) if q == c => quote = None,
            _ => text.append(line, at..at + c.len_utf8()),
        }
    }
    match quote {
        Some(quote) => Err(Problem::new(span, format!("the quote {quote} is not closed"), "close it")),
        None => Ok(Word { text, span }),
    }
}

/// The flags that open a range, and what follows them.
pub(super) fn flags(line: &Text, range: Range<usize>) -> (Vec<Flag>, Range<usize>) {
    let mut rest = trimmed(line, range);
    let mut flags = Vec::new();
    while line.slice(rest.clone()).starts_with("--") {
        // The backslash escapes here, whatever the directive says.
        let end = quoted(line, rest.clone(), '\\').first().map_or(rest.end, |w| w.end);
        let range = rest.start..end;
        rest = trimmed(line, end..rest.end);
        let raw = line.slice(range.clone());
        if raw == "--" {
            break;
        }
        let (name, value) = raw.split_once('=').map_or((raw, None), |(name, _)| (name, Some(name.len() + 1)));
        let value = value.map(|at| {
            let part = range.start + at..range.end;
            let plain = || Word { text: line.part(part.clone()), span: line.span(part.clone()) };
            unquoted(line, part.clone(), '\\').unwrap_or_else(|_| plain())
        });
        flags.push(Flag { name: name.trim_start_matches('-').into(), value, span: line.span(range) });
    }
    (flags, rest)
}

/// The strings of a list in brackets. `None` where it is none: then it is a line like any other.
pub(super) fn list(line: &Text, range: Range<usize>) -> Result<Option<Vec<Word>>, Problem> {
    let text = line.slice(range.clone());
    if !text.starts_with('[') {
        return Ok(None);
    }
    let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(text) else { return Ok(None) };
    if !values.iter().all(serde_json::Value::is_string) {
        let says = "a list in brackets may hold strings only";
        return Err(Problem::new(line.span(range), says, "put each word into double quotes"));
    }
    let mut words = Vec::new();
    let mut open: Option<(usize, Text)> = None;
    let mut at = range.start;
    while at < range.end {
        let rest = line.slice(at..range.end);
        let Some(c) = rest.chars().next() else { break };
        let (letters, count) = if c == '\\' { escape_of(rest) } else { (c.to_string(), c.len_utf8()) };
        match &mut open {
            None if c == '"' => open = Some((at, Text::new(line.whole().file))),
            None => {}
            Some((start, text)) if c == '"' => {
                words.push(Word { text: text.clone(), span: line.span(*start..at + 1) });
                open = None;
            }
            Some((_, text)) => text.push(&letters, line.span(at..at + count).range().start),
        }
        at += count;
    }
    Ok(Some(words))
}

/// What an escape of JSON stands for, and how long it is.
fn escape_of(rest: &str) -> (String, usize) {
    // A pair of surrogates is one letter.
    for count in [12, 6, 2] {
        let Some(raw) = rest.get(..count) else { continue };
        if count > 2 && !raw.starts_with("\\u") || count == 12 && raw.get(6..8) != Some("\\u") {
            continue;
        }
        if let Ok(text) = serde_json::from_str::<String>(&format!("\"{raw}\""))
            && text.chars().count() == 1
        {
            return (text, count);
        }
    }
    (String::new(), 2)
}

/// A here-document that a line announces.
pub(super) struct Here {
    /// The line that ends it.
    pub end: Box<str>,
    /// Whether tabs before its lines are dropped.
    pub chomped: bool,
    /// The word that announces it.
    pub range: Range<usize>,
}

/// The here-documents that a line announces, by words such as `<<EOF` and `<<-'EOF'`.
pub(super) fn here_documents(line: &Text) -> Result<Vec<Here>, Problem> {
    let mut found = Vec::new();
    for range in lexed(line).unwrap_or_default() {
        let word = line.slice(range.clone()).trim_start_matches(|c: char| c.is_ascii_digit());
        let Some(rest) = word.strip_prefix("<<") else { continue };
        let (chomped, rest) = rest.strip_prefix('-').map_or((false, rest), |r| (true, r));
        let name = rest.trim_start();
        if name.is_empty() || name.contains('<') {
            continue;
        }
        let end = unquoted(line, range.end - name.len()..range.end, '\\')?.text;
        if !end.is_empty() {
            found.push(Here { end: (*end).into(), chomped, range });
        }
    }
    Ok(found)
}

/// The words of a line as the builder looks for here-documents in them; `None` where a quote or a brace is not closed.
fn lexed(line: &Text) -> Option<Vec<Range<usize>>> {
    let (mut words, mut start, mut at) = (Vec::new(), None, 0);
    while let Some(c) = line.slice(at..line.len()).chars().next() {
        let rest = line.slice(at..line.len());
        if c.is_whitespace() {
            words.extend(start.take().map(|start| start..at));
            at += c.len_utf8();
            continue;
        }
        start = start.or(Some(at));
        at += match c {
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '\'' => 2 + rest.get(1..)?.find('\'')?,
            '"' => double(rest)?,
            '$' if rest.starts_with("${") => 1 + rest.find('}')?,
            '<' if rest.starts_with("<<") => {
                let blanks = rest.get(2..)?;
                2 + blanks.len() - blanks.trim_start().len()
            }
            c => c.len_utf8(),
        };
    }
    words.extend(start.map(|start| start..line.len()));
    Some(words)
}

/// How long the text in double quotes is that opens `rest`.
fn double(rest: &str) -> Option<usize> {
    let mut escaped = false;
    let close = rest.char_indices().skip(1).find(|(_, c)| {
        let closes = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    });
    close.map(|(at, _)| at + 1)
}
