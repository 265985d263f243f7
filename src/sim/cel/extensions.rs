//! The libraries of cel-go that Kyverno's policies have beside those of Kubernetes: numbers, lists, base64.
//!
//! cel-go `ext/{math,lists,encoders}.go`.

use std::cmp::Ordering;

use super::eval::Machine;
use super::operator;
use super::trouble::{Outcome, Trouble};
use super::value::Value;

/// Calls a function of these libraries; `None` where it is none.
pub fn call(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    if let Some(value) = texts(machine, name, args)? {
        return Ok(Some(value));
    }
    if let Some(value) = numbers(machine, name, args)? {
        return Ok(Some(value));
    }
    lists(machine, name, args)
}

fn texts(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let value = match (name, args) {
        ("base64.encode", [Value::Bytes(bytes)]) => {
            machine.charge(bytes.len())?;
            Value::text(encoded(bytes))
        }
        ("base64.decode", [Value::Text(text)]) => {
            machine.charge(text.len())?;
            Value::Bytes(decoded(text).ok_or_else(|| Trouble::error("illegal base64 data"))?.into())
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encoded(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let all = chunk.iter().fold(0_usize, |all, b| all << 8 | usize::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let sign = ALPHABET[all >> (18 - 6 * i) & 63];
            out.push(if i <= chunk.len() { char::from(sign) } else { '=' });
        }
    }
    out
}

/// With padding or without.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut all, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let six = ALPHABET.iter().position(|a| *a == byte)?;
        all = all << 6 | u32::try_from(six).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(all >> bits & 255).ok()?);
        }
    }
    Some(out)
}

fn numbers(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    let Some(what) = name.strip_prefix("math.") else { return Ok(None) };
    let value = match (what, args) {
        ("greatest" | "least", [Value::List(items)]) => best(machine, what, items)?,
        ("greatest" | "least", items) => best(machine, what, items)?,
        ("round", [Value::Double(d), Value::Int(places)]) => {
            let shift = 10_f64.powf(*places as f64);
            Value::Double((d * shift).round() / shift)
        }
        ("abs", [Value::Int(n)]) => {
            Value::Int(n.checked_abs().ok_or_else(|| Trouble::error("integer overflow"))?)
        }
        ("abs", [Value::Double(d)]) => Value::Double(d.abs()),
        ("ceil", [Value::Double(d)]) => Value::Double(d.ceil()),
        ("floor", [Value::Double(d)]) => Value::Double(d.floor()),
        ("round", [Value::Double(d)]) => Value::Double(d.round()),
        ("trunc", [Value::Double(d)]) => Value::Double(d.trunc()),
        ("sign", [Value::Int(n)]) => Value::Int(n.signum()),
        ("sign", [Value::Double(d)]) => Value::Double(if *d == 0.0 { 0.0 } else { d.signum() }),
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn best(machine: &mut Machine, what: &str, items: &[Value]) -> Outcome<Value> {
    let wanted = if what == "least" { Ordering::Less } else { Ordering::Greater };
    let mut best =
        items.first().ok_or_else(|| Trouble::error(format!("math.@{what}(list) of an empty list")))?;
    for one in items {
        if operator::order(machine, one, best)? == wanted {
            best = one;
        }
    }
    Ok(best.clone())
}

fn lists(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    if let ("lists.range", [Value::Int(n)]) = (name, args) {
        let n = usize::try_from(*n).unwrap_or(0);
        machine.charge(n)?;
        return Ok(Some(Value::list((0..n as i64).map(Value::Int).collect())));
    }
    let Some((Value::List(items), rest)) = args.split_first() else { return Ok(None) };
    machine.charge(items.len())?;
    let out = match (name, rest) {
        ("slice", [Value::Int(from), Value::Int(to)]) => {
            let (from, to) = (usize::try_from(*from).ok(), usize::try_from(*to).ok());
            let slice = from.zip(to).and_then(|(from, to)| items.get(from..to));
            slice.ok_or_else(|| Trouble::error("cannot slice: index out of range"))?.to_vec()
        }
        ("flatten", []) => {
            let mut out = Vec::new();
            for item in items.iter() {
                match item {
                    Value::List(inner) => {
                        machine.charge(inner.len())?;
                        out.extend(inner.iter().cloned());
                    }
                    other => out.push(other.clone()),
                }
            }
            out
        }
        ("distinct", []) => {
            let mut out: Vec<Value> = Vec::new();
            for item in items.iter() {
                let mut known = false;
                for other in &out {
                    known = known || operator::equal(machine, item, other)?;
                }
                if !known {
                    out.push(item.clone());
                }
            }
            out
        }
        ("reverse", []) => items.iter().rev().cloned().collect(),
        ("sort", []) => {
            machine.charge(items.len() * 10)?;
            let mut trouble = None;
            let mut out = items.to_vec();
            out.sort_by(|a, b| match operator::order(machine, a, b) {
                Ok(order) => order,
                Err(one) => {
                    trouble.get_or_insert(one);
                    Ordering::Equal
                }
            });
            if let Some(trouble) = trouble {
                return Err(trouble);
            }
            out
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::list(out)))
}
