//! `"%s of %d".format([a, b])`. cel-go `ext/formatting.go`, which Kubernetes' version 2 of the string extensions uses:
//! below a list or a map, values are shown as literals.

use super::ast::{Expr, Kind};
use super::eval::Machine;
use super::operator;
use super::trouble::{Outcome, Trouble};
use super::value::Value;

/// The digits behind the point that a pattern asks for at most.
const PRECISION: usize = 100;

/// A piece of a pattern.
enum Piece<'p> {
    Plain(&'p str),
    Clause { verb: char, precision: Option<usize> },
}

fn pieces(pattern: &str) -> impl Iterator<Item = Result<Piece<'_>, String>> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let at = rest.find('%').unwrap_or(rest.len());
        if at > 0 {
            let (plain, after) = rest.split_at(at);
            rest = after;
            return Some(Ok(Piece::Plain(plain)));
        }
        if rest.starts_with("%%") {
            let plain = &rest[..1];
            rest = &rest[2..];
            return Some(Ok(Piece::Plain(plain)));
        }
        let one = clause(&rest[1..]);
        rest = one.as_ref().map_or("", |(_, after)| *after);
        Some(one.map(|(piece, _)| piece))
    })
}

/// What stands behind a percent sign, and the rest.
fn clause(text: &str) -> Result<(Piece<'_>, &str), String> {
    let (precision, rest) = match text.strip_prefix('.') {
        None => (None, text),
        Some(after) => {
            let end = after.find(|c: char| !c.is_ascii_digit());
            let end = end.ok_or("could not find end of precision specifier")?;
            let digits = after[..end].parse::<usize>();
            (Some(digits.map_err(|_| "the precision is no number")?), &after[end..])
        }
    };
    let verb = rest.chars().next().ok_or("unexpected end of string")?;
    if !"sdfebxXo".contains(verb) {
        return Err(format!("could not parse formatting clause: unrecognized formatting clause \"{verb}\""));
    }
    Ok((Piece::Clause { verb, precision }, &rest[verb.len_utf8()..]))
}

/// What is wrong with a pattern and the list that it is given, both written out.
pub fn fault(pattern: &str, items: &[(Expr, bool)]) -> Result<(), String> {
    let mut asked = 0;
    for piece in pieces(pattern) {
        let Piece::Clause { verb, .. } = piece? else { continue };
        let (item, _) = items.get(asked).ok_or_else(|| format!("index {asked} out of range"))?;
        if let Kind::Literal(value) = &item.kind {
            fits(verb, value)?;
        }
        asked += 1;
    }
    if items.len() > asked {
        let given = items.len();
        return Err(format!("too many arguments supplied to string.format (expected {asked}, got {given})"));
    }
    Ok(())
}

/// Whether a verb takes a value.
fn fits(verb: char, item: &Value) -> Result<(), String> {
    let wanted = match (verb, item) {
        ('s', Value::Opaque(_) | Value::Optional(_)) => {
            "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps"
        }
        ('s', _) => return Ok(()),
        ('d' | 'o' | 'b' | 'x' | 'X', Value::Int(_) | Value::Uint(_)) => return Ok(()),
        ('b', Value::Bool(_)) | ('x' | 'X', Value::Text(_) | Value::Bytes(_)) => return Ok(()),
        ('f' | 'e', Value::Double(_)) => return Ok(()),
        ('f' | 'e', Value::Text(t)) if ["NaN", "Infinity", "-Infinity"].contains(&t.as_ref()) => {
            return Ok(());
        }
        ('d', _) => "decimal clause can only be used on integers",
        ('o', _) => "octal clause can only be used on integers",
        ('b', _) => "only integers and bools can be formatted as binary",
        ('x' | 'X', _) => "only integers, byte buffers, and strings can be formatted as hex",
        ('e', _) => "scientific clause can only be used on doubles",
        _ => "fixed-point clause can only be used on doubles",
    };
    Err(format!("error during formatting: {wanted}, was given {}", item.type_name()))
}

