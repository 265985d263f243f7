//! The string extensions, places counted in characters. cel-go `ext/strings.go`, version 2.

use super::eval::Machine;
use super::printf;
use super::trouble::{Outcome, Trouble};
use super::value::Value;

/// Calls a string function; `None` where it is none.
pub fn call(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let Some(Value::Text(text)) = args.first() else { return joined(machine, name, args) };
    let outside = |n: i64| Trouble::error(format!("index out of range: {n}"));
    // The byte at which the character of this number starts; the end counts as one.
    let byte = |n: i64| -> Outcome<usize> {
        let index = usize::try_from(n).map_err(|_| outside(n))?;
        let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        starts.nth(index).ok_or_else(|| outside(n))
    };
    machine.charge(text.len() / 10)?;
    let value = match (name, &args[1..]) {
        ("charAt", [Value::Int(n)]) => {
            Value::text(text[byte(*n)?..].chars().next().map_or_else(String::new, |c| c.to_string()))
        }
        ("indexOf", [Value::Text(part)]) => first(text, part, 0)?,
        ("indexOf", [Value::Text(part), Value::Int(from)]) => first(text, part, *from)?,
        ("lastIndexOf", [Value::Text(part)]) => match text.rfind(part.as_ref()) {
            Some(at) => Value::Int(text[..at].chars().count() as i64),
            None => Value::Int(-1),
        },
        ("lastIndexOf", [Value::Text(part), Value::Int(from)]) => last(text, part, *from)?,
        ("lowerAscii", []) => Value::text(text.to_ascii_lowercase()),
        ("upperAscii", []) => Value::text(text.to_ascii_uppercase()),
        ("trim", []) => Value::text(text.trim()),
        ("replace", [Value::Text(from), Value::Text(to), rest @ ..]) => {
            let limit = match rest {
                [] => usize::MAX,
                [Value::Int(n)] => usize::try_from(*n).unwrap_or(usize::MAX),
                _ => return Err(Trouble::overload()),
            };
            machine.charge((text.len() + 1).saturating_mul(to.len() + 1) / 10)?;
            Value::text(text.replacen(from.as_ref(), to, limit))
        }
        ("split", [Value::Text(by), rest @ ..]) => {
            let limit = match rest {
                [] => -1,
                [Value::Int(n)] => *n,
                _ => return Err(Trouble::overload()),
            };
            machine.charge(text.len())?;
            split(text, by, limit)
        }
        ("substring", [Value::Int(from)]) => Value::text(&text[byte(*from)?..]),
        ("substring", [Value::Int(from), Value::Int(to)]) => {
            if from > to {
                return Err(Trouble::error(format!("invalid substring range. start: {from}, end: {to}")));
            }
            Value::text(&text[byte(*from)?..byte(*to)?])
        }
        ("strings.quote", []) => Value::text(printf::quoted(text, false)),
        ("format", [Value::List(items)]) => Value::text(printf::format(machine, text, items)?),
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// The first place from a character on. Nothing is found at once wherever that is, even outside of the text.
fn first(text: &str, part: &str, from: i64) -> Outcome<Value> {
    if part.is_empty() {
        return Ok(Value::Int(from));
    }
    let start = usize::try_from(from).map_err(|_| Trouble::error(format!("index out of range: {from}")))?;
    let Some((at, _)) = text.char_indices().nth(start) else { return Ok(Value::Int(-1)) };
    let found = text[at..].find(part).map(|step| text[at..at + step].chars().count() as i64 + from);
    Ok(Value::Int(found.unwrap_or(-1)))
}

/// The last place up to a character; as above where there is nothing to find.
fn last(text: &str, part: &str, from: i64) -> Outcome<Value> {
    if part.is_empty() {
        return Ok(Value::Int(from));
    }
    let end = usize::try_from(from).map_err(|_| Trouble::error(format!("index out of range: {from}")))?;
    // A match starts at that character at the latest, and may reach beyond it.
    let (Some(_), chars) = (text.char_indices().nth(end), part.chars().count()) else {
        return Ok(Value::Int(-1));
    };
    let cut = text.char_indices().nth(end.saturating_add(chars)).map_or(text.len(), |(at, _)| at);
    let found = text[..cut].rfind(part).map(|at| text[..at].chars().count() as i64);
    Ok(Value::Int(found.unwrap_or(-1)))
}

fn joined(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let (items, by) = match (name, args) {
        ("join", [Value::List(items)]) => (items, ""),
        ("join", [Value::List(items), Value::Text(by)]) => (items, by.as_ref()),
        _ => return Ok(None),
    };
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        let Value::Text(item) = item else { return Err(Trouble::overload()) };
        machine.charge(1 + (item.len() + by.len()) / 10)?;
        if i > 0 {
            out.push_str(by);
        }
        out.push_str(item);
    }
    Ok(Some(Value::text(out)))
}

/// Go's `strings.SplitN`: no text to split by means each character.
fn split(text: &str, by: &str, limit: i64) -> Value {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0 {
        return Value::list(Vec::new());
    }
    if !by.is_empty() {
        return Value::list(text.splitn(limit, by).map(Value::text).collect());
    }
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if out.len() + 1 == limit {
            out.push(Value::text(rest));
            break;
        }
        let (one, more) = rest.split_at(c.len_utf8());
        out.push(Value::text(one));
        rest = more;
    }
    Value::list(out)
}
