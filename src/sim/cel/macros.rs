//! What stands behind a dot with brackets: macros, expanded; functions of a namespace; member functions.
//!
//! After cel-spec `doc/langdef.md` ("Macros"), cel-go `parser/macro.go`, `cel/library.go` (optional types) and
//! `ext/{bindings,comprehensions}.go`.

use super::ast::{Expr, Fold, Folding, Kind};
use super::dialect::Dialect;
use super::signature;
use super::trouble::Fault;
use super::value::Value;

/// The macros that stand behind a dot: name, arguments, how many of them are names.
const FOLDS: &[(&str, usize, usize, Folding)] = &[
    ("all", 2, 1, Folding::All),
    ("all", 3, 2, Folding::All),
    ("exists", 2, 1, Folding::Exists),
    ("exists", 3, 2, Folding::Exists),
    ("exists_one", 2, 1, Folding::One),
    ("exists_one", 3, 2, Folding::One),
    ("existsOne", 2, 1, Folding::One),
    ("existsOne", 3, 2, Folding::One),
    ("filter", 2, 1, Folding::Filter),
    ("map", 2, 1, Folding::List),
    ("map", 3, 1, Folding::List),
    ("transformList", 3, 2, Folding::List),
    ("transformList", 4, 2, Folding::List),
    ("transformMap", 3, 2, Folding::Map),
    ("transformMap", 4, 2, Folding::Map),
    ("transformMapEntry", 3, 2, Folding::Entry),
    ("transformMapEntry", 4, 2, Folding::Entry),
];

/// `target.name(args)`.
pub(super) fn called(
    dialect: Dialect,
    target: Expr,
    name: &str,
    args: Vec<Expr>,
    at: usize,
) -> Result<Expr, Fault> {
    match bound(dialect, &target, name, args) {
        Ok(parts) => bind(parts, at),
        Err(args) => behind(target, name, args, at),
    }
}

/// `target.name(args)`: a macro, a function of a namespace, or a member function.
fn behind(target: Expr, name: &str, mut args: Vec<Expr>, at: usize) -> Result<Expr, Fault> {
    let fold = FOLDS.iter().find(|(n, count, ..)| *n == name && *count == args.len());
    if let Some((_, count, names, what)) = fold {
        let body = args.pop().ok_or_else(|| Fault::new(at, "a macro without a body"))?;
        let filter = if count - names == 2 { args.pop() } else { None };
        let names = args.into_iter().map(simple).collect::<Result<Vec<_>, _>>()?;
        if let [a, b] = names.as_slice()
            && a == b
        {
            return Err(Fault::new(at, format!("`{a}` names both variables")));
        }
        return Expr::new(Kind::Fold(Box::new(Fold { what: *what, of: target, names, filter, body })), at);
    }
    if (name == "optMap" || name == "optFlatMap")
        && args.len() == 2
        && let (Some(body), Some(variable)) = (args.pop(), args.pop())
    {
        let (variable, flat) = (simple(variable)?, name == "optFlatMap");
        return Expr::new(Kind::OptMap { parts: Box::new([target, body]), name: variable, flat }, at);
    }
    if let Kind::Ident(space) = &target.kind {
        let full = format!("{space}.{name}");
        if signature::is_function(&full) {
            return Expr::call(&full, false, args, at);
        }
    }
    args.insert(0, target);
    Expr::call(name, true, args, at)
}

/// The parts of `cel.bind(name, value, body)` (cel-go `ext/bindings.go`); otherwise the arguments again.
fn bound(dialect: Dialect, target: &Expr, name: &str, args: Vec<Expr>) -> Result<[Expr; 3], Vec<Expr>> {
    let is = dialect.kyverno && name == "bind" && matches!(&target.kind, Kind::Ident(n) if n == "cel");
    if is { args.try_into() } else { Err(args) }
}

/// A binding is the one element of a list, mapped.
fn bind([name, value, body]: [Expr; 3], at: usize) -> Result<Expr, Fault> {
    let names = vec![simple(name)?];
    let of = Expr::new(Kind::List(vec![(value, false)]), at)?;
    let fold = Fold { what: Folding::List, of, names, filter: None, body };
    let of = Box::new(Expr::new(Kind::Fold(Box::new(fold)), at)?);
    let key = Box::new(Expr::new(Kind::Literal(Value::Int(0)), at)?);
    Expr::new(Kind::Index { of, key, optional: false }, at)
}

fn simple(expr: Expr) -> Result<String, Fault> {
    match expr.kind {
        Kind::Ident(name) => Ok(name),
        _ => Err(Fault::new(expr.at, "a macro's variable is a simple name")),
    }
}
