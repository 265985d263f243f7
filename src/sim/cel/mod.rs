//! The Common Expression Language with Kubernetes' libraries: compiled with types, evaluated with a limit.
//!
//! After cel-spec `doc/langdef.md`, cel-go and k8s.io/apiserver `pkg/cel/environment/base.go` (what Kubernetes 1.34
//! has; a function of a later release than a cluster's is not told apart). What is not modelled is an error of its own
//! ([`Trouble::Unmodelled`]), never a value.

mod address;
mod amount;
mod ast;
mod authorizer;
mod check;
mod dialect;
mod eval;
mod extensions;
mod format;
mod images;
mod json;
mod kube;
mod kyverno;
mod lex;
mod library;
mod macros;
mod object;
mod operator;
mod parse;
mod printf;
mod reference;
mod regex;
pub(in crate::sim) mod semver;
mod signature;
mod strings;
mod time;
mod trouble;
mod url;
mod value;

pub use authorizer::{Asks, Authority};
pub use dialect::Dialect;
pub use eval::{Budget, Machine};
pub(in crate::sim) use format::Format;
pub use images::Images;
pub use kube::Opaque;
pub use kyverno::{context, resource};
pub use object::Struct;
pub use parse::is_identifier;
pub use reference::Image as ImageName;
pub use regex::{compile as go_pattern, weight as pattern_weight};
pub use signature::{Shape, Ty};
pub use trouble::{Fault, Outcome, Trouble};
pub use value::{Key, Value};

/// An expression that compiled.
#[derive(Debug)]
pub struct Program {
    expr: ast::Expr,
    /// What it gives.
    pub gives: Ty,
    /// How many variables it was compiled with.
    outer: usize,
}

impl Program {
    /// Compiles an expression that may name these variables.
    pub fn compile(text: &str, names: &[(String, Ty)]) -> Result<Self, Fault> {
        Self::compile_in(Dialect::KUBERNETES, text, names)
    }

    /// Compiles an expression of another dialect.
    pub fn compile_in(dialect: Dialect, text: &str, names: &[(String, Ty)]) -> Result<Self, Fault> {
        let expr = parse::parse(text, dialect)?;
        let gives = check::Names(names.to_vec(), dialect).type_of(&expr)?;
        Ok(Self {
            expr,
            gives,
            outer: names.iter().filter(|(n, _)| n != "variables" && n != "authorizer").count(),
        })
    }
}

#[cfg(test)]
mod tests;