/// The pattern with the items in it.
pub fn format(machine: &mut Machine, pattern: &str, items: &[Value]) -> Outcome<String> {
    let (mut out, mut asked) = (String::new(), 0);
    for piece in pieces(pattern) {
        match piece.map_err(Trouble::error)? {
            Piece::Plain(text) => out.push_str(text),
            Piece::Clause { verb, precision } => {
                let item =
                    items.get(asked).ok_or_else(|| Trouble::error(format!("index {asked} out of range")))?;
                asked += 1;
                fits(verb, item).map_err(Trouble::error)?;
                let shown = written(machine, verb, precision, item)?;
                machine.charge(1 + shown.len() / 10)?;
                out.push_str(&shown);
            }
        }
    }
    Ok(out)
}

fn written(machine: &mut Machine, verb: char, precision: Option<usize>, item: &Value) -> Outcome<String> {
    Ok(match (verb, item) {
        ('s', item) => shown(machine, item)?,
        ('d', item) => operator::plain(item),
        ('b', Value::Bool(b)) => u8::from(*b).to_string(),
        ('b', Value::Int(n)) => signed(*n, |n| format!("{n:b}")),
        ('b', Value::Uint(n)) => format!("{n:b}"),
        ('o', Value::Int(n)) => signed(*n, |n| format!("{n:o}")),
        ('o', Value::Uint(n)) => format!("{n:o}"),
        ('x', Value::Int(n)) => signed(*n, |n| format!("{n:x}")),
        ('X', Value::Int(n)) => signed(*n, |n| format!("{n:X}")),
        ('x', Value::Uint(n)) => format!("{n:x}"),
        ('X', Value::Uint(n)) => format!("{n:X}"),
        ('x' | 'X', Value::Text(t)) => hex(machine, verb, t.as_bytes())?,
        ('x' | 'X', Value::Bytes(b)) => hex(machine, verb, b)?,
        ('f', Value::Double(d)) if d.is_finite() && precision.is_none_or(|p| p <= PRECISION) => {
            grouped(&format!("{d:.*}", precision.unwrap_or(6)))
        }
        _ => return Err(Trouble::Unmodelled(format!("format() with %{verb} of a {}", item.type_name()))),
    })
}

/// The thousands parted by commas, as the printer for American English does.
fn grouped(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, part) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut out = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + part
}

fn hex(machine: &mut Machine, verb: char, bytes: &[u8]) -> Outcome<String> {
    machine.charge(bytes.len() / 5)?;
    let one = |b: &u8| if verb == 'x' { format!("{b:02x}") } else { format!("{b:02X}") };
    Ok(bytes.iter().map(one).collect())
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
                let part = literal(machine, item)?;
                machine.charge(part.len() / 10)?;
                parts.push(part);
            }
            format!("[{}]", parts.join(", "))
        }
        Value::Map(map) => {
            let mut parts = Vec::with_capacity(map.len());
            for (key, value) in map.iter() {
                let part = (literal(machine, &key.value())?, literal(machine, value)?);
                machine.charge((part.0.len() + part.1.len()) / 10)?;
                parts.push(part);
            }
            // By the keys as they are shown.
            parts.sort();
            let parts: Vec<_> = parts.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("{{{}}}", parts.join(", "))
        }
        other => operator::scalar(other).ok_or_else(|| {
            Trouble::error(format!("could not convert argument {} to string", other.type_name()))
        })?,
    })
}

/// What stands for a value within a list or a map: something that the language would read again.
fn literal(machine: &mut Machine, value: &Value) -> Outcome<String> {
    Ok(match value {
        Value::Text(text) => quoted(text, true),
        Value::Bytes(_) => format!("b{}", quoted(&shown(machine, value)?, true)),
        Value::Timestamp(_) => format!("timestamp({})", quoted(&shown(machine, value)?, true)),
        Value::Duration(_) => format!("duration({})", quoted(&shown(machine, value)?, true)),
        Value::Double(d) if d.is_finite() => format!("{d:.6}"),
        Value::Double(_) | Value::Opaque(_) | Value::Optional(_) => {
            return Err(Trouble::Unmodelled(format!("format() of a {} in a list", value.type_name())));
        }
        other => shown(machine, other)?,
    })
}

/// A text between quotes, as `strings.quote` makes it; all control characters escaped, as Go's `%q` does.
pub fn quoted(text: &str, all: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if all && c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if all && c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
