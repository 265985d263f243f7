//! Sums of numbers, quantities and durations: Kyverno's `pkg/engine/jmespath/arithmetic.go`.
//!
//! Products, quotients by a number and remainders of quantities are not modelled.

use serde_json::{Value, json};

use super::Failure;
use super::functions::{Arguments, number};
use crate::model::{Amount, Quantity};
use crate::parse::json as tree;
use crate::sim::admission::kyverno::classic::duration;

#[derive(Clone, Copy)]
enum Operand {
    Number(f64),
    Quantity(Amount, Quantity),
    Duration(i64),
}

fn operand(value: &Value) -> Option<Operand> {
    if let Some(number) = value.as_f64() {
        return Some(Operand::Number(number));
    }
    let text = value.as_str()?;
    if let Some(quantity) = Quantity::parse(text) {
        let tree = tree::from_value(value);
        return Some(Operand::Quantity(Amount::of(tree.root()?)?, quantity));
    }
    duration::parse(text).map(Operand::Duration)
}

/// Calls a function of this kind; `None` where the name is another's.
pub(super) fn call(a: &Arguments<'_, '_>) -> Option<Result<Value, Failure>> {
    Some(match a.name {
        "add" | "subtract" | "multiply" | "divide" | "modulo" => {
            a.count(2).and_then(|()| two(a, a.value(0)?, a.value(1)?))
        }
        "sum" => a.count(1).and_then(|()| {
            let mut items = a.list(0)?.iter();
            let first = items.next().ok_or_else(|| a.fault("at least one element is required"))?;
            items.try_fold(first.clone(), |sum, item| two(a, &sum, item))
        }),
        "round" => a.count(2).and_then(|()| {
            let places = a.number(1)?;
            if places < 0.0 || places.fract() != 0.0 {
                return Err(a.fault("argument 2 is not a whole number of places"));
            }
            let shift = 10_f64.powf(places);
            Ok(number((a.number(0)? * shift).round() / shift))
        }),
        _ => return None,
    })
}

fn two(a: &Arguments<'_, '_>, left: &Value, right: &Value) -> Result<Value, Failure> {
    use Operand::{Duration, Number, Quantity};
    let (Some(left), Some(right)) = (operand(left), operand(right)) else {
        return Err(a.fault("invalid operands"));
    };
    let zero = || a.fault("Zero divisor passed");
    let seconds = |nanos: i64| nanos as f64 / 1e9;
    Ok(match (a.name, left, right) {
        ("add" | "sum", Number(x), Number(y)) => number(x + y),
        ("add" | "sum", Quantity(x, _), Quantity(y, _)) => json!(x.plus(y).to_string()),
        ("add" | "sum", Duration(x), Duration(y)) => json!(duration::text(x.saturating_add(y))),
        ("subtract", Number(x), Number(y)) => number(x - y),
        ("subtract", Duration(x), Duration(y)) => json!(duration::text(x.saturating_sub(y))),
        ("multiply", Number(x), Number(y)) => number(x * y),
        ("multiply", Number(x), Duration(y)) | ("multiply", Duration(y), Number(x)) => {
            json!(duration::text((seconds(y) * x * 1e9) as i64))
        }
        ("multiply", Number(x), Quantity(y, _)) | ("multiply", Quantity(y, _), Number(x))
            if x >= 0.0 && x.fract() == 0.0 =>
        {
            json!(y.times(x as u64).to_string())
        }
        ("divide", _, Number(0.0) | Duration(0)) => return Err(zero()),
        ("divide", Number(x), Number(y)) => number(x / y),
        ("divide", Quantity(_, x), Quantity(_, y)) => {
            if y.as_f64() == 0.0 {
                return Err(zero());
            }
            number(x.as_f64() / y.as_f64())
        }
        ("divide", Duration(x), Duration(y)) => number(seconds(x) / seconds(y)),
        ("divide", Duration(x), Number(y)) => json!(duration::text((seconds(x) / y * 1e9) as i64)),
        ("modulo", _, Number(0.0) | Duration(0)) => return Err(zero()),
        ("modulo", Number(x), Number(y)) => {
            if x.fract() != 0.0 || y.fract() != 0.0 {
                return Err(a.fault("Non-integer argument(s) passed for modulo"));
            }
            number(x % y)
        }
        ("modulo", Duration(x), Duration(y)) => json!(duration::text(x.wrapping_rem(y))),
        (_, Quantity(..), Quantity(..) | Number(_)) => return Err(a.unmodelled("it, of quantities,")),
        _ => return Err(a.fault("Types mismatch")),
    })
}
