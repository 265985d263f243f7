//! How large a value may become that a policy puts together, each part counted as often as it stands in it.
//!
//! The engine shares what is named twice, so that forty lines of `[x, x]` are as many entries, and more than any machine
//! goes over once something compares, sorts or hashes them, within one of the engine's steps. So what is put together is
//! handed through the function [`NAME`], which ends the evaluation where it is too large ([`rewrite`](super::rewrite) writes
//! that in); what stands where no call can is [`Loose`], and bounded by how often it may double.

use regorus::Value;
use regorus::unstable::{Expr, Ref};

use super::expression::{DEPTH, children};

/// The function that measures.
pub(super) const NAME: &str = "sealegs.held";
/// The most parts of one value.
const MOST: usize = 1 << 19;
/// How often values may double where they are not measured.
const DOUBLINGS: u32 = 24;
/// What a comprehension counts for, since nobody knows how much it makes.
const COMPREHENSION: usize = 1 << 10;

/// Gives a value back where it is not too large.
pub(super) fn held(arguments: &[Value]) -> Result<Value, String> {
    let Some(value) = arguments.first() else { return Ok(Value::Undefined) };
    let (mut parts, mut next) = (0, vec![value]);
    while let Some(value) = next.pop() {
        match value {
            Value::Array(items) => next.extend(items.iter()),
            Value::Set(items) => next.extend(items.iter()),
            Value::Object(fields) => next.extend(fields.iter().flat_map(|(key, value)| [key, value])),
            _ => {}
        }
        parts += 1;
        if parts + next.len() > MOST {
            return Err(format!("the policy builds a value of more than {MOST} parts"));
        }
    }
    Ok(value.clone())
}

/// Whether an expression puts a value together out of others.
pub(super) fn makes(expr: &Expr) -> bool {
    match expr {
        Expr::Array { .. } | Expr::Set { .. } | Expr::Object { .. } | Expr::BinExpr { .. } => {
            parts(expr, 0) > 1
        }
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => true,
        _ => false,
    }
}

/// How many others it is put together of.
fn parts(expr: &Expr, depth: usize) -> usize {
    if depth > DEPTH {
        return COMPREHENSION;
    }
    match expr {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. } => 0,
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => COMPREHENSION,
        Expr::Array { .. } | Expr::Set { .. } | Expr::Object { .. } | Expr::BinExpr { .. } => {
            children(expr).into_iter().map(|child| parts(child, depth + 1)).sum()
        }
        _ => 1,
    }
}

/// What is put together and not measured: how often a value may double by it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loose(u32);

impl Loose {
    /// One more; whether that is too much.
    pub(super) fn add(&mut self, expr: &Expr) -> bool {
        let parts = u32::try_from(parts(expr, 0)).unwrap_or(u32::MAX);
        self.0 += parts.checked_ilog2().map_or(0, |bits| bits + u32::from(!parts.is_power_of_two()));
        self.0 > DOUBLINGS
    }
}

/// The name and the value of `name = value` or `value = name`, where the value is put together.
pub(super) fn equated<'e>(lhs: &'e Ref<Expr>, rhs: &'e Ref<Expr>) -> Option<(&'e str, &'e Expr)> {
    let (name, value) = match (lhs.as_ref(), rhs.as_ref()) {
        (Expr::Var { span, .. }, value) | (value, Expr::Var { span, .. }) => (span.text(), value),
        _ => return None,
    };
    (name != "_" && makes(value)).then_some((name, value))
}
