//! Expressions of Rego: what stands below one, and which variables it names.

use std::collections::BTreeSet;

use regorus::unstable::Expr;

/// How deep expressions may stand in each other.
pub(super) const DEPTH: usize = 96;

/// The expressions directly below one that holds no query.
pub(super) fn children(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().map(AsRef::as_ref).collect(),
        Expr::Object { fields, .. } => {
            fields.iter().flat_map(|(_, key, value)| [key.as_ref(), value.as_ref()]).collect()
        }
        Expr::Call { fcn, params, .. } => {
            std::iter::once(fcn.as_ref()).chain(params.iter().map(AsRef::as_ref)).collect()
        }
        Expr::UnaryExpr { expr, .. } => vec![expr],
        Expr::RefDot { refr, .. } => vec![refr],
        Expr::RefBrack { refr, index, .. } => vec![refr, index],
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => vec![lhs, rhs],
        Expr::Membership { key, value, collection, .. } => {
            key.iter().chain([value, collection]).map(AsRef::as_ref).collect()
        }
        _ => Vec::new(),
    }
}

/// The variables that an expression names, those of comprehensions aside.
pub(super) fn names_in(expr: &Expr, names: &mut BTreeSet<String>, depth: usize) {
    if depth > DEPTH {
        return;
    }
    if let Expr::Var { span, .. } = expr {
        names.insert(span.text().to_owned());
    }
    for child in children(expr) {
        names_in(child, names, depth + 1);
    }
}

/// The variables of a negated expression that something else has to bind: those of calls inside it are looked up before.
pub(super) fn unsafe_in(expr: &Expr, names: &mut BTreeSet<String>, outermost: bool, depth: usize) {
    let call = matches!(
        expr,
        Expr::Call { .. }
            | Expr::BoolExpr { .. }
            | Expr::ArithExpr { .. }
            | Expr::BinExpr { .. }
            | Expr::Membership { .. }
            | Expr::UnaryExpr { .. }
    );
    if depth > DEPTH || (call && !outermost) {
        return;
    }
    match expr {
        Expr::Var { span, .. } => {
            names.insert(span.text().to_owned());
        }
        Expr::Call { params, .. } => params.iter().for_each(|p| unsafe_in(p, names, false, depth + 1)),
        other => {
            for child in children(other) {
                unsafe_in(child, names, false, depth + 1);
            }
        }
    }
}

/// The first word of a reference.
pub(super) fn root(expr: &Expr) -> Option<String> {
    let mut at = expr;
    loop {
        match at {
            Expr::Var { span, .. } => return Some(span.text().to_owned()),
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => at = refr,
            _ => return None,
        }
    }
}

/// A reference as `a.b.c`, up to its first bracket that holds no text.
pub(super) fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Var { span, .. } => Some(span.text().to_owned()),
        Expr::RefDot { refr, field, .. } => Some(format!("{}.{}", dotted(refr)?, field.0.text())),
        Expr::RefBrack { refr, index, .. } => match index.as_ref() {
            Expr::String { span, .. } => {
                let text = span.text().trim_matches('"');
                Some(format!("{}.{text}", dotted(refr)?))
            }
            _ => dotted(refr),
        },
        _ => None,
    }
}
