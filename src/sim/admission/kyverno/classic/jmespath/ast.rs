//! The tree of an expression.

use serde_json::Value;

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A node. Depth is bounded by the parser, so that walking it may recurse.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Expression {
    /// `@`, or nothing at all.
    Current,
    /// A key.
    Field(String),
    /// `[3]`.
    Index(i64),
    /// `[1:5:2]`.
    Slice([Option<i64>; 3]),
    /// A value written out.
    Literal(Value),
    /// Both in turn; the second is not asked where the first is null.
    Then(Box<Expression>, Box<Expression>),
    /// `|`: ends projections.
    Pipe(Box<Expression>, Box<Expression>),
    /// Each item of a list.
    Project(Box<Expression>, Box<Expression>),
    /// Each value of a mapping.
    ProjectValues(Box<Expression>, Box<Expression>),
    /// Each item for which the last holds.
    Filter(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `[]`.
    Flatten(Box<Expression>),
    /// `{a: x}`.
    Hash(Vec<(String, Expression)>),
    /// `[x, y]`.
    List(Vec<Expression>),
    /// `||`.
    Or(Box<Expression>, Box<Expression>),
    /// `&&`.
    And(Box<Expression>, Box<Expression>),
    /// `!`.
    Not(Box<Expression>),
    /// `==` and its like.
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// A function.
    Call(String, Vec<Expression>),
    /// `&x`: an expression as an argument.
    Reference(Box<Expression>),
}
