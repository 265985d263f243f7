//! Why an expression has no value, or is none.

use std::fmt;

/// Why an evaluation came to no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// An error of the language, which `&&`, `||` and the macros may still make up for.
    Error(String),
    /// What this evaluator does not know how the API server answers.
    Unmodelled(String),
    /// More work than an expression may make.
    Exhausted,
}

impl Trouble {
    /// An error of the language.
    pub fn error(text: impl Into<String>) -> Self {
        Self::Error(text.into())
    }

    /// No function of that name takes these.
    pub fn overload() -> Self {
        Self::error("no such overload")
    }

    /// No such key.
    pub fn key(key: impl fmt::Display) -> Self {
        Self::Error(format!("no such key: {key}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(text) => f.write_str(text),
            Self::Unmodelled(text) => write!(f, "not modelled: {text}"),
            Self::Exhausted => f.write_str("the expression does more work than the cost limit allows: 2000000 steps, 400 values deep, and 6000000 steps \
                 for all expressions of a policy"),
        }
    }
}

/// What evaluating gives.
pub type Outcome<T> = Result<T, Trouble>;

/// Why a text is no expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte of the expression at which it shows.
    pub at: usize,
    /// What is wrong.
    pub text: String,
}

impl Fault {
    /// A fault.
    pub fn new(at: usize, text: impl Into<String>) -> Self {
        Self { at, text: text.into() }
    }
}
