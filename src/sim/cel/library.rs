//! The functions of `functions.txt`: the standard ones, optionals, sets and lists; others in modules of their own.
//!
//! cel-go `common/stdlib`, `cel/library.go`, `ext/sets.go`; k8s.io/apiserver `pkg/cel/library/lists.go`, `regex.go`.

use std::cmp::Ordering;
use std::sync::Arc;

use super::eval::Machine;
use super::trouble::{Outcome, Trouble};
use super::value::{Key, Value};
use super::{images, kube, kyverno, operator, strings, time};

/// Types that expressions name.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "google.protobuf.Duration",
    "google.protobuf.Timestamp",
    "int",
    "list",
    "map",
    "net.CIDR",
    "net.IP",
    "null_type",
    "optional_type",
    "string",
    "type",
    "uint",
];

/// The type of this name.
pub fn type_named(name: &str) -> Option<&'static str> {
    TYPES.iter().find(|t| **t == name).copied()
}

/// Calls a function, a member function (its target first) or an operator.
pub fn call(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Value> {
    if let Some(value) = operators(machine, name, args)? {
        return Ok(value);
    }
    if let Some(value) = standard(machine, name, args)? {
        return Ok(value);
    }
    if let Some(value) = optionals(name, args)? {
        return Ok(value);
    }
    if let Some(value) = lists(machine, name, args)? {
        return Ok(value);
    }
    if let Some(value) = images::call(machine, name, args)? {
        return Ok(value);
    }
    if let Some(value) = strings::call(machine, name, args)? {
        return Ok(value);
    }
    if let Some(value) = kyverno::call(machine, name, args)? {
        return Ok(value);
    }
    kube::call(machine, name, args)?.ok_or_else(Trouble::overload)
}

fn operators(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let value = match (name, args) {
        ("!_", [Value::Bool(b)]) => Value::Bool(!b),
        ("-_", [Value::Int(n)]) => {
            Value::Int(n.checked_neg().ok_or_else(|| Trouble::error("integer overflow"))?)
        }
        ("-_", [Value::Double(d)]) => Value::Double(-d),
        ("_==_", [a, b]) => Value::Bool(operator::equal(machine, a, b)?),
        ("_!=_", [a, b]) => Value::Bool(!operator::equal(machine, a, b)?),
        ("_<_" | "_<=_" | "_>_" | "_>=_", [a, b]) => {
            let order = operator::order(machine, a, b)?;
            Value::Bool(match name {
                "_<_" => order.is_lt(),
                "_<=_" => order.is_le(),
                "_>_" => order.is_gt(),
                _ => order.is_ge(),
            })
        }
        ("_+_" | "_-_" | "_*_" | "_/_" | "_%_", [a, b]) => operator::arithmetic(machine, &name[1..2], a, b)?,
        ("@in", [one, Value::List(items)]) => Value::Bool(holds(machine, items, one)?),
        ("@in", [one, Value::Map(map)]) => {
            machine.charge(operator::weight(one))?;
            Value::Bool(Key::of(one).is_some_and(|k| map.contains_key(&k)))
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn holds(machine: &mut Machine, items: &[Value], one: &Value) -> Outcome<bool> {
    for item in items {
        if operator::equal(machine, item, one)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn standard(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let int = |n: usize| Value::Int(n as i64);
    let range = || Trouble::error("integer overflow");
    let unsigned = || Trouble::error("unsigned integer overflow");
    let value = match (name, args) {
        ("size", [Value::Text(t)]) => {
            machine.charge(t.len() / 10)?;
            int(t.chars().count())
        }
        ("size", [Value::Bytes(b)]) => int(b.len()),
        ("size", [Value::List(l)]) => int(l.len()),
        ("size", [Value::Map(m)]) => int(m.len()),
        ("contains", [Value::Text(a), Value::Text(b)]) => {
            machine.charge((a.len() + b.len()) / 10)?;
            Value::Bool(a.contains(b.as_ref()))
        }
        ("startsWith", [Value::Text(a), Value::Text(b)]) => {
            machine.charge(b.len() / 10)?;
            Value::Bool(a.starts_with(b.as_ref()))
        }
        ("endsWith", [Value::Text(a), Value::Text(b)]) => {
            machine.charge(b.len() / 10)?;
            Value::Bool(a.ends_with(b.as_ref()))
        }
        ("matches", [Value::Text(text), Value::Text(pattern)]) => {
            Value::Bool(machine.regex(pattern, text)?.is_match(text))
        }
        ("find", [Value::Text(text), Value::Text(pattern)]) => {
            let regex = machine.regex(pattern, text)?;
            Value::text(regex.find(text).map_or("", |m| m.as_str()))
        }
        ("findAll", [Value::Text(text), Value::Text(pattern), rest @ ..]) => {
            let limit = match rest {
                [] => usize::MAX,
                [Value::Int(n)] => usize::try_from(*n).unwrap_or(usize::MAX),
                _ => return Err(Trouble::overload()),
            };
            let regex = machine.regex(pattern, text)?;
            let mut found = Vec::new();
            for one in regex.find_iter(text).take(limit) {
                machine.charge(2 + one.len() / 10)?;
                found.push(Value::text(one.as_str()));
            }
            Value::list(found)
        }
        ("bool", [Value::Bool(b)]) => Value::Bool(*b),
        ("bool", [Value::Text(t)]) => match t.as_ref() {
            "1" | "t" | "T" | "true" | "True" | "TRUE" => Value::Bool(true),
            "0" | "f" | "F" | "false" | "False" | "FALSE" => Value::Bool(false),
            _ => return Err(Trouble::error("type conversion error from 'string' to 'bool'")),
        },
        ("int", [one]) => Value::Int(match one {
            Value::Int(n) => *n,
            Value::Uint(n) => i64::try_from(*n).map_err(|_| range())?,
            Value::Double(d) if d.abs() < i64::MAX as f64 => *d as i64,
            Value::Double(_) => return Err(range()),
            Value::Text(t) => {
                t.parse().map_err(|_| Trouble::error("type conversion error from 'string' to 'int'"))?
            }
            Value::Timestamp(t) => t.as_second(),
            _ => return Err(Trouble::overload()),
        }),
        ("uint", [one]) => Value::Uint(match one {
            Value::Uint(n) => *n,
            Value::Int(n) => u64::try_from(*n).map_err(|_| unsigned())?,
            Value::Double(d) if *d >= 0.0 && *d < u64::MAX as f64 => *d as u64,
            Value::Double(_) => return Err(unsigned()),
            // Unlike ours, Go's reader takes no plus.
            Value::Text(t) if !t.starts_with('+') => {
                t.parse().map_err(|_| Trouble::error("type conversion error from 'string' to 'uint'"))?
            }
            Value::Text(_) => return Err(Trouble::error("type conversion error from 'string' to 'uint'")),
            _ => return Err(Trouble::overload()),
        }),
        ("double", [one]) => Value::Double(match one {
            Value::Double(d) => *d,
            Value::Int(n) => *n as f64,
            Value::Uint(n) => *n as f64,
            Value::Text(t) => double(t)?,
            _ => return Err(Trouble::overload()),
        }),
        ("string", [one]) => {
            machine.charge(operator::weight(one))?;
            Value::text(
                operator::scalar(one).ok_or_else(|| Trouble::error("type conversion error to 'string'"))?,
            )
        }
        ("bytes", [Value::Bytes(b)]) => Value::Bytes(b.clone()),
        ("bytes", [Value::Text(t)]) => {
            machine.charge(t.len() / 10)?;
            Value::Bytes(Arc::from(t.as_bytes()))
        }
        ("dyn", [one]) => one.clone(),
        ("type", [one]) => Value::Type(one.type_name()),
        ("duration", [Value::Duration(d)]) => Value::Duration(*d),
        ("duration", [Value::Int(n)]) => Value::Duration(*n),
        ("duration", [Value::Text(t)]) => Value::Duration(
            time::duration(t).ok_or_else(|| Trouble::error(format!("time: invalid duration \"{t}\"")))?,
        ),
        ("timestamp", [Value::Timestamp(t)]) => Value::Timestamp(*t),
        ("timestamp", [Value::Int(n)]) => Value::Timestamp(
            jiff::Timestamp::from_second(*n)
                .ok()
                .and_then(time::within)
                .ok_or_else(|| Trouble::error("timestamp overflow"))?,
        ),
        ("timestamp", [Value::Text(t)]) if time::is_last_day(t) => {
            return Err(Trouble::Unmodelled(format!("the time {t}")));
        }
        ("timestamp", [Value::Text(t)]) => Value::Timestamp(
            time::timestamp(t).ok_or_else(|| Trouble::error(format!("\"{t}\" is no RFC 3339 time")))?,
        ),
        ("getHours", [Value::Duration(d)]) => Value::Int(d / 3_600_000_000_000),
        ("getMinutes", [Value::Duration(d)]) => Value::Int(d / 60_000_000_000),
        ("getSeconds", [Value::Duration(d)]) => Value::Int(d / 1_000_000_000),
        // All of them: cel-go `common/types/duration.go`, against cel-spec, which asks for the part below a second.
        ("getMilliseconds", [Value::Duration(d)]) => Value::Int(d / 1_000_000),
        (_, [Value::Timestamp(t)]) if name.starts_with("get") => Value::Int(time::part(name, *t, None)?),
        (_, [Value::Timestamp(t), Value::Text(zone)]) if name.starts_with("get") => {
            Value::Int(time::part(name, *t, Some(zone))?)
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// Go's `strconv.ParseFloat`; hexadecimal numbers, which it takes, are not modelled.
fn double(text: &str) -> Outcome<f64> {
    if text.to_ascii_lowercase().contains("0x") {
        return Err(Trouble::Unmodelled(format!("the number `{text}`")));
    }
    let number =
        text.parse::<f64>().ok().filter(|n| !n.is_infinite() || !text.contains(|c: char| c.is_ascii_digit()));
    number.ok_or_else(|| Trouble::error("type conversion error from 'string' to 'double'"))
}

fn optionals(name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let value = match (name, args) {
        ("optional.of", [one]) => Value::some(one.clone()),
        ("optional.ofNonZeroValue", [one]) if one.is_zero() => Value::Optional(None),
        ("optional.ofNonZeroValue", [one]) => Value::some(one.clone()),
        ("optional.none", []) => Value::Optional(None),
        ("hasValue", [Value::Optional(o)]) => Value::Bool(o.is_some()),
        ("value", [Value::Optional(Some(inner))]) => inner.as_ref().clone(),
        ("value", [Value::Optional(None)]) => return Err(Trouble::error("optional.none() dereference")),
        ("or", [Value::Optional(None), other @ Value::Optional(_)]) => other.clone(),
        ("or", [some @ Value::Optional(_), Value::Optional(_)]) => some.clone(),
        ("orValue", [Value::Optional(Some(inner)), _]) => inner.as_ref().clone(),
        ("orValue", [Value::Optional(None), other]) => other.clone(),
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn lists(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let value = match (name, args) {
        ("sets.contains", [Value::List(a), Value::List(b)]) => Value::Bool(all_in(machine, b, a)?),
        ("sets.equivalent", [Value::List(a), Value::List(b)]) => {
            Value::Bool(all_in(machine, b, a)? && all_in(machine, a, b)?)
        }
        ("sets.intersects", [Value::List(a), Value::List(b)]) => {
            for one in a.iter() {
                if holds(machine, b, one)? {
                    return Ok(Some(Value::Bool(true)));
                }
            }
            Value::Bool(false)
        }
        ("isSorted", [Value::List(items)]) => {
            machine.charge(items.len())?;
            for pair in items.windows(2) {
                if operator::order(machine, &pair[0], &pair[1])?.is_gt() {
                    return Ok(Some(Value::Bool(false)));
                }
            }
            Value::Bool(true)
        }
        ("sum", [Value::List(items)]) => {
            machine.charge(items.len())?;
            let mut all = match items.first() {
                None => return Ok(Some(Value::Int(0))),
                Some(n @ (Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Duration(_))) => {
                    n.clone()
                }
                Some(_) => return Err(Trouble::overload()),
            };
            for one in &items[1..] {
                all = operator::arithmetic(machine, "+", &all, one)?;
            }
            all
        }
        ("min" | "max", [Value::List(items)]) => {
            machine.charge(items.len())?;
            let wanted = if name == "min" { Ordering::Less } else { Ordering::Greater };
            let mut best =
                items.first().ok_or_else(|| Trouble::error(format!("{name} called on empty list")))?;
            for one in &items[1..] {
                if operator::order(machine, one, best)? == wanted {
                    best = one;
                }
            }
            best.clone()
        }
        ("indexOf" | "lastIndexOf", [Value::List(items), one]) => {
            let mut found = -1;
            for (i, item) in items.iter().enumerate() {
                if operator::equal(machine, item, one)? {
                    found = i as i64;
                    if name == "indexOf" {
                        break;
                    }
                }
            }
            Value::Int(found)
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn all_in(machine: &mut Machine, some: &[Value], all: &[Value]) -> Outcome<bool> {
    for one in some {
        if !holds(machine, all, one)? {
            return Ok(false);
        }
    }
    Ok(true)
}
