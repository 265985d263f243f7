//! Equality, order and arithmetic. cel-spec `doc/langdef.md` ("Equality", "Ordering", "Overflow").

use std::cmp::Ordering;
use std::sync::Arc;

use super::eval::Machine;
use super::kube::Opaque;
use super::time;
use super::trouble::{Outcome, Trouble};
use super::value::Value;

/// Whether two values are equal; values of different kinds are not, numbers count by value.
pub fn equal(machine: &mut Machine, a: &Value, b: &Value) -> Outcome<bool> {
    machine.charge(1)?;
    Ok(match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => {
            machine.charge(a.len() / 10)?;
            a == b
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            machine.charge(a.len() / 10)?;
            a == b
        }
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::Opaque(a), Value::Opaque(b)) => match (a.as_ref(), b.as_ref()) {
            (Opaque::Quantity(a), Opaque::Quantity(b)) => a.equal(*b)?,
            (a, b) => a == b,
        },
        (Value::Optional(None), Value::Optional(None)) => true,
        (Value::Optional(Some(a)), Value::Optional(Some(b))) => equal(machine, a, b)?,
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal(machine, a, b)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(a), Value::Map(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, a) in a.iter() {
                match b.get(key) {
                    Some(b) if equal(machine, a, b)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        _ => numbers(a, b) == Some(Ordering::Equal),
    })
}

/// What it takes to copy or to compare a value, beside a step: texts are gone through.
pub fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len() / 10,
        Value::Bytes(bytes) => bytes.len() / 10,
        _ => 0,
    }
}

/// The order of two numbers of any kind.
fn numbers(a: &Value, b: &Value) -> Option<Ordering> {
    let whole = |v: &Value| match v {
        Value::Int(n) => Some(i128::from(*n)),
        Value::Uint(n) => Some(i128::from(*n)),
        _ => None,
    };
    match (whole(a), whole(b), a, b) {
        (Some(a), Some(b), ..) => Some(a.cmp(&b)),
        (Some(a), None, _, Value::Double(b)) => (a as f64).partial_cmp(b),
        (None, Some(b), Value::Double(a), _) => a.partial_cmp(&(b as f64)),
        (None, None, Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        _ => None,
    }
}

/// The order of two values of a kind that has one. cel-go `common/types/double.go` for what is not a number.
pub fn order(machine: &mut Machine, a: &Value, b: &Value) -> Outcome<Ordering> {
    machine.charge(weight(a).min(weight(b)))?;
    Ok(match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (
            Value::Int(_) | Value::Uint(_) | Value::Double(_),
            Value::Int(_) | Value::Uint(_) | Value::Double(_),
        ) => numbers(a, b).ok_or_else(|| Trouble::error("NaN values cannot be ordered"))?,
        _ => return Err(Trouble::overload()),
    })
}

/// Arithmetic on whole numbers, exactly; `None` where it is more than any of them can be.
fn whole(sign: &str, a: i128, b: i128) -> Outcome<Option<i128>> {
    if b == 0 && matches!(sign, "/" | "%") {
        return Err(Trouble::error(if sign == "%" { "modulus by zero" } else { "division by zero" }));
    }
    Ok(match sign {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => a.checked_div(b),
        // Go refuses what its hardware would trap.
        _ if a == i128::from(i64::MIN) && b == -1 => None,
        _ => a.checked_rem(b),
    })
}

/// `+`, `-`, `*`, `/` and `%`.
pub fn arithmetic(machine: &mut Machine, sign: &str, a: &Value, b: &Value) -> Outcome<Value> {
    let over = |kind: &str| Trouble::error(format!("{kind} overflow"));
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => {
            let made = whole(sign, i128::from(*a), i128::from(*b))?;
            made.and_then(|n| i64::try_from(n).ok()).map(Value::Int).ok_or_else(|| over("integer"))
        }
        (Value::Uint(a), Value::Uint(b)) => {
            let made = whole(sign, i128::from(*a), i128::from(*b))?;
            let made = made.and_then(|n| u64::try_from(n).ok());
            made.map(Value::Uint).ok_or_else(|| over("unsigned integer"))
        }
        (Value::Double(a), Value::Double(b)) => match sign {
            "+" => Ok(Value::Double(a + b)),
            "-" => Ok(Value::Double(a - b)),
            "*" => Ok(Value::Double(a * b)),
            "/" => Ok(Value::Double(a / b)),
            _ => Err(Trouble::overload()),
        },
        (Value::Text(a), Value::Text(b)) if sign == "+" => {
            machine.charge((a.len() + b.len()) / 10)?;
            Ok(Value::Text(Arc::from([a.as_ref(), b.as_ref()].concat())))
        }
        (Value::Bytes(a), Value::Bytes(b)) if sign == "+" => {
            machine.charge((a.len() + b.len()) / 10)?;
            Ok(Value::Bytes(Arc::from([a.as_ref(), b.as_ref()].concat())))
        }
        (Value::List(a), Value::List(b)) if sign == "+" => {
            machine.charge(a.len() + b.len())?;
            Ok(Value::list(a.iter().chain(b.iter()).cloned().collect()))
        }
        (Value::Duration(a), Value::Duration(b)) => {
            let made = if sign == "+" { a.checked_add(*b) } else { a.checked_sub(*b) };
            if !matches!(sign, "+" | "-") {
                return Err(Trouble::overload());
            }
            made.map(Value::Duration).ok_or_else(|| over("duration"))
        }
        (Value::Timestamp(at), Value::Duration(by)) | (Value::Duration(by), Value::Timestamp(at))
            if sign == "+" =>
        {
            moved(*at, *by)
        }
        (Value::Timestamp(at), Value::Duration(by)) if sign == "-" => {
            moved(*at, by.checked_neg().ok_or_else(|| over("duration"))?)
        }
        (Value::Timestamp(a), Value::Timestamp(b)) if sign == "-" => {
            let nanos = a.as_nanosecond() - b.as_nanosecond();
            i64::try_from(nanos).map(Value::Duration).map_err(|_| over("timestamp"))
        }
        _ => Err(Trouble::overload()),
    }
}

fn moved(at: jiff::Timestamp, by: i64) -> Outcome<Value> {
    let moved = at.checked_add(jiff::SignedDuration::from_nanos(by)).ok();
    moved.and_then(time::within).map(Value::Timestamp).ok_or_else(|| Trouble::error("timestamp overflow"))
}

/// A scalar as a message shows it; other values by their type.
pub fn plain(value: &Value) -> String {
    scalar(value).unwrap_or_else(|| value.type_name().to_owned())
}

/// What `string(x)` makes of a scalar.
pub fn scalar(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Uint(n) => n.to_string(),
        Value::Double(d) => double(*d),
        Value::Text(t) => t.to_string(),
        Value::Bytes(b) => std::str::from_utf8(b).ok()?.to_owned(),
        Value::Timestamp(t) => t.to_string(),
        Value::Duration(d) => time::seconds(*d),
        Value::Opaque(o) => o.text()?,
        _ => return None,
    })
}

/// Go's `strconv.FormatFloat(d, 'g', -1, 64)`: the shortest form, an exponent from 6 on.
fn double(d: f64) -> String {
    if d.is_nan() {
        return "NaN".to_owned();
    }
    if d.is_infinite() {
        return if d > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let short = format!("{d:e}");
    let (digits, exponent) = short.split_once('e').unwrap_or((&short, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{d}")
}
