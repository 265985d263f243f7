//! The string extensions, places counted in characters. cel-go `ext/strings.go`, version 2, and `ext/formatting.go`.

use super::eval::Machine;
use super::operator;
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
    let count = |at: usize| Value::Int(text[..at].chars().count() as i64);
    machine.charge(text.len() / 10)?;
    let value = match (name, &args[1..]) {
        ("charAt", [Value::Int(n)]) => {
            Value::text(text[byte(*n)?..].chars().next().map_or_else(String::new, |c| c.to_string()))
        }
        ("indexOf", [Value::Text(part)]) => text.find(part.as_ref()).map_or(Value::Int(-1), count),
        ("indexOf", [Value::Text(part), Value::Int(from)]) => {
            let from = byte(*from)?;
            text[from..].find(part.as_ref()).map_or(Value::Int(-1), |at| count(from + at))
        }
        ("lastIndexOf", [Value::Text(part)]) => text.rfind(part.as_ref()).map_or(Value::Int(-1), count),
        ("lastIndexOf", [Value::Text(part), Value::Int(from)]) => {
            let end = byte(*from)?.saturating_add(part.len()).min(text.len());
            let found = text.get(..end).map(|head| head.rfind(part.as_ref()));
            match found {
                Some(at) => at.map_or(Value::Int(-1), count),
                None => return Err(Trouble::Unmodelled("lastIndexOf() inside a character".to_owned())),
            }
        }
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
        ("strings.quote", []) => Value::text(quote(text)),
        ("format", [Value::List(items)]) => Value::text(format(machine, text, items)?),
        _ => return Ok(None),
    };
    Ok(Some(value))
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

fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `"%s of %d".format([a, b])`.
fn format(machine: &mut Machine, pattern: &str, items: &[Value]) -> Outcome<String> {
    let mut out = String::new();
    let mut items = items.iter();
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let mut precision = None;
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let digits = after[..end].parse::<usize>().ok().filter(|n| *n <= 100);
            precision = Some(digits.ok_or_else(|| Trouble::error("precision that cannot be read"))?);
            rest = &after[end..];
        }
        let verb = rest.chars().next().ok_or_else(|| Trouble::error("unexpected end of format string"))?;
        rest = &rest[verb.len_utf8()..];
        let item = items.next().ok_or_else(|| Trouble::error("index out of range in format()"))?;
        let shown = clause(machine, verb, precision, item)?;
        machine.charge(1 + shown.len() / 10)?;
        out.push_str(&shown);
    }
    out.push_str(rest);
    Ok(out)
}

fn clause(machine: &mut Machine, verb: char, precision: Option<usize>, item: &Value) -> Outcome<String> {
    let unknown = || Trouble::error(format!("could not format a {} with %{verb}", item.type_name()));
    Ok(match (verb, item) {
        ('s', item) => shown(machine, item)?,
        ('d', Value::Int(n)) => n.to_string(),
        ('d', Value::Uint(n)) => n.to_string(),
        ('b', Value::Int(n)) => signed(*n, |n| format!("{n:b}")),
        ('b', Value::Uint(n)) => format!("{n:b}"),
        ('b', Value::Bool(b)) => u8::from(*b).to_string(),
        ('o', Value::Int(n)) => signed(*n, |n| format!("{n:o}")),
        ('o', Value::Uint(n)) => format!("{n:o}"),
        ('x', Value::Int(n)) => signed(*n, |n| format!("{n:x}")),
        ('X', Value::Int(n)) => signed(*n, |n| format!("{n:X}")),
        ('x', Value::Uint(n)) => format!("{n:x}"),
        ('X', Value::Uint(n)) => format!("{n:X}"),
        ('x', Value::Text(t)) => hex(t),
        ('X', Value::Text(t)) => hex(t).to_uppercase(),
        ('f', Value::Double(d)) if d.is_finite() => format!("{d:.*}", precision.unwrap_or(6)),
        ('f', Value::Int(n)) => format!("{:.*}", precision.unwrap_or(6), *n as f64),
        ('e' | 'f', _) => {
            return Err(Trouble::Unmodelled(format!("format() with %{verb} of a {}", item.type_name())));
        }
        _ => return Err(unknown()),
    })
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |all, b| all + &format!("{b:02x}"))
}

fn signed(n: i64, digits: impl Fn(u64) -> String) -> String {
    format!("{}{}", if n < 0 { "-" } else { "" }, digits(n.unsigned_abs()))
}

/// What `%s` makes of a value.
fn shown(machine: &mut Machine, value: &Value) -> Outcome<String> {
    machine.charge(1)?;
    Ok(match value {
        Value::Null => "null".to_owned(),
        Value::Type(name) => (*name).to_owned(),
        Value::List(items) => {
            let mut parts = Vec::with_capacity(items.len());
            for item in items.iter() {
                let part = shown(machine, item)?;
                machine.charge(part.len() / 10)?;
                parts.push(part);
            }
            format!("[{}]", parts.join(", "))
        }
        Value::Map(map) => {
            let mut parts = Vec::with_capacity(map.len());
            for (key, value) in map.iter() {
                let part = format!("{}: {}", operator::plain(&key.value()), shown(machine, value)?);
                machine.charge(part.len() / 10)?;
                parts.push(part);
            }
            // The keys' order as shown, as cel-go sorts them.
            parts.sort();
            format!("{{{}}}", parts.join(", "))
        }
        other => operator::scalar(other)
            .ok_or_else(|| Trouble::error(format!("could not format a {} with %s", other.type_name())))?,
    })
}
