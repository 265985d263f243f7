//! `JMESPath`, as Kyverno's variables speak it.
//!
//! After jmespath.org's specification (grammar, projections, built-in functions) and Kyverno's fork of go-jmespath, which
//! answers that a key is unknown where the specification says null: `||`, filters, projections and comparisons take that
//! for null. Functions of Kyverno's own: `pkg/engine/jmespath`.
//!
//! An expression costs fuel for each step and for each value that it copies, so that a hostile one ends in a message.

mod arithmetic;
mod ast;
mod eval;
mod functions;
mod kyverno;
mod lexer;
mod parse;
mod time;

use std::cell::Cell;
use std::fmt;

use serde_json::Value;

use ast::Expression;
pub(super) use eval::{same, weight};

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// A key that is not there.
    NotFound(String),
    /// Anything else that upstream would not answer.
    Fault(String),
    /// What upstream would answer, and this does not.
    Unmodelled(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(key) => write!(f, "Unknown key {key:?} in path"),
            Self::Fault(text) | Self::Unmodelled(text) => f.write_str(text),
        }
    }
}

/// Steps that the rules of a policy may take for one request.
const MOST: u64 = 1_000_000;

/// How much work there may still be.
#[derive(Debug)]
pub(super) struct Fuel(Cell<u64>);

impl Fuel {
    /// Enough for any policy that is meant.
    pub(super) fn new() -> Self {
        Self(Cell::new(MOST))
    }

    /// Takes some, where there is.
    pub(super) fn burn(&self, amount: usize) -> Result<(), Failure> {
        let left = self.0.get().checked_sub(amount as u64);
        self.0.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| {
            Failure::Unmodelled(format!("the rules of this policy need more than {MOST} steps"))
        })
    }
}

/// Reads an expression.
pub(super) fn compile(text: &str) -> Result<Expression, Failure> {
    parse::expression(text).map_err(Failure::Fault)
}

/// Asks `data` an expression.
pub(super) fn query(text: &str, data: &Value, fuel: &Fuel) -> Result<Value, Failure> {
    fuel.burn(text.len() / 8 + 1)?;
    let expression = compile(text)?;
    eval::Evaluator::new(fuel).search(&expression, data)
}

#[cfg(test)]
mod tests;
