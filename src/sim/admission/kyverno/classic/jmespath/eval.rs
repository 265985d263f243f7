//! A tree and a value into a value.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::ast::{Comparison, Expression};
use super::{Failure, Fuel, functions};

/// What an argument of a function is.
pub(super) enum Argument<'a> {
    /// A value.
    Value(Cow<'a, Value>),
    /// An expression, to be asked of values.
    Expression(&'a Expression),
}

/// Walks a tree.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'f> {
    pub(super) fuel: &'f Fuel,
}

type Answer<'a> = Result<Cow<'a, Value>, Failure>;

/// How much there is to copy.
pub(in super::super) fn weight(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len() / 16,
        Value::Array(items) => items.iter().map(weight).sum(),
        // A mapping takes far more room than a list.
        Value::Object(map) => 6 + map.iter().map(|(key, v)| 1 + key.len() / 16 + weight(v)).sum::<usize>(),
        _ => 0,
    }
}

/// What counts as false: null, false, and what is empty.
pub(super) fn is_false(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(b) => !b,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(_) => false,
    }
}

/// Whether two values are one: numbers by value.
pub(in super::super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// An unknown key counts as null here.
fn lenient(answer: Answer<'_>) -> Answer<'_> {
    match answer {
        Err(Failure::NotFound(_)) => Ok(Cow::Owned(Value::Null)),
        other => other,
    }
}

impl<'f> Evaluator<'f> {
    pub(super) fn new(fuel: &'f Fuel) -> Self {
        Self { fuel }
    }

    /// Asks a value.
    pub(super) fn search(self, expression: &Expression, value: &Value) -> Result<Value, Failure> {
        let found = self.eval(expression, value)?;
        self.own(found)
    }

    /// A copy of its own, which costs.
    pub(super) fn own(self, value: Cow<'_, Value>) -> Result<Value, Failure> {
        if let Cow::Borrowed(value) = &value {
            self.fuel.burn(weight(value))?;
        }
        Ok(value.into_owned())
    }

    /// Asks what another expression found.
    fn on<'a>(self, expression: &'a Expression, value: Cow<'a, Value>) -> Answer<'a> {
        match value {
            Cow::Borrowed(value) => self.eval(expression, value),
            Cow::Owned(value) => {
                let found = self.eval(expression, &value)?;
                Ok(Cow::Owned(self.own(found)?))
            }
        }
    }

    fn each<'a>(
        self,
        items: impl Iterator<Item = Cow<'a, Value>>,
        right: &'a Expression,
        condition: Option<&'a Expression>,
    ) -> Answer<'a> {
        let mut out = Vec::new();
        for item in items {
            self.fuel.burn(1)?;
            if let Some(condition) = condition
                && is_false(lenient(self.eval(condition, &item))?.as_ref())
            {
                continue;
            }
            let found = lenient(self.on(right, item))?;
            if !found.is_null() {
                out.push(self.own(found)?);
            }
        }
        Ok(Cow::Owned(Value::Array(out)))
    }

    fn project<'a>(
        self,
        left: Cow<'a, Value>,
        right: &'a Expression,
        condition: Option<&'a Expression>,
    ) -> Answer<'a> {
        match left {
            Cow::Borrowed(Value::Array(items)) => {
                self.each(items.iter().map(Cow::Borrowed), right, condition)
            }
            Cow::Owned(Value::Array(items)) => self.each(items.into_iter().map(Cow::Owned), right, condition),
            _ => Ok(Cow::Owned(Value::Null)),
        }
    }

    fn eval<'a>(self, expression: &'a Expression, value: &'a Value) -> Answer<'a> {
        self.fuel.burn(1)?;
        Ok(match expression {
            Expression::Current => Cow::Borrowed(value),
            Expression::Literal(literal) => Cow::Borrowed(literal),
            Expression::Field(key) => match value.get(key).filter(|v| !v.is_null()) {
                Some(found) => Cow::Borrowed(found),
                None => return Err(Failure::NotFound(key.clone())),
            },
            Expression::Index(index) => {
                let items = value.as_array().map_or(&[][..], Vec::as_slice);
                let index = if *index < 0 { index + items.len() as i64 } else { *index };
                let found = usize::try_from(index).ok().and_then(|index| items.get(index));
                found.map_or(Cow::Owned(Value::Null), Cow::Borrowed)
            }
            Expression::Slice(parts) => match value {
                Value::Array(items) => {
                    let mut out = Vec::new();
                    for index in slice(items.len(), *parts) {
                        out.push(self.own(Cow::Borrowed(&items[index]))?);
                    }
                    Cow::Owned(Value::Array(out))
                }
                _ => Cow::Owned(Value::Null),
            },
            Expression::Then(left, right) => {
                let left = self.eval(left, value)?;
                if left.is_null() { left } else { self.on(right, left)? }
            }
            Expression::Pipe(left, right) => {
                let left = self.eval(left, value)?;
                self.on(right, left)?
            }
            Expression::Project(left, right) => self.project(self.eval(left, value)?, right, None)?,
            Expression::Filter(left, right, condition) => {
                self.project(lenient(self.eval(left, value))?, right, Some(condition))?
            }
            Expression::ProjectValues(left, right) => match lenient(self.eval(left, value))? {
                Cow::Borrowed(Value::Object(map)) => {
                    self.each(map.values().map(Cow::Borrowed), right, None)?
                }
                Cow::Owned(Value::Object(map)) => {
                    self.each(map.into_iter().map(|(_, v)| Cow::Owned(v)), right, None)?
                }
                _ => Cow::Owned(Value::Null),
            },
            Expression::Flatten(left) => {
                let left = lenient(self.eval(left, value))?;
                let Value::Array(items) = left.as_ref() else { return Ok(Cow::Owned(Value::Null)) };
                let mut out = Vec::new();
                for item in items {
                    match self.own(Cow::Borrowed(item))? {
                        Value::Array(inner) => out.extend(inner),
                        other => out.push(other),
                    }
                }
                Cow::Owned(Value::Array(out))
            }
            Expression::Hash(entries) => {
                if value.is_null() {
                    return Ok(Cow::Owned(Value::Null));
                }
                let mut out = Map::new();
                for (key, expression) in entries {
                    let found = lenient(self.eval(expression, value))?;
                    out.insert(key.clone(), self.own(found)?);
                }
                Cow::Owned(Value::Object(out))
            }
            Expression::List(items) => {
                if value.is_null() {
                    return Ok(Cow::Owned(Value::Null));
                }
                let mut out = Vec::new();
                for expression in items {
                    let found = lenient(self.eval(expression, value))?;
                    out.push(self.own(found)?);
                }
                Cow::Owned(Value::Array(out))
            }
            Expression::Or(left, right) => {
                let left = lenient(self.eval(left, value))?;
                if is_false(&left) { self.eval(right, value)? } else { left }
            }
            Expression::And(left, right) => {
                let left = lenient(self.eval(left, value))?;
                if is_false(&left) { left } else { self.eval(right, value)? }
            }
            Expression::Not(inner) => {
                Cow::Owned(Value::Bool(is_false(lenient(self.eval(inner, value))?.as_ref())))
            }
            Expression::Compare(comparison, left, right) => {
                let (left, right) = (lenient(self.eval(left, value))?, lenient(self.eval(right, value))?);
                self.fuel.burn(weight(&left).min(weight(&right)))?;
                Cow::Owned(compared(*comparison, &left, &right))
            }
            Expression::Call(name, arguments) => {
                let mut given = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    given.push(match argument {
                        Expression::Reference(inner) => Argument::Expression(inner),
                        other => Argument::Value(lenient(self.eval(other, value))?),
                    });
                }
                Cow::Owned(functions::call(self, name, given)?)
            }
            Expression::Reference(_) => {
                return Err(Failure::Fault("an & expression outside of a function's arguments".to_owned()));
            }
        })
    }
}

fn compared(comparison: Comparison, left: &Value, right: &Value) -> Value {
    match comparison {
        Comparison::Equal => return Value::Bool(same(left, right)),
        Comparison::NotEqual => return Value::Bool(!same(left, right)),
        _ => {}
    }
    let (Some(left), Some(right)) = (left.as_f64(), right.as_f64()) else { return Value::Null };
    Value::Bool(match comparison {
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        _ => left >= right,
    })
}

/// The indices of a slice, as the specification computes them.
fn slice(len: usize, [from, to, by]: [Option<i64>; 3]) -> Vec<usize> {
    let (len, step) = (len as i64, by.unwrap_or(1));
    let bound = |at: i64| {
        let at = if at < 0 { at.saturating_add(len) } else { at };
        if step < 0 { at.clamp(-1, len - 1) } else { at.clamp(0, len) }
    };
    let first = from.map_or(if step < 0 { len - 1 } else { 0 }, bound);
    let end = to.map_or(if step < 0 { -1 } else { len }, bound);
    let mut out = Vec::new();
    let mut at = first;
    while (step > 0 && at < end) || (step < 0 && at > end) {
        out.extend(usize::try_from(at).ok());
        at = at.saturating_add(step);
    }
    out
}
